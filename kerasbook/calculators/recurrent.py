"""Parameters and multiply-accumulates of recurrent layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasbook.arithmetic import Macs, plus, product
from kerasbook.calculators.numbers import term, trainable
from kerasbook.checks import boolean

if TYPE_CHECKING:
    from kerasbook.arithmetic import Formula, Params

__all__ = [
    "gru_macs",
    "gru_params",
    "lstm_macs",
    "lstm_params",
    "simple_rnn_macs",
    "simple_rnn_params",
]


def simple_rnn_params(inputs: int, units: int, *, use_bias: bool = True) -> Params:
    """Parameters of a simple recurrent layer.

    Each unit has a weight for each input of the step and for each unit of the previous step.

    Args:
        inputs: values at each step, the input's last dimension.
        units: length of the state.
        use_bias: whether each unit has a bias.

    Examples:
        >>> print(simple_rnn_params(inputs=4, units=8).text)
        (4 + 8 + 1)·8 = 104

    Reference:
        The counts are those of `keras.layers.SimpleRNN`.
    """
    return trainable(_weights(inputs, units, biases=int(boolean("use_bias", use_bias))))


def lstm_params(inputs: int, units: int, *, use_bias: bool = True) -> Params:
    """Parameters of an LSTM: four times a simple recurrent layer.

    The input, forget and output gates and the candidate each have their own weights.

    Args:
        inputs: values at each step, the input's last dimension.
        units: length of the state.
        use_bias: whether each unit has a bias in each of these four.

    Examples:
        >>> print(lstm_params(inputs=4, units=8).text)
        4·(4 + 8 + 1)·8 = 416

    Reference:
        Hochreiter and Schmidhuber, *Long short-term memory*, 1997,
        https://doi.org/10.1162/neco.1997.9.8.1735; the counts are those of `keras.layers.LSTM`.
    """
    return trainable(product(4, _weights(inputs, units, biases=int(boolean("use_bias", use_bias)))))


def gru_params(
    inputs: int, units: int, *, use_bias: bool = True, reset_after: bool = True
) -> Params:
    """Parameters of a GRU: three times a simple recurrent layer, with a second bias.

    The update and reset gates and the candidate each have their own weights.

    Args:
        inputs: values at each step, the input's last dimension.
        units: length of the state.
        use_bias: whether there are biases.
        reset_after: whether the reset gate is applied after the product with the recurrent
            weights, Keras's default. Then inputs and state have a bias each.

    Examples:
        >>> print(gru_params(inputs=4, units=8).text)
        3·(4 + 8 + 2)·8 = 336
        >>> print(gru_params(inputs=4, units=8, reset_after=False).text)
        3·(4 + 8 + 1)·8 = 312

    Reference:
        Cho et al., *Learning phrase representations using RNN encoder-decoder*, 2014,
        https://arxiv.org/abs/1406.1078; the counts are those of `keras.layers.GRU`.
    """
    biases = (2 if boolean("reset_after", reset_after) else 1) * boolean("use_bias", use_bias)
    return trainable(product(3, _weights(inputs, units, biases=biases)))


def simple_rnn_macs(inputs: int, units: int, *, timesteps: int) -> Macs:
    """Multiply-accumulates of a simple recurrent layer over a sequence, for one sample.

    Args:
        inputs: values at each step, the input's last dimension.
        units: length of the state.
        timesteps: number of steps in the sequence.

    Examples:
        >>> print(simple_rnn_macs(inputs=4, units=8, timesteps=20).text)
        20·(4 + 8)·8 = 1,920

    Reference:
        Goodfellow, Bengio and Courville, *Deep learning*, 2016, section 10.2.
    """
    return Macs(product(term("timesteps", timesteps), _weights(inputs, units)))


def lstm_macs(inputs: int, units: int, *, timesteps: int) -> Macs:
    """Multiply-accumulates of an LSTM over a sequence, for one sample.

    The products of gates and states, one multiplication per unit, do not count.

    Args:
        inputs: values at each step, the input's last dimension.
        units: length of the state.
        timesteps: number of steps in the sequence.

    Examples:
        >>> print(lstm_macs(inputs=4, units=8, timesteps=20).text)
        20·4·(4 + 8)·8 = 7,680

    Reference:
        Hochreiter and Schmidhuber, *Long short-term memory*, 1997,
        https://doi.org/10.1162/neco.1997.9.8.1735.
    """
    return Macs(product(term("timesteps", timesteps), 4, _weights(inputs, units)))


def gru_macs(inputs: int, units: int, *, timesteps: int) -> Macs:
    """Multiply-accumulates of a GRU over a sequence, for one sample.

    The products of gates and states, one multiplication per unit, do not count.

    Args:
        inputs: values at each step, the input's last dimension.
        units: length of the state.
        timesteps: number of steps in the sequence.

    Examples:
        >>> print(gru_macs(inputs=4, units=8, timesteps=20).text)
        20·3·(4 + 8)·8 = 5,760

    Reference:
        Cho et al., *Learning phrase representations using RNN encoder-decoder*, 2014,
        https://arxiv.org/abs/1406.1078.
    """
    return Macs(product(term("timesteps", timesteps), 3, _weights(inputs, units)))


def _weights(inputs: int, units: int, *, biases: int = 0) -> Formula:
    """The number of weights of one gate: for inputs, state and biases, per unit."""
    count = term("units", units)
    return product(plus(term("inputs", inputs), count, biases), count)
