from __future__ import annotations

import numpy as np
import pytest
from display_samples import refused
from hypothesis import given
from hypothesis import strategies as st

from kerasbook.drawing.images import read_images

EVERY = np.arange(6)
COLOUR = np.random.default_rng(0).random((6, 9, 7, 3))


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize(
    ("dtype", "white"), [("float64", 1), ("float32", 1), ("float32", 255), ("uint8", 255)]
)
def test_every_form_of_images_draws_the_same(channels, data_format, dtype, white):
    """Channels last or first, bytes or fractions: the picture is the same, to a byte's step."""
    source = np.random.default_rng(0).random((6, 9, 7, channels))
    expected = source[..., 0] if channels == 1 else source
    given_ = np.moveaxis(source, -1, 1) if data_format == "channels_first" else source
    images = read_images("images", (given_ * white).astype(dtype))
    assert images.data_format == data_format
    np.testing.assert_allclose(images.pictures(EVERY), expected, atol=1 / 255)


def test_grey_without_channels():
    """A stack of planes is a stack of grey images."""
    planes = COLOUR[..., 0]
    np.testing.assert_allclose(read_images("images", planes).pictures(EVERY), planes, rtol=1e-6)


def test_pictures_of_fractions_are_not_dark():
    """0..1 images keep their brightness: they are not taken for bytes."""
    assert read_images("images", COLOUR).pictures(EVERY).max() > 0.99


@given(st.integers(513, 1400), st.integers(1, 1400))
def test_large_images_are_averaged(height, width):
    """Long sides are shortened to 512 pixels or fewer, and the mean stays what it was."""
    image = np.linspace(0, 1, height * width, dtype="f4").reshape(1, height, width)
    picture = read_images("images", image, value_range=(0, 1)).pictures(np.array([0]))[0]
    assert max(picture.shape) <= 512
    assert abs(picture.mean() - 0.5) < 0.01


def test_a_range_that_is_told():
    """Black and white are what the user says; values beyond are clipped."""
    images = read_images("images", np.full((6, 8, 8), -1.0), value_range=(-1, 1))
    assert images.pictures(EVERY).max() == 0
    digits = read_images("images", np.full((6, 8, 8), 20.0), value_range=(0, 16))
    assert digits.pictures(EVERY).min() == 1
    inverted = read_images("images", np.full((6, 8, 8), 16.0), value_range=(16, 0))
    assert inverted.pictures(EVERY).max() == 0


@pytest.mark.parametrize(
    ("images", "values"),
    [
        (np.full((2, 8, 8), 16.0), "16 to 16"),  # 8×8 digits, 0..16
        (np.full((2, 8, 8), 1, "uint8"), "1 to 1"),  # a mask of 0 and 1, or nearly black bytes
        (np.linspace(-1, 1, 128).reshape(2, 8, 8), "-1 to 1"),
        (np.linspace(-2.1, 2.6, 128).reshape(2, 8, 8), "-2.1 to 2.6"),
        (np.linspace(0, 1.2, 128).reshape(2, 8, 8), "0 to 1.2"),
        (np.full((2, 8, 8), 4000, "uint16"), "4000 to 4000"),
    ],
)
def test_an_unclear_range_is_refused(images, values):
    """Standardised images, masks and other scales are told, never drawn black by a guess."""
    received = f"<{images.dtype} array of shape (2, 8, 8)>"
    with refused(
        f"images must be plainly within 0..1 or 0..255; received images={received}. "
        f"Its values go from {values}. Say value_range=(black, white)."
    ):
        read_images("images", images)


def test_an_unclear_layout_is_refused_until_told():
    """(N, 3, 9, 3) can be read in two ways; `data_format` says which."""
    unclear = np.random.default_rng(0).random((2, 3, 9, 3))
    with refused(
        "images must have one axis that can be channels; "
        "received images=<float64 array of shape (2, 3, 9, 3)>. "
        "Say data_format='channels_last' or data_format='channels_first'."
    ):
        read_images("images", unclear)
    two = np.array([0, 1])
    last = read_images("images", unclear, data_format="channels_last").pictures(two)
    first = read_images("images", unclear, data_format="channels_first").pictures(two)
    assert (last.shape, first.shape) == ((2, 3, 9, 3), (2, 9, 3, 3))


SHAPE = "images must have shape (N, height, width), or also 1, 3 or 4 channels, last or first; "


@pytest.mark.parametrize(
    "shape", [(4, 784), (8, 8), (2, 8, 8, 2), (2, 2, 8, 8), (0, 8, 8), (1,) * 5]
)
def test_shapes_of_no_images(shape):
    """Flattened images, single ones and two channels are refused by their shape."""
    if len(shape) == 5:
        shape = (2, 4, 8, 8, 3)
    with refused(f"{SHAPE}received images=<float64 array of shape {shape}>."):
        read_images("images", np.zeros(shape))


@pytest.mark.parametrize(
    ("value_range", "message"),
    [
        (255, "value_range must be the values of black and white; received value_range=255."),
        (
            (1, 1),
            "value_range must be two different values; received value_range=(1, 1).",
        ),
        (
            (0, "1"),
            "value_range must be a number; received value_range='1'.",
        ),
    ],
)
def test_a_range_is_two_numbers(value_range, message):
    """A range that is none is named."""
    with refused(message):
        read_images("images", COLOUR, value_range=value_range)


def test_a_wrong_data_format():
    """What is told must be possible."""
    with refused(
        f"{SHAPE}received images=<float64 array of shape (6, 9, 7, 3)>. "
        "It was read as data_format='channels_first'."
    ):
        read_images("images", COLOUR, data_format="channels_first")
    with refused(
        "data_format must be 'auto', 'channels_last' or 'channels_first'; "
        "received data_format='last'."
    ):
        read_images("images", COLOUR, data_format="last")
