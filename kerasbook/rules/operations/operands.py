"""What an operation is called on: tensors, constants and plain numbers, and what they become."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from kerasbook.checks import shown
from kerasbook.rules.facts import NO_MACS, LayerFacts
from kerasbook.rules.layer import Tensor, tensors_in
from kerasbook.rules.views import WHOLE, Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kerasbook.rules.spec import LayerSpec
    from kerasbook.rules.views import Shape, View, Views

__all__ = [
    "MOVES_BATCH",
    "as_tensor",
    "axis_of",
    "broadcast",
    "broadcast_views",
    "facts_of",
    "first_tensor",
    "known_count",
    "operands",
    "read_counts",
    "result_dtype",
    "widened",
]

MOVES_BATCH = "it moves the batch: the MACs of what follows are not those of one sample"

# What a plain number is: it takes the type of the tensor that it meets.
_WEAK = {bool: "bool", int: "int", float: "float"}
_FLOATS = ("float16", "bfloat16", "float32", "float64")
_INTEGERS = (
    "bool",
    "int",
    "uint8",
    "int8",
    "uint16",
    "int16",
    "uint32",
    "int32",
    "uint64",
    "int64",
)


def as_tensor(value: object) -> Tensor | None:
    """An argument as a tensor: a number is one without axes, nested lists are a constant."""
    if isinstance(value, Tensor):
        return value
    weak = _WEAK.get(type(value))
    if weak:
        return Tensor((), weak, constant=True)
    if isinstance(value, list | tuple) and not tensors_in(value):
        shape: list[int] = []
        inner: object = value
        while isinstance(inner, list | tuple):
            shape.append(len(inner))
            inner = inner[0] if inner else None
        return Tensor(tuple(shape), _WEAK.get(type(inner), "float"), constant=True)
    return None


def operands(spec: LayerSpec) -> list[Tensor]:
    """All that an operation is called on, one at least, numbers included.

    Raises:
        SourceError: it is called on something else.
    """
    given = (*spec.arguments, *spec.keywords.values())
    found = [tensor for each in given if (tensor := as_tensor(each)) is not None]
    if not found:
        spec.fail("it", "be called on tensors or numbers", "something else")
    return found


def first_tensor(spec: LayerSpec) -> Tensor:
    """The first tensor of the call.

    Raises:
        SourceError: there is none.
    """
    tensors = spec.tensors
    if not tensors:
        spec.fail("it", "be called on a tensor", "none")
    return tensors[0]


def axis_of(spec: LayerSpec, axis: object, rank: int) -> int:
    """An axis of a tensor of that rank, counted from 0.

    Raises:
        SourceError: there is no such axis.
    """
    if type(axis) is not int or not -rank <= axis < rank:
        spec.fail("axis", f"be from {-rank} to {rank - 1}", f"axis={shown(axis)}")
    return axis % rank


def known_count(sizes: Sequence[int | None]) -> int | None:
    """How many numbers there are; `None` if a size is not specified."""
    known = [size for size in sizes if size is not None]
    return prod(known) if len(known) == len(sizes) else None


def read_counts(spec: LayerSpec, key: str, value: object) -> list[int]:
    """One count or a list of them, none negative."""
    counts = value if isinstance(value, list | tuple) else [value]
    found = [each for each in counts if type(each) is int and each >= 0]
    if len(found) != len(counts) or not found:
        spec.fail(key, "be integers of at least 0", f"{key}={shown(value)}")
    return found


# ---------------------------------------------------------------------------------- broadcasting


def broadcast(spec: LayerSpec, *shapes: Shape) -> Shape:
    """The shape that shapes are broadcast to, aligned at their end; a known size beats none.

    Raises:
        SourceError: two sizes differ and neither is 1.
    """
    rank = max(map(len, shapes), default=0)
    joined: list[int | None] = []
    for back in range(rank, 0, -1):
        sizes = {shape[-back] for shape in shapes if len(shape) >= back} - {1}
        known = sizes - {None}
        if len(known) > 1:
            spec.fail("its operands", "have shapes that fit", f"{_listed(shapes)}")
        joined.append(next(iter(known), None if sizes else 1))
    return tuple(joined)


def broadcast_views(spec: LayerSpec, outputs: Shape) -> Views | None:
    """How each tensor of the call is seen by what it is broadcast to; constants included."""
    if any(len(shape) > len(outputs) for shape in spec.input_shapes):
        return None  # tensors in lists are no operands
    views: list[tuple[View, ...]] = []
    for shape in spec.input_shapes:
        shift = len(outputs) - len(shape)
        views.append(
            tuple(
                WHOLE
                if shape[axis] == 1 and outputs[axis + shift] != 1
                else Window(axis=axis + shift)
                for axis in range(1, len(shape))
            )
        )
    return tuple(views)


def _listed(shapes: Sequence[Shape]) -> str:
    return ", ".join(map(str, shapes[:6])) or "none"


# ---------------------------------------------------------------------------------------- types


def result_dtype(*tensors: Tensor, floating: bool = False) -> str:
    """The type of what is computed from some tensors, as Keras promotes them.

    Args:
        *tensors: the operands.
        floating: whether integers become floating point, as in `exp`.
    """
    types = {tensor.dtype for tensor in tensors}
    floats = [each for each in _FLOATS if each in types]
    if floats:
        return "float32" if floats == ["float16", "bfloat16"] else floats[-1]
    other = types - {"float", *_INTEGERS}
    if other:
        return min(other)  # strings and complex numbers stay what they are
    if "float" in types or floating:
        return "float32"
    return _integer([each for each in _INTEGERS if each in types])


def widened(dtype: str) -> str:
    """The type that sums of some type have: integers of 32 bits at least."""
    if dtype in ("bool", "int8", "int16"):
        return "int32"
    return "uint32" if dtype in ("uint8", "uint16") else dtype


def _integer(types: list[str]) -> str:
    """The widest of some integer types; with signs if one has them."""
    widest = types[-1] if types else "float32"
    signed = any(each.startswith("int") and each != "int" for each in types)
    if widest.startswith("uint") and signed:
        return {"uint8": "int16", "uint16": "int32"}.get(widest, "int64")
    unsigned = [each for each in types if each.startswith("uint")]
    if unsigned and signed and int(unsigned[-1][4:]) >= int(widest[3:]):
        return {"uint8": "int16", "uint16": "int32"}.get(unsigned[-1], "int64")
    return "int32" if widest == "int" else widest


# ---------------------------------------------------------------------------------------- facts


def facts_of(
    outputs: Shape | list[Shape],
    dtype: str,
    *,
    views: Views | None = None,
    keeps_batch: bool = True,
) -> LayerFacts:
    """Facts of an operation that multiplies nothing that counts.

    Args:
        outputs: the shape of what comes out, or a list of shapes.
        dtype: its type.
        views: how the tensors of the call are seen.
        keeps_batch: whether the first axis is the batch as before.
    """
    first, *more = outputs if isinstance(outputs, list) else [outputs]
    return LayerFacts(
        first,
        more_outputs=tuple(more),
        macs=NO_MACS if keeps_batch else None,
        views=views,
        output_dtype=dtype,
        reason="" if keeps_batch else MOVES_BATCH,
    )
