"""Operations that make more numbers: several tensors as one, repeated, or padded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasbook.checks import shown
from kerasbook.rules.layer import Tensor
from kerasbook.rules.operations.operands import (
    as_tensor,
    axis_of,
    broadcast,
    facts_of,
    first_tensor,
    known_count,
    read_counts,
    result_dtype,
)
from kerasbook.rules.views import Scattered, Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kerasbook.rules.facts import LayerFacts
    from kerasbook.rules.spec import LayerSpec, Rule
    from kerasbook.rules.views import Shape

__all__ = [
    "broadcast_to",
    "concatenate",
    "hstack",
    "joined",
    "one_hot",
    "pad",
    "repeat",
    "stack",
    "tile",
]


# ------------------------------------------------------------------------------- several as one


def concatenate(spec: LayerSpec) -> LayerFacts:
    """`Concatenate` and `Append`: one after the other along an axis."""
    parts = _parts(spec)
    axis = spec.config.get("axis")
    if axis is None:
        lengths = [known_count(each.shape) for each in parts]
        total = None if None in lengths else sum(n for n in lengths if n is not None)
        return facts_of((total,), result_dtype(*parts), keeps_batch=False)
    return joined(spec, parts, axis_of(spec, axis, len(parts[0].shape)))


def hstack(axis: int) -> Rule:
    """The rule of `Hstack`, `Vstack` and `Dstack`: one after the other along that axis."""

    def rule(spec: LayerSpec) -> LayerFacts:
        parts = _parts(spec)
        missing = axis + 1 - len(parts[0].shape)
        if missing > 0:
            parts = [Tensor((*each.shape, *(1,) * missing), each.dtype) for each in parts]
        return joined(spec, parts, axis)

    return rule


def joined(spec: LayerSpec, parts: Sequence[Tensor], axis: int) -> LayerFacts:
    """Tensors one after the other along an axis."""
    first = parts[0].shape
    lengths: list[int | None] = []
    sizes: list[int | None] = list(first)
    for each in parts:
        if len(each.shape) != len(first) or axis >= len(first):
            spec.fail("its operands", "have as many axes", f"{each.shape} and {first}")
        lengths.append(each.shape[axis])
        # A size that one of them tells is that of all.
        sizes = [b if a is None else a for a, b in zip(sizes, each.shape, strict=True)]
    length = None if None in lengths else sum(size for size in lengths if size is not None)
    outputs = (*first[:axis], length, *first[axis + 1 :])
    views = tuple(Scattered(n) if n == axis else Window() for n in range(1, len(first)))
    return facts_of(
        outputs, result_dtype(*parts), views=(views,) * len(parts), keeps_batch=axis != 0
    )


def stack(spec: LayerSpec) -> LayerFacts:
    """`Stack`: side by side along a new axis."""
    parts = _parts(spec)
    shape = parts[0].shape
    axis = axis_of(spec, spec.config.get("axis", 0), len(shape) + 1)
    outputs = (*shape[:axis], len(parts), *shape[axis:])
    views = tuple(Window(axis=n + (n >= axis)) for n in range(1, len(shape)))
    return facts_of(
        outputs, result_dtype(*parts), views=(views,) * len(parts), keeps_batch=axis != 0
    )


def _parts(spec: LayerSpec) -> list[Tensor]:
    """The operands, given one by one or as a list."""
    given = spec.arguments[0] if spec.arguments else None
    values = (
        given if isinstance(given, list | tuple) else (*spec.arguments, *spec.keywords.values())
    )
    parts = [tensor for each in values if (tensor := as_tensor(each)) is not None]
    if not parts or not parts[0].shape:
        spec.fail("it", "be called on a list of tensors", f"{len(parts)}")
    return parts


# ------------------------------------------------------------------------------- more of them


def broadcast_to(spec: LayerSpec) -> LayerFacts:
    """`BroadcastTo`: repeated along axes of one position."""
    first, shape = first_tensor(spec), spec.get("shape")
    sizes = shape if isinstance(shape, list | tuple) else ()
    if not all(size is None or (type(size) is int and size >= 0) for size in sizes):
        spec.fail("shape", "be a list of sizes", f"shape={shown(shape)}")
    broadcast(spec, first.shape, tuple(sizes))
    return facts_of(tuple(sizes), first.dtype, keeps_batch=len(sizes) == len(first.shape))


def tile(spec: LayerSpec) -> LayerFacts:
    """`Tile`: the whole tensor several times along each axis."""
    first, given = first_tensor(spec), spec.get("repeats")
    times = read_counts(spec, "repeats", given)
    rank = max(len(times), len(first.shape))
    times = [1] * (rank - len(times)) + times
    sizes = (1,) * (rank - len(first.shape)) + first.shape
    outputs = tuple(None if s is None else s * t for s, t in zip(sizes, times, strict=True))
    keeps = rank == len(first.shape) and (not times or times[0] == 1)
    return facts_of(outputs, first.dtype, keeps_batch=keeps)


def repeat(spec: LayerSpec) -> LayerFacts:
    """`Repeat`: each number several times along an axis, or along all as one."""
    first, axis = first_tensor(spec), spec.config.get("axis")
    times = read_counts(spec, "repeats", spec.get("repeats"))
    shape = first.shape if axis is not None else (known_count(first.shape),)
    place = 0 if axis is None else axis_of(spec, axis, len(shape))
    length = shape[place]
    if length is not None:
        length = length * times[0] if len(times) == 1 else sum(times)
    outputs = (*shape[:place], length, *shape[place + 1 :])
    return facts_of(outputs, first.dtype, keeps_batch=place != 0)


def pad(spec: LayerSpec) -> LayerFacts:
    """`Pad`: positions more before and after."""
    first, given = first_tensor(spec), spec.get("pad_width")
    rank = len(first.shape)
    pairs = [given] if isinstance(given, int) else given
    pairs = pairs if isinstance(pairs, list | tuple) else []
    if len(pairs) == 1:
        pairs = [*pairs] * rank
    widths = [read_counts(spec, "pad_width", pair) for pair in pairs]
    if len(widths) != rank or not all(0 < len(pair) <= 2 for pair in widths):  # noqa: PLR2004
        spec.fail("pad_width", f"have a pair for each of the {rank} axes", f"{shown(given)}")
    outputs, views = [], []
    for size, (before, *more) in zip(first.shape, widths, strict=True):
        after = more[0] if more else before
        outputs.append(None if size is None else size + before + after)
        views.append(Window(padding=(before, after)))
    keeps = not widths or not any(widths[0])
    seen = (tuple(views[1:]),) if keeps and spec.config.get("mode") == "constant" else None
    return facts_of(tuple(outputs), first.dtype, views=seen, keeps_batch=keeps)


def one_hot(spec: LayerSpec) -> LayerFacts:
    """`OneHot`: an axis more, with one place per class."""
    first, classes = first_tensor(spec), spec.positive("num_classes")
    dtype = spec.config.get("dtype")
    rank = len(first.shape)
    if spec.class_name == "MultiHot":
        outputs: Shape = (*(first.shape[:-1] if rank > 1 else ()), classes)
        return facts_of(outputs, _named(dtype), keeps_batch=rank > 1)
    place = axis_of(spec, spec.config.get("axis", -1), rank + 1)
    outputs = (*first.shape[:place], classes, *first.shape[place:])
    return facts_of(outputs, _named(dtype), keeps_batch=place != 0)


def _named(dtype: object) -> str:
    return dtype if isinstance(dtype, str) else "float32"
