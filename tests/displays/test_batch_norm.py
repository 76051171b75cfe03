"""A batch before and after normalisation, against Keras's own layer."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from kerasbook.displays import BatchNormDisplay
from kerasbook.errors import ArgumentError

pytestmark = pytest.mark.keras

BATCH = np.random.default_rng(0).normal(3, 2, (16, 4, 5, 3)).astype("float32")


def trained(layer, shape=BATCH.shape):
    """The layer with weights that are neither 0 nor 1."""
    layer.build(shape)
    rng = np.random.default_rng(1)
    layer.set_weights([rng.uniform(0.5, 2, w.shape) for w in layer.get_weights()])
    return layer


def called(layer, batch, *, training):
    """What a copy of the layer puts out; the copy's moving values may change."""
    copy = type(layer).from_config(layer.get_config())
    copy.build(batch.shape)
    copy.set_weights(layer.get_weights())
    return keras.ops.convert_to_numpy(copy(batch, training=training))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"scale": False},
        {"center": False},
        {"scale": False, "center": False},
        {"epsilon": 0.5},
        {"axis": 1},
        {"axis": -2},
    ],
)
def test_training_and_prediction_equal_keras(options):
    """Value by value, whatever the layer learns and whichever axis it works on."""
    layer = trained(layers.BatchNormalization(**options))
    display = BatchNormDisplay.from_layer(layer, BATCH)
    axis = options.get("axis", -1)
    for training, ours in ((True, display.training), (False, display.prediction)):
        keras_says = np.moveaxis(called(layer, BATCH, training=training), axis, -1)
        channels = keras_says.shape[-1]
        assert np.allclose(ours, keras_says.reshape(-1, channels)[:, :4], atol=1e-4)


def test_the_layer_is_left_as_it_is():
    """Looking at a batch moves no moving mean, as calling the layer in training would."""
    layer = trained(layers.BatchNormalization())
    before = layer.get_weights()
    BatchNormDisplay.from_layer(layer, BATCH).plot()
    assert all(map(np.array_equal, before, layer.get_weights()))


def test_half_of_the_parameters_are_kept_aside():
    """4 for each channel: γ and β are trained, moving mean and variance are kept."""
    layer = trained(layers.BatchNormalization(name="norm"))
    display = BatchNormDisplay.from_layer(layer, BATCH)
    assert (display.trained, display.kept) == (6, 6)
    assert display.trained == sum(int(np.prod(w.shape)) for w in layer.trainable_weights)
    assert display.trained + display.kept == layer.count_params()
    assert display.title == "norm: 3 channels, 6 parameters trained and 6 kept aside"
    assert "a step of training leaves 0.99 of each moving value" in display.alt_text


def test_three_panels_show_the_histograms():
    """Each panel has a band for each channel: its histogram, and its mean, drawn and written."""
    layer = trained(layers.BatchNormalization(name="norm"))
    display = BatchNormDisplay.from_layer(layer, BATCH).plot()
    before, training, prediction = display.ax_
    assert before.get_title("left") == "before"
    assert before.get_xlabel() == "value\n16 samples in norm"
    assert [label.get_text() for label in before.get_yticklabels()] == [
        "channel 0", "channel 1", "channel 2"
    ]  # fmt: skip
    assert training.get_xlim() == prediction.get_xlim()
    for ax, values in zip(
        display.ax_, (display.before, display.training, display.prediction), strict=True
    ):
        bands = [patch for patch in ax.patches if type(patch).__name__ == "StepPatch"][1::2]
        assert len(bands) == len(ax.texts) == 3
        for channel, (band, text) in enumerate(zip(bands, ax.texts, strict=True)):
            column = values[:, channel].astype(float)
            heights, edges, base = band.get_data()
            expected, _ = np.histogram(column, edges)
            shares = (heights - base) / (heights - base).max()
            assert base == 2 - channel  # no band lies on another
            assert heights.max() < base + 1
            assert np.allclose(shares, expected / expected.max())
            assert ax.lines[2 * channel + 1].get_xdata()[0] == pytest.approx(column.mean())
            assert text.get_text().startswith(f"mean {column.mean():.3g},".replace("-", "−"))
            assert f"channel {channel}: {text.get_text()}" in display.alt_text


def test_of_many_channels_the_picture_says_how_many_are_drawn():
    """Four bands of six channels, and the label says so."""
    layer = layers.BatchNormalization(name="norm")
    x = np.random.default_rng(0).random((9, 6)).astype("float32")
    layer.build(x.shape)
    before = BatchNormDisplay.from_layer(layer, x).plot().ax_[0]
    assert before.get_xlabel() == "value\n9 samples in norm\n4 of 6 channels"
    assert len(before.get_yticklabels()) == 4


def test_in_training_each_channel_has_mean_beta_and_deviation_gamma():
    """An untrained layer gives mean 0 and standard deviation 1, whatever came in."""
    layer = layers.BatchNormalization(epsilon=1e-7)
    layer.build(BATCH.shape)
    display = BatchNormDisplay.from_layer(layer, BATCH)
    assert np.allclose(display.training.mean(axis=0), 0, atol=1e-5)
    assert np.allclose(display.training.std(axis=0), 1, atol=1e-4)
    assert "channel 0: mean 0, sd 1" in display.alt_text
    assert np.allclose(display.prediction, display.before, atol=1e-5)  # moving mean 0, variance 1


def model():
    """Two normalisations behind a convolution."""
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((6, 6, 2)),
            layers.Conv2D(6, 3, name="conv"),
            layers.BatchNormalization(name="one"),
            layers.ReLU(),
            layers.BatchNormalization(name="two"),
        ],
        name="small",
    )


def test_from_a_model_it_is_the_batch_that_reaches_the_layer():
    """The first normalisation, or the one that is named; the first batch of the samples."""
    whole, x = model(), np.random.default_rng(0).random((50, 6, 6, 2)).astype("float32")
    display = BatchNormDisplay.from_model(whole, x)
    conv = keras.ops.convert_to_numpy(whole.get_layer("conv")(x[:32]))
    assert (display.layer_name, display.samples, display.channels) == ("one", 32, 6)
    assert np.allclose(display.before, conv.reshape(-1, 6)[:, :4], atol=1e-5)
    second = BatchNormDisplay.from_model(whole, x, layer="two", batch_size=8)
    assert (second.layer_name, second.samples) == ("two", 8)
    assert second.before.min() >= 0  # after the ReLU


def test_a_large_batch_is_thinned_out_for_the_histogram_only():
    """Mean and variance are those of the whole batch."""
    layer = layers.BatchNormalization()
    layer.build((None, 1))
    x = np.concatenate([np.zeros((300_001, 1)), np.ones((300_000, 1))])
    display = BatchNormDisplay.from_layer(layer, x)
    assert len(display.before) <= 200_001
    expected = (np.array([0.0, 1.0]) - x.mean()) / np.sqrt(x.var() + 1e-3)
    assert np.allclose(np.unique(display.training), expected, atol=1e-6)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (
            np.ones((4, 2)),
            "x must have 3 channels on axis -1; received x=<float64 array of shape (4, 2)>.",
        ),
        (
            np.full((4, 3), np.nan),
            (
                "x must hold finite numbers; received x=<float64 array of shape (4, 3)>. "
                "12 of its 12 numbers are NaN or infinite."
            ),
        ),
    ],
)
def test_a_batch_that_does_not_fit_is_refused(x, message):
    """Other channels than the layer has, and what is no number."""
    with pytest.raises(ArgumentError) as caught:
        BatchNormDisplay.from_layer(trained(layers.BatchNormalization(), (None, 3)), x)
    assert str(caught.value) == message


def test_what_is_no_batch_normalisation_is_refused():
    """Another layer, one without weights yet, a model without one, inputs of another shape."""
    with pytest.raises(ArgumentError) as caught:
        BatchNormDisplay.from_layer(layers.LayerNormalization(name="layer_norm"), BATCH)
    assert str(caught.value) == (
        "layer must be a BatchNormalization; received layer='layer_norm', a LayerNormalization."
    )
    with pytest.raises(ArgumentError) as caught:
        BatchNormDisplay.from_layer(layers.BatchNormalization(name="new"), BATCH)
    assert str(caught.value) == (
        "layer must be a BatchNormalization that is built; received layer='new'. "
        "It has no weights yet: build it, or call it on a batch."
    )
    plain = keras.Sequential([keras.Input((4,)), layers.Dense(2)], name="plain")
    with pytest.raises(ArgumentError) as caught:
        BatchNormDisplay.from_model(plain, np.ones((2, 4)))
    assert str(caught.value) == "model must have a BatchNormalization; received model='plain'."
    with pytest.raises(ArgumentError) as caught:
        BatchNormDisplay.from_model(model(), np.ones((9, 5, 6, 2)))
    assert str(caught.value) == (
        "x must have shape (samples, 6, 6, 2), as the model takes it; "
        "received x=<float64 array of shape (9, 5, 6, 2)>."
    )
