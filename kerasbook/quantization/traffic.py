"""Bytes that layers hold, and that they read and write while a model runs, with their arithmetic.

The convention: in each call a layer reads its weights as they are stored, each tensor that it is
called on, and writes its outputs. An embedding reads the rows that are looked up. What hands its
input on moves nothing. Numbers that are cast or unpacked on the way are not counted, nor what a
layer keeps to itself: how much of that leaves the processor is the backend's.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from kerasbook.arithmetic import number, plus, product
from kerasbook.dtypes import width_bytes
from kerasbook.graph.graph import repeated, sum_formulas
from kerasbook.quantization.storage import TABLES
from kerasbook.report.tensors import ALIASES
from kerasbook.rules import elements, total

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kerasbook.arithmetic import Formula
    from kerasbook.graph import Node, Row, Step
    from kerasbook.quantization.graph import Recast
    from kerasbook.rules import LayerFacts, Shape, Weight

__all__ = ["moved_bytes", "stored_bytes", "total_bytes"]


def stored_bytes(weights: Iterable[Weight]) -> Formula:
    """Bytes of weights: how many numbers of each width there are, times it."""
    widths: dict[int, list[Weight]] = {}
    for each in weights:
        widths.setdefault(width_bytes(each.dtype or ""), []).append(each)
    return total_bytes(_times(total(held), width) for width, held in widths.items())


def moved_bytes(row: Row, recast: Recast, batch_size: int) -> Formula | None:
    """Bytes that the calls of a layer read and write; `None` if a size is unknown."""
    if row.node.member.idle or (row.node.class_name in ALIASES and not row.node.facts.weights):
        return number(0)
    terms: list[Formula] = []
    for count, node in row.uses:
        for step in node.steps:
            moved = _moved_by(node, step, read=recast.read[step], batch_size=batch_size)
            if moved is None:
                return None
            terms.append(repeated(moved, count))
    return sum_formulas(terms)


def _moved_by(node: Node, step: Step, *, read: tuple[str, ...], batch_size: int) -> Formula | None:
    """Bytes of one call: `weights + batch·(read + written)`."""
    facts = step.facts
    # Each tensor is read once, whatever the layer does with it.
    places = {ref: n for n, ref in enumerate(step.inputs)}.values() or range(len(read))
    tensors = [(step.input_shapes[n], read[n]) for n in places]
    if not step.inputs and any(shape and shape[0] is not None for shape, _ in tensors):
        return None  # a trace saw parts of samples: how many of them one has is not known
    tensors += [(shape, facts.output_dtype or "") for shape in facts.output_shapes]
    sizes = [_bytes_of(*each) for each in tensors]
    known = [number(size) for size in sizes if size is not None]
    if len(known) < len(sizes) or facts.weights is None or _borrows(facts):
        return None
    whole, looked_up = facts.weights, number(0)
    if node.class_name in TABLES and _adds_an_axis(step):
        whole, looked_up = _lookup(whole, step.input_shapes[0] or ())
    per_sample = total_bytes([*known, looked_up])
    weights_bytes = sum(prod(each.shape) * width_bytes(each.dtype or "") for each in whole)
    moved = [number(weights_bytes, "weights_bytes")]
    if per_sample.value:
        moved.append(product(number(batch_size, "batch_size"), per_sample))
    return total_bytes(moved)


def _borrows(facts: LayerFacts) -> bool:
    """Whether a layer multiplies with a kernel that another layer holds, so that none is listed."""
    counted = facts.params_origin == "counted from weights" and facts.macs_origin == "ruled"
    multiplies = facts.macs is not None and facts.macs.value != 0
    return counted and multiplies and all(len(each.sizes) < 2 for each in facts.weights or ())  # noqa: PLR2004  a kernel has two axes


def _adds_an_axis(step: Step) -> bool:
    """Whether words become vectors, not vectors words, as where an embedding is reversed."""
    before, after = step.input_shapes[:1], step.facts.output_shape
    return after is not None and bool(before) and len(after) == len(before[0] or ()) + 1


def _lookup(weights: tuple[Weight, ...], shape: Shape) -> tuple[tuple[Weight, ...], Formula]:
    """What an embedding reads whole, and the bytes of the rows that one sample looks up.

    A table for the way back is not read on the way there.
    """
    there = [each for each in weights if not each.name.startswith("reverse")]
    whole = tuple(each for each in there if each.name == "g_idx" or each.name.endswith("_b"))
    rows = [
        product(*each.sizes[1:], width_bytes(each.dtype or ""))
        for each in there
        if each not in whole
    ]
    return whole, product(elements(shape), total_bytes(rows))


def _bytes_of(shape: Shape | None, dtype: str) -> int | None:
    """Bytes of a tensor of one sample; `None` if a size is unknown, or no sample is told apart."""
    if shape is None or None in shape[1:]:
        return None
    return prod(size for size in shape[1:] if size is not None) * width_bytes(dtype)


def _times(count: Formula, width: int) -> Formula:
    return count if width == 1 else product(count, width)


def total_bytes(terms: Iterable[Formula]) -> Formula:
    """The sum of the terms that are not 0."""
    return plus(*(term for term in terms if term.value != 0))
