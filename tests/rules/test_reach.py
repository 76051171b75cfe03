"""What rules say that a unit sees, against what really reaches it when an input changes."""

# A layer is made where its case runs, so that its weights are those of the seed:
# ruff: noqa: PLW0108

from __future__ import annotations

import numpy as np
import pytest
from keras_oracle import graph_of, keras, layers

from kerasbook.graph import graph_rows

pytestmark = pytest.mark.keras
ops = keras.ops


def reached(model, shape, axis):
    """Which units along each axis of the output change with each position of an input axis."""
    rng = np.random.default_rng(0)
    base = rng.normal(size=(1, *shape)).astype("float32")
    inputs = np.repeat(base, shape[axis - 1] + 1, 0)
    for position in range(shape[axis - 1]):
        index = [slice(None)] * len(shape)
        index[axis - 1] = position
        inputs[(position + 1, *index)] += rng.normal(size=inputs[(0, *index)].shape)
    outputs = np.asarray(keras.ops.convert_to_numpy(model(inputs)))
    return ~np.isclose(outputs[1:], outputs[:1], rtol=0, atol=1e-6)


def check_reach(operation, shape, axis):
    """Each unit sees from the first to the last position that the graph says, and no further."""
    keras.utils.set_random_seed(3)
    x = keras.Input(shape)
    model = keras.Model(x, operation(x))
    (row,) = list(graph_rows(graph_of(model)))[-1:]
    sight = row.field[0][axis - 1]
    changed = reached(model, shape, axis)
    others = tuple(n for n in range(1, changed.ndim) if n != sight.axis)
    spans = changed.any(axis=others).reshape(len(changed), -1).T
    for unit, span in enumerate(spans):
        low, high = sight.field.of(unit)
        inside = range(max(low, 0), min(high, shape[axis - 1] - 1) + 1)
        ends = [*inside[:1], *inside[-1:]]  # none, of a unit that sees padding alone
        seen = np.flatnonzero(span)
        assert [*seen[:1], *seen[-1:]] == ends, unit


REACH = (
    (lambda x: layers.LSTM(3)(x), (6, 4), 1),
    (lambda x: layers.LSTM(3, return_sequences=True)(x), (6, 4), 1),
    (lambda x: layers.GRU(3, return_sequences=True)(x), (6, 4), 1),
    (lambda x: layers.SimpleRNN(3, return_sequences=True)(x), (6, 4), 2),
    (lambda x: layers.RNN(layers.LSTMCell(3), return_sequences=True)(x), (6, 4), 1),
    (lambda x: layers.Bidirectional(layers.LSTM(3))(x), (6, 4), 1),
    (lambda x: layers.TimeDistributed(layers.Conv1D(2, 3))(x), (4, 9, 2), 1),
    (lambda x: layers.TimeDistributed(layers.Conv1D(2, 3, strides=2))(x), (4, 9, 2), 2),
    (lambda x: layers.TimeDistributed(layers.Dense(2))(x), (4, 5), 2),
    (lambda x: layers.ConvLSTM1D(2, 3)(x), (2, 14, 2), 2),
    (lambda x: layers.ConvLSTM1D(2, 3, padding="same")(x), (3, 14, 2), 2),
    (lambda x: layers.ConvLSTM1D(2, 4, padding="same", strides=2)(x), (2, 14, 2), 2),
    (lambda x: layers.ConvLSTM1D(2, 3, return_sequences=True)(x), (3, 9, 2), 1),
    (lambda x: layers.MultiHeadAttention(2, 3)(x, x), (5, 4), 1),
    (lambda x: layers.MultiHeadAttention(2, 3, attention_axes=2)(x, x), (3, 5, 4), 1),
    (lambda x: layers.MultiHeadAttention(2, 3, attention_axes=2)(x, x), (3, 5, 4), 2),
    (lambda x: layers.GroupQueryAttention(3, 4, 2)(x, x), (5, 4), 1),
    (lambda x: layers.Attention()([x, x]), (5, 4), 1),
    (lambda x: layers.Softmax(axis=1)(x), (5, 4), 1),
    (lambda x: layers.Softmax(axis=(1, 2))(x), (5, 4, 3), 1),
    (lambda x: layers.Softmax(axis=(1, 2))(x), (5, 4, 3), 2),
    (lambda x: layers.Softmax()(x), (5, 4), 1),
    (lambda x: layers.Softmax()(x), (5, 4), 2),
    (lambda x: layers.Activation("softmax")(x), (5, 4), 2),
    (lambda x: layers.Activation("log_softmax")(x), (5, 4), 1),
    (lambda x: layers.Dense(4, activation="softmax")(x), (5, 4), 1),
    (lambda x: layers.DepthwiseConv1D(3, activation="softmax")(x), (7, 4), 1),
    (lambda x: layers.DepthwiseConv1D(3, activation="softmax")(x), (7, 4), 2),
    (lambda x: layers.LayerNormalization(axis=(1, 2))(x), (5, 4), 1),
    (lambda x: layers.GroupNormalization(2)(x), (5, 4), 1),
    (lambda x: layers.UnitNormalization(axis=1)(x), (5, 4), 1),
    (lambda x: ops.logsumexp(x, axis=1, keepdims=True), (5, 4), 1),
    (lambda x: ops.normalize(x, axis=1), (5, 4), 1),
    (lambda x: ops.flip(x, axis=2), (5, 4), 1),
    (lambda x: layers.STFTSpectrogram("real", frame_length=4, window=None)(x), (20, 2), 1),
    (
        lambda x: layers.STFTSpectrogram("real", frame_length=4, window=None, expand_dims=True)(x),
        (20, 2),
        2,
    ),
    (lambda x: layers.CenterCrop(4, 5)(x), (9, 8, 3), 1),
    (lambda x: layers.CenterCrop(4, 5)(x), (9, 8, 3), 2),
    (lambda x: layers.Rescaling(2.0)(x), (9, 3), 1),
    (lambda x: x[:, 1:4], (6, 4), 1),
    (lambda x: x[:, 1:6:2], (6, 4), 1),
    (lambda x: x[..., -1], (6, 4), 1),
    (lambda x: ops.pad(x, ((0, 0), (2, 1), (0, 0))), (6, 4), 1),
    (lambda x: ops.transpose(x, (0, 2, 1)), (6, 4), 1),
    (lambda x: ops.mean(x, axis=1), (6, 4), 1),
    (lambda x: ops.mean(x, axis=1), (6, 4), 2),
    (lambda x: ops.sum(x, axis=2, keepdims=True), (6, 4), 1),
    (lambda x: ops.softmax(x, axis=1), (6, 4), 1),
    (lambda x: ops.cumsum(x, axis=1), (6, 4), 1),
    (lambda x: ops.expand_dims(x, 1), (6, 4), 1),
    (lambda x: ops.stack([x, x], axis=1), (6, 4), 1),
    (lambda x: ops.matmul(x, np.ones((4, 3), "float32")), (6, 4), 1),
    (lambda x: ops.matmul(x, np.ones((4, 3), "float32")), (6, 4), 2),
    (lambda x: ops.einsum("bij,jk->bki", x, np.ones((4, 3), "float32")), (6, 4), 1),
    (lambda x: ops.conv(x, np.ones((3, 4, 2), "float32")), (8, 4), 1),
    # Keras on jax cannot run a pooling node whose strides are left out.
    (lambda x: ops.average_pool(x, 2, strides=2), (8, 4), 1),
    (lambda x: x * 2.0 + 1.0, (6, 4), 1),
)


@pytest.mark.parametrize(("operation", "shape", "axis"), REACH)
def test_a_unit_sees_what_reaches_it(operation, shape, axis):
    """Neither more positions nor fewer, along each axis."""
    check_reach(operation, shape, axis)
