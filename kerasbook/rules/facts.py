"""What a rule answers: `LayerFacts`, and the weights that they list.

Conventions, the same for every rule:

- **MACs** are multiply-accumulates of one sample (batch 1) in one call. Windows that reach into
  padding count in full. Biases, activation functions, normalisation, pooling and anything done
  element by element count nothing. FLOPs are twice the MACs.
- **Shapes** are Keras's: batch first, `None` where a dimension is not specified. In a formula such
  a dimension is a symbol (`per_sample` makes them), so the formula has text but no value.
- **Unknown is never zero.** Weights, MACs, shape or views that are unknown are `None`, and
  `reason` says why.
- **Weights** are what Keras lists in `layer.weights`, in that order: seed states are none.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field, replace
from math import prod
from typing import TYPE_CHECKING, Literal, TypeAlias

from kerasbook.arithmetic import formula, number, plus, product

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kerasbook.arithmetic import Formula, Term
    from kerasbook.rules.views import Shape, Views

__all__ = [
    "NO_MACS",
    "Buffer",
    "LayerFacts",
    "MacsOrigin",
    "ParamsOrigin",
    "Saved",
    "Weight",
    "prefixed",
    "total",
    "trained_and_kept",
    "unknown",
    "weight",
]

NO_MACS = number(0)


@dataclass(frozen=True, slots=True)
class Weight:
    """One weight: its name in the layer, its shape, and its type. Made by `weight`.

    Attributes:
        name: `"kernel"`, `"bias"`; inside a composite layer `"query/kernel"`.
        sizes: its dimensions as formulas with names, `4·units`.
        trainable: whether the optimizer changes it; `None` if a file does not say.
        dtype: its type; a rule leaves out (`None`) what is the layer's variable dtype.
        owner: the `shared_id` of the layer that holds it; `None` if only one place does.
    """

    name: str
    sizes: tuple[Formula, ...]
    trainable: bool | None = True
    dtype: str | None = None
    owner: int | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Its dimensions as integers."""
        return tuple([size.value or 0 for size in self.sizes])

    @property
    def size(self) -> Formula:
        """How many numbers it holds."""
        return product(*self.sizes)


def weight(
    name: str, sizes: Mapping[str, Term], *, trainable: bool = True, dtype: str | None = None
) -> Weight:
    """A weight from its dimensions, each with the name of what it counts.

    Args:
        name: the weight's name in the layer.
        sizes: the dimensions in order; the key is what the dimension counts.
        trainable: whether the optimizer changes it.
        dtype: its type if it is not the layer's variable dtype.

    Examples:
        >>> kernel = weight("kernel", {"inputs": 3072, "units": 200})
        >>> kernel.shape
        (3072, 200)
        >>> kernel.size.factors
        {'inputs': 3072, 'units': 200}
    """
    dimensions = tuple(
        number(size, key) if isinstance(size, int) else formula(size) for key, size in sizes.items()
    )
    return Weight(name, dimensions, trainable, dtype)


@dataclass(frozen=True, slots=True)
class Buffer:
    """Numbers that the layer keeps for its backward pass, besides its inputs and outputs.

    Attributes:
        elements: how many, of one sample.
        dtype: their type; `None` stands for the layer's compute dtype.
        step: those of one step, of a layer that runs step by step; `None` if it runs at once.
    """

    elements: Formula
    dtype: str | None = None
    step: Formula | None = None


ParamsOrigin: TypeAlias = Literal["ruled", "counted from weights", "counted from arrays"]
MacsOrigin: TypeAlias = Literal["ruled", "traced"]
Saved: TypeAlias = 'Literal["inputs", "outputs"] | Buffer'


@dataclass(frozen=True, slots=True)
class LayerFacts:
    """What is known of one layer on inputs of given shapes.

    Attributes:
        output_shape: shape of the output, of the first if there are several; `None` if unknown.
        more_outputs: shapes of the further outputs, in the order Keras flattens them.
        weights: the weights it holds, as Keras lists them; `None` if unknown. The formula of
            `params` is made of their sizes.
        macs: multiply-accumulates of one sample; `NO_MACS` if it multiplies nothing that counts,
            `None` if unknown.
        views: for each input tensor, how each of its axes is seen; `None` if unknown.
        saved: what the layer keeps for its backward pass: `"inputs"`, `"outputs"`, or a `Buffer`.
            A tensor that two layers keep is one tensor, so say which, not how large.
        logical: parameters of the plain layer, where quantisation or LoRA holds others.
        output_dtype: type of the outputs; a rule leaves out (`None`) what is the compute dtype.
        params_origin: whether a rule knew the weights, or they were counted in memory or in a
            file.
        macs_origin: whether a rule knew the MACs or a trace found them.
        reason: why something is unknown.
    """

    output_shape: Shape | None
    _: KW_ONLY
    more_outputs: tuple[Shape | None, ...] = ()
    weights: tuple[Weight, ...] | None = ()
    macs: Formula | None = NO_MACS
    views: Views | None = None
    saved: tuple[Saved, ...] = ()
    logical: Formula | None = None
    output_dtype: str | None = None
    params_origin: ParamsOrigin = "ruled"
    macs_origin: MacsOrigin = "ruled"
    reason: str = ""
    _counted: tuple[int, int] | None = field(default=None, init=False, repr=False, compare=False)
    _written: tuple[Formula, Formula, Formula] | None = field(
        default=None, init=False, repr=False, compare=False
    )

    @property
    def output_shapes(self) -> tuple[Shape | None, ...]:
        """Shapes of all outputs."""
        return (self.output_shape, *self.more_outputs)

    @property
    def counts(self) -> tuple[int, int]:
        """How many numbers of its weights are trained, at least, and how many others it has."""
        if self._counted is None:
            object.__setattr__(self, "_counted", trained_and_kept(self.weights or ()))
        return self._counted or (0, 0)

    @property
    def params(self) -> Formula | None:
        """Parameters, as `count_params()` counts them."""
        return self._totals()[0]

    @property
    def trainable(self) -> Formula | None:
        """Parameters that the optimizer changes: at least, if `trainable_known` is False."""
        return self._totals()[1]

    @property
    def non_trainable(self) -> Formula | None:
        """The other parameters, which the optimizer leaves alone as far as is known."""
        return self._totals()[2]

    @property
    def trainable_known(self) -> bool:
        """Whether it is known of each weight that is listed if the optimizer changes it."""
        return all(each.trainable is not None for each in self.weights or ())

    def _totals(self) -> tuple[Formula | None, Formula | None, Formula | None]:
        """All, trained and kept parameters, written once: layers alike share their facts."""
        if self._written is None:
            object.__setattr__(self, "_written", _written(self.weights))
        return self._written or (None, None, None)

    def frozen(self) -> LayerFacts:
        """The same layer with `trainable=False`."""
        if not self.weights:
            return self
        return replace(self, weights=tuple(replace(w, trainable=False) for w in self.weights))


def unknown(
    reason: str,
    *,
    output_shape: Shape | None = None,
    weights: tuple[Weight, ...] | None = None,
) -> LayerFacts:
    """Facts of a layer that no rule answers for.

    Args:
        reason: why, as a phrase: "it runs code of the user's own".
        output_shape: its output shape if that at least is known.
        weights: its weights if they are known.
    """
    return LayerFacts(output_shape, weights=weights, macs=None, reason=reason)


def trained_and_kept(weights: Iterable[Weight]) -> tuple[int, int]:
    """How many numbers are trained, at least, and how many others there are."""
    trained, kept = 0, 0
    for each in weights:
        size = prod(each.shape)
        if each.trainable:
            trained += size
        else:
            kept += size
    return trained, kept


def prefixed(prefix: str, weights: Iterable[Weight]) -> tuple[Weight, ...]:
    """The weights of a layer inside another one, under its name: `query/kernel`."""
    return tuple(replace(w, name=f"{prefix}/{w.name}") for w in weights)


def total(weights: Iterable[Weight]) -> Formula:
    """How many numbers the weights hold, written as people do.

    Neighbours in a layer that share their last dimensions are one bracket, equal terms one product.

    Examples:
        >>> kernel = weight("kernel", {"inputs": 3072, "units": 200})
        >>> total([kernel, weight("bias", {"units": 200})])
        Formula('(3072 + 1)·200 = 614,600')
        >>> total(
        ...     [weight(name, {"channels": 32}) for name in ("gamma", "beta", "mean", "variance")]
        ... )
        Formula('4·32 = 128')
        >>> total([])
        Formula('0')
    """
    groups: list[tuple[list[tuple[Formula, ...]], int]] = []
    last = ""
    for each in weights:
        factors = _flat(each.sizes)
        holder = each.name.rpartition("/")[0]
        shared = 0
        if groups and holder == last:
            members, width = groups[-1]
            shared = min(width, _common_suffix(members[-1], factors))
        if shared:
            groups[-1] = ([*groups[-1][0], factors], shared)
        else:
            groups.append(([factors], len(factors)))
        last = holder
    terms = [_bracket(members, width) for members, width in groups]
    return plus(*_collapsed(terms)) if terms else NO_MACS


def _written(weights: tuple[Weight, ...] | None) -> tuple[Formula, Formula, Formula] | None:
    """The totals of all weights, of the trained ones, and of the others."""
    if weights is None:
        return None
    whole = total(weights)
    trained = [each for each in weights if each.trainable]
    if not trained:
        return whole, NO_MACS, whole
    if len(trained) == len(weights):
        return whole, whole, NO_MACS
    return whole, total(trained), total(each for each in weights if not each.trainable)


def _flat(sizes: Sequence[Formula]) -> tuple[Formula, ...]:
    """The factors of a shape: `(8, 4·8)` is `(8, 4, 8)`."""
    factors: list[Formula] = []
    for size in sizes:
        factors.extend(size.operands if size.operator == "·" else (size,))
    return tuple(factors)


def _common_suffix(one: Sequence[Formula], other: Sequence[Formula]) -> int:
    count = 0
    for a, b in zip(reversed(one), reversed(other), strict=False):
        if a.value != b.value:
            break
        count += 1
    return count


def _bracket(members: list[tuple[Formula, ...]], width: int) -> Formula:
    """`(3·3·3 + 1)·32` from (3, 3, 3, 32) and (32,), which share their last factor."""
    first = members[0]
    if len(members) == 1:
        return product(*first)
    heads = [factors[: len(factors) - width] for factors in members]
    ones = sum(not head for head in heads)
    sums = [product(*head) for head in heads if head]
    outer = plus(*sums, ones)
    tail = first[len(first) - width :]
    return product(*tail) if outer.value == 1 else product(outer, *tail)


def _collapsed(terms: list[Formula]) -> list[Formula]:
    """Equal neighbours as one product: `3·((16 + 1)·32)`."""
    collapsed: list[tuple[int, Formula]] = []
    for term in terms:
        if collapsed and collapsed[-1][1] == term:
            collapsed[-1] = (collapsed[-1][0] + 1, term)
        else:
            collapsed.append((1, term))
    return [product(count, term) if count > 1 else term for count, term in collapsed]
