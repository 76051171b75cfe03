from __future__ import annotations

import numpy as np
import pytest
from display_samples import NAMES, images, refused

from kerasbook.displays import ImageGridDisplay

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
    assert texts[:4] == ["airplane", "a class wi…long name", "$5 and $10", "frog_and_toad"][:count]
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
