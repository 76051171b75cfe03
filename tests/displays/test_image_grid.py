from __future__ import annotations

import numpy as np
import pytest
from display_samples import NAMES, images, refused
from PIL import Image

from kerasbook.displays import ClassMosaicDisplay, ImageGridDisplay

IMAGES = images(23)
LABELS = np.arange(23) % 4


@pytest.mark.parametrize("n", [1, 10, 23, 100])
def test_the_first_images_in_their_order(n):
    """Each is drawn once, in its order, with its own class below; n beyond all means all."""
    display = ImageGridDisplay.from_arrays(IMAGES, LABELS, class_names=NAMES, n=n).plot()
    count = min(n, 23)
    assert len(display.ax_.images) == count
    for image, picture in zip(display.ax_.images, IMAGES, strict=False):
        np.testing.assert_allclose(image.get_array(), picture, rtol=1e-6)
    assert display.captions_ == tuple(NAMES[label] for label in LABELS[:count])
    texts = [text.get_text() for text in display.ax_.texts]
    for text, name in zip(texts, display.captions_, strict=True):
        head, dots, tail = text.partition("…")  # where a long name is cut depends on the font
        assert bool(dots) is (name == NAMES[1])
        assert name.startswith(head)
        assert name.endswith(tail)
    places = [(image.get_extent()[3], image.get_extent()[0]) for image in display.ax_.images]
    assert places == sorted(places)


def test_without_labels_there_are_no_captions():
    """Pictures alone are pictures alone."""
    display = ImageGridDisplay.from_arrays(255 * IMAGES[..., 0], n=3).plot()
    assert display.captions_ == ()
    assert len(display.ax_.texts) == 0
    assert display.alt_text == "Grid of grey pictures. The first 3 of 23 images of 8 × 8 pixels."


def test_alt_text_lists_the_classes():
    """The classes come in the order of the images."""
    display = ImageGridDisplay.from_arrays(IMAGES, LABELS, n=3)
    assert display.alt_text == (
        "Grid of colour pictures. The first 3 of 23 images of 8 × 8 pixels: 0, 1 and 2."
    )
    assert ImageGridDisplay.from_arrays(IMAGES, n=23).title == "23 images of 8 × 8 pixels"


def test_wrong_arguments():
    """The count is positive, and there is a label for each image."""
    with refused("n must be an integer of at least 1; received n=0."):
        ImageGridDisplay.from_arrays(IMAGES, n=0)
    with refused(
        "labels must have one entry for each of the 23 images; "
        "received labels=<int64 array of shape (22,)>."
    ):
        ImageGridDisplay.from_arrays(IMAGES, LABELS[:22])


@pytest.mark.parametrize("make", [ImageGridDisplay, ClassMosaicDisplay], ids=["grid", "mosaic"])
@pytest.mark.parametrize("form", ["fractions", "bytes", "channels first"])
def test_the_file_has_the_colours_of_the_images(form, make, tmp_path):
    """What one sees: in the PNG each image has its own colour, from 0..1 and from 0..255.

    Pixels are compared here, where no text is: fonts differ between machines, colours do not.
    """
    colors = np.array([[255, 0, 0], [0, 128, 255], [250, 250, 250], [10, 20, 30]], np.uint8)
    given = np.broadcast_to(colors[:, None, None], (4, 6, 6, 3))
    if form == "fractions":
        given = given / 255
    elif form == "channels first":
        given = np.moveaxis(given, -1, 1)
    display = make.from_arrays(given, np.arange(4)).plot()
    with Image.open(display.save(tmp_path / "x.png", dpi=100)) as file:
        pixels = np.asarray(file.convert("RGB"))
    for image, color in zip(display.ax_.images, colors, strict=True):
        box = image.get_window_extent()
        x, y = round(box.x0 + box.width / 2), round(box.y0 + box.height / 2)
        assert np.abs(pixels[len(pixels) - y, x].astype(int) - color).max() <= 1
