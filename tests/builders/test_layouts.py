"""Signals, images and volumes, with the channels last or first."""

from __future__ import annotations

import pytest

from kerasbook import cnn_classifier

np = pytest.importorskip("numpy")
pytestmark = pytest.mark.keras

LAST = {1: (12, 2), 2: (12, 10, 2), 3: (8, 6, 7, 2)}
FIRST = {rank: (shape[-1], *shape[:-1]) for rank, shape in LAST.items()}
OPTIONS = {"filters": (3, 4), "hidden_units": (5,), "seed": 0}


def build(rank, data_format):
    """A small network in one of the two layouts."""
    shape = {"channels_last": LAST, "channels_first": FIRST}[data_format][rank]
    return cnn_classifier(shape, 3, **OPTIONS, data_format=data_format)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_the_axes_of_the_input_pick_the_layer(rank):
    """Inputs of two, three and four axes give `Conv1D`, `Conv2D` and `Conv3D`."""
    model = build(rank, "channels_last")
    assert type(model.get_layer("conv_1")).__name__ == f"Conv{rank}D"
    assert model.get_layer("conv_1").kernel_size == (3,) * rank
    x = np.random.default_rng(0).random((4, *LAST[rank])).astype("float32")
    answers = model.predict(x, verbose=0)
    assert answers.shape == (4, 3)
    assert np.allclose(answers.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_channels_first_has_the_same_weights(rank):
    """Kernels, normalizations and dense layers have the same shapes in both layouts."""
    first, last = build(rank, "channels_first"), build(rank, "channels_last")
    shapes = [[values.shape for values in model.get_weights()] for model in (first, last)]
    assert shapes[0] == shapes[1]
    *size, channels = last.get_layer("conv_2").output.shape[1:]
    assert tuple(first.get_layer("conv_2").output.shape) == (None, channels, *size)
    assert first.get_layer("conv_1_norm").axis == 1


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_channels_first_computes_the_same(rank, keras):
    """With the same weights, both layouts of an image give the same output."""
    if keras.backend.backend() == "tensorflow" and rank < 3:
        pytest.skip("TensorFlow convolves channels-first signals and images only with oneDNN")
    first, last = build(rank, "channels_first"), build(rank, "channels_last")
    generator = np.random.default_rng(0)
    x = generator.random((4, *LAST[rank])).astype("float32")
    turned = np.moveaxis(x, -1, 1)
    # Not the first weights: every bias, mean and variance must count.
    last.set_weights([generator.random(values.shape) + 0.1 for values in last.get_weights()])
    first.set_weights(last.get_weights())
    expected = last.predict(x, verbose=0)
    assert np.allclose(first.predict(turned, verbose=0), expected, atol=1e-5)


def test_a_causal_signal_sees_no_future(keras):
    """With causal padding, an output does not depend on later steps."""
    model = cnn_classifier((12, 2), 3, filters=(3,), padding="causal", head=None, seed=0)
    upto = keras.Model(model.input, model.get_layer("conv_1").output)
    x = np.random.default_rng(0).random((1, 12, 2)).astype("float32")
    changed = x.copy()
    changed[:, 6:] += 1
    before, after = upto.predict(x, verbose=0), upto.predict(changed, verbose=0)
    assert np.allclose(before[:, :6], after[:, :6])
    assert not np.allclose(before[:, 6:], after[:, 6:])
