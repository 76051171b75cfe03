"""Attention: each token of the query compares itself with all tokens of the key and mixes values.

The products of all pairs of tokens count, whether a mask hides them or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kerasbook.arithmetic import number, plus, product
from kerasbook.rules.common import per_sample
from kerasbook.rules.facts import Buffer, LayerFacts, Weight, prefixed, total, weight
from kerasbook.rules.layer import Tensor
from kerasbook.rules.quantized import macs_inside, stored_inside
from kerasbook.rules.views import SAME, WHOLE, everything

if TYPE_CHECKING:
    from kerasbook.arithmetic import Formula
    from kerasbook.rules.spec import LayerSpec
    from kerasbook.rules.views import Shape, View, Views

__all__ = ["additive_attention", "attention", "grouped_query_attention", "multi_head_attention"]


def multi_head_attention(spec: LayerSpec) -> LayerFacts:
    """`MultiHeadAttention`: project query, key and value to heads, attend, project back."""
    query, value, _ = tensors = _named(spec)
    count = spec.positive("num_heads")
    key_dim = number(spec.positive("key_dim"), "key_dim")
    value_dim = number(spec.positive("value_dim", default=key_dim.value), "value_dim")
    # Keras too takes no sizes for none given.
    given = spec.config.get("output_shape") or spec.size(-1, query.shape)
    rank = len(given) if isinstance(given, list | tuple) else 1
    sizes = spec.per_axis("output_shape", rank, default=given)
    axes = len(value.shape)
    between = tuple(range(1, axes - 1))
    attended = spec.axes("attention_axes", axes, default=between)
    if not set(attended) <= set(between):
        spec.fail("attention_axes", "be between batch and features", f"{attended}")
    heads = _Heads(
        query=number(count, "num_heads"),
        shared=number(count, "num_heads"),
        key_dim=key_dim,
        value_dim=key_dim if value_dim.value == key_dim.value else value_dim,
        outputs=tuple(number(size, "outputs") for size in sizes),
    )
    return _attend(spec, heads, tensors, attended=attended)


def grouped_query_attention(spec: LayerSpec) -> LayerFacts:
    """`GroupQueryAttention`: several heads of the query share a head of key and value."""
    query, value, _ = tensors = _named(spec)
    count, shared = spec.positive("num_query_heads"), spec.positive("num_key_value_heads")
    if count % shared:
        spec.fail(
            "num_key_value_heads",
            f"divide num_query_heads={count}",
            f"num_key_value_heads={shared}",
        )
    length = number(spec.positive("head_dim"), "head_dim")
    heads = _Heads(
        query=number(count, "num_query_heads"),
        shared=number(shared, "num_key_value_heads"),
        key_dim=length,
        value_dim=length,
        outputs=(number(spec.size(-1, query.shape), "outputs"),),
    )
    return _attend(spec, heads, tensors, attended=tuple(range(1, len(value.shape) - 1)))


def attention(spec: LayerSpec) -> LayerFacts:
    """`Attention`: scores are dot products, or sums through tanh, which multiply nothing."""
    query, value, key = _listed(spec)
    scalars = [("scale", spec.flag("use_scale", default=False))]
    dots = spec.choice("score_mode", "dot", "concat", default="dot") == "dot"
    scalars.append(("concat_score_weight", not dots))
    weights = tuple(weight(name, {}) for name, held in scalars if held)
    scores = (number(spec.size(-1, query.shape), "features"),) if dots else ()
    # The sums through tanh are kept feature by feature, before and after a scale.
    sums = 0 if dots else 1 + spec.flag("use_scale", default=False)
    return _mix(spec, (query, value, key), weights, scores=scores, sums=sums)


def additive_attention(spec: LayerSpec) -> LayerFacts:
    """`AdditiveAttention`: scores are tanh of a sum, weighed feature by feature."""
    query, value, key = _listed(spec)
    features = spec.size(-1, query.shape)
    scale = weight("scale", {"features": features})
    weights = (scale,) if spec.flag("use_scale", default=True) else ()
    scores = scale.sizes if weights else ()
    return _mix(spec, (query, value, key), weights, scores=scores, sums=1)


# ----------------------------------------------------------------------------- with projections


@dataclass(frozen=True, slots=True)
class _Heads:
    """The sizes of a layer of heads: how many there are, and how long their vectors.

    Attributes:
        query: heads of the query.
        shared: heads of key and value.
        key_dim: length of the vectors of query and key.
        value_dim: length of those of the value.
        outputs: features of an output token, one size per axis.
    """

    query: Formula
    shared: Formula
    key_dim: Formula
    value_dim: Formula
    outputs: tuple[Formula, ...]


def _attend(
    spec: LayerSpec, heads: _Heads, tensors: tuple[Tensor, ...], *, attended: tuple[int, ...]
) -> LayerFacts:
    """Projections, scores of all pairs of tokens, their mix of values, and the projection back."""
    query, value, key = _of_same_rank(spec, tensors)
    ours, theirs = _tokens(query, value)
    inner = [
        _Projection("query", ours, _features(spec, query), (heads.query, heads.key_dim)),
        _Projection("key", theirs, _features(spec, key), (heads.shared, heads.key_dim)),
        _Projection("value", theirs, _features(spec, value), (heads.shared, heads.value_dim)),
    ]
    if spec.flag("use_gate", default=False):
        sizes = (heads.query, heads.value_dim)
        inner.insert(2, _Projection("gate", ours, _features(spec, query), sizes))
    back = _Projection("attention_output", ours, (heads.query, heads.value_dim), heads.outputs)
    pairs = (heads.query, *_pairs(ours, theirs, attended))
    scores, mixed = product(*pairs, heads.key_dim), product(*pairs, heads.value_dim)
    returned = spec.argument("return_attention_scores", 7) is True
    weights, logical = _stored(spec, (*inner, back), rank=len(query.shape))
    return LayerFacts(
        (*query.shape[:-1], *(size.value for size in heads.outputs)),
        more_outputs=(_scores_shape(spec, heads, tensors),) if returned else (),
        weights=weights,
        macs=plus(*(each.macs(spec) for each in inner), scores, mixed, back.macs(spec)),
        logical=logical,
        reason="" if weights is not None else "patterns of paths choose how its parts are stored",
        views=_views(spec, tensors, attended, given=3 if spec.tensor("key", 2) else 2),
        saved=("inputs", *_kept(heads, ours, theirs), _scores(spec, pairs)),
    )


def _scores_shape(spec: LayerSpec, heads: _Heads, tensors: tuple[Tensor, ...]) -> Shape:
    """The shape of the scores as Keras declares it.

    `MultiHeadAttention` declares them square, whatever the length of the value is.
    """
    query, _, key = tensors
    others = query if spec.class_name == "MultiHeadAttention" else key
    return (query.shape[0], heads.query.value, query.shape[1], others.shape[1])


def _kept(
    heads: _Heads, ours: tuple[Formula, ...], theirs: tuple[Formula, ...]
) -> tuple[Buffer, ...]:
    """What the backward pass needs besides the scores: the projected tensors and the mix."""
    return (
        Buffer(product(*ours, heads.query, heads.key_dim)),
        # Heads that are shared are repeated for each head of the query.
        Buffer(product(*theirs, heads.query, heads.key_dim)),
        Buffer(product(*theirs, heads.query, heads.value_dim)),
        Buffer(product(*ours, heads.query, heads.value_dim)),
    )


def _scores(spec: LayerSpec, pairs: tuple[Formula, ...]) -> Buffer:
    """The scores; with dropout also which of them are dropped, and what is left."""
    dropped = spec.number("dropout", default=0.0, minimum=0, maximum=1) > 0
    return Buffer(product(3, *pairs) if dropped else product(*pairs))


@dataclass(frozen=True, slots=True)
class _Projection:
    """A projection from some axes to others, for each token."""

    name: str
    tokens: tuple[Formula, ...]
    inputs: tuple[Formula, ...]
    outputs: tuple[Formula, ...]

    def macs(self, spec: LayerSpec) -> Formula:
        kernel = (*self.inputs, *self.outputs)
        plain = product(*self.tokens, *kernel)
        count = len(self.inputs)
        return macs_inside(spec, self.name, plain, tokens=self.tokens, kernel=kernel, inputs=count)

    def weights(self, *, use_bias: bool) -> tuple[Weight, ...]:
        kernel, bias = Weight("kernel", (*self.inputs, *self.outputs)), Weight("bias", self.outputs)
        return (kernel, bias) if use_bias else (kernel,)


def _features(spec: LayerSpec, tensor: Tensor) -> tuple[Formula, ...]:
    return (number(spec.size(-1, tensor.shape), "inputs"),)


def _stored(
    spec: LayerSpec, projections: tuple[_Projection, ...], *, rank: int
) -> tuple[tuple[Weight, ...] | None, Formula | None]:
    """The weights of all projections as they are stored, and what they are meant to be if not so.

    Each is an `EinsumDense` that may be quantised by itself.
    """
    use_bias = spec.flag("use_bias", default=True)
    plain: list[Weight] = []
    stored: list[Weight] = []
    for each in projections:
        weights = each.weights(use_bias=use_bias)
        held = stored_inside(spec, each.name, weights, inputs=len(each.inputs), rank=rank)
        if held is None:
            return None, None
        plain += prefixed(each.name, weights)
        stored += prefixed(each.name, held)
    return tuple(stored), None if stored == plain else total(plain)


# -------------------------------------------------------------------------- without projections


def _mix(
    spec: LayerSpec,
    tensors: tuple[Tensor, ...],
    weights: tuple[Weight, ...],
    *,
    scores: tuple[Formula, ...],
    sums: int,
) -> LayerFacts:
    """Scores of all pairs of tokens, and their mix of values.

    Args:
        spec: the layer.
        tensors: query, value and key.
        weights: its weights.
        scores: factors of what one score multiplies; none if it multiplies nothing.
        sums: how often the features of each pair are kept.
    """
    query, value, key = _of_same_rank(spec, tensors)
    attended = (len(query.shape) - 2,)
    ours, theirs = _tokens(query, value)
    pairs = _pairs(ours, theirs, attended)
    length = number(spec.size(-1, query.shape), "features")
    features = number(spec.size(-1, value.shape), "value_features")
    mixed = product(*pairs, features)
    returned = spec.argument("return_attention_scores", 3) is True
    return LayerFacts(
        (*query.shape[:-1], value.shape[-1]),
        more_outputs=((*query.shape[:-1], key.shape[-2]),) if returned else (),
        weights=weights,
        macs=plus(product(*pairs, *scores), mixed) if scores else mixed,
        views=_views(spec, tensors, attended, given=len(spec.tensors), mixed=SAME),
        saved=("inputs", _scores(spec, pairs), *(Buffer(product(*pairs, length)),) * sums),
    )


# ------------------------------------------------------------------------------ tokens and pairs


def _named(spec: LayerSpec) -> tuple[Tensor, Tensor, Tensor]:
    """Query, value and key of a call that names them; the value is the key if there is none."""
    query, value = spec.tensor("query", 0), spec.tensor("value", 1)
    if query is None or value is None:
        spec.fail("it", "be called on query and value", f"tensors: {len(spec.tensors)}")
    return query, value, spec.tensor("key", 2) or value


def _listed(spec: LayerSpec) -> tuple[Tensor, Tensor, Tensor]:
    """Query, value and key of a call on a list of them."""
    given = spec.argument("inputs", 0)
    if not isinstance(given, list | tuple) or len(given) not in (2, 3):
        spec.fail(
            "it",
            "be called on a list of query and value, and key if there is one",
            f"tensors: {len(spec.tensors)}",
        )
    tensors = [each for each in given if isinstance(each, Tensor)]
    if len(tensors) < len(given):
        spec.fail("it", "be called on tensors", f"{len(tensors)} and something else")
    query, value, *key = tensors
    return query, value, key[0] if key else value


def _of_same_rank(spec: LayerSpec, tensors: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """The tensors, if each has the axes of a batch, of tokens and of features, and no other."""
    ranks = {len(tensor.shape) for tensor in tensors}
    if len(ranks) > 1 or min(ranks) < 3:  # noqa: PLR2004  batch, tokens, features
        query, value, key = (tensor.shape for tensor in tensors)
        spec.fail(
            "query, value and key",
            "have as many axes, 3 or more",
            f"the shapes {query}, {value} and {key}",
        )
    return tensors


def _tokens(query: Tensor, value: Tensor) -> tuple[tuple[Formula, ...], tuple[Formula, ...]]:
    """How many tokens query and value have along each axis between the batch and the features."""
    ours = per_sample(query.shape[:-1], _names(query.shape))
    if query is value:
        return ours, ours
    return ours, per_sample(value.shape[:-1], _names(value.shape, "value_"))


def _names(shape: Shape, prefix: str = "") -> tuple[str, ...]:
    count = len(shape) - 2
    if count == 1:
        return (f"{prefix}tokens",)
    return tuple(f"{prefix}tokens_{n}" for n in range(1, count + 1))


def _pairs(
    ours: tuple[Formula, ...], theirs: tuple[Formula, ...], attended: tuple[int, ...]
) -> tuple[Formula, ...]:
    """Factors of how many pairs of tokens there are along the attended axes."""
    return (*ours, *(theirs[axis - 1] for axis in attended))


def _views(
    spec: LayerSpec,
    tensors: tuple[Tensor, ...],
    attended: tuple[int, ...],
    *,
    given: int,
    mixed: View = WHOLE,
) -> Views:
    """A token sees itself in the query, and the attended axes from end to end in key and value.

    Args:
        spec: the layer.
        tensors: query, value and key.
        attended: axes that the attention is over.
        given: how many of them the call passes: one less if the value is the key.
        mixed: how the features of the value are seen, where it is not the key as well.
    """
    between = range(1, len(tensors[1].shape) - 1)
    axes = tuple(WHOLE if axis in attended else SAME for axis in between)
    query: tuple[View, ...] = (*(SAME,) * len(between), WHOLE)
    others = everything(*spec.input_shapes[given:])
    if given < len(tensors):
        return (query, (*axes, WHOLE), *others)
    return (query, (*axes, mixed), (*axes, WHOLE), *others)
