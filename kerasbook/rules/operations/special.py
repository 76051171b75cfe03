"""Operations of a kind of their own: losses, differences, what a library computes as it likes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kerasbook.rules.facts import unknown
from kerasbook.rules.operations.operands import (
    as_tensor,
    axis_of,
    facts_of,
    first_tensor,
    operands,
)

if TYPE_CHECKING:
    from kerasbook.rules.facts import LayerFacts
    from kerasbook.rules.layer import Tensor
    from kerasbook.rules.spec import LayerSpec, Rule

__all__ = [
    "beyond",
    "diff",
    "digitize",
    "entropy",
    "in_top_k",
    "library",
    "scalar",
    "sparse_entropy",
]


def library(axes: int | None = None, *, outputs: int = 1) -> Rule:
    """The rule of what a library computes in its own way: factorisations, Fourier transforms.

    Args:
        axes: how many axes at the end are lost; 0 if the shape stays, `None` if that is not said.
        outputs: how many tensors of that shape come out.
    """

    def rule(spec: LayerSpec) -> LayerFacts:
        shape = first_tensor(spec).shape
        reason = "how many products it takes depends on the library"
        if axes is None:
            return unknown(reason, weights=())
        kept = shape[: len(shape) - axes] if axes else shape
        facts = unknown(reason, output_shape=kept, weights=())
        return replace(facts, more_outputs=(kept,) * (outputs - 1))

    return rule


def beyond(reason: str) -> Rule:
    """The rule of an operation that nobody can answer for; it holds no weights at least.

    Args:
        reason: why, as a phrase.
    """

    def rule(spec: LayerSpec) -> LayerFacts:  # noqa: ARG001  what it is called on changes nothing
        return unknown(reason, weights=())

    return rule


def scalar(spec: LayerSpec) -> LayerFacts:
    """`AllClose`, `Ndim` and `Size`: a single number about the tensor."""
    dtype = "bool" if spec.class_name == "AllClose" else "int32"
    return facts_of((), dtype)


def digitize(spec: LayerSpec) -> LayerFacts:
    """`Digitize` and `SearchSorted`: the place of each number in a row of them."""
    position = 1 if spec.class_name == "SearchSorted" else 0
    given = operands(spec)
    if len(given) <= position:
        spec.fail("it", f"be called on {position + 1} operands", f"{len(given)}")
    return facts_of(given[position].shape, "int32")


def in_top_k(spec: LayerSpec) -> LayerFacts:
    """`InTopK`: whether each target is among the greatest predictions."""
    return facts_of(first_tensor(spec).shape, "bool")


def diff(spec: LayerSpec) -> LayerFacts:
    """`Diff`: differences of neighbours along an axis, of these again, and so on."""
    first = first_tensor(spec)
    times = spec.integer("n", default=1, minimum=0)
    axis = axis_of(spec, spec.config.get("axis", -1), len(first.shape))
    length = first.shape[axis]
    less = None if length is None else max(length - times, 0)
    outputs = (*first.shape[:axis], less, *first.shape[axis + 1 :])
    return facts_of(outputs, first.dtype, keeps_batch=axis != 0)


def entropy(spec: LayerSpec) -> LayerFacts:
    """`CategoricalCrossentropy`: one number for the numbers along an axis."""
    target, output = _target_and_output(spec)
    axis = axis_of(spec, spec.config.get("axis", -1), len(target.shape))
    shape = (*target.shape[:axis], *target.shape[axis + 1 :])
    return facts_of(shape, output.dtype, keeps_batch=axis != 0)


def sparse_entropy(spec: LayerSpec) -> LayerFacts:
    """`SparseCategoricalCrossentropy`: one number for each target."""
    target, output = _target_and_output(spec)
    shape = target.shape
    if len(shape) == len(output.shape) and shape and shape[-1] == 1:
        shape = shape[:-1]
    return facts_of(shape, output.dtype)


def _target_and_output(spec: LayerSpec) -> tuple[Tensor, Tensor]:
    target, output = (as_tensor(spec.argument(n, at)) for at, n in enumerate(("target", "output")))
    if target is None or output is None:
        spec.fail("it", "be called on target and output", "something else")
    return target, output
