"""A layer's kernels, drawn as the layer uses them."""

from __future__ import annotations

import re

import keras
import numpy as np
import pytest
from keras import layers

from kerasbook.displays import FilterDisplay
from kerasbook.errors import ArgumentError
from kerasbook.filters import edge_filter_layer, named_kernel

pytestmark = pytest.mark.keras


def answer(layer, shape, channel):
    """What a layer makes of a single bright pixel in the middle of one channel."""
    image = np.zeros((1, *shape), "float32")
    image[(0, *(side // 2 for side in shape[:-1]), channel)] = 1
    return keras.ops.convert_to_numpy(layer(image))[0]


@pytest.mark.parametrize(
    ("layer", "channels"),
    [
        (layers.Conv2D(4, 3, padding="same", use_bias=False), 2),
        (layers.Conv2D(2, (3, 5), padding="same", use_bias=False), 1),
        (layers.Conv2D(4, 3, padding="same", use_bias=False, groups=2), 4),
    ],
)
def test_each_kernel_is_what_the_layer_answers_to_a_point(layer, channels):
    """Filter by filter and channel by channel: a convolution turns a point into its kernel."""
    shape = (5, 7, channels)
    answer(layer, shape, 0)
    display = FilterDisplay.from_layer(layer)
    height, width = layer.kernel_size
    group = channels // layer.groups
    assert (display.filters, display.channels) == (layer.filters, group)
    for channel in range(channels):
        maps = answer(layer, shape, channel)
        rows, columns = (5 - height) // 2, (7 - width) // 2
        middle = maps[rows : 5 - rows, columns : 7 - columns]
        for index in range(layer.filters):
            if index // (layer.filters // layer.groups) == channel // group:
                # What lies on the left of the kernel sees the point on its right.
                seen = np.flip(middle[..., index])
                assert np.allclose(display.kernels[index, channel % group], seen, atol=1e-6)


def test_depthwise_and_separable_kernels_have_one_channel_each():
    """A depthwise layer makes `depth_multiplier` filters of each channel, in Keras's order."""
    layer = layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same", use_bias=False)
    maps = [answer(layer, (3, 3, 2), channel) for channel in range(2)]
    display = FilterDisplay.from_layer(layer)
    assert display.kernels.shape == (4, 1, 3, 3)
    for index in range(4):
        assert np.allclose(display.kernels[index, 0], np.flip(maps[index // 2][..., index]))
    separable = layers.SeparableConv2D(5, 3)
    separable.build((None, 8, 8, 3))
    assert FilterDisplay.from_layer(separable).kernels.shape == (3, 1, 3, 3)


def test_a_transposed_kernel_is_what_a_point_becomes():
    """A transposed convolution paints its kernel: filters and channels are not mixed up."""
    layer = layers.Conv2DTranspose(2, 3, use_bias=False)
    maps = answer(layer, (1, 1, 3), 2)
    display = FilterDisplay.from_layer(layer)
    assert (display.filters, display.channels) == (2, 3)
    for index in range(2):
        assert np.allclose(display.kernels[index, 2], maps[..., index], atol=1e-6)


def test_a_convolution_over_one_axis_has_kernels_of_one_row():
    """The kernels of `Conv1D` lie across."""
    layer = layers.Conv1D(4, 5)
    layer.build((None, 20, 3))
    assert FilterDisplay.from_layer(layer).kernels.shape == (4, 3, 1, 5)


def test_few_weights_are_written_out():
    """The article's two filters: each weight stands in its cell and in the alt text."""
    layer = edge_filter_layer(("horizontal", "vertical"), channels=1, name="edges")
    display = FilterDisplay.from_layer(layer).plot()
    written = [text.get_text() for text in display.ax_.texts]
    assert written[:10] == ["1", "1", "1", "0", "0", "0", "−1", "−1", "−1", "filter 0"]
    assert written[10:20] == ["1", "0", "−1"] * 3 + ["filter 1"]
    assert display.title == "edges: 2 filters of 3×3"
    assert display.alt_text == (
        "Kernels of edges: 2 filters of 3×3. The weights that are drawn go from −1 to 1. "
        "Filter 0: 1 1 1; 0 0 0; −1 −1 −1. Filter 1: 1 0 −1; 1 0 −1; 1 0 −1."
    )
    first = np.asarray(display.ax_.images[0].get_array())
    assert np.array_equal(first, named_kernel("horizontal"))


def test_all_kernels_have_one_scale_centred_at_zero():
    """The same colour is the same weight in every kernel; the bar below says which."""
    layer = layers.Conv2D(20, 3)
    layer.build((None, 9, 9, 2))
    display = FilterDisplay.from_layer(layer).plot()
    limits = {image.get_clim() for image in display.ax_.images}
    assert limits == {(-display.limit, display.limit)}
    assert display.limit == np.abs(layer.get_weights()[0]).max()
    assert {image.get_cmap().name for image in display.ax_.images} == {"PuOr"}


def test_a_large_layer_is_drawn_in_part_and_says_so():
    """512 filters on 512 channels: the first of each, with the counts in title and alt text."""
    layer = layers.Conv2D(512, 3, name="large")
    layer.build((None, 9, 9, 512))
    display = FilterDisplay.from_layer(layer).plot()
    assert display.kernels.shape == (16, 8, 3, 3)
    title = "large: the first 16 of 512 filters of 3×3 on the first 8 of 512 channels"
    assert display.title == title
    assert title in display.alt_text
    assert len(display.ax_.images) == 16 * 8 + 1  # and the bar
    assert max(display.figure_.get_size_inches()) < 13


def model():
    """A model with a convolution inside a model inside it."""
    inner = keras.Sequential(
        [keras.Input((8, 8, 3)), layers.Conv2D(2, 3, name="inside")], name="inner"
    )
    return keras.Sequential(
        [keras.Input((8, 8, 3)), inner, layers.Conv2D(4, 3, name="outside"), layers.Flatten()]
    )


def test_a_model_gives_its_first_convolution_or_the_one_that_is_named():
    """By default the first, in a nested model too; by name, by index, or the layer itself."""
    whole = model()
    assert FilterDisplay.from_model(whole).layer_name == "inside"
    outside = whole.get_layer("outside")
    for choice in ("outside", 1, -2, outside):
        assert FilterDisplay.from_model(whole, layer=choice).layer_name == "outside"
    for choice in ("inner/inside", "inside", whole.layers[0].layers[0]):
        assert FilterDisplay.from_model(whole, layer=choice).layer_name == "inside"


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (
            "outsid",
            (
                "layer must be 'inner', 'inner/inside', 'outside' or 'flat'; "
                "received layer='outsid'. Did you mean 'outside'?"
            ),
        ),
        (
            "flat",
            "layer must be a convolution over one or two axes; received layer='flat', a Flatten.",
        ),
        (3, "layer must be an integer from -3 to 2; received layer=3."),
    ],
)
def test_a_layer_that_is_not_there_is_refused(layer, message):
    """A wrong name with the nearest, an index out of range, a layer without kernels."""
    whole = model()
    whole.layers[-1].name = "flat"
    with pytest.raises(ArgumentError, match=f"^{re.escape(message)}$"):
        FilterDisplay.from_model(whole, layer=layer)


def test_what_has_no_kernels_yet_is_refused_with_the_mend():
    """A layer that was never called, a volume's convolution, a model of dense layers."""
    with pytest.raises(ArgumentError) as caught:
        FilterDisplay.from_layer(layers.Conv2D(2, 3, name="new"))
    assert str(caught.value) == (
        "layer must be a convolution over one or two axes; received layer='new', a Conv2D. "
        "It has no weights yet: build it, or call it on an image."
    )
    volume = layers.Conv3D(2, 3, name="volume")
    volume.build((None, 5, 5, 5, 1))
    with pytest.raises(ArgumentError, match=r"received layer='volume', a Conv3D\.$"):
        FilterDisplay.from_layer(volume)
    dense = keras.Sequential([keras.Input((4,)), layers.Dense(2)], name="dense_only")
    with pytest.raises(ArgumentError) as caught:
        FilterDisplay.from_model(dense)
    assert str(caught.value) == (
        "model must have a convolution over one or two axes; received model='dense_only'."
    )
