"""What layers keep for their backward pass, against what PyTorch keeps of them."""

# A layer is made where its case runs, not where it is listed:
# ruff: noqa: PLW0108

from __future__ import annotations

import pytest
from flop_counter import bytes_kept, needs_torch
from keras_oracle import keras, layers

from kerasbook.report import explain

pytestmark = pytest.mark.keras

# The torch backend runs some of these once more on the first step, to learn the output's shape:
# with 20 steps it keeps a twentieth more than is needed, with 5 a fifth of the cell.
KEPT = (
    (lambda x: layers.LSTM(32)(x), (20, 16), 0.01),
    (lambda x: layers.LSTM(32, return_sequences=True)(x), (20, 16), 0.01),
    (lambda x: layers.GRU(32)(x), (20, 16), 0.01),
    (lambda x: layers.GRU(32, reset_after=False)(x), (20, 16), 0.13),
    (lambda x: layers.SimpleRNN(32)(x), (20, 16), 0.07),
    (lambda x: layers.Bidirectional(layers.LSTM(32))(x), (20, 16), 0.04),
    (lambda x: layers.ConvLSTM2D(8, 3)(x), (5, 12, 12, 4), 0.07),
    (lambda x: layers.TimeDistributed(layers.Dense(32, activation="relu"))(x), (20, 16), 0.01),
    (lambda x: layers.MultiHeadAttention(4, 16)(x, x), (20, 16), 0.04),
    (lambda x: layers.MultiHeadAttention(4, 16, dropout=0.1)(x, x), (20, 16), 0.01),
    (lambda x: layers.GroupQueryAttention(16, 4, 2)(x, x), (20, 16), 0.02),
    (lambda x: layers.AdditiveAttention()([x, x]), (20, 16), 0.01),
    (lambda x: layers.STFTSpectrogram(frame_length=8)(x), (20, 16), 0.01),
    (lambda x: layers.STFTSpectrogram("stft", frame_length=8)(x), (20, 16), 0.01),
)


@needs_torch
@pytest.mark.parametrize(("build", "shape", "error"), KEPT)
def test_saved_activations_are_near_what_torch_keeps(build, shape, error):
    """The bytes of a batch are within the stated error."""
    inputs = keras.Input(shape)
    model = keras.Model(inputs, build(inputs))
    kept = bytes_kept(model, 8)
    estimate = 8 * explain(model).memory().saved_bytes
    assert abs(estimate - kept) / kept < error
