"""Operations number by number, and those along an axis that keep the shape: nothing that counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from kerasbook.rules.operations.operands import (
    axis_of,
    broadcast,
    broadcast_views,
    facts_of,
    first_tensor,
    operands,
    result_dtype,
)
from kerasbook.rules.views import WHOLE, Scattered, Window, pointwise

if TYPE_CHECKING:
    from kerasbook.rules.facts import LayerFacts
    from kerasbook.rules.layer import Tensor
    from kerasbook.rules.spec import LayerSpec, Rule
    from kerasbook.rules.views import View

__all__ = ["along_axis", "cast", "elementwise", "like_first"]

# What comes out: the type of the operands, the same in floating point, or another one.
Result: TypeAlias = Literal["same", "floating", "bool", "int32"]


def elementwise(result: Result = "same") -> Rule:
    """The rule of an operation number by number, on one operand or several that are broadcast."""

    def rule(spec: LayerSpec) -> LayerFacts:
        given = operands(spec)
        outputs = broadcast(spec, *(each.shape for each in given))
        # A tensor with fewer axes than the result lays its batch beside another axis.
        moved = any(
            each.shape and not each.constant and len(each.shape) < len(outputs) for each in given
        )
        views = None if moved else broadcast_views(spec, outputs)
        return facts_of(outputs, _typed(result, *given), views=views, keeps_batch=not moved)

    return rule


def like_first(result: Result = "same") -> Rule:
    """The rule of an operation that keeps the shape of its first operand, whatever the others."""

    def rule(spec: LayerSpec) -> LayerFacts:
        first = first_tensor(spec)
        return facts_of(first.shape, _typed(result, first))

    return rule


def along_axis(
    result: Result = "same", *, default: int | None = -1, order: Literal["kept", "lost"] = "lost"
) -> Rule:
    """The rule of an operation that mixes the numbers along an axis and keeps the shape.

    Args:
        result: the type of what comes out.
        default: the axis if the configuration names none; `None` for all of them as one.
        order: whether it is `"kept"`: each unit sees one position, only not its own.
    """

    def rule(spec: LayerSpec) -> LayerFacts:
        first = first_tensor(spec)
        rank = len(first.shape)
        dtype = _typed(result, first)
        given = spec.config.get("axis", default)
        axes = given if isinstance(given, list | tuple) else [given]
        if given is None or not rank:
            return facts_of(first.shape, dtype)
        mixed = {axis_of(spec, axis, rank) for axis in axes}
        views: list[View] = [
            Window() if n not in mixed else Scattered(n) if order == "kept" else WHOLE
            for n in range(1, rank)
        ]
        return facts_of(first.shape, dtype, views=(tuple(views),), keeps_batch=0 not in mixed)

    return rule


def cast(spec: LayerSpec) -> LayerFacts:
    """`Cast` and its kin: the same numbers in another type."""
    first = first_tensor(spec)
    dtype = spec.config.get("dtype")
    dtype = dtype if isinstance(dtype, str) else first.dtype
    return facts_of(first.shape, dtype, views=pointwise(first.shape) if first.shape else None)


def _typed(result: Result, *given: Tensor) -> str:
    """The type of what comes out."""
    if result in ("bool", "int32"):
        return result
    return result_dtype(*given, floating=result == "floating")
