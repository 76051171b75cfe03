"""Parameters and multiply-accumulates of attention layers.

Both layers project the query, the key and the value, score each query token against each key
token, sum the values with the scores as weights, and project the heads to the output.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kerasbook.arithmetic import Macs, plus, product
from kerasbook.calculators.axes import counts
from kerasbook.calculators.numbers import term, terms, trainable
from kerasbook.checks import boolean, positive_integer, reject

if TYPE_CHECKING:
    from kerasbook.arithmetic import Formula, Params
    from kerasbook.calculators.axes import OnePer

__all__ = [
    "group_query_attention_macs",
    "group_query_attention_params",
    "multi_head_attention_macs",
    "multi_head_attention_params",
]


def multi_head_attention_params(
    *,
    inputs: int,
    num_heads: int,
    key_dim: int,
    value_dim: int | None = None,
    output_shape: OnePer | None = None,
    value_inputs: int | None = None,
    key_inputs: int | None = None,
    use_bias: bool = True,
    use_gate: bool = False,
) -> Params:
    """Parameters of a multi-head attention: the query, key, value and output projections.

    Args:
        inputs: features of a query token, the query's last dimension.
        num_heads: number of heads.
        key_dim: length of each head's query and key.
        value_dim: length of each head's value; `key_dim` if left out.
        output_shape: features of an output token; `inputs` if left out.
        value_inputs: features of a value token; `inputs` if left out.
        key_inputs: features of a key token; `value_inputs` if left out.
        use_bias: whether the projections have biases.
        use_gate: whether the heads are multiplied by a gate that is projected from the query.

    Returns:
        An integer that knows its arithmetic.

    Raises:
        ArgumentError: a value is not a positive integer.

    Examples:
        >>> params = multi_head_attention_params(inputs=16, num_heads=2, key_dim=8)
        >>> print(params.text)
        (16 + 1)·2·8 + (16 + 1)·2·8 + (16 + 1)·2·8 + (2·8 + 1)·16 = 1,088

    Reference:
        Vaswani et al., *Attention is all you need*, 2017, https://arxiv.org/abs/1706.03762; the
        counts are those of `keras.layers.MultiHeadAttention`.
    """
    heads = _multi_head(
        inputs=inputs,
        num_heads=num_heads,
        key_dim=key_dim,
        value_dim=value_dim,
        output_shape=output_shape,
        value_inputs=value_inputs,
        key_inputs=key_inputs,
    )
    return trainable(heads.params(use_bias=use_bias, use_gate=use_gate))


def multi_head_attention_macs(
    *,
    tokens: int,
    inputs: int,
    num_heads: int,
    key_dim: int,
    value_dim: int | None = None,
    output_shape: OnePer | None = None,
    value_tokens: int | None = None,
    value_inputs: int | None = None,
    key_inputs: int | None = None,
    use_gate: bool = False,
) -> Macs:
    """Multiply-accumulates of a multi-head attention, for one sample.

    The scores of all pairs of tokens count, also those that a mask removes.

    Args:
        tokens: number of query tokens.
        inputs: features of a query token, the query's last dimension.
        num_heads: number of heads.
        key_dim: length of each head's query and key.
        value_dim: length of each head's value; `key_dim` if left out.
        output_shape: features of an output token; `inputs` if left out.
        value_tokens: number of value and key tokens; `tokens` if left out.
        value_inputs: features of a value token; `inputs` if left out.
        key_inputs: features of a key token; `value_inputs` if left out.
        use_gate: whether the heads are multiplied by a gate that is projected from the query.

    Examples:
        >>> macs = multi_head_attention_macs(tokens=10, inputs=16, num_heads=2, key_dim=8)
        >>> macs
        Macs(13440)

        Three projections, the scores, the weighted sums of the values, and the output projection:

        >>> print(macs.text)
        10·16·2·8 + 10·16·2·8 + 10·16·2·8 + 2·10·10·8 + 2·10·10·8 + 10·2·8·16 = 13,440

    Reference:
        Vaswani et al., *Attention is all you need*, 2017, https://arxiv.org/abs/1706.03762,
        section 3.2.
    """
    heads = _multi_head(
        inputs=inputs,
        num_heads=num_heads,
        key_dim=key_dim,
        value_dim=value_dim,
        output_shape=output_shape,
        value_inputs=value_inputs,
        key_inputs=key_inputs,
    )
    return Macs(heads.macs(tokens, value_tokens, use_gate=use_gate))


def group_query_attention_params(
    *,
    inputs: int,
    head_dim: int,
    num_query_heads: int,
    num_key_value_heads: int,
    value_inputs: int | None = None,
    key_inputs: int | None = None,
    use_bias: bool = True,
    use_gate: bool = False,
) -> Params:
    """Parameters of a grouped-query attention: several query heads share a key and a value.

    Args:
        inputs: features of a query token, the query's last dimension.
        head_dim: length of each head's query, key and value.
        num_query_heads: number of query heads.
        num_key_value_heads: number of key and value heads; it divides `num_query_heads`.
        value_inputs: features of a value token; `inputs` if left out.
        key_inputs: features of a key token; `value_inputs` if left out.
        use_bias: whether the projections have biases.
        use_gate: whether the heads are multiplied by a gate that is projected from the query.

    Raises:
        ArgumentError: a value is not a positive integer, or `num_key_value_heads` does not
            divide `num_query_heads`.

    Examples:
        >>> params = group_query_attention_params(
        ...     inputs=16, head_dim=4, num_query_heads=4, num_key_value_heads=2
        ... )
        >>> print(params.text)
        (16 + 1)·4·4 + (16 + 1)·2·4 + (16 + 1)·2·4 + (4·4 + 1)·16 = 816

    Reference:
        Ainslie et al., *GQA*, 2023, https://arxiv.org/abs/2305.13245; the counts are those of
        `keras.layers.GroupQueryAttention`.
    """
    heads = _grouped_query(
        inputs=inputs,
        head_dim=head_dim,
        num_query_heads=num_query_heads,
        num_key_value_heads=num_key_value_heads,
        value_inputs=value_inputs,
        key_inputs=key_inputs,
    )
    return trainable(heads.params(use_bias=use_bias, use_gate=use_gate))


def group_query_attention_macs(
    *,
    tokens: int,
    inputs: int,
    head_dim: int,
    num_query_heads: int,
    num_key_value_heads: int,
    value_tokens: int | None = None,
    value_inputs: int | None = None,
    key_inputs: int | None = None,
    use_gate: bool = False,
) -> Macs:
    """Multiply-accumulates of a grouped-query attention, for one sample.

    Shared keys and values save projections; each query head still scores all pairs of tokens.

    Args:
        tokens: number of query tokens.
        inputs: features of a query token, the query's last dimension.
        head_dim: length of each head's query, key and value.
        num_query_heads: number of query heads.
        num_key_value_heads: number of key and value heads; it divides `num_query_heads`.
        value_tokens: number of value and key tokens; `tokens` if left out.
        value_inputs: features of a value token; `inputs` if left out.
        key_inputs: features of a key token; `value_inputs` if left out.
        use_gate: whether the heads are multiplied by a gate that is projected from the query.

    Examples:
        >>> macs = group_query_attention_macs(
        ...     tokens=10, inputs=16, head_dim=4, num_query_heads=4, num_key_value_heads=2
        ... )
        >>> print(macs.text)
        10·16·4·4 + 10·16·2·4 + 10·16·2·4 + 4·10·10·4 + 4·10·10·4 + 10·4·4·16 = 10,880

    Reference:
        Ainslie et al., *GQA*, 2023, https://arxiv.org/abs/2305.13245.
    """
    heads = _grouped_query(
        inputs=inputs,
        head_dim=head_dim,
        num_query_heads=num_query_heads,
        num_key_value_heads=num_key_value_heads,
        value_inputs=value_inputs,
        key_inputs=key_inputs,
    )
    return Macs(heads.macs(tokens, value_tokens, use_gate=use_gate))


@dataclass(frozen=True, slots=True)
class _Heads:
    """The sizes of an attention layer: its heads, their lengths, and its features."""

    query_heads: Formula
    shared_heads: Formula
    key_dim: Formula
    value_dim: Formula
    inputs: Formula
    key_inputs: Formula
    value_inputs: Formula
    outputs: Formula

    def params(self, *, use_bias: bool, use_gate: bool) -> Formula:
        """The number of weights of the projections, biases included."""
        bias = int(boolean("use_bias", use_bias))
        gate = product(plus(self.inputs, bias), self.query_heads, self.value_dim)
        return plus(
            product(plus(self.inputs, bias), self.query_heads, self.key_dim),
            product(plus(self.key_inputs, bias), self.shared_heads, self.key_dim),
            product(plus(self.value_inputs, bias), self.shared_heads, self.value_dim),
            *([gate] if boolean("use_gate", use_gate) else []),
            product(plus(product(self.query_heads, self.value_dim), bias), self.outputs),
        )

    def macs(self, tokens: int, value_tokens: int | None, *, use_gate: bool) -> Formula:
        """Multiply-accumulates of the projections, the scores and the sums of the values."""
        queries = term("tokens", tokens)
        keys = queries if value_tokens is None else term("value_tokens", value_tokens)
        gate = product(queries, self.inputs, self.query_heads, self.value_dim)
        return plus(
            product(queries, self.inputs, self.query_heads, self.key_dim),
            product(keys, self.key_inputs, self.shared_heads, self.key_dim),
            product(keys, self.value_inputs, self.shared_heads, self.value_dim),
            *([gate] if boolean("use_gate", use_gate) else []),
            product(self.query_heads, queries, keys, self.key_dim),
            product(self.query_heads, queries, keys, self.value_dim),
            product(queries, self.query_heads, self.value_dim, self.outputs),
        )


def _multi_head(
    *,
    inputs: int,
    num_heads: int,
    key_dim: int,
    value_dim: int | None,
    output_shape: OnePer | None,
    value_inputs: int | None,
    key_inputs: int | None,
) -> _Heads:
    heads, query = term("num_heads", num_heads), term("inputs", inputs)
    value = _or("value_inputs", value_inputs, query)
    length = term("key_dim", key_dim)
    outputs = query
    if output_shape not in (None, (), []):  # Keras treats an empty shape like None
        count = len(output_shape) if isinstance(output_shape, list | tuple) else 1
        sizes = counts("output_shape", output_shape, count, item="dimension")
        outputs = product(*terms("output_shape", sizes))
    return _Heads(
        query_heads=heads,
        shared_heads=heads,
        key_dim=length,
        value_dim=_or("value_dim", value_dim, length),
        inputs=query,
        key_inputs=_or("key_inputs", key_inputs, value),
        value_inputs=value,
        outputs=outputs,
    )


def _grouped_query(
    *,
    inputs: int,
    head_dim: int,
    num_query_heads: int,
    num_key_value_heads: int,
    value_inputs: int | None,
    key_inputs: int | None,
) -> _Heads:
    query_heads = positive_integer("num_query_heads", num_query_heads)
    shared = positive_integer("num_key_value_heads", num_key_value_heads)
    if query_heads % shared:
        reject("num_key_value_heads", f"divide num_query_heads={query_heads}", shared)
    query, length = term("inputs", inputs), term("head_dim", head_dim)
    value = _or("value_inputs", value_inputs, query)
    return _Heads(
        query_heads=term("num_query_heads", query_heads),
        shared_heads=term("num_key_value_heads", shared),
        key_dim=length,
        value_dim=length,
        inputs=query,
        key_inputs=_or("key_inputs", key_inputs, value),
        value_inputs=value,
        outputs=query,
    )


def _or(name: str, value: int | None, default: Formula) -> Formula:
    return default if value is None else term(name, value)
