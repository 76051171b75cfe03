from __future__ import annotations

import numpy as np
import pytest
from display_samples import images, refused

from kerasbook.displays import FlattenDisplay

IMAGE = images(1, size=32)[0]


@pytest.mark.keras
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("channels", [1, 3])
def test_the_order_is_that_of_keras(data_format, channels):
    """The numbers stand as Keras's `Flatten` puts them, channels last or first."""
    import keras  # noqa: PLC0415  only this test needs it

    image = IMAGE[:, :20, :channels]
    image = np.moveaxis(image, -1, 0) if data_format == "channels_first" else image
    flat = keras.layers.Flatten(data_format=data_format)(image[None].astype("float32"))
    display = FlattenDisplay.from_image(image)
    np.testing.assert_allclose(display.values, keras.ops.convert_to_numpy(flat)[0], rtol=1e-6)
    assert display.shape == (32, 20, channels)


def test_the_articles_numbers():
    """32 · 32 · 3 = 3,072, in the title and below the strip."""
    display = FlattenDisplay.from_image(IMAGE).plot()
    assert display.title == "32 · 32 · 3 = 3,072 numbers"
    texts = [text.get_text() for text in display.ax_.texts]
    assert "3,072" in texts
    assert "all 3,072 numbers, black to white" in texts
    first = ", ".join(
        f"{name} {value:.2g}"
        for name, value in zip(("red", "green", "blue"), IMAGE[0, 0], strict=True)
    )
    assert display.alt_text.endswith(f"the first pixel is {first}.")


def test_the_first_pixels_are_written_out():
    """Three pixels, three numbers each, with the names of their channels; framed in the image."""
    display = FlattenDisplay.from_image((IMAGE * 255).astype("uint8")).plot()
    texts = [text.get_text() for text in display.ax_.texts]
    numbers = [text for text in texts if text.isdigit() and text != "1"]
    expected = (IMAGE * 255).astype("uint8")[0, :3].reshape(-1)
    assert numbers == [f"{value:,}" for value in expected]
    assert texts.count("green") == 3
    frame = display.ax_.patches[0]
    picture, strip = display.ax_.images
    pixel = (picture.get_extent()[1] - picture.get_extent()[0]) / 32
    assert frame.get_width() == pytest.approx(3 * pixel)
    np.testing.assert_allclose(picture.get_array(), IMAGE, atol=1 / 255)
    assert strip.get_array().shape == (1, 2048)


@pytest.mark.parametrize("shape", [(8, 8), (2, 3), (3, 300), (300, 2, 1), (600, 700, 3)])
def test_images_of_any_shape(shape):
    """Small, narrow and large images are drawn; the numbers are those of the image as it came."""
    image = np.random.default_rng(0).random(shape)
    display = FlattenDisplay.from_image(image, data_format="auto").plot()
    np.testing.assert_array_equal(display.values, image.reshape(-1))


def test_what_is_no_single_image():
    """Batches and rows of numbers are refused."""
    form = "image must have shape (height, width), or also 1, 3 or 4 channels, last or first; "
    with refused(f"{form}received image=<float64 array of shape (1, 32, 32, 3)>."):
        FlattenDisplay.from_image(IMAGE[None])
