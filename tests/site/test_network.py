"""The network in the page computes what Keras computes."""

from __future__ import annotations

import json

import pytest

from sitebuild.places import SITE
from sitebuild.widgets.network import layers_of

pytestmark = pytest.mark.keras

# The page has single precision as Keras has, and adds in another order.
CLOSE = 1e-5
RUN = """async ([layers, shape, values]) => {
  const { run } = await import("/kerasbook/assets/js/network.js");
  return run(layers, { name: "image", shape, values: Float32Array.from(values) })
    .map(({ values }) => Array.from(values));
}"""


@pytest.mark.parametrize(
    ("shape", "kernel_size", "strides", "padding"),
    [
        ((8, 8, 1), 3, 1, "same"),
        ((8, 8, 3), 3, 2, "same"),
        ((7, 9, 2), (2, 4), 2, "same"),
        ((7, 9, 2), (3, 2), (1, 3), "valid"),
        ((6, 5, 1), 5, 3, "same"),
    ],
)
def test_every_layer_equals_keras(visit, shape, kernel_size, strides, padding):
    """Random weights and pixels: each output of each layer, to 1e-5 of the largest."""
    import keras  # noqa: PLC0415  slow to import
    import numpy as np  # noqa: PLC0415  likewise
    from keras import layers  # noqa: PLC0415  likewise

    keras.utils.set_random_seed(1)
    bias = keras.initializers.RandomNormal()
    settings = {"strides": strides, "padding": padding, "bias_initializer": bias}
    image = keras.Input(shape)
    first = layers.Conv2D(5, kernel_size, activation="relu", **settings)(image)
    second = layers.Conv2D(3, 2, padding="same", bias_initializer=bias)(first)
    flat = layers.Flatten()(second)
    answer = layers.Dense(4, activation="softmax", bias_initializer=bias)(flat)
    model = keras.Model(image, [first, second, flat, answer])
    pixels = np.random.default_rng(0).normal(size=(1, *shape)).astype("float32")
    expected = model.predict(pixels, verbose=0)
    found = visit("").evaluate(RUN, [layers_of(model), list(shape), pixels.ravel().tolist()])
    assert len(found) == len(expected)
    for values, wanted in zip(found, expected, strict=True):
        assert np.abs(np.array(values) - wanted.ravel()).max() <= CLOSE * max(
            1, np.abs(wanted).max()
        )


def test_the_trained_network_answers_as_keras_did(visit):
    """Digits that it was not trained on: the probabilities that Keras gave at the build."""
    made = json.loads((SITE / "assets/data/digits.json").read_text("utf-8"))
    page = visit("")
    for sample in made["samples"]:
        pixels = [count / 16 for count in sample["pixels"]]
        *_, found = page.evaluate(RUN, [made["layers"], [8, 8, 1], pixels])
        assert found == pytest.approx(sample["probabilities"], abs=CLOSE)
    assert made["test_accuracy"] > 0.95


def test_what_the_page_cannot_compute_is_refused():
    """A layer without words in the page fails the build."""
    from keras import Input, Sequential, layers  # noqa: PLC0415  slow to import

    model = Sequential([Input((4, 4, 1)), layers.MaxPooling2D(name="pool")])
    with pytest.raises(ValueError, match=r"the page computes no MaxPooling2D: pool"):
        layers_of(model)
