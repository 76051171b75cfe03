"""Operations that take some of the numbers: parts, positions, diagonals."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from kerasbook.checks import shown
from kerasbook.rules.facts import unknown
from kerasbook.rules.operations.operands import (
    as_tensor,
    axis_of,
    broadcast,
    facts_of,
    first_tensor,
    read_counts,
    widened,
)
from kerasbook.rules.views import WHOLE, Scattered, Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kerasbook.rules.facts import LayerFacts
    from kerasbook.rules.layer import Tensor
    from kerasbook.rules.spec import LayerSpec, Rule
    from kerasbook.rules.views import View

__all__ = [
    "array_split",
    "diagonal",
    "get_item",
    "glu",
    "slice_",
    "split",
    "take",
    "take_along_axis",
    "unstack",
]

# No tensor is cut into more pieces than a graph can show.
_MOST_PIECES = 10_000


# ------------------------------------------------------------------------------- some of them


def split(axis: int | None = None) -> Rule:
    """The rule of `Split` along its axis, of `Hsplit` and its kin along that one."""

    def rule(spec: LayerSpec) -> LayerFacts:
        first = first_tensor(spec)
        place = spec.config.get("axis", 0) if axis is None else axis
        n = axis_of(spec, place, len(first.shape))
        given, length = spec.get("indices_or_sections"), first.shape[n]
        if isinstance(given, list | tuple):
            at = read_counts(spec, "indices_or_sections", given) if given else []
            ends = [0, *(min(each, length) if length is not None else each for each in at), length]
            sizes = [None if a is None or b is None else max(b - a, 0) for a, b in pairwise(ends)]
        else:
            parts = _sections(spec, given)
            if length is not None and length % parts:
                spec.fail(
                    "indices_or_sections",
                    f"divide the {length} positions",
                    f"indices_or_sections={parts}",
                )
            sizes = [None if length is None else length // parts] * parts
        return _pieces(first, n, sizes)

    return rule


def array_split(spec: LayerSpec) -> LayerFacts:
    """`ArraySplit`: sections of nearly the same length."""
    first = first_tensor(spec)
    n = axis_of(spec, spec.config.get("axis", 0), len(first.shape))
    parts, length = _sections(spec, spec.get("indices_or_sections")), first.shape[n]
    sizes = [
        None if length is None else length // parts + (m < length % parts) for m in range(parts)
    ]
    return _pieces(first, n, sizes)


def _sections(spec: LayerSpec, value: object) -> int:
    if type(value) is not int or not 0 < value <= _MOST_PIECES:
        spec.fail(
            "indices_or_sections",
            f"be from 1 to {_MOST_PIECES}",
            f"indices_or_sections={shown(value)}",
        )
    return value


def _pieces(first: Tensor, axis: int, sizes: Sequence[int | None]) -> LayerFacts:
    shapes = [(*first.shape[:axis], size, *first.shape[axis + 1 :]) for size in sizes]
    views = tuple(Scattered(n) if n == axis else Window() for n in range(1, len(first.shape)))
    return facts_of(shapes, first.dtype, views=(views,), keeps_batch=axis != 0)


def unstack(spec: LayerSpec) -> LayerFacts:
    """`Unstack`: a tensor for each position of an axis."""
    first = first_tensor(spec)
    n = axis_of(spec, spec.config.get("axis", 0), len(first.shape))
    given = spec.config.get("num")
    parts = _sections(spec, first.shape[n] if given is None else given)
    shape = (*first.shape[:n], *first.shape[n + 1 :])
    return facts_of([shape] * parts, first.dtype, keeps_batch=n != 0)


def glu(spec: LayerSpec) -> LayerFacts:
    """`Glu`: one half of an axis weighs the other."""
    first = first_tensor(spec)
    n = axis_of(spec, spec.config.get("axis", -1), len(first.shape))
    length = first.shape[n]
    half = None if length is None else length // 2
    outputs = (*first.shape[:n], half, *first.shape[n + 1 :])
    return facts_of(outputs, first.dtype, keeps_batch=n != 0)


def get_item(spec: LayerSpec) -> LayerFacts:
    """`GetItem`: what `x[…]` gives: numbers take an axis away, slices a part, `None` adds one."""
    first = first_tensor(spec)
    given = spec.argument("key", 1)
    keys = [*given] if isinstance(given, list | tuple) else [given]
    named = sum(1 for key in keys if key is not None and key is not Ellipsis)
    missing = len(first.shape) - named
    if missing < 0 or keys.count(Ellipsis) > 1:
        spec.fail("its key", f"fit the {len(first.shape)} axes", f"{len(keys)} indices")
    if Ellipsis not in keys:
        keys.append(Ellipsis)
    at = keys.index(Ellipsis)
    keys[at : at + 1] = [slice(None)] * missing
    return _taken(spec, first, keys)


def _taken(spec: LayerSpec, first: Tensor, keys: Sequence[object]) -> LayerFacts:
    outputs: list[int | None] = []
    views: list[View] = []
    sizes = iter(first.shape)
    for key in keys:
        if key is None:
            outputs.append(1)
            continue
        size = next(sizes)
        if isinstance(key, slice):
            length = _length(spec, key, size)
            views.append(_part(key, size, len(outputs)))
            outputs.append(length)
        elif type(key) is int:
            views.append(WHOLE)
        else:
            return unknown("it takes positions that are computed", weights=())
    keeps = bool(keys) and keys[0] == slice(None)
    return facts_of(
        tuple(outputs), first.dtype, views=(tuple(views[1:]),) if keeps else None, keeps_batch=keeps
    )


def _length(spec: LayerSpec, key: slice, size: int | None) -> int | None:
    if size is None:
        return None
    try:
        return len(range(*key.indices(size)))
    except (TypeError, ValueError):
        spec.fail("a slice", "have integers", f"{key}")


def _part(key: slice, size: int | None, axis: int) -> View:
    """A slice as a window: what is cut off at both ends, and every how many it takes."""
    if key == slice(None):
        return Window(axis=axis)
    step = 1 if key.step is None else key.step
    if size is None or not isinstance(step, int) or step < 1:
        return Scattered(axis)
    start, stop, _ = key.indices(size)
    return Window(strides=step, padding=(-start, stop - size), axis=axis)


def take(spec: LayerSpec) -> LayerFacts:
    """`Take`: the positions of an axis that are asked for."""
    first = first_tensor(spec)
    indices = as_tensor(spec.argument("indices", 1))
    if indices is None:
        return unknown("it takes positions that are computed", weights=())
    axis = spec.config.get("axis")
    if axis is None:
        return facts_of(indices.shape, first.dtype, keeps_batch=not indices.constant)
    n = axis_of(spec, axis, len(first.shape))
    outputs = (*first.shape[:n], *indices.shape, *first.shape[n + 1 :])
    # A table that is a constant is looked up by a batch of indices.
    looked_up = n == 0 and first.constant and not indices.constant
    return facts_of(outputs, first.dtype, keeps_batch=n != 0 or looked_up)


def take_along_axis(spec: LayerSpec) -> LayerFacts:
    """`TakeAlongAxis`: at each place, the position of an axis that is asked for there."""
    first = first_tensor(spec)
    indices = as_tensor(spec.argument("indices", 1))
    axis = spec.config.get("axis")
    if indices is None or axis is None:
        return unknown("it takes positions that are computed", weights=())
    n = axis_of(spec, axis, len(first.shape))
    if len(indices.shape) != len(first.shape):
        spec.fail("its indices", f"have as many axes as {first.shape}", f"{indices.shape}")
    sides = broadcast(
        spec,
        tuple(size for m, size in enumerate(first.shape) if m != n),
        tuple(size for m, size in enumerate(indices.shape) if m != n),
    )
    outputs = (*sides[:n], indices.shape[n], *sides[n:])
    return facts_of(outputs, first.dtype, keeps_batch=n != 0)


def slice_(spec: LayerSpec) -> LayerFacts:
    """`Slice`: a block from some place on."""
    first, shape = first_tensor(spec), spec.get("shape")
    sizes = shape if isinstance(shape, list | tuple) else []
    starts = spec.argument("start_indices", 1)
    places = starts if isinstance(starts, list | tuple) else [None] * len(first.shape)
    if not len(sizes) == len(places) == len(first.shape):
        spec.fail("shape", f"have a size for each axis of {first.shape}", f"{shown(shape)}")
    outputs = []
    for size, asked, start in zip(first.shape, sizes, places, strict=True):
        known = type(asked) is int and asked >= 0
        rest = None if size is None or type(start) is not int else max(size - start, 0)
        outputs.append(asked if known else rest)
    return facts_of(tuple(outputs), first.dtype, keeps_batch=bool(sizes) and sizes[0] == -1)


def diagonal(spec: LayerSpec) -> LayerFacts:
    """`Diagonal` and `Trace`: what two axes have in common, listed or summed."""
    first = first_tensor(spec)
    rank = len(first.shape)
    one = axis_of(spec, spec.config.get("axis1", 0), rank)
    other = axis_of(spec, spec.config.get("axis2", 1), rank)
    rows, columns = first.shape[one], first.shape[other]
    offset = spec.integer("offset", default=0)
    length = None
    if rows is not None and columns is not None:
        length = max(min(rows, columns, (columns if offset > 0 else rows) - abs(offset)), 0)
    kept = [n for n in range(rank) if n not in (one, other)]
    outputs = tuple(first.shape[n] for n in kept)
    if spec.class_name == "Trace":
        keeps = 0 in kept or not kept
        return facts_of(outputs, widened(first.dtype), keeps_batch=keeps)
    return facts_of((*outputs, length), first.dtype, keeps_batch=0 in kept)
