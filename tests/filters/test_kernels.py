"""The named kernels compared with SciPy's, scikit-image's and the article's."""

from __future__ import annotations

import re

import numpy as np
import pytest
from scipy import ndimage
from skimage import filters

from kerasbook.errors import ArgumentError
from kerasbook.filters import KERNELS, filter_image, kernel_names, named_kernel

PHOTO = np.random.default_rng(0).random((12, 17))
EDGES = [name for name in kernel_names() if "blur" not in name and name != "sharpen"]


def test_the_article_s_kernels_are_rows_and_columns_of_one_zero_and_minus_one():
    """The horizontal filter has rows 1, 0, −1; the vertical one has them as columns."""
    horizontal = named_kernel("horizontal")
    assert horizontal.tolist() == [[1, 1, 1], [0, 0, 0], [-1, -1, -1]]
    assert np.array_equal(named_kernel("vertical"), horizontal.T)


@pytest.mark.parametrize("name", EDGES)
def test_an_edge_kernel_sees_nothing_on_a_plain_area(name):
    """The weights of an edge kernel add up to 0."""
    assert named_kernel(name).sum() == 0


@pytest.mark.parametrize("name", ["sharpen", "box_blur", "gaussian_blur"])
def test_a_blur_and_a_sharpening_keep_the_brightness(name):
    """The weights of a blur add up to 1."""
    assert named_kernel(name).sum() == pytest.approx(1, abs=1e-7)


def test_a_diagonal_kernel_answers_its_own_diagonal_most():
    """A diagonal kernel gives more at an edge along its zeros than at one across them."""
    rising = np.add.outer(range(9), range(9)) < 8  # bright upper left
    falling = np.fliplr(rising)  # bright upper right
    assert filter_image(rising, "diagonal_rising", padding="valid").max() == 3
    assert filter_image(falling, "diagonal_falling", padding="valid").max() == 3
    assert np.abs(filter_image(falling, "diagonal_rising", padding="valid")).max() < 3
    assert np.abs(filter_image(rising, "diagonal_falling", padding="valid")).max() < 3


@pytest.mark.data
@pytest.mark.parametrize("name", ["sobel", "prewitt"])
@pytest.mark.parametrize(("suffix", "axis"), [("x", 1), ("y", 0)])
def test_sobel_and_prewitt_equal_scipy(name, suffix, axis):
    """The kernels are the products of a difference and a smoothing, as SciPy composes them."""
    expected = getattr(ndimage, name)(PHOTO, axis=axis, mode="constant")
    assert np.allclose(filter_image(PHOTO, f"{name}_{suffix}"), expected)


@pytest.mark.data
@pytest.mark.parametrize(("suffix", "side"), [("x", "v"), ("y", "h")])
def test_scharr_equals_scikit_image(suffix, side):
    """scikit-image divides Scharr's kernel by 16; away from the border the two agree."""
    expected = getattr(filters, f"scharr_{side}")(PHOTO)
    ours = filter_image(PHOTO, f"scharr_{suffix}") / 16
    assert np.allclose(ours[1:-1, 1:-1], expected[1:-1, 1:-1])


@pytest.mark.data
def test_laplacian_and_blurs_equal_scipy():
    """Laplacian, mean and binomial blur give the results of SciPy's own functions."""
    assert np.allclose(filter_image(PHOTO, "laplacian"), ndimage.laplace(PHOTO, mode="constant"))
    assert np.allclose(
        filter_image(PHOTO, "box_blur"), ndimage.uniform_filter(PHOTO, 3, mode="constant")
    )
    rows = ndimage.correlate1d(PHOTO, [0.25, 0.5, 0.25], axis=0, mode="constant")
    both = ndimage.correlate1d(rows, [0.25, 0.5, 0.25], axis=1, mode="constant")
    assert np.allclose(filter_image(PHOTO, "gaussian_blur"), both)


def test_sharpening_is_the_image_less_its_laplacian():
    """`sharpen` gives the image minus its Laplacian, pixel by pixel."""
    expected = PHOTO - filter_image(PHOTO, "laplacian")
    assert np.allclose(filter_image(PHOTO, "sharpen"), expected)


def test_the_laplacian_of_eight_neighbours_adds_the_diagonal_one():
    """The Laplacian with 8 neighbours is the one with 4, plus one of the diagonal neighbours."""
    diagonal = np.array([[1, 0, 1], [0, -4, 0], [1, 0, 1]])
    assert np.array_equal(named_kernel("laplacian_8"), named_kernel("laplacian") + diagonal)


@pytest.mark.parametrize("name", kernel_names())
def test_every_kernel_has_a_description_and_a_source(name):
    """Each kernel says what it shows and names a publication with its year."""
    assert KERNELS[name].shows
    assert re.search(r", \d{4}", KERNELS[name].source)


@pytest.mark.parametrize(
    ("name", "image", "bright"),
    [
        ("horizontal", [[1], [1], [0], [0]], True),
        ("vertical", [[1, 1, 0, 0]], True),
        ("sobel_x", [[0, 0, 1, 1]], True),
        ("sobel_y", [[0], [0], [1], [1]], True),
        ("prewitt_x", [[1, 1, 0, 0]], False),
        ("scharr_y", [[1], [1], [0], [0]], False),
    ],
)
def test_the_sign_tells_which_side_is_bright(name, image, bright):
    """An edge kernel is positive on the edges that its entry describes, negative on others."""
    assert KERNELS[name].shows.endswith("dark")
    step = np.broadcast_to(image, (4, 4))
    answer = filter_image(step, name)[1:-1, 1:-1]
    assert (answer > 0).all() if bright else (answer < 0).all()


def test_a_kernel_is_a_copy():
    """Writing into a kernel does not change the next one of that name."""
    named_kernel("sobel_x")[:] = 0
    assert named_kernel("sobel_x")[1, 2] == 2


def test_an_unknown_name_is_refused_with_the_nearest():
    """For an unknown name, the message lists all names and proposes one."""
    *most, last = (repr(name) for name in KERNELS)
    with pytest.raises(ArgumentError) as caught:
        named_kernel("sobelx")
    assert str(caught.value) == (
        f"kernel must be {', '.join(most)} or {last}; received kernel='sobelx'. "
        f"Did you mean 'sobel_x'?"
    )
