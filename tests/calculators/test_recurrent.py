"""Recurrent layers: weights compared with Keras, MACs counted step by step."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasbook import (
    gru_macs,
    gru_params,
    lstm_macs,
    lstm_params,
    simple_rnn_macs,
    simple_rnn_params,
)

# Matrices that multiply inputs or state at each step; W for the inputs, U for the state.
MACS = {
    simple_rnn_macs: ["W", "U"],
    lstm_macs: ["Wi", "Ui", "Wf", "Uf", "Wc", "Uc", "Wo", "Uo"],
    gru_macs: ["Wz", "Uz", "Wr", "Ur", "Wh", "Uh"],
}


@pytest.mark.parametrize("calculator", MACS)
@given(inputs=st.integers(1, 5), units=st.integers(1, 5), timesteps=st.integers(1, 4))
def test_macs_are_the_products_of_every_step(calculator, inputs, units, timesteps):
    """The MACs equal the products of matrices with vectors, step by step."""
    products = 0
    for _ in range(timesteps):
        for matrix in MACS[calculator]:
            rows = inputs if matrix.startswith("W") else units
            products += sum(1 for _ in range(rows) for _ in range(units))
    macs = calculator(inputs, units, timesteps=timesteps)
    assert (macs, macs.flops) == (products, 2 * products)


def test_the_case_that_counters_get_wrong():
    """An LSTM of 8 units on 20 steps of 4 has 7,680 MACs, where other counters give 0 or 8,960."""
    assert lstm_macs(inputs=4, units=8, timesteps=20).text == "20·4·(4 + 8)·8 = 7,680"


@pytest.mark.keras
@pytest.mark.parametrize("use_bias", [True, False])
def test_parameters_equal_keras(use_bias):
    """Parameters equal Keras's for `SimpleRNN`, `LSTM` and both kinds of `GRU`."""
    from keras import layers  # noqa: PLC0415  loads a backend

    cases = [
        (layers.SimpleRNN(5, use_bias=use_bias), simple_rnn_params(3, 5, use_bias=use_bias)),
        (layers.LSTM(5, use_bias=use_bias), lstm_params(3, 5, use_bias=use_bias)),
    ]
    for reset_after in (True, False):
        options = {"use_bias": use_bias, "reset_after": reset_after}
        cases.append((layers.GRU(5, **options), gru_params(3, 5, **options)))
    for layer, ours in cases:
        layer.build((None, 7, 3))
        assert ours == layer.count_params(), layer.name
