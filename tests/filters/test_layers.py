"""The frozen layer in real models, saved and opened without kerasbook."""

from __future__ import annotations

import subprocess
import sys

import keras
import numpy as np
import pytest

from kerasbook.errors import ArgumentError
from kerasbook.filters import edge_filter_layer, filter_image, kernel_names

pytestmark = pytest.mark.keras

NAMES = ("horizontal", "vertical", "scharr_x")
PHOTO = np.random.default_rng(0).random((9, 12, 3)).astype("float32")


def layer_output(layer, image):
    """The output of a layer for one image."""
    return keras.ops.convert_to_numpy(layer(image[None]))[0]


@pytest.mark.parametrize("strides", [1, 2, (2, 1)])
@pytest.mark.parametrize("padding", ["same", "valid"])
def test_each_output_channel_is_the_mean_of_the_filtered_channels(strides, padding):
    """On colour images the layer gives the mean of `filter_image` over the channels."""
    layer = edge_filter_layer(kernel_names(), channels=3, strides=strides, padding=padding)
    maps = layer_output(layer, PHOTO)
    for index, name in enumerate(kernel_names()):
        expected = filter_image(PHOTO, name, strides=strides, padding=padding).mean(axis=-1)
        assert np.allclose(maps[..., index], expected, atol=1e-5)


def test_on_grey_the_layer_is_the_filter():
    """With one channel, each feature map is the filtered image."""
    grey = PHOTO[..., :1]
    maps = layer_output(edge_filter_layer("vertical", channels=1), grey)
    assert np.allclose(maps, filter_image(grey, "vertical"), atol=1e-5)


def test_channels_first_gives_the_same_maps():
    """In both layouts the layer gives the same maps, where the backend computes both."""
    layer = edge_filter_layer(NAMES, channels=3, data_format="channels_first")
    assert tuple(layer.kernel.shape) == (3, 3, 3, 3)
    assert layer.compute_output_shape((None, 3, 9, 12)) == (None, 3, 9, 12)
    if keras.backend.backend() == "tensorflow":
        return
    first = layer_output(layer, np.moveaxis(PHOTO, -1, 0))
    last = layer_output(edge_filter_layer(NAMES, channels=3), PHOTO)
    assert np.allclose(np.moveaxis(first, 0, -1), last, atol=1e-5)


def classifier():
    """A small model that begins with the frozen layer."""
    return keras.Sequential(
        [
            keras.Input((9, 12, 3)),
            edge_filter_layer(NAMES, channels=3, name="edges"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(2, name="head"),
        ]
    )


def test_the_layer_is_frozen_in_training():
    """Training a model leaves the kernels as they were, and counts none of them."""
    model = classifier()
    before = model.get_layer("edges").get_weights()[0]
    model.compile("sgd", "mse")
    model.fit(PHOTO[None], np.ones((1, 2)), epochs=2, verbose=0)
    assert np.array_equal(model.get_layer("edges").get_weights()[0], before)
    assert [weight.path.split("/")[-2] for weight in model.trainable_weights] == ["head"] * 2


def test_a_clone_and_a_copy_from_the_configuration_have_the_kernels():
    """A model rebuilt from its configuration alone has the kernels."""
    model = classifier()
    kernel = model.get_layer("edges").get_weights()[0]
    for copy in (keras.models.clone_model(model), keras.models.model_from_json(model.to_json())):
        assert np.array_equal(copy.get_layer("edges").get_weights()[0], kernel)
        assert copy.get_layer("edges").trainable is False


def test_a_saved_model_opens_without_kerasbook(tmp_path):
    """A process that cannot import kerasbook loads a saved model and predicts equally."""
    model = classifier()
    model.save(tmp_path / "edges.keras")
    np.save(tmp_path / "photo.npy", PHOTO[None])
    code = (
        "import sys; sys.modules['kerasbook'] = None\n"
        "import keras, numpy as np\n"
        "model = keras.models.load_model('edges.keras')\n"
        "assert not model.get_layer('edges').trainable\n"
        "np.save('out.npy', model.predict(np.load('photo.npy'), verbose=0))\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, timeout=300)  # noqa: S603  our own words
    expected = model.predict(PHOTO[None], verbose=0)
    assert np.allclose(np.load(tmp_path / "out.npy"), expected, atol=1e-6)


def test_an_input_with_other_channels_is_refused_by_keras():
    """A layer for grey images refuses a colour image."""
    with pytest.raises(ValueError, match="expected axis -1 of input shape to have value 1"):
        edge_filter_layer("vertical", channels=1)(PHOTO[None])


@pytest.mark.parametrize(
    ("kernels", "channels", "message"),
    [
        (
            ("horizontal", np.ones((1, 2))),
            1,
            (
                "kernels must all have one size; received kernels=('3×3', '1×2'). "
                "Pad the smaller ones with zeros."
            ),
        ),
        (
            (),
            1,
            "kernels must be a name, or a list of names and arrays; received kernels=().",
        ),
        (
            "vertical",
            0,
            "channels must be an integer of at least 1; received channels=0.",
        ),
    ],
)
def test_wrong_arguments_are_refused(kernels, channels, message):
    """Kernels of different sizes, no kernels, and wrong channels give their whole messages."""
    with pytest.raises(ArgumentError) as caught:
        edge_filter_layer(kernels, channels=channels)
    assert str(caught.value) == message
