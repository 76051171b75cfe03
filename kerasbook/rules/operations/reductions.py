"""Operations that make fewer numbers of many: sums, means, extremes and their kin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from kerasbook.rules.operations.operands import (
    axis_of,
    facts_of,
    first_tensor,
    known_count,
    operands,
    result_dtype,
    widened,
)
from kerasbook.rules.views import WHOLE, Window

if TYPE_CHECKING:
    from kerasbook.rules.facts import LayerFacts
    from kerasbook.rules.layer import Tensor
    from kerasbook.rules.spec import LayerSpec, Rule
    from kerasbook.rules.views import Shape, View

Result: TypeAlias = Literal["same", "floating", "wide", "bool", "int32"]

__all__ = ["cumulative", "moments", "quantile", "reduction", "top_k"]


def reduction(result: Result = "same", *, default: int | None = None) -> Rule:
    """The rule of an operation that reduces some axes to one number.

    Args:
        result: type of what comes out: that of what goes in, the same in floating point or, for
            sums, in at least 32 bits; or another one.
        default: the axis if the configuration names none; `None` for all of them.
    """

    def rule(spec: LayerSpec) -> LayerFacts:
        first = first_tensor(spec)
        reduced = _axes(spec, len(first.shape), default=default)
        return _reduced(spec, first.shape, reduced, dtype=_typed(result, first))

    return rule


def _typed(result: Result, first: Tensor) -> str:
    if result == "wide":
        return widened(first.dtype)
    if result in ("bool", "int32"):
        return result
    return result_dtype(first, floating=result == "floating")


def _axes(
    spec: LayerSpec, rank: int, *, key: str = "axis", default: int | None = None
) -> frozenset[int]:
    given = spec.config.get(key)
    given = default if given is None else given
    if given is None:
        return frozenset(range(rank))
    axes = given if isinstance(given, list | tuple) else [given]
    return frozenset(axis_of(spec, axis, rank) for axis in axes)


def _reduced(spec: LayerSpec, shape: Shape, axes: frozenset[int], *, dtype: str) -> LayerFacts:
    rank = len(shape)
    if spec.config.get("keepdims") is True:
        outputs: Shape = tuple(1 if n in axes else size for n, size in enumerate(shape))
        views: list[View] = [WHOLE if n in axes else Window() for n in range(1, rank)]
        return facts_of(outputs, dtype, views=(tuple(views),))
    kept = [n for n in range(rank) if n not in axes]
    views = [WHOLE if n in axes else Window(axis=kept.index(n)) for n in range(1, rank)]
    # A single number has no axis to be taken for the batch.
    keeps = not kept or 0 not in axes
    outputs = tuple(shape[n] for n in kept)
    return facts_of(
        outputs, dtype, views=(tuple(views),) if keeps and kept else None, keeps_batch=keeps
    )


def moments(spec: LayerSpec) -> LayerFacts:
    """`Moments`: the mean and the variance along some axes."""
    first = first_tensor(spec)
    facts = _reduced(
        spec, first.shape, _axes(spec, len(first.shape), key="axes"), dtype=result_dtype(first)
    )
    shapes = [facts.output_shape or (), facts.output_shape or ()]
    return facts_of(
        shapes, facts.output_dtype or "", views=facts.views, keeps_batch=not facts.reason
    )


def quantile(spec: LayerSpec) -> LayerFacts:
    """`Quantile` and `Percentile`: for each quantile that is asked for, one reduction."""
    first, *others = operands(spec)
    axes = _axes(spec, len(first.shape))
    reduced = _reduced(spec, first.shape, axes, dtype=result_dtype(first, floating=True))
    asked = others[0].shape if others else ()
    outputs = (*asked, *(reduced.output_shape or ()))
    keeps = not asked and not reduced.reason
    return facts_of(outputs, reduced.output_dtype or "", keeps_batch=keeps)


def cumulative(spec: LayerSpec) -> LayerFacts:
    """`Cumsum` and `Cumprod`: sums up to each place along an axis, or of all numbers as one row."""
    first = first_tensor(spec)
    dtype = spec.config.get("dtype")
    dtype = dtype if isinstance(dtype, str) else first.dtype
    dtype = "int32" if dtype == "bool" else dtype
    axis = spec.config.get("axis")
    if axis is None:
        return facts_of((known_count(first.shape),), dtype, keeps_batch=False)
    mixed = axis_of(spec, axis, len(first.shape))
    length = first.shape[mixed]
    past: View = WHOLE if length is None else Window(length, padding=(length - 1, 0))
    views = tuple(past if n == mixed else Window() for n in range(1, len(first.shape)))
    return facts_of(first.shape, dtype, views=(views,), keeps_batch=mixed != 0)


def top_k(spec: LayerSpec) -> LayerFacts:
    """`TopK`: the greatest numbers along the last axis, and where they were."""
    first = first_tensor(spec)
    outputs = (*first.shape[:-1], spec.positive("k"))
    return facts_of([outputs, outputs], first.dtype)
