"""What each layer sees, against running the layers by hand."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers, ops

from kerasbook.displays import FeatureMapDisplay
from kerasbook.errors import ArgumentError
from kerasbook.filters import edge_filter_layer, filter_image

pytestmark = pytest.mark.keras

IMAGE = np.random.default_rng(0).random((9, 12, 3)).astype("float32")


def small_model():
    """Two convolutions, a pooling and a head."""
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((9, 12, 3)),
            layers.Conv2D(4, 3, padding="same", activation="relu", name="one"),
            layers.MaxPooling2D(name="pool"),
            layers.Conv2D(20, 3, name="two"),
            layers.Flatten(name="flat"),
            layers.Dense(5, activation="softmax", name="head"),
        ],
        name="small",
    )


def by_hand(model):
    """The output of each layer, one called after the other."""
    outputs, value = {}, ops.convert_to_tensor(IMAGE[None])
    for layer in model.layers:
        value = layer(value, training=False)
        outputs[layer.name] = ops.convert_to_numpy(value)[0]
    return outputs


def texts(display):
    """Everything that is written on the axes."""
    return [text.get_text() for text in display.plot().ax_.texts]


def test_maps_are_what_the_layers_put_out():
    """All layers that make images, channel by channel, the first eight of each."""
    model = small_model()
    display = FeatureMapDisplay.from_model(model, IMAGE)
    expected = by_hand(model)
    assert display.names == ("one", "pool", "two")
    for name, maps, size in zip(display.names, display.maps, display.sizes, strict=True):
        assert size == expected[name].shape
        assert np.allclose(maps, np.moveaxis(expected[name], -1, 0)[:8], atol=1e-5)
    assert "2×4, 8 of 20 channels" in texts(display)


def test_layers_can_be_chosen_and_a_vector_is_one_row():
    """By name, by index, or the layer itself; a dense layer is a row of its units."""
    model = small_model()
    display = FeatureMapDisplay.from_model(model, IMAGE, layers=["two", -1, model.layers[0]])
    assert display.names == ("two", "head", "one")
    assert display.maps[1].shape == (1, 1, 5)
    assert np.allclose(display.maps[1][0, 0], by_hand(model)["head"], atol=1e-6)
    assert "5 units" in texts(display)
    assert "head: 5 units, values from" in display.alt_text


def test_the_article_s_first_layer_sees_edges():
    """64×64×1, two filters of 3×3: the maps are the filtered photo."""
    photo = np.random.default_rng(0).random((64, 64, 1)).astype("float32")
    names = ("horizontal", "vertical")
    model = keras.Sequential([keras.Input((64, 64, 1)), edge_filter_layer(names, channels=1)])
    display = FeatureMapDisplay.from_model(model, photo)
    for name, drawn in zip(names, display.maps[0], strict=True):
        assert np.allclose(drawn, filter_image(photo, name)[..., 0], atol=1e-5)


def test_amounts_and_signed_values_have_their_own_scale():
    """After a ReLU a row goes from 0 up; before it, it is centred at 0."""
    display = FeatureMapDisplay.from_model(small_model(), IMAGE).plot()
    images = display.ax_.images
    assert images[1].get_clim()[0] == 0
    assert images[1].get_cmap().name == "cividis"
    signed = [image for image in images if image.get_cmap().name == "PuOr"]
    assert len(signed) == 8 + 1  # eight maps and their bar
    low, high = signed[0].get_clim()
    assert low == -high == -np.abs(display.maps[2]).max()


def test_empty_maps_are_counted():
    """A unit that is dead is 0 everywhere, and the alt text says how many are."""
    model = small_model()
    kernel, bias = model.get_layer("one").get_weights()
    bias[:2] = -100
    model.get_layer("one").set_weights([kernel, bias])
    display = FeatureMapDisplay.from_model(model, IMAGE)
    assert "one: 9×12, 4 channels, values from 0 to" in display.alt_text
    assert "; 2 maps 0 everywhere." in display.alt_text


def test_branches_shared_layers_and_functions_are_followed():
    """A graph with two paths, a layer called twice, and a raw operation."""
    keras.utils.set_random_seed(0)
    shared = layers.Conv2D(3, 3, padding="same", name="shared")
    inputs = keras.Input((9, 12, 3))
    twice = shared(shared(inputs))
    outputs = ops.add(twice, layers.Conv2D(3, 1, name="other")(inputs))
    model = keras.Model(inputs, outputs)
    display = FeatureMapDisplay.from_model(model, IMAGE)
    assert sorted(display.names)[-2:] == ["shared", "shared"]
    assert len(display.names) == 4
    once = ops.convert_to_numpy(shared(IMAGE[None]))[0]
    first = display.maps[display.names.index("shared")]
    assert np.allclose(first, np.moveaxis(once, -1, 0), atol=1e-5)
    assert np.allclose(
        display.maps[-1], np.moveaxis(ops.convert_to_numpy(model(IMAGE[None]))[0], -1, 0), atol=1e-5
    )


def test_a_model_made_of_another_s_layers_is_shown_as_it_is():
    """Layers that were called elsewhere first are read where this model calls them."""
    model = small_model()
    half = keras.Sequential([keras.Input((9, 12, 3)), *model.layers[:2]])
    display = FeatureMapDisplay.from_model(half, IMAGE)
    assert display.names == ("one", "pool")
    assert np.allclose(display.maps[1], np.moveaxis(by_hand(half)["pool"], -1, 0), atol=1e-5)


def test_a_model_inside_is_one_layer():
    """Of a nested model its output is shown; its layers have their paths as names."""
    inner = keras.Sequential(
        [keras.Input((9, 12, 3)), layers.Conv2D(2, 3, name="conv"), layers.ReLU()], name="base"
    )
    model = keras.Sequential([keras.Input((9, 12, 3)), inner, layers.Flatten(), layers.Dense(2)])
    assert FeatureMapDisplay.from_model(model, IMAGE).names == ("base",)
    assert len(FeatureMapDisplay.from_model(inner, IMAGE).names) == 2
    conv = inner.get_layer("conv")
    expected = np.moveaxis(ops.convert_to_numpy(conv(IMAGE[None]))[0], -1, 0)
    for layer in ("base/conv", "conv", conv):
        display = FeatureMapDisplay.from_model(model, IMAGE, layers=[layer])
        assert display.names == ("base/conv",)
        assert np.allclose(display.maps[0], expected, atol=1e-6)


def test_a_model_inside_that_is_called_twice_has_the_maps_of_its_first_call():
    """Each call has its own tensors, and the whole is computed as the model does."""
    keras.utils.set_random_seed(0)
    base = keras.Sequential(
        [keras.Input((9, 12, 3)), layers.Conv2D(3, 3, padding="same", name="conv")], name="base"
    )
    inputs = keras.Input((9, 12, 3))
    outputs = layers.Add(name="both")([base(inputs), base(base(inputs))])
    model = keras.Model(inputs, outputs)
    display = FeatureMapDisplay.from_model(model, IMAGE, layers=["conv", "both"])
    once = ops.convert_to_numpy(base(IMAGE[None]))[0]
    assert np.allclose(display.maps[0], np.moveaxis(once, -1, 0), atol=1e-5)
    whole = ops.convert_to_numpy(model(IMAGE[None]))[0]
    assert np.allclose(display.maps[1], np.moveaxis(whole, -1, 0), atol=1e-5)


def test_maps_of_one_pixel_are_a_row_of_units():
    """They are as wide as a page, however many there are; flat and thin maps likewise."""
    model = keras.Sequential(
        [
            keras.Input((9, 12, 3)),
            layers.Conv2D(8, (9, 1), name="flat"),
            layers.Conv2D(20, (1, 12), name="pixel"),
        ]
    )
    display = FeatureMapDisplay.from_model(model, IMAGE).plot()
    assert [maps.shape for maps in display.maps] == [(8, 1, 12), (1, 1, 20)]
    assert display.sizes == ((1, 12, 8), (1, 1, 20))
    assert display.figure_.get_size_inches()[0] < 8.1
    assert display.figure_.get_size_inches()[1] < 10


def test_channels_first_gives_the_same_maps():
    """The layout is that of the model; a CPU TensorFlow computes only one of them."""
    if keras.backend.backend() == "tensorflow":
        return
    maps = []
    for form in ("channels_last", "channels_first"):
        keras.utils.set_random_seed(0)
        first = form == "channels_first"
        image = np.moveaxis(IMAGE, -1, 0) if first else IMAGE
        layer = layers.Conv2D(4, 3, data_format=form, name="conv")
        model = keras.Sequential([keras.Input(image.shape), layer])
        display = FeatureMapDisplay.from_model(model, image)
        assert display.sizes == ((7, 10, 4),)
        assert display.image_size == (9, 12)
        assert np.allclose(display.picture, IMAGE)
        maps.append(display.maps[0])
    assert np.allclose(*maps, atol=1e-5)


def test_a_deep_model_is_shown_in_part():
    """Of very many layers twelve convolutions, evenly spaced; nothing recurses or fills memory."""
    deep = []
    for _ in range(150):
        deep += [layers.Conv2D(1, 1), layers.ReLU()]
    model = keras.Sequential([keras.Input((4, 4, 1)), *deep])
    display = FeatureMapDisplay.from_model(model, np.ones((4, 4)) / 2)
    assert len(display.names) == 12
    assert all(name.startswith("conv") for name in display.names)


def test_large_maps_are_thinned_out():
    """The sizes are told in full, the maps that are drawn have at most 256 pixels a side."""
    image = np.random.default_rng(0).random((600, 300, 1)).astype("float32")
    model = keras.Sequential(
        [keras.Input((None, None, 1)), edge_filter_layer("sobel_x", channels=1)]
    )
    display = FeatureMapDisplay.from_model(model, image)
    assert display.sizes == ((600, 300, 1),)
    assert display.image_size == (600, 300)
    assert display.maps[0].shape == (1, 200, 100)
    assert np.allclose(display.maps[0][0], filter_image(image, "sobel_x")[::3, ::3, 0], atol=1e-5)


def test_a_batch_of_one_and_a_standardised_image_are_taken():
    """The batch axis may be there; values beyond 0..1 need their black and white told."""
    model = small_model()
    one = FeatureMapDisplay.from_model(model, IMAGE[None])
    assert np.array_equal(one.maps[0], FeatureMapDisplay.from_model(model, IMAGE).maps[0])
    display = FeatureMapDisplay.from_model(model, 2 * IMAGE - 1, value_range=(-1, 1))
    assert np.allclose(display.picture, IMAGE, atol=1e-6)


@pytest.mark.parametrize(
    ("image", "arguments", "message"),
    [
        (
            IMAGE[:5],
            {},
            (
                "image must be one image of shape (9, 12, 3), as the model takes it; "
                "received image=<float32 array of shape (5, 12, 3)>."
            ),
        ),
        (
            np.stack([IMAGE, IMAGE]),
            {},
            (
                "image must be one image of shape (9, 12, 3), as the model takes it; "
                "received image=<float32 array of shape (2, 9, 12, 3)>."
            ),
        ),
        (
            IMAGE,
            {"layers": []},
            "layers must be a list of names, indices or layers; received layers=().",
        ),
        (
            IMAGE,
            {"layers": ["tow"]},
            (
                "layers must be 'one', 'pool', 'two', 'flat' or 'head'; received layers='tow'. "
                "Did you mean 'two'?"
            ),
        ),
    ],
)
def test_wrong_arguments_are_refused(image, arguments, message):
    """An image of another shape, several of them, no layers, an unknown one."""
    with pytest.raises(ArgumentError) as caught:
        FeatureMapDisplay.from_model(small_model(), image, **arguments)
    assert str(caught.value) == message


def test_models_that_cannot_be_looked_into_are_refused():
    """No graph, several inputs, no images on the way, sequences instead of images."""

    class Subclassed(keras.Model):
        """A model whose graph nobody knows."""

        def call(self, inputs):
            return inputs

    with pytest.raises(ArgumentError) as caught:
        FeatureMapDisplay.from_model(Subclassed(name="mine"), IMAGE)
    assert str(caught.value) == (
        "model must be a functional or sequential Keras model that knows its input shape; "
        "received model='mine'. Give it a keras.Input, or build it from layers with the "
        "functional API."
    )
    with pytest.raises(ArgumentError, match="knows its input shape; received model='waiting'"):
        FeatureMapDisplay.from_model(keras.Sequential([layers.Dense(1)], name="waiting"), IMAGE)
    dense = keras.Sequential([keras.Input((4, 4)), layers.Flatten(), layers.Dense(1)], name="dense")
    with pytest.raises(ArgumentError) as caught:
        FeatureMapDisplay.from_model(dense, np.eye(4))
    assert str(caught.value) == (
        "model must have a layer that puts out images; received model='dense'. Name layers that "
        "put out one number a unit: layers=[…]."
    )
    rows = keras.Sequential([keras.Input((4, 4)), layers.Conv1D(2, 1, name="rows")])
    with pytest.raises(ArgumentError) as caught:
        FeatureMapDisplay.from_model(rows, np.eye(4), layers=["rows"])
    assert str(caught.value) == (
        "layers must put out images or one number a unit; received layers='rows', which puts out "
        "(None, 4, 2)."
    )
    left, right = keras.Input((4,), name="left"), keras.Input((4,), name="right")
    two = keras.Model([left, right], layers.Add()([left, right]))
    with pytest.raises(ArgumentError) as caught:
        FeatureMapDisplay.from_model(two, np.ones(4))
    assert str(caught.value) == (
        "model must have one input, an image; received model=('left', 'right')."
    )
