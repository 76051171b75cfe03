"""Operations that put the same numbers into another shape or order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasbook.checks import shown
from kerasbook.rules.operations.operands import axis_of, facts_of, first_tensor, known_count
from kerasbook.rules.reshaping import reshaped
from kerasbook.rules.views import WHOLE, Scattered, Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kerasbook.rules.facts import LayerFacts
    from kerasbook.rules.layer import Tensor
    from kerasbook.rules.spec import LayerSpec
    from kerasbook.rules.views import Shape, View, Views

__all__ = [
    "expand_dims",
    "moveaxis",
    "ravel",
    "rearranged",
    "reshape",
    "rot90",
    "squeeze",
    "swapaxes",
    "transpose",
]


# ------------------------------------------------------------------------------- another shape


def reshape(spec: LayerSpec) -> LayerFacts:
    """`Reshape`: the sizes that are asked for, the batch's among them; -1 is what is left over."""
    first = first_tensor(spec)
    outputs = reshaped(spec, first.shape, spec.get("newshape"))
    return _unrolled(first, outputs)


def ravel(spec: LayerSpec) -> LayerFacts:
    """`Ravel`: all axes as one, the batch's too."""
    first = first_tensor(spec)
    return _unrolled(first, (known_count(first.shape),))


def _unrolled(first: Tensor, outputs: Shape) -> LayerFacts:
    """The same numbers in another shape; a sample must have as many as before."""
    before, after = known_count(first.shape[1:]), known_count(outputs[1:])
    same = before is not None and before == after
    same = same or (bool(first.shape) and first.shape == outputs)
    views: Views | None = None
    if same:
        # Axes in front that stay as they are keep their positions; the others lose their order.
        kept = next(
            (n for n, (a, b) in enumerate(zip(first.shape, outputs, strict=False)) if n and a != b),
            min(len(first.shape), len(outputs)),
        )
        views = (
            tuple(
                Window() if n < kept else Scattered(min(kept, len(outputs) - 1))
                for n in range(1, len(first.shape))
            ),
        )
    return facts_of(outputs, first.dtype, views=views, keeps_batch=same)


def expand_dims(spec: LayerSpec) -> LayerFacts:
    """`ExpandDims`: axes of one position more."""
    first = first_tensor(spec)
    given = spec.get("axis")
    axes = given if isinstance(given, list | tuple) else [given]
    rank = len(first.shape) + len(axes)
    new = {axis_of(spec, axis, rank) for axis in axes}
    if len(new) < len(axes):
        spec.fail("axis", "name each new axis once", f"axis={shown(given)}")
    rest = iter(range(len(first.shape)))
    return rearranged(first, [None if n in new else next(rest) for n in range(rank)])


def squeeze(spec: LayerSpec) -> LayerFacts:
    """`Squeeze`: axes of one position less."""
    first = first_tensor(spec)
    rank, given = len(first.shape), spec.config.get("axis")
    axes = given if isinstance(given, list | tuple) else [given]
    gone = {n for n, size in enumerate(first.shape) if size == 1}
    if given is not None:
        asked = {axis_of(spec, axis, rank) for axis in axes}
        if not all(first.shape[axis] in (1, None) for axis in asked):
            spec.fail("axis", "name axes of one position", f"axis={shown(given)}")
        gone = asked
    return rearranged(first, [n for n in range(rank) if n not in gone])


# ------------------------------------------------------------------------------- another order


def rearranged(first: Tensor, order: Sequence[int | None]) -> LayerFacts:
    """A tensor with its axes in another order.

    Args:
        first: the tensor.
        order: for each axis of the result, the axis that it was; `None` for a new one.
    """
    outputs = tuple(1 if axis is None else first.shape[axis] for axis in order)
    views: list[View] = [
        Window(axis=order.index(axis)) if axis in order else WHOLE
        for axis in range(1, len(first.shape))
    ]
    keeps = not order or order[0] == 0
    return facts_of(
        outputs, first.dtype, views=(tuple(views),) if keeps and order else None, keeps_batch=keeps
    )


def transpose(spec: LayerSpec) -> LayerFacts:
    """`Transpose`: the axes in the order of `axes`, or backwards."""
    first = first_tensor(spec)
    rank, given = len(first.shape), spec.config.get("axes")
    if given is None:
        return rearranged(first, range(rank)[::-1])
    axes = given if isinstance(given, list | tuple) else [given]
    order = [axis_of(spec, axis, rank) for axis in axes]
    if sorted(order) != list(range(rank)):
        spec.fail("axes", f"name each of the {rank} axes once", f"axes={shown(given)}")
    return rearranged(first, order)


def swapaxes(spec: LayerSpec) -> LayerFacts:
    """`Swapaxes`: two axes in each other's place."""
    return _swapped(spec, spec.get("axis1"), spec.get("axis2"))


def rot90(spec: LayerSpec) -> LayerFacts:
    """`Rot90`: two axes turned; Keras declares them swapped, however often."""
    axes = spec.get("axes")
    if not isinstance(axes, list | tuple) or len(axes) != 2:  # noqa: PLR2004  a plane
        spec.fail("axes", "name 2 axes", f"axes={shown(axes)}")
    facts = _swapped(spec, *axes)
    return facts_of(
        facts.output_shape or (), facts.output_dtype or "", keeps_batch=not facts.reason
    )


def _swapped(spec: LayerSpec, one: object, other: object) -> LayerFacts:
    first = first_tensor(spec)
    order = list(range(len(first.shape)))
    a, b = axis_of(spec, one, len(order)), axis_of(spec, other, len(order))
    order[a], order[b] = order[b], order[a]
    return rearranged(first, order)


def moveaxis(spec: LayerSpec) -> LayerFacts:
    """`Moveaxis`: some axes to other places, the others in order."""
    first = first_tensor(spec)
    rank = len(first.shape)
    sources, places = (
        [axis_of(spec, axis, rank) for axis in (v if isinstance(v, list | tuple) else [v])]
        for v in (spec.get("source"), spec.get("destination"))
    )
    if len(sources) != len(places) or len(set(sources)) < len(sources):
        spec.fail(
            "source and destination",
            "name as many axes, each once",
            f"source={sources} and destination={places}",
        )
    order = [axis for axis in range(rank) if axis not in sources]
    for place, source in sorted(zip(places, sources, strict=True)):
        order.insert(place, source)
    return rearranged(first, order)
