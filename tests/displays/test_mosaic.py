from __future__ import annotations

import numpy as np
import pytest
from display_samples import NAMES, images, refused

from kerasbook.displays import ClassMosaicDisplay

IMAGES = images(50)
LABELS = np.array([0] * 20 + [1] * 3 + [3] * 27)  # none of class 2


def mosaic(**options):
    """The mosaic of the samples."""
    return ClassMosaicDisplay.from_arrays(IMAGES, LABELS, **{"class_names": NAMES, **options})


@pytest.mark.parametrize("per_class", [1, 3, 10, 40])
def test_each_class_has_a_row_of_its_own_images(per_class):
    """The first of each class, in their order, in the row of its name; none lost, none twice."""
    display = mosaic(per_class=per_class).plot()
    expected = [
        index for label in range(4) for index in np.flatnonzero(label == LABELS)[:per_class]
    ]
    assert display.indices.tolist() == expected
    heights = {text.get_text(): text.get_position()[1] for text in display.ax_.texts}
    assert list(heights) == [NAMES[0], "a class wi…long name", f"{NAMES[2]}: none", NAMES[3]]
    rows = list(heights.values())
    assert len(display.ax_.images) == len(expected)
    for image, index in zip(display.ax_.images, expected, strict=True):
        np.testing.assert_allclose(image.get_array(), IMAGES[index], rtol=1e-6)
        *_, bottom, top = image.get_extent()
        assert top < rows[LABELS[index]] < bottom


def test_pictures_do_not_overlap():
    """Each picture has a place of its own."""
    extents = {tuple(image.get_extent()) for image in mosaic().plot().ax_.images}
    assert len(extents) == 23


def test_a_random_choice_can_be_repeated():
    """A seed chooses others than the first, and the same again."""
    assert mosaic(rng=1).indices.tolist() == mosaic(rng=1).indices.tolist()
    assert mosaic(rng=1).indices.tolist() != mosaic().indices.tolist()
    assert np.bincount(mosaic(rng=1).labels).tolist() == [10, 3, 0, 10]


def test_title_and_alt_text_count():
    """How many there are of each class is told, also where there are fewer than asked for."""
    assert mosaic().title == "up to 10 images of each of 4 classes"
    assert mosaic().alt_text == (
        "Mosaic with a row for each class: up to 10 images of each of 4 classes, out of 50 images: "
        f"{NAMES[0]} 20, {NAMES[1]} 3, {NAMES[2]} 0 and {NAMES[3]} 27."
    )
    full = ClassMosaicDisplay.from_arrays(IMAGES, np.arange(50) % 5)
    assert full.title == "10 images of each of 5 classes"


@pytest.mark.parametrize("labels", [LABELS[:, None], np.eye(4)[LABELS]])
def test_every_form_of_labels(labels):
    """(N, 1) labels, on which other galleries fail, and one-hot rows are read like integers."""
    display = ClassMosaicDisplay.from_arrays(IMAGES, labels, class_names=NAMES)
    assert display.indices.tolist() == mosaic().indices.tolist()


def test_lengths_that_differ():
    """There is a label for each image."""
    with refused(
        "labels must have one entry for each of the 49 images; "
        "received labels=<int64 array of shape (50,)>."
    ):
        ClassMosaicDisplay.from_arrays(IMAGES[:49], LABELS)
    with refused("per_class must be an integer of at least 1; received per_class=0."):
        mosaic(per_class=0)
