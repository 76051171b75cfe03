"""A photo, a kernel and what it finds, side by side."""

from __future__ import annotations

import re
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from skimage import data

from kerasbook.displays import EdgeFilterDisplay
from kerasbook.errors import ArgumentError
from kerasbook.filters import filter_image, named_kernel

pytestmark = pytest.mark.data

STEP = np.array([[1.0] * 6] * 3 + [[0.0] * 6] * 3)


def pictures(display):
    """The arrays drawn, row by row: photo, kernel, filtered photo."""
    return [np.asarray(image.get_array()) for image in display.plot().ax_.images]


def texts(display):
    """Everything that is written on the axes."""
    return [text.get_text() for text in display.plot().ax_.texts]


def test_the_cup_has_rims_and_sides():
    """The horizontal kernel answers the cup's rims, the vertical one its sides."""
    display = EdgeFilterDisplay.from_image(data.coffee())
    rims, sides = (np.abs(filtered) for filtered in display.filtered)
    rim = np.s_[24:32, 240:300]  # the top of the cup's rim runs across
    side = np.s_[80:110, 172:182]  # its left side runs down
    assert rims[rim].sum() > 2 * sides[rim].sum()
    assert sides[side].sum() > 2 * rims[side].sum()


def test_photo_kernel_and_result_are_drawn_as_they_are():
    """Each row of the picture holds the three arrays; the result is that of `filter_image`."""
    display = EdgeFilterDisplay.from_image(STEP, ("vertical", "laplacian"))
    rows = pictures(display)
    for place, name in enumerate(("vertical", "laplacian")):
        photo, kernel, filtered = rows[3 * place : 3 * place + 3]
        assert np.array_equal(photo, STEP)
        assert np.array_equal(kernel, named_kernel(name))
        assert np.array_equal(filtered, filter_image(STEP, name))
    assert {"vertical", "laplacian", "−4"} < set(texts(display))


def test_a_colour_photo_gives_the_mean_of_its_channels():
    """What is drawn is what `edge_filter_layer` computes: one map a kernel."""
    photo = data.coffee()[::8, ::8]
    display = EdgeFilterDisplay.from_image(photo, "sobel_x")
    assert display.photo.shape == (50, 75, 3)
    expected = filter_image(photo, "sobel_x").mean(axis=-1)
    assert np.allclose(display.filtered[0], expected)


def test_grey_is_nothing_unless_the_kernel_only_blurs():
    """Edge kernels are centred at 0; after a blur black is 0."""
    display = EdgeFilterDisplay.from_image(STEP, ("horizontal", "box_blur"))
    (low, high), (zero, white) = display.limits
    assert (low, high) == (-3, 3)
    assert zero == 0 < white
    assert "black −3, grey 0, white 3" in texts(display)
    assert "black 0, white 1" in texts(display)


def test_one_glint_does_not_leave_all_else_grey():
    """The strongest half per cent of the pixels do not set the scale; all are in the alt text."""
    photo = np.random.default_rng(0).random((60, 60)) / 100
    photo[30, 30] = 1
    display = EdgeFilterDisplay.from_image(photo, "laplacian")
    assert display.limits[0][1] < 0.2
    assert "values from −3.99 to 1.01" in display.alt_text


def test_alt_text_says_kernels_and_answers():
    """Sizes, the rows of each kernel, what it shows, and the range of its answers."""
    display = EdgeFilterDisplay.from_image(STEP, ("horizontal", [[1, -1]]), padding="valid")
    assert display.alt_text == (
        "A photo of 6×6 pixels, before and after each filter. horizontal (rows 1 1 1; 0 0 0; "
        "−1 −1 −1), shows horizontal edges, bright above dark: values from 0 to 3. kernel 2 "
        "(rows 1 −1): values from 0 to 0."
    )


def test_strides_make_the_result_smaller():
    """The size of the result is written above it."""
    display = EdgeFilterDisplay.from_image(STEP, "horizontal", strides=2)
    assert "photo, 6×6" in texts(display)
    assert "filtered, 3×3" in texts(display)


def test_bytes_and_fractions_look_the_same():
    """A photo of 0..255 and the same one of 0..1 are drawn alike."""
    photo = data.camera()[:64, :64]
    one = EdgeFilterDisplay.from_image(photo)
    two = EdgeFilterDisplay.from_image(photo / 255)
    assert np.allclose(one.photo, two.photo)
    assert np.allclose(one.filtered[0], 255 * two.filtered[0], atol=1e-3)


def test_the_figure_shows_edges():
    """Rendered, the three places of the picture differ: photo in colour, result in grey."""
    display = EdgeFilterDisplay.from_image(data.coffee(), "horizontal")
    pixels = np.asarray(Image.open(BytesIO(display._rendered("png"))))[..., :3].astype(int)
    colourful = (np.ptp(pixels, axis=2) > 40).mean(axis=0)  # the share of each column of pixels
    width = len(colourful)
    assert colourful[: width // 3].mean() > 0.2
    assert colourful[-width // 3 :].max() == 0


@pytest.mark.parametrize(
    ("kernels", "message"),
    [
        ((), "kernels must be 1 to 12 names or arrays, in a list or tuple; received kernels=()."),
        (3, "kernels must be 1 to 12 names or arrays, in a list or tuple; received kernels=3."),
    ],
)
def test_wrong_kernels_are_refused(kernels, message):
    """None at all, or no list of them."""
    with pytest.raises(ArgumentError, match=f"^{re.escape(message)}$"):
        EdgeFilterDisplay.from_image(STEP, kernels)


def test_a_scale_that_is_not_plain_must_be_told():
    """Values beyond 0..1 that are no bytes could mean anything."""
    with pytest.raises(ArgumentError, match=r"Say value_range=\(black, white\)\.$"):
        EdgeFilterDisplay.from_image(3 * STEP - 1)
    display = EdgeFilterDisplay.from_image(3 * STEP - 1, value_range=(-1, 2))
    assert (display.photo == STEP).all()
