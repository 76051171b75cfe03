"""Reshaping: the same numbers in another shape, or fewer of them, or more."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from kerasbook.checks import integer, one_or_per
from kerasbook.errors import ArgumentError
from kerasbook.rules.conv import plane
from kerasbook.rules.facts import LayerFacts
from kerasbook.rules.layer import LARGEST
from kerasbook.rules.views import SAME, WHOLE, Scattered, Window
from kerasbook.values import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kerasbook.rules.spec import LayerSpec, Rule
    from kerasbook.rules.views import Shape, View, Views

__all__ = [
    "cropping",
    "flatten",
    "permute",
    "repeat_vector",
    "reshape",
    "reshaped",
    "up_sampling",
    "zero_padding",
]


def flatten(spec: LayerSpec) -> LayerFacts:
    """`Flatten`: all axes but the batch as one."""
    shape = spec.input_shape
    return LayerFacts((shape[0], _count(shape[1:])), views=_unrolled(shape, (None,)))


def reshape(spec: LayerSpec) -> LayerFacts:
    """`Reshape`: the sizes that are asked for; -1 is what is left over."""
    shape = spec.input_shape
    target = spec.get("target_shape")
    sizes = reshaped(spec, shape[1:], target)
    return LayerFacts((shape[0], *sizes), views=_unrolled(shape, sizes))


def reshaped(spec: LayerSpec, sizes: Shape, target: object) -> Shape:
    """The sizes after a reshape, from the sizes before.

    Args:
        spec: the layer, for messages.
        sizes: what is there.
        target: what is asked for, with at most one -1.

    Raises:
        SourceError: the sizes do not fit.
    """
    wanted = tuple(target) if isinstance(target, list | tuple) else None
    fits = wanted is not None and all(
        n is None or (type(n) is int and -1 <= n <= LARGEST) for n in wanted
    )
    if wanted is None or not fits or wanted.count(-1) > 1:
        spec.fail("target_shape", "be sizes, at most one of them -1", f"{plain(target)!r}")
    there, known = _count(sizes), prod(size for size in wanted if size not in (-1, None))
    if there is None or None in wanted:
        return tuple(None if size == -1 else size for size in wanted)
    open_axis = -1 in wanted
    if (known == 0 or there % known) if open_axis else there != known:
        spec.fail(
            "target_shape",
            f"hold the {there} numbers of the input {sizes}",
            f"target_shape={wanted}",
        )
    return tuple(there // known if size == -1 else size for size in wanted)


def permute(spec: LayerSpec) -> LayerFacts:
    """`Permute`: the axes in another order, counted from 1."""
    shape, dims = spec.input_shape, spec.get("dims")
    order = tuple(dims) if isinstance(dims, list | tuple) else ()
    if sorted(order, key=str) != sorted(range(1, len(shape)), key=str):
        axes = f"the axes 1 to {len(shape) - 1} once each"
        spec.fail("dims", f"name {axes}", f"dims={plain(dims)!r}")
    views: tuple[View, ...] = tuple(
        Window(axis=order.index(axis) + 1) for axis in range(1, len(shape))
    )
    return LayerFacts((shape[0], *(shape[axis] for axis in order)), views=(views,))


def repeat_vector(spec: LayerSpec) -> LayerFacts:
    """`RepeatVector`: a vector, n times along a new axis."""
    batch, size = spec.of_rank(2)
    return LayerFacts((batch, spec.positive("n"), size), views=((Window(axis=2),),))


def cropping(rank: int) -> Rule:
    """The rule of `Cropping1D`, `Cropping2D` or `Cropping3D`."""

    def rule(spec: LayerSpec) -> LayerFacts:
        layout = plane(spec, rank)
        margins = _margins(spec, "cropping", rank)
        sizes = [
            None if size is None else size - before - after
            for size, (before, after) in zip(layout.sizes, margins, strict=True)
        ]
        if any(size is not None and size < 1 for size in sizes):
            spec.fail(
                "cropping", f"leave something of the sizes {layout.sizes}", f"cropping={margins}"
            )
        windows = [Window(padding=(-before, -after)) for before, after in margins]
        outputs = layout.around(tuple(sizes), layout.depth)
        return LayerFacts(outputs, views=layout.views(windows, SAME))

    return rule


def zero_padding(rank: int) -> Rule:
    """The rule of `ZeroPadding1D`, `ZeroPadding2D` or `ZeroPadding3D`."""

    def rule(spec: LayerSpec) -> LayerFacts:
        layout = plane(spec, rank)
        margins = _margins(spec, "padding", rank)
        sizes = tuple(
            None if size is None else size + before + after
            for size, (before, after) in zip(layout.sizes, margins, strict=True)
        )
        windows = [Window(padding=margin) for margin in margins]
        outputs = layout.around(sizes, layout.depth)
        return LayerFacts(outputs, views=layout.views(windows, SAME))

    return rule


def up_sampling(rank: int) -> Rule:
    """The rule of `UpSampling1D`, `UpSampling2D` or `UpSampling3D`: each position several times.

    `interpolation` blends neighbours; how many decides what a unit sees.
    """

    def rule(spec: LayerSpec) -> LayerFacts:
        layout = plane(spec, rank)
        factors = spec.per_axis("size", rank)
        blend = spec.choice("interpolation", *_NEIGHBORS, default="nearest")
        sizes = tuple(
            None if size is None else size * factor
            for size, factor in zip(layout.sizes, factors, strict=True)
        )
        windows = [_enlarged(factor, _NEIGHBORS[blend]) for factor in factors]
        outputs = layout.around(sizes, layout.depth)
        return LayerFacts(outputs, views=layout.views(windows, SAME))

    return rule


# How many neighbours an interpolation blends along each axis.
_NEIGHBORS = {"nearest": 1, "bilinear": 2, "bicubic": 4, "lanczos3": 6, "lanczos5": 10}


def _enlarged(factor: int, neighbors: int) -> Window:
    """The window of an interpolation: input j reaches the outputs within half its neighbours.

    Positions are centres of pixels, as in `keras.ops.image.resize`.
    """
    reach = neighbors * factor
    if neighbors > 1 and factor % 2:
        reach -= 1
    before = (neighbors - 1) * factor // 2
    return Window(reach, factor, (before, 0), transposed=True)


def _count(sizes: Sequence[int | None]) -> int | None:
    """How many numbers there are; `None` if a size is not specified."""
    known = [size for size in sizes if size is not None]
    return prod(known) if len(known) == len(sizes) else None


def _unrolled(shape: Shape, sizes: Shape) -> Views:
    """The views of a reshape: leading and trailing axes that stay are seen as before.

    What lies between is unrolled and rolled up anew: no window describes that.
    """
    old, new = shape[1:], sizes
    head = 0
    while head < min(len(old), len(new)) and old[head] is not None and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and _same(old[-1 - tail], new[-1 - tail]):
        tail += 1
    # An axis of one position may come and go without moving the others: all units see all of it.
    real = [n for n in range(head, len(old) - tail) if old[n] != 1]
    landed = [n for n in range(head, len(new) - tail) if new[n] != 1]
    moved: View = WHOLE
    if len(real) == len(landed) == 1:
        moved = Window(axis=landed[0] + 1)
    elif landed:
        moved = Scattered(axis=head + 1)
    middle = [WHOLE if old[n] == 1 else moved for n in range(head, len(old) - tail)]
    shift = len(new) - len(old)
    rest = [Window(axis=n + 1 + shift) for n in range(len(old) - tail, len(old))]
    return ((*[SAME] * head, *middle, *rest),)


def _same(one: int | None, other: int | None) -> bool:
    return one is not None and one == other


def _margins(spec: LayerSpec, key: str, rank: int) -> tuple[tuple[int, int], ...]:
    """Positions (before, after) each spatial axis: from one number, one per axis, or pairs."""
    value = spec.get(key)
    try:
        if rank == 1:
            pairs: tuple[object, ...] = (value,)
        else:
            pairs = one_or_per(key, value, rank, item="spatial axis")
        both = [one_or_per(key, pair, 2, item="side") for pair in pairs]
        margins = [
            tuple(integer(key, n, minimum=0, maximum=LARGEST) for n in pair) for pair in both
        ]
    except ArgumentError as error:
        spec.refuse(error)
    return tuple((before, after) for before, after in margins)
