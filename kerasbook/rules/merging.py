"""Merging: several tensors become one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasbook.arithmetic import product
from kerasbook.rules.common import per_sample
from kerasbook.rules.facts import LayerFacts
from kerasbook.rules.views import SAME, WHOLE, Scattered, Window, pointwise

if TYPE_CHECKING:
    from kerasbook.rules.facts import Saved
    from kerasbook.rules.spec import LayerSpec
    from kerasbook.rules.views import Shape, View

__all__ = ["concatenate", "dot", "elementwise", "merged_shape"]


def elementwise(spec: LayerSpec) -> LayerFacts:
    """`Add`, `Multiply`, `Maximum` and their kin: number by number, shapes broadcast.

    Shorter shapes get axes of one position after the batch.
    """
    shapes = _several(spec)
    rank = max(map(len, shapes))
    aligned = [(shape[0], *(1,) * (rank - len(shape)), *shape[1:]) for shape in shapes]
    batches = {shape[0] for shape in aligned} - {None}
    if len(batches) > 1:
        spec.fail("its inputs", "have one batch size", f"the shapes {_listed(shapes)}")
    sizes = merged_shape(spec, [shape[1:] for shape in aligned])
    whole = pointwise(*aligned)
    views = tuple(
        each[len(each) - len(shape) + 1 :] for each, shape in zip(whole, shapes, strict=True)
    )
    views = tuple(
        tuple(
            Window(axis=axis + rank - len(shape)) if isinstance(view, Window) else view
            for axis, view in enumerate(each, 1)
        )
        for each, shape in zip(views, shapes, strict=True)
    )
    saved: tuple[Saved, ...] = (
        ("inputs",) if spec.class_name in ("Multiply", "Maximum", "Minimum") else ()
    )
    return LayerFacts((next(iter(batches), None), *sizes), views=views, saved=saved)


def merged_shape(spec: LayerSpec, shapes: list[Shape]) -> Shape:
    """The shape that shapes of one rank are broadcast to; an unspecified size stays one.

    Raises:
        SourceError: two sizes differ and neither is 1.
    """
    joined = []
    for sizes in zip(*shapes, strict=True):
        real = {size for size in sizes if size not in (1, None)}
        if len(real) > 1:
            spec.fail("its inputs", "have shapes that fit", f"{_listed(shapes)}")
        joined.append(None if None in sizes else next(iter(real), 1))
    return tuple(joined)


def concatenate(spec: LayerSpec) -> LayerFacts:
    """`Concatenate`: one after the other along an axis."""
    shapes = _several(spec)
    rank = len(shapes[0])
    axis = spec.axis("axis", rank, default=-1)
    for shape in shapes[1:]:
        agree = len(shape) == rank and all(
            a == b or None in (a, b) or n == axis
            for n, (a, b) in enumerate(zip(shape, shapes[0], strict=True))
        )
        if not agree:
            spec.fail("its inputs", f"agree but for axis {axis}", f"the shapes {_listed(shapes)}")
    lengths = [shape[axis] for shape in shapes]
    length = None if None in lengths else sum(size for size in lengths if size is not None)
    joined = [*shapes[0][:axis], length, *shapes[0][axis + 1 :]]
    views: tuple[View, ...] = tuple(
        Scattered(n) if n == axis and len(shapes) > 1 else SAME for n in range(1, rank)
    )
    return LayerFacts(tuple(joined), views=(views,) * len(shapes))


def dot(spec: LayerSpec) -> LayerFacts:
    """`Dot`: products summed along one axis of each input, for all pairs of the other axes."""
    shapes = _several(spec)
    if len(shapes) != 2:  # noqa: PLR2004  a product of two
        spec.fail("it", "be called on 2 inputs", f"{len(shapes)}")
    first, second = shapes
    axes = spec.get("axes")
    if isinstance(axes, list | tuple):
        one = _summed(spec, axes[0] if axes else None, len(first))
        other = _summed(spec, axes[-1] if axes else None, len(second))
    else:
        one, other = _summed(spec, axes, len(first)), _summed(spec, axes, len(second))
    if first[one] != second[other] and None not in (first[one], second[other]):
        spec.fail(
            "its inputs",
            f"have the same size along the axes {one} and {other}",
            f"the shapes {_listed(shapes)}",
        )
    left = tuple(size for axis, size in enumerate(first) if axis != one)
    right = tuple(size for axis, size in enumerate(second) if axis not in (0, other))
    length = first[one] if first[one] is not None else second[other]
    macs = product(*per_sample(left), *per_sample((None, *right)), *per_sample((None, length)))
    outputs = (*left, *right)
    kept = [
        tuple(
            WHOLE if axis == gone else Window(axis=axis - (axis > gone) + shift)
            for axis in range(1, len(shape))
        )
        for shape, gone, shift in ((first, one, 0), (second, other, len(left) - 1))
    ]
    return LayerFacts(
        outputs if len(outputs) > 1 else (*outputs, 1),
        macs=macs,
        views=tuple(kept),
        saved=("inputs",),
    )


def _several(spec: LayerSpec) -> tuple[Shape, ...]:
    """The shapes of the inputs, which have at least a batch axis each."""
    shapes = spec.input_shapes
    if not shapes or not all(shapes):
        spec.fail("it", "be called on tensors with a batch axis", f"{_listed(shapes)}")
    return shapes


def _summed(spec: LayerSpec, axis: object, rank: int) -> int:
    """The axis of an input that is summed over; not the batch."""
    if type(axis) is not int or not -rank < axis < rank or axis == 0:
        spec.fail("axes", "name axes of its inputs but the batch", f"axes={axis!r}")
    return axis % rank


def _listed(shapes: tuple[Shape, ...] | list[Shape]) -> str:
    return ", ".join(map(str, shapes[:6])) or "none"
