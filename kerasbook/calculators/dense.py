"""Parameters and multiply-accumulates of dense layers, embeddings and normalizations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasbook.arithmetic import Macs, Number, Params, number, plus, product
from kerasbook.calculators.axes import counts
from kerasbook.calculators.numbers import term, terms, trainable
from kerasbook.checks import boolean, reject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kerasbook.arithmetic import Formula
    from kerasbook.calculators.axes import OnePer

__all__ = [
    "batch_norm_params",
    "dense_macs",
    "dense_params",
    "embedding_params",
    "group_norm_params",
    "layer_norm_params",
]


def dense_params(inputs: int, units: int, *, use_bias: bool = True) -> Params:
    """Parameters of a dense layer: for each unit, a weight per input and a bias.

    Args:
        inputs: number of inputs of each unit, the input's last dimension; at least 1.
        units: number of neurons, at least 1.
        use_bias: whether each unit has a bias.

    Returns:
        An integer that knows its arithmetic.

    Raises:
        ArgumentError: a value is not a positive integer.

    Examples:
        >>> dense_params(inputs=3072, units=200)
        Params(614600)
        >>> print(dense_params(3072, 200).text)
        (3072 + 1)·200 = 614,600
        >>> dense_params(3072, 0)
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: units must be an integer of at least 1; received units=0.

    Reference:
        The counts are those of `keras.layers.Dense`.
    """
    bias = int(boolean("use_bias", use_bias))
    return trainable(product(plus(term("inputs", inputs), bias), term("units", units)))


def dense_macs(inputs: int, units: int, *, outer_shape: Sequence[int] = ()) -> Macs:
    """Multiply-accumulates of a dense layer, for one sample.

    Args:
        inputs: number of inputs of each unit, the input's last dimension.
        units: number of neurons.
        outer_shape: the input's other dimensions, without the batch; the layer is applied at each
            of these positions.

    Returns:
        An integer that knows its arithmetic, and its `flops`.

    Raises:
        ArgumentError: a value is not a positive integer.

    Examples:
        >>> print(dense_macs(3072, 200).text)
        3072·200 = 614,400
        >>> print(dense_macs(inputs=10, units=7, outer_shape=(5,)).text)
        5·10·7 = 350

    Reference:
        Sze et al., *Efficient processing of deep neural networks*, 2017,
        https://arxiv.org/abs/1703.09039, section II.
    """
    if not isinstance(outer_shape, list | tuple):
        mend = f"Use outer_shape=({outer_shape},)." if isinstance(outer_shape, int) else ""
        reject("outer_shape", "be a sequence of sizes", outer_shape, mend=mend)
    sizes = counts("outer_shape", outer_shape, len(outer_shape), item="dimension")
    return Macs(product(*terms("size", sizes), term("inputs", inputs), term("units", units)))


def embedding_params(input_dim: int, output_dim: int) -> Params:
    """Parameters of an embedding: a vector for each entry of the vocabulary.

    Args:
        input_dim: size of the vocabulary.
        output_dim: length of each vector.

    Examples:
        >>> print(embedding_params(10_000, 64).text)
        10000·64 = 640,000

    Reference:
        The counts are those of `keras.layers.Embedding`.
    """
    return trainable(product(term("input_dim", input_dim), term("output_dim", output_dim)))


def batch_norm_params(
    channels: int, *, center: bool = True, scale: bool = True, renorm: bool = False
) -> Params:
    """Parameters of a batch normalization: scale, shift, moving mean and variance per channel.

    Scale and shift are trainable. The moving mean and variance, used in prediction, are not.

    Args:
        channels: size of the normalized axis.
        center: whether there is a shift.
        scale: whether there is a scale.
        renorm: whether there are the three additional statistics of batch renormalization.

    Returns:
        An integer that knows its arithmetic, with its parts `trainable` and `non_trainable`.

    Raises:
        ArgumentError: `channels` is not a positive integer.

    Examples:
        >>> params = batch_norm_params(channels=32)
        >>> print(params.text)
        4·32 = 128
        >>> params.trainable, params.non_trainable
        (Number(64), Number(64))

    Reference:
        Ioffe and Szegedy, *Batch normalization*, 2015, https://arxiv.org/abs/1502.03167; the
        counts are those of `keras.layers.BatchNormalization`.
    """
    size = term("channels", channels)
    learned = boolean("center", center) + boolean("scale", scale)
    kept = 5 if boolean("renorm", renorm) else 2
    return Params(
        product(learned + kept, size),
        trainable=Number(_times(learned, size)),
        non_trainable=Number(product(kept, size)),
    )


def layer_norm_params(size: OnePer, *, center: bool = True, scale: bool = True) -> Params:
    """Parameters of a layer normalization: scale and shift for each normalized position.

    Args:
        size: size of the normalized axis, or a size for each of several axes.
        center: whether there is a shift.
        scale: whether there is a scale.

    Examples:
        >>> print(layer_norm_params(64).text)
        2·64 = 128
        >>> print(layer_norm_params((8, 64)).text)
        2·8·64 = 1,024

    Reference:
        Ba, Kiros and Hinton, *Layer normalization*, 2016, https://arxiv.org/abs/1607.06450; the
        counts are those of `keras.layers.LayerNormalization`.
    """
    axes = len(size) if isinstance(size, list | tuple) else 1
    if not axes:
        reject("size", "have at least one axis", size)
    positions = product(*terms("size", counts("size", size, axes)))
    return trainable(_times(boolean("center", center) + boolean("scale", scale), positions))


def group_norm_params(channels: int, *, center: bool = True, scale: bool = True) -> Params:
    """Parameters of a group normalization: scale and shift per channel, for any number of groups.

    Args:
        channels: size of the normalized axis.
        center: whether there is a shift.
        scale: whether there is a scale.

    Examples:
        >>> print(group_norm_params(channels=32).text)
        2·32 = 64

    Reference:
        Wu and He, *Group normalization*, 2018, https://arxiv.org/abs/1803.08494; the counts are
        those of `keras.layers.GroupNormalization`.
    """
    learned = boolean("center", center) + boolean("scale", scale)
    return trainable(_times(learned, term("channels", channels)))


def _times(count: int, size: Formula) -> Formula:
    return product(count, size) if count else number(0)
