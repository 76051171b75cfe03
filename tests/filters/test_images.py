"""Filtered images compared with Keras's and SciPy's convolutions, and general properties."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras import backend, ops
from scipy import ndimage, signal

from kerasbook.errors import ArgumentError
from kerasbook.filters import convolution_step, filter_image, named_kernel

ARTICLE = [[0.6, 0.4, 0.6], [0.1, -0.2, -0.3], [-0.5, -0.4, -0.3]]
SECOND = [[-0.7, 0.6, 0.2], [0.1, -0.2, -0.3], [-0.3, -0.4, 0.5]]

sizes = st.integers(1, 9)
settings = st.fixed_dictionaries(
    {
        "strides": st.tuples(st.integers(1, 4), st.integers(1, 4)),
        "padding": st.sampled_from(("same", "valid")),
    }
)


def arrays(shape, seed=0):
    """Random numbers from a fixed seed."""
    return np.random.default_rng(seed).standard_normal(shape)


# ------------------------------------------------------------------------- against others


@pytest.mark.keras
@given(size=st.tuples(sizes, sizes), kernel_size=st.tuples(sizes, sizes), chosen=settings)
def test_filtered_images_equal_keras(size, kernel_size, chosen):
    """For any size, kernel, strides and padding, the result equals `keras.ops.conv`'s."""
    image, kernel = arrays(size), arrays(kernel_size, seed=1)
    if chosen["padding"] == "valid" and any(n < k for n, k in zip(size, kernel_size, strict=True)):
        with pytest.raises(ArgumentError):
            filter_image(image, kernel, **chosen)
        return
    # JAX computes in single precision only. In it PyTorch 2.13 on a CPU repeats a wrong row where
    # one channel, an output of one column and a stride across meet; in double it does not.
    dtype, error = ("float32", 1e-5) if backend.backend() == "jax" else ("float64", 1e-12)
    expected = ops.conv(
        image[None, ..., None].astype(dtype), kernel[..., None, None].astype(dtype), **chosen
    )
    ours = filter_image(image.astype(dtype), kernel, **chosen)
    assert ours.dtype == dtype
    assert np.allclose(ours, ops.convert_to_numpy(expected)[0, ..., 0], rtol=error, atol=10 * error)


@pytest.mark.data
@given(size=st.tuples(st.integers(9, 15), st.integers(9, 15)), kernel_size=st.tuples(sizes, sizes))
def test_filtered_images_equal_scipy(size, kernel_size):
    """Both of SciPy's correlations agree, once an even kernel is centred as Keras centres it."""
    image, kernel = arrays(size), arrays(kernel_size, seed=1)
    # SciPy puts the odd zero of an even kernel before the image, Keras after it.
    origin = [0 if taps % 2 else -1 for taps in kernel_size]
    expected = ndimage.correlate(image, kernel, mode="constant", origin=origin)
    assert np.allclose(filter_image(image, kernel), expected)
    valid = signal.correlate2d(image, kernel, mode="valid")
    assert np.allclose(filter_image(image, kernel, padding="valid"), valid)


# -------------------------------------------------------------------------- what must hold


@pytest.mark.parametrize("kernel_size", [(1, 1), (3, 3), (5, 3), (7, 7)])
def test_a_symmetric_kernel_keeps_a_point_in_its_place(kernel_size):
    """The image is not shifted: a single bright pixel becomes the kernel, centred on it."""
    point = np.zeros((9, 11))
    point[4, 5] = 1
    kernel = np.outer(np.hanning(kernel_size[0] + 2)[1:-1], np.hanning(kernel_size[1] + 2)[1:-1])
    blurred = filter_image(point, kernel)
    assert blurred.shape == point.shape
    assert np.allclose(blurred, np.flip(blurred))
    assert np.unravel_index(blurred.argmax(), blurred.shape) == (4, 5)


def test_an_edge_appears_where_it_is():
    """An edge between rows 3 and 4 gives values in exactly these two rows."""
    image = np.zeros((8, 6))
    image[:4] = 1
    answer = filter_image(image, "horizontal", padding="valid")
    assert (np.flatnonzero(answer.any(axis=1)) + 1).tolist() == [3, 4]  # + 1: no padding
    assert (answer[2:4] == 3).all()


@given(st.tuples(st.integers(3, 9), st.integers(3, 9)), settings)
def test_filtering_is_linear(size, chosen):
    """Filtering a weighted sum of images gives the weighted sum of the filtered ones."""
    one, two, kernel = arrays(size), arrays(size, seed=1), arrays((3, 3), seed=2)
    mixed = filter_image(2 * one - 3 * two, kernel, **chosen)
    parts = 2 * filter_image(one, kernel, **chosen) - 3 * filter_image(two, kernel, **chosen)
    assert np.allclose(mixed, parts)


def test_each_channel_of_a_colour_image_is_filtered_by_itself():
    """Colour images keep their three channels, and images of shape (h, w, 1) their axis."""
    photo = arrays((6, 7, 3))
    together = filter_image(photo, "sobel_x", strides=2)
    assert together.shape == (3, 4, 3)
    for channel in range(3):
        alone = filter_image(photo[..., channel], "sobel_x", strides=2)
        assert np.array_equal(together[..., channel], alone)
    assert filter_image(photo[..., :1], "sobel_x").shape == (6, 7, 1)


def test_strides_for_one_axis_move_that_axis_only():
    """Strides (2, 1) halve the height and keep the width."""
    assert filter_image(arrays((8, 10)), "horizontal", strides=(2, 1)).shape == (4, 10)


@pytest.mark.parametrize(
    ("given_type", "result"),
    [
        ("uint8", "float32"),
        ("bool", "float32"),
        ("float16", "float32"),
        ("float32", "float32"),
        ("int64", "float64"),
        ("float64", "float64"),
    ],
)
def test_the_type_is_wide_enough_and_the_scale_stays(given_type, result):
    """Images of bytes do not overflow."""
    image = (np.full((5, 5), 200) > 0 if given_type == "bool" else np.full((5, 5), 200)).astype(
        given_type
    )
    blurred = filter_image(image, "box_blur", padding="valid")
    assert blurred.dtype == result
    assert np.allclose(blurred, image[0, 0], rtol=1e-6)
    assert filter_image(image, "horizontal")[0, 2] == -3.0 * image[0, 0]


def test_the_image_itself_is_left_alone():
    """The image and the kernel are not changed, and the result is a new array."""
    image, kernel = np.ones((4, 4), np.float32), np.ones((1, 1), np.float32)
    result = filter_image(image, kernel)
    result[:] = 5
    assert (image == 1).all()
    assert (kernel == 1).all()


def test_memory_stays_a_few_images_whatever_the_kernel():
    """A 31×31 kernel on a large image needs no array of all its windows."""
    image, kernel = np.ones((600, 600), np.float32), np.ones((31, 31), np.float32)
    tracemalloc.start()
    filter_image(image, kernel)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 * image.nbytes


# --------------------------------------------------------------------- one step, written out


@pytest.mark.parametrize(("window", "value"), [(ARTICLE, 2.8), (SECOND, 0.3)])
def test_the_article_s_steps(window, value):
    """The article's first example gives 2.8, its second +0.3, where the article prints −0.1."""
    step = convolution_step(window, "horizontal", 1, 1)
    assert step.value == value
    assert float(step) == value
    assert not step.padded.any()
    assert convolution_step(window, "horizontal", 0, 0, padding="valid").value == value


def test_a_step_is_written_out_row_by_row():
    """The text has one term for each pixel below the kernel, and their sum."""
    step = convolution_step(ARTICLE, "horizontal", 1, 1)
    assert step.text == (
        "0.6·1 + 0.4·1 + 0.6·1 + 0.1·0 + (−0.2)·0 + (−0.3)·0 "
        "+ (−0.5)·(−1) + (−0.4)·(−1) + (−0.3)·(−1) = 2.8"
    )
    assert step.latex.endswith(r"(-0.3) \cdot (-1) = 2.8")


@given(
    size=st.tuples(sizes, sizes),
    kernel_size=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    chosen=settings,
    data=st.data(),
)
def test_a_step_is_one_pixel_of_the_filtered_image(*, size, kernel_size, chosen, data):
    """The value of any step, on padding or not, is that pixel of the filtered image."""
    if chosen["padding"] == "valid":
        kernel_size = tuple(map(min, kernel_size, size))
    image, kernel = arrays(size), arrays(kernel_size, seed=1)
    whole = filter_image(image, kernel, **chosen)
    row = data.draw(st.integers(0, whole.shape[0] - 1))
    column = data.draw(st.integers(0, whole.shape[1] - 1))
    step = convolution_step(image, kernel, row, column, **chosen)
    assert (step.row, step.column) == (row, column)
    assert step.value == pytest.approx(whole[row, column], abs=1e-9)
    assert step.window.shape == step.kernel.shape == step.padded.shape == kernel_size
    assert (step.window[step.padded] == 0).all()
    assert np.isin(step.window[~step.padded], image).all()


@pytest.mark.parametrize(
    ("size", "strides", "row", "padded"),
    [
        (5, 1, 0, [True, False, False]),
        (5, 1, 4, [False, False, True]),
        (16, 2, 0, [False, False, False]),  # Keras pads 0 before …
        (16, 2, 7, [False, False, True]),  # … and 1 after
    ],
)
def test_the_padding_of_a_step_is_keras_s_own(*, size, strides, row, padded):
    """With stride 2 and an even size, Keras's `same` pads nothing before and one after."""
    step = convolution_step(np.ones((size, 1)), np.ones((3, 1)), row, 0, strides=(strides, 1))
    assert step.padded[:, 0].tolist() == padded


# ------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (
            np.zeros((3, 32, 32)),
            (
                "image.shape must be (height, width), (height, width, 1) or (height, width, 3); "
                "received image.shape=(3, 32, 32). Put the channels last: "
                "numpy.moveaxis(image, 0, -1)."
            ),
        ),
        (
            np.zeros((1, 32, 32, 3)),
            (
                "image.shape must be (height, width), (height, width, 1) or (height, width, 3); "
                "received image.shape=(1, 32, 32, 3). Filter one image of the batch at a time: "
                "image[0]."
            ),
        ),
        (
            np.zeros((32, 32, 4)),
            (
                "image.shape must be (height, width), (height, width, 1) or (height, width, 3); "
                "received image.shape=(32, 32, 4). Leave transparency out: image[..., :3]."
            ),
        ),
        (
            np.zeros(9),
            (
                "image.shape must be (height, width), (height, width, 1) or (height, width, 3); "
                "received image.shape=(9,)."
            ),
        ),
        (
            np.zeros((0, 9)),
            (
                "image.shape must be (height, width), (height, width, 1) or (height, width, 3); "
                "received image.shape=(0, 9)."
            ),
        ),
        (
            [[0.0, np.nan], [np.inf, 1.0]],
            (
                "image must hold finite numbers; received image='2 of 4 NaN or infinite'. "
                "Replace them: numpy.nan_to_num(image)."
            ),
        ),
        ("cup.png", "image must be an array of numbers; received image='an array of <U7'."),
        ([[1, 2], [3]], "image must be an array of numbers; received image=((1, 2), (3,))."),
        (
            np.zeros((2, 5)),
            (
                "image.shape must be at least (3, 3), as large as the kernel, with "
                "padding='valid'; received image.shape=(2, 5). Use padding='same'."
            ),
        ),
    ],
)
def test_a_wrong_image_is_refused_with_the_mend(image, message):
    """For common other shapes, the message says how to convert them."""
    with pytest.raises(ArgumentError) as caught:
        filter_image(image, "horizontal", padding="valid")
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"kernel": [1, 0, -1]},
            (
                "kernel must be a name, or an array of finite numbers of shape (height, width); "
                "received kernel=(1, 0, -1)."
            ),
        ),
        (
            {"kernel": [[1, float("nan")]]},
            (
                "kernel must be a name, or an array of finite numbers of shape (height, width); "
                "received kernel=((1, nan),)."
            ),
        ),
        (
            {"strides": 0},
            "strides must be an integer of at least 1; received strides=0.",
        ),
        (
            {"strides": (1, 2, 3)},
            (
                "strides must have one value per axis (2); received 3: strides=(1, 2, 3). "
                "Give one value for all, or 2."
            ),
        ),
        (
            {"padding": "causal"},
            "padding must be 'same' or 'valid'; received padding='causal'.",
        ),
    ],
)
def test_a_wrong_argument_is_refused_with_the_mend(arguments, message):
    """Kernel, strides and padding are checked before anything is computed."""
    with pytest.raises(ArgumentError) as caught:
        filter_image(np.zeros((4, 4)), **{"kernel": "horizontal", **arguments})
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("image", "row", "message"),
    [
        (
            np.zeros((4, 5)),
            4,
            (
                "row must be an integer from 0 to 3; received row=4. "
                "The output has 4 rows and 5 columns."
            ),
        ),
        (
            np.zeros((4, 5)),
            -1,
            (
                "row must be an integer from 0 to 3; received row=-1. "
                "The output has 4 rows and 5 columns."
            ),
        ),
        (
            np.zeros((4, 5, 3)),
            0,
            (
                "image.shape must be (height, width): one sum; received image.shape=(4, 5, 3). "
                "Take one of its channels: image[..., 0]."
            ),
        ),
    ],
)
def test_a_step_that_does_not_exist_is_refused(image, row, message):
    """A row outside the output, or an image with several sums at one place."""
    with pytest.raises(ArgumentError) as caught:
        convolution_step(image, named_kernel("horizontal"), row, 0)
    assert str(caught.value) == message


# -------------------------------------------------------------------- pictures that were opened


@pytest.mark.parametrize("mode", ["P", "CMYK", "YCbCr", "HSV", "LAB"])
def test_numbers_that_are_no_brightness_are_refused(mode):
    """Images of a palette or of colours other than RGB are refused."""
    pillow = pytest.importorskip("PIL.Image")
    with pytest.raises(ArgumentError) as caught:
        filter_image(pillow.new(mode, (4, 5)), "sobel_x")
    assert str(caught.value) == (
        f"image must be grey or of red, green and blue; received image='a picture of mode {mode}'. "
        f"Use image.convert('RGB')."
    )


@pytest.mark.parametrize("mode", ["1", "L", "I;16", "I", "F", "RGB"])
def test_pictures_that_are_numbers_are_taken(mode):
    """Pillow images of numbers give the result of their array."""
    pillow = pytest.importorskip("PIL.Image")
    picture = pillow.fromarray(np.arange(20, dtype=np.uint8).reshape(4, 5)).convert(mode)
    expected = filter_image(np.asarray(picture), "sobel_x")
    assert np.array_equal(filter_image(picture, "sobel_x"), expected)
