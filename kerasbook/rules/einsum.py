"""`EinsumDense`: a dense layer whose axes are named by letters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kerasbook.arithmetic import number, product, symbol
from kerasbook.rules.common import activation_saves
from kerasbook.rules.facts import NO_MACS, LayerFacts, weight
from kerasbook.rules.layer import check_shape
from kerasbook.rules.views import WHOLE, Window
from kerasbook.values import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kerasbook.arithmetic import Formula
    from kerasbook.rules.spec import LayerSpec
    from kerasbook.rules.views import Shape, View

__all__ = ["contraction", "einsum_dense"]

# Compiled when first used, which few models ask for.
_FORMS = (
    r"(?P<x>[a-zA-Z]+),(?P<kernel>[a-zA-Z]+)->(?P<y>[a-zA-Z]+)",
    r"\.\.\.(?P<x>[a-zA-Z]+),(?P<kernel>[a-zA-Z]+)->\.\.\.(?P<y>[a-zA-Z]+)",
    r"(?P<x>[a-zA-Z]{2,})\.\.\.,(?P<kernel>[a-zA-Z]+)->(?P<y>[a-zA-Z]+)\.\.\.",
)


@dataclass(frozen=True, slots=True)
class _Equation:
    """An equation for an input of known rank: one letter, or a number for `...`, per axis."""

    inputs: tuple[str, ...]
    kernel: tuple[str, ...]
    outputs: tuple[str, ...]
    elided: tuple[str, ...]
    left: bool


def einsum_dense(spec: LayerSpec) -> LayerFacts:
    """`EinsumDense`: a kernel with an axis per letter, summed over what the output lacks."""
    shape = spec.input_shape
    equation = _equation(spec, len(shape))
    asked = _asked(spec, equation, shape)
    # Keras leaves unspecified what the caller does, even where the input has a size.
    outputs = tuple(asked[label] for label in equation.outputs)
    given = zip(equation.inputs, shape, strict=True)
    sizes = asked | {label: size for label, size in given if size is not None}
    kernel = weight("kernel", {label: _known(spec, sizes, label) for label in equation.kernel})
    bias_sizes = _bias(spec, equation, sizes)
    bias = (weight("bias", bias_sizes),) if bias_sizes is not None else ()
    views: tuple[View, ...] = tuple(
        Window(axis=equation.outputs.index(label)) if label in equation.outputs[1:] else WHOLE
        for label in equation.inputs[1:]
    )
    batch = equation.inputs[0]
    named = {label: _term(size, label) for label, size in sizes.items() if label != batch}
    return LayerFacts(
        outputs,
        weights=(kernel, *bias),
        macs=contraction(equation.inputs, equation.kernel, result=equation.outputs, sizes=named),
        views=(views,),
        saved=("inputs", *activation_saves(spec, outputs)),
    )


def contraction(
    one: Sequence[str], other: Sequence[str], *, result: Sequence[str], sizes: Mapping[str, Formula]
) -> Formula:
    """The MACs of an einsum of two tensors: a product for every combination of positions.

    Axes that only one of the two has and the result lacks are summed before. Without an axis that
    is summed over nothing accumulates: that is a product number by number and counts nothing.

    Args:
        one: labels of the first tensor.
        other: labels of the second.
        result: labels of the result.
        sizes: sizes by label; labels that it lacks, the batch, are not counted.
    """
    if not (set(one) & set(other)) - set(result):
        return NO_MACS
    labels = dict.fromkeys((*one, *other))
    kept = [label for label in labels if label in result or (label in one and label in other)]
    return product(*(sizes[label] for label in kept if label in sizes))


def _equation(spec: LayerSpec, rank: int) -> _Equation:
    text = spec.get("equation")
    text = text.replace(" ", "") if isinstance(text, str) else ""
    found = [
        (place, match) for place, form in enumerate(_FORMS) if (match := re.fullmatch(form, text))
    ]
    place, match = found[0] if found else (0, None)
    named = len(match["x"]) if match else -1
    if match is None or (named != rank if place == 0 else named > rank):
        spec.fail(
            "equation",
            f"name the {rank} axes of its input, the kernel's and the output's, "
            "as in 'abc,cd->abd' or '...x,xy->...y'",
            f"equation={spec.get('equation')!r}",
        )
    inputs, kernel, outputs = (tuple(match[group]) for group in ("x", "kernel", "y"))
    elided = tuple(f"axis_{n}" for n in range(rank - named))
    if place == 1:
        return _Equation((*elided, *inputs), kernel, (*elided, *outputs), elided, left=True)
    return _Equation((*inputs, *elided), kernel, (*outputs, *elided), elided, left=False)


def _asked(spec: LayerSpec, equation: _Equation, shape: Shape) -> dict[str, int | None]:
    """The size of each output axis: the batch and what `...` stands for, and what is asked for."""
    given = dict(zip(equation.inputs, shape, strict=True))
    target = spec.get("output_shape")
    wanted = check_shape(
        target if isinstance(target, list | tuple) else (target,),
        where=f"layer {spec.layer.where!r} (EinsumDense): output_shape",
    )
    kept = equation.elided or equation.outputs[:1]
    if not equation.left:
        kept = (*equation.outputs[:1], *equation.elided)
    named = [label for label in equation.outputs if label not in kept]
    if len(wanted) != len(named):
        spec.fail(
            "output_shape",
            f"have one size for each of the {len(named)} named output axes but the batch",
            f"output_shape={plain(target)!r}",
        )
    asked = dict(zip(named, wanted, strict=True))
    for label, size in asked.items():
        if size is not None and given.get(label) not in (None, size):
            spec.fail(
                "output_shape",
                f"agree with the input {shape} where they share an axis",
                f"output_shape={plain(target)!r}",
            )
    return asked | {label: given.get(label) for label in kept}


def _known(spec: LayerSpec, sizes: dict[str, int | None], label: str) -> int:
    size = sizes.get(label)
    if size is None:
        spec.fail(f"the size of the kernel's axis {label!r}", "be specified", "none")
    return size


def _bias(
    spec: LayerSpec, equation: _Equation, sizes: dict[str, int | None]
) -> dict[str, int] | None:
    """The bias's sizes: from its first axis on, 1 for those that are not asked for."""
    axes = spec.get("bias_axes", default="")
    if not isinstance(axes, str) or not set(axes) <= set(equation.outputs):
        spec.fail("bias_axes", "be letters of the output", f"bias_axes={axes!r}")
    if not axes:
        return None
    named = [label for label in equation.outputs if label not in equation.elided]
    first = min(map(named.index, axes))
    own = {label: _known(spec, sizes, label) if label in axes else 1 for label in named[first:]}
    return own if equation.left else {**own, **dict.fromkeys(equation.elided, 1)}


def _term(size: int | None, label: str) -> Formula:
    return symbol(label) if size is None else number(size, label)
