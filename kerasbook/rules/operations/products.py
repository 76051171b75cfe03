"""Operations that sum products: `matmul`, `dot`, `einsum` and their kin, and attention.

All of them are one thing: each axis of each operand has a label, and what the result lacks is
summed over.
"""

from __future__ import annotations

from dataclasses import replace
from string import ascii_letters
from typing import TYPE_CHECKING, TypeAlias

from kerasbook.arithmetic import number, plus, product, symbol
from kerasbook.checks import shown
from kerasbook.rules.common import per_sample
from kerasbook.rules.einsum import contraction
from kerasbook.rules.operations.elementwise import elementwise
from kerasbook.rules.operations.operands import (
    as_tensor,
    axis_of,
    broadcast,
    facts_of,
    known_count,
    operands,
    result_dtype,
)
from kerasbook.rules.views import WHOLE, Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kerasbook.arithmetic import Formula
    from kerasbook.rules.facts import LayerFacts
    from kerasbook.rules.layer import Tensor
    from kerasbook.rules.spec import LayerSpec
    from kerasbook.rules.views import Shape, View

__all__ = [
    "average",
    "cross",
    "dot",
    "dot_product_attention",
    "einsum",
    "inner",
    "matmul",
    "outer",
    "tensordot",
    "vdot",
]

Labels: TypeAlias = "tuple[str, ...]"


def matmul(spec: LayerSpec) -> LayerFacts:
    """`Matmul`: rows by columns, for all axes before the last two."""
    one, other = _two(spec)
    left, right = len(one.shape), len(other.shape)
    if not left or not right:
        return elementwise()(spec)
    lead = [f"lead_{back}" for back in range(max(left, right) - 2, 0, -1)]
    first = (*lead[len(lead) - max(left - 2, 0) :], *(("row",) if left > 1 else ()), "inner")
    second = (*lead[len(lead) - max(right - 2, 0) :], "inner", *(("column",) if right > 1 else ()))
    result = (*lead, *(("row",) if left > 1 else ()), *(("column",) if right > 1 else ()))
    return _contract(spec, (one, other), (first, second), result=result)


def dot(spec: LayerSpec) -> LayerFacts:
    """`Dot`: the last axis of one by the last but one of the other, for all pairs of the rest."""
    one, other = _two(spec)
    left, right = len(one.shape), len(other.shape)
    if not left or not right:
        return elementwise()(spec)
    return _tensordot(spec, [left - 1], [max(right - 2, 0)])


def inner(spec: LayerSpec) -> LayerFacts:
    """`Inner`: the last axis of both, for all pairs of the rest."""
    one, other = _two(spec)
    if not one.shape or not other.shape:
        return elementwise()(spec)
    return _tensordot(spec, [len(one.shape) - 1], [len(other.shape) - 1])


def tensordot(spec: LayerSpec) -> LayerFacts:
    """`Tensordot`: the axes that are named, or so many last and first ones."""
    one, other = _two(spec)
    axes = spec.get("axes", default=2)
    if type(axes) is int:
        if not 0 <= axes <= min(len(one.shape), len(other.shape)):
            spec.fail("axes", "be at most the axes of both operands", f"axes={axes}")
        left = list(range(len(one.shape) - axes, len(one.shape)))
        return _tensordot(spec, left, list(range(axes)))
    if not isinstance(axes, list | tuple) or len(axes) != 2:  # noqa: PLR2004  one each
        spec.fail("axes", "be an integer or a list for each operand", f"axes={shown(axes)}")
    chosen = [
        [
            axis_of(spec, axis, len(each.shape))
            for axis in (a if isinstance(a, list | tuple) else [a])
        ]
        for a, each in zip(axes, (one, other), strict=True)
    ]
    if len(chosen[0]) != len(chosen[1]):
        spec.fail("axes", "name as many of both operands", f"axes={shown(axes)}")
    return _tensordot(spec, *chosen)


def _tensordot(spec: LayerSpec, left: list[int], right: list[int]) -> LayerFacts:
    one, other = _two(spec)
    first = [f"left_{n}" for n in range(len(one.shape))]
    second = [f"right_{n}" for n in range(len(other.shape))]
    for a, b in zip(left, right, strict=True):
        second[b] = first[a]
    summed = {first[a] for a in left}
    result = tuple(label for label in (*first, *second) if label not in summed)
    return _contract(spec, (one, other), (tuple(first), tuple(second)), result=result)


def einsum(spec: LayerSpec) -> LayerFacts:
    """`Einsum`: axes named by letters; without a result, each letter that occurs once."""
    given = operands(spec)
    text = spec.get("subscripts")
    text = text.replace(" ", "") if isinstance(text, str) else ""
    inputs, arrow, output = text.partition("->")
    terms = inputs.split(",")
    if len(terms) != len(given):
        spec.fail("subscripts", f"have a term for each of {len(given)} operands", f"{shown(text)}")
    labels = [_labels(spec, term, len(each.shape)) for term, each in zip(terms, given, strict=True)]
    longest = max((n for each in labels for n in each if n.isdigit()), key=int, default="-1")
    elided = tuple(str(n) for n in range(int(longest), -1, -1))
    if arrow:
        before, dots, after = output.partition("...")
        result = (*before, *(elided if dots else ()), *after)
    else:
        letters = inputs.replace(",", "").replace("...", "")
        result = (*elided, *sorted(c for c in set(letters) if letters.count(c) == 1))
    if not set(result) <= {label for each in labels for label in each}:
        spec.fail("subscripts", "take the result's axes from the operands", f"{shown(text)}")
    return _contract(spec, tuple(given), tuple(labels), result=result)


def _labels(spec: LayerSpec, term: str, rank: int) -> Labels:
    """One label per axis: its letter, or how far from the end it is within `...`."""
    before, dots, after = term.partition("...")
    elided = rank - len(before) - len(after)
    if not set(before + after) <= set(ascii_letters) or elided < 0 or (elided and not dots):
        spec.fail("subscripts", f"name the {rank} axes of each operand", f"{shown(term)}")
    return (*before, *(str(n) for n in range(elided - 1, -1, -1)), *after)


def _contract(
    spec: LayerSpec, given: tuple[Tensor, ...], labels: tuple[Labels, ...], *, result: Labels
) -> LayerFacts:
    """The product of tensors whose axes have labels, summed over what the result lacks."""
    sizes: dict[str, int | None] = {}
    for each, names in zip(given, labels, strict=True):
        for name, size in zip(names, each.shape, strict=True):
            met = sizes.get(name, 1)
            if 1 not in (met, size) and None not in (met, size) and met != size:
                shapes = " and ".join(str(one.shape) for one in given)
                spec.fail("its operands", "have shapes that fit", f"{shapes}")
            (sizes[name],) = broadcast(spec, (met,), (size,))
    outputs = tuple(sizes[name] for name in result)
    dtype = "int32" if {t.dtype for t in given} == {"int8"} else result_dtype(*given)
    facts = facts_of(outputs, dtype, views=_views(given, labels, result))
    batches = {
        names[0] for each, names in zip(given, labels, strict=True) if names and not each.constant
    }
    if len(batches) > 1 or batches != set(result[:1]):
        reason = "it multiplies along the batch, or moves it"
        return replace(facts, macs=None, views=None, reason=reason)
    if len(given) == 1:
        return facts
    if len(given) > 2:  # noqa: PLR2004  a product of two has one order
        reason = "how often three tensors are multiplied depends on the order"
        return replace(facts, macs=None, reason=reason)
    # Sizes that are not specified are symbols; the batch is one.
    named = {name: _term(name, size) for name, size in sizes.items() if name not in batches}
    macs = contraction(labels[0], labels[1], result=result, sizes=named)
    return replace(facts, macs=macs, saved=("inputs",))


def _term(name: str, size: int | None) -> Formula:
    return symbol(name) if size is None else number(size, name)


def _views(
    given: tuple[Tensor, ...], labels: tuple[Labels, ...], result: Labels
) -> tuple[tuple[View, ...], ...] | None:
    """An axis that is summed over is seen from end to end, the others position by position."""
    if any(not each.shape for each in given):
        return None  # numbers are no tensors of the call
    return tuple(
        tuple(
            Window(axis=result.index(name)) if name in result[1:] and size != 1 else WHOLE
            for name, size in zip(names[1:], each.shape[1:], strict=True)
        )
        for each, names in zip(given, labels, strict=True)
    )


# ------------------------------------------------------------------------------- special products


def vdot(spec: LayerSpec) -> LayerFacts:
    """`Vdot`: all numbers of one by all of the other, to a single number."""
    one, other = _two(spec)
    facts = facts_of((), result_dtype(one, other))
    return replace(facts, macs=product(*per_sample(one.shape)) if one.shape else facts.macs)


def outer(spec: LayerSpec) -> LayerFacts:
    """`Outer`: each number of one by each of the other; both as one row, the batch with them."""
    one, other = _two(spec)
    outputs = (known_count(one.shape), known_count(other.shape))
    return facts_of(outputs, result_dtype(one, other), keeps_batch=False)


def cross(spec: LayerSpec) -> LayerFacts:
    """`Cross`: vectors of three numbers; each number of the result is a sum of two products."""
    one, other = _two(spec)
    if not one.shape or not other.shape:
        spec.fail("it", "be called on vectors", "a number")
    a = axis_of(spec, spec.config.get("axisa", -1), len(one.shape))
    b = axis_of(spec, spec.config.get("axisb", -1), len(other.shape))
    rest: Shape = broadcast(
        spec,
        (*one.shape[:a], *one.shape[a + 1 :]),
        (*other.shape[:b], *other.shape[b + 1 :]),
    )
    flat = one.shape[a] == other.shape[b] == 2  # noqa: PLR2004  vectors of a plane
    place = axis_of(spec, spec.config.get("axisc", -1), len(rest) + (not flat))
    outputs = rest if flat else (*rest[:place], 3, *rest[place:])
    keeps = 0 not in (a, b) and (flat or place != 0)
    facts = facts_of(outputs, result_dtype(one, other), keeps_batch=keeps)
    if not keeps:
        return facts
    return replace(facts, macs=product(*per_sample(outputs), 2))


def average(spec: LayerSpec) -> LayerFacts:
    """`Average`: a mean, or a sum weighed by weights of its own."""
    one, *weights = operands(spec)
    rank, axis = len(one.shape), spec.config.get("axis")
    axes = axis if isinstance(axis, list | tuple) else [axis]
    gone = set(range(rank)) if axis is None else {axis_of(spec, each, rank) for each in axes}
    kept = [n for n in range(rank) if n not in gone]
    outputs = tuple(one.shape[n] for n in kept)
    keeps = not kept or 0 in kept
    facts = facts_of(outputs, result_dtype(one, *weights, floating=True), keeps_batch=keeps)
    if not keeps or not weights or not one.shape:
        return facts
    return replace(facts, macs=product(*per_sample(one.shape)))


def dot_product_attention(spec: LayerSpec) -> LayerFacts:
    """`DotProductAttention`: each token's scores of all others, and their mix of values."""
    tensors = [as_tensor(spec.argument(n, at)) for at, n in enumerate(("query", "key", "value"))]
    query, key, value = tensors
    if query is None or key is None or value is None or {len(t.shape) for t in tensors if t} != {4}:
        spec.fail(
            "it",
            "be called on query, key and value of 4 axes each",
            f"{', '.join(map(str, spec.input_shapes))}",
        )
    tokens, heads, length = per_sample(query.shape, ("tokens", "heads", "length"))
    others, _, _ = per_sample(key.shape, ("key_tokens", "heads", "length"))
    mixed = per_sample(value.shape, ("key_tokens", "heads", "value_length"))[-1]
    if key is query:
        others = tokens
    facts = facts_of(query.shape, result_dtype(query, key, value))
    whole = (WHOLE, Window(), WHOLE)
    return replace(
        facts,
        macs=plus(product(heads, tokens, others, length), product(heads, tokens, others, mixed)),
        views=((Window(), Window(), WHOLE), whole, whole),
        saved=("inputs",),
    )


def _two(spec: LayerSpec) -> Sequence[Tensor]:
    given = operands(spec)
    if len(given) != 2:  # noqa: PLR2004  a product of two
        spec.fail("it", "be called on 2 operands", f"{len(given)}")
    return given
