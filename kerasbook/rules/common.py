"""What rules of several families share."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from kerasbook.arithmetic import number, product, symbol
from kerasbook.rules.facts import Buffer, LayerFacts, unknown, weight
from kerasbook.rules.views import WHOLE, pointwise

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kerasbook.arithmetic import Formula, Term
    from kerasbook.rules.facts import Saved, Weight
    from kerasbook.rules.spec import LayerSpec
    from kerasbook.rules.views import Shape, View

__all__ = [
    "activation_saves",
    "along_last",
    "elements",
    "free",
    "free_keeping",
    "masking_out",
    "out_of_reach",
    "per_sample",
    "softmax",
    "use_bias",
]

_SPATIAL = {1: ("steps",), 2: ("h", "w"), 3: ("d", "h", "w")}

# What an activation keeps for its backward pass; the others keep their outputs.
_KEEP_INPUTS = frozenset(
    ("gelu", "silu", "swish", "softplus", "softsign", "mish", "log_sigmoid", "hard_sigmoid")
)
# What sums to one along the last axis: each number depends on all of them.
_ALONG_LAST = frozenset(("softmax", "log_softmax", "sparsemax"))


def free(spec: LayerSpec) -> LayerFacts:
    """A layer without weights that keeps the shape and multiplies nothing that counts."""
    shape = spec.input_shape
    return LayerFacts(shape, views=pointwise(shape))


def free_keeping(kept: Literal["inputs", "outputs"]) -> Callable[[LayerSpec], LayerFacts]:
    """A rule as `free`, for a layer that keeps a tensor for its backward pass.

    Args:
        kept: which: its inputs or its outputs.
    """

    def rule(spec: LayerSpec) -> LayerFacts:
        return replace(free(spec), saved=(kept,))

    return rule


def masking_out(spec: LayerSpec) -> LayerFacts:
    """A layer as `free` that keeps which numbers it let through: dropout and its kin."""
    return replace(free(spec), saved=(Buffer(elements(spec.input_shape)),))


def out_of_reach(reason: str) -> Callable[[LayerSpec], LayerFacts]:
    """A rule for a class that no rule can answer for, with the reason.

    Args:
        reason: why, as a phrase: "it runs a function of the user's own".
    """

    def rule(spec: LayerSpec) -> LayerFacts:  # noqa: ARG001  what it is called on changes nothing
        return unknown(reason)

    return rule


def per_sample(shape: Shape, names: tuple[str, ...] = ()) -> tuple[Formula, ...]:
    """The sizes of one sample: the batch left out, and a symbol where one is not specified.

    Args:
        shape: batch first; the axes that matter, without the channels if they do not.
        names: what the sizes count; `steps`, `h` and `w`, … if left out.

    Examples:
        >>> per_sample((None, 28, None))
        (Formula('28'), Formula('w'))
    """
    sizes = shape[1:]
    names = names or _SPATIAL.get(len(sizes), tuple(f"n{n}" for n in range(1, len(sizes) + 1)))
    return tuple(
        symbol(name) if size is None else number(size, name)
        for size, name in zip(sizes, names, strict=True)
    )


def elements(shape: Shape) -> Formula:
    """How many numbers one sample has."""
    return product(*per_sample(shape))


def use_bias(spec: LayerSpec, sizes: Mapping[str, Term]) -> tuple[Weight, ...]:
    """The bias as a tuple of weights: one, or none where `use_bias` is False."""
    return (weight("bias", sizes),) if spec.flag("use_bias", default=True) else ()


def activation_saves(spec: LayerSpec, shape: Shape, key: str = "activation") -> tuple[Saved, ...]:
    """What the activation function of a layer keeps for its backward pass.

    Args:
        spec: the layer.
        shape: its output shape.
        key: where the configuration names the function.
    """
    name = spec.activation(key)
    if name == "linear":
        return ()
    return (Buffer(elements(shape)),) if name in _KEEP_INPUTS else ("outputs",)


def activation(spec: LayerSpec) -> LayerFacts:
    """`Activation` and its kin: element by element or along the last axis, nothing that counts."""
    shape = spec.input_shape
    (own,) = pointwise(shape)
    views = (along_last(spec, own),)
    return LayerFacts(shape, views=views, saved=activation_saves(spec, shape))


def along_last(spec: LayerSpec, views: tuple[View, ...]) -> tuple[View, ...]:
    """Views of a layer behind its activation: a softmax sees the last axis from end to end."""
    if not views or spec.activation() not in _ALONG_LAST:
        return views
    return (*views[:-1], WHOLE)


def softmax(spec: LayerSpec) -> LayerFacts:
    """`Softmax`: each unit sees the axes that sum to one from end to end."""
    shape = spec.input_shape
    axes = spec.axes("axis", len(shape), default=-1)
    (own,) = pointwise(shape)
    # What masks come in besides hides numbers, wherever they are.
    views = tuple(WHOLE if axis in axes else view for axis, view in enumerate(own, 1))
    others = pointwise(shape, *spec.input_shapes[1:])[1:]
    return LayerFacts(shape, views=(views, *others), saved=("outputs",))
