"""Patches of scikit-image's photographs: real, balanced, and apart for training and test."""

from __future__ import annotations

import hashlib
import re
import socket
import sys
from pathlib import Path

import numpy as np
import pytest

from kerasbook.datasets import photographs, photos
from kerasbook.errors import ArgumentError, MissingDependencyError

pytestmark = pytest.mark.data

NAMES = (
    *("coffee", "chelsea", "brick", "grass", "gravel"),
    *("hubble_deep_field", "retina", "ihc", "rocket", "astronaut"),
)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    """Any attempt to reach the network fails the test."""

    def refuse(*_arguments, **_options):
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(scope="module")
def photographs_of_skimage():
    """The ten photographs from scikit-image itself, with colour channels."""
    import skimage.data  # noqa: PLC0415  an extra

    names = [name if name != "ihc" else "immunohistochemistry" for name in NAMES]
    images = [getattr(skimage.data, name)() for name in names]
    return [image if image.ndim == 3 else np.dstack([image] * 3) for image in images]


def test_the_photographs_lie_in_the_wheel():
    """Each photograph is in the installed package, with scikit-image's own checksum."""
    import skimage.data  # noqa: PLC0415
    from skimage.data._registry import registry  # noqa: PLC0415

    folder = Path(skimage.data.__file__).parent
    for name in NAMES:
        (file,) = folder.glob(f"{name}.*")
        assert hashlib.sha256(file.read_bytes()).hexdigest() == registry[f"data/{file.name}"]


def test_shapes_range_balance_and_origin():
    """By default there are 8,000 and 2,000 patches of CIFAR-10's shape, equally many per class."""
    data = photos()
    assert data.x_train.shape == (8000, 32, 32, 3)
    assert data.x_test.shape == (2000, 32, 32, 3)
    assert data.x_train.dtype == data.x_test.dtype == np.float32
    assert data.x_train.min() == 0
    assert data.x_train.max() == 1
    assert np.bincount(data.train_classes).tolist() == [800] * 10
    assert np.bincount(data.test_classes).tolist() == [200] * 10
    assert data.labels == "one_hot"
    assert data.class_names == NAMES
    assert data.source == "32×32 patches of the photographs in scikit-image's skimage.data"
    assert data.licence == (
        "CC0 (coffee, chelsea, brick, grass, gravel, retina), public domain "
        "(hubble_deep_field, rocket, astronaut), no known copyright restrictions (ihc)"
    )


def test_classes_are_balanced_and_shuffled_whatever_the_number():
    """The classes differ by at most one patch, and their order shows no pattern."""
    data = photos(samples=1234, test_samples=17, labels="integer")
    assert np.ptp(np.bincount(data.y_train, minlength=10)) == 1
    assert np.ptp(np.bincount(data.y_test, minlength=10)) == 1
    assert data.y_train.tolist() != sorted(data.y_train.tolist())
    neighbours = np.mean(data.y_train[1:] == data.y_train[:-1])
    assert 0.05 < neighbours < 0.15  # a tenth by chance; its standard error is 0.009


def _holds(photograph, patch):
    """Whether a patch is a crop of a photograph, pixel by pixel."""
    windows = np.lib.stride_tricks.sliding_window_view(photograph, (32, 32), axis=(0, 1))
    candidates = np.ones(windows.shape[:2], dtype=bool)
    for row, column in ((0, 0), (31, 31), (0, 31), (31, 0), (16, 16), (8, 24)):
        candidates &= (windows[:, :, :, row, column] == patch[row, column]).all(axis=-1)
    rows, columns = np.nonzero(candidates)
    return any(
        np.array_equal(photograph[row : row + 32, column : column + 32], patch)
        for row, column in zip(rows, columns, strict=True)
    )


def test_patches_are_crops_of_the_right_side_of_the_right_photograph(photographs_of_skimage):
    """Training patches are in the left 75 % of their photograph, test patches in the right 25 %."""
    data = photos(samples=60, test_samples=60, seed=5)
    for x, classes, side in (
        (data.x_train, data.train_classes, "left"),
        (data.x_test, data.test_classes, "right"),
    ):
        for patch, index in zip(np.rint(x * 255).astype(np.uint8), classes, strict=True):
            photograph = photographs_of_skimage[index]
            cut = 0.75 * photograph.shape[1]
            columns = slice(0, int(cut)) if side == "left" else slice(int(np.ceil(cut)), None)
            assert _holds(photograph[:, columns], patch)


def test_no_pixel_is_on_both_sides(monkeypatch, photographs_of_skimage):
    """With pixels that encode their position, all 10,000 patches are on their own side."""
    maps = []
    for photograph in photographs_of_skimage:
        rows, columns = np.indices(photograph.shape[:2])
        maps.append(np.dstack([rows % 256, columns // 256, columns % 256]).astype(np.uint8))
    monkeypatch.setattr(photographs, "_images", lambda: maps)
    data = photos()
    widths = np.array([photograph.shape[1] for photograph in maps])
    train, test = (np.rint(x * 255).astype(int) for x in (data.x_train, data.x_test))
    train_columns, test_columns = (256 * x[..., 1] + x[..., 2] for x in (train, test))
    limits = 0.75 * widths
    assert (train_columns.max(axis=(1, 2)) < limits[data.train_classes]).all()
    assert (test_columns.min(axis=(1, 2)) >= limits[data.test_classes]).all()
    for columns in (train_columns, test_columns):  # each patch is one piece, unmirrored
        assert (np.diff(columns, axis=2) == 1).all()
        assert (np.diff(columns, axis=1) == 0).all()
    for index, width in enumerate(widths):  # and every side is used to its edges, nearly
        assert np.ptp(train_columns[data.train_classes == index]) > 0.70 * width
        assert np.ptp(test_columns[data.test_classes == index]) > 0.22 * width


def test_grey_photographs_have_equal_channels():
    """Brick, grass and gravel have three equal channels; coffee has not."""
    data = photos(samples=50, test_samples=10, labels="integer")
    for name, grey in (("brick", True), ("grass", True), ("gravel", True), ("coffee", False)):
        x = data.x_train[data.y_train == NAMES.index(name)]
        assert (np.ptp(x, axis=-1) == 0).all() == grey


def test_the_seed_decides_the_patches():
    """A seed gives the same patches, another seed others; NumPy's global state is unchanged."""
    before = np.random.get_state()[1].tolist()  # noqa: NPY002  the state in question
    first, again, other = (photos(samples=50, test_samples=20, seed=seed) for seed in (3, 3, 4))
    assert np.array_equal(first.x_train, again.x_train)
    assert np.array_equal(first.y_test, again.y_test)
    assert not np.array_equal(first.x_train, other.x_train)
    assert not np.array_equal(first.x_test, other.x_test)
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002


def test_the_two_sides_are_drawn_apart():
    """Equally many training and test patches come from other places, in another order."""
    data = photos(samples=100, test_samples=100, labels="integer")
    assert data.y_train.tolist() != data.y_test.tolist()


def test_each_side_ignores_the_size_of_the_other():
    """The training patches do not depend on `test_samples`, nor the test patches on `samples`."""
    small, more_test = photos(samples=50, test_samples=20), photos(samples=50, test_samples=30)
    more_training = photos(samples=60, test_samples=20)
    assert np.array_equal(small.x_train, more_test.x_train)
    assert np.array_equal(small.x_test, more_training.x_test)


class _Raw:
    """A bit generator with nothing but raw numbers."""

    def __init__(self, *numbers):
        self.numbers = list(numbers)

    def random_raw(self, count):
        taken, self.numbers = self.numbers[:count], self.numbers[count:]
        return np.array(taken, dtype=np.uint64)


def test_places_follow_from_raw_numbers_alone():
    """The patches depend only on the raw stream, which NumPy keeps from version to version."""
    rows, columns = np.indices((42, 52), dtype=np.uint8)  # 11 and 21 places for a patch
    place = np.dstack([rows, columns, columns])
    order = (50, 30, 90, 10)  # sorted: positions 3, 1, 0, 2, so classes 1, 1, 0, 0
    first = (25, 2**64 - 1, 3, 2**63)  # rows 25 and 2⁶⁴−1 modulo 11, columns modulo 21
    second = (0, 10, 20, 21)
    raw = _Raw(*order, *first, *second)
    x, classes = photographs._patches([place, place], 4, raw)
    corners = [tuple(corner) for corner in np.rint(x[:, 0, 0, :2] * 255).astype(int).tolist()]
    assert classes.tolist() == [1, 1, 0, 0]
    assert corners[2:] == [(25 % 11, 3), ((2**64 - 1) % 11, 2**63 % 21)]
    assert corners[:2] == [(0, 20), (10, 0)]
    assert raw.numbers == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"samples": 9},
            (
                "samples must be an integer of at least 10; received samples=9. "
                "Use one per class or more."
            ),
        ),
        (
            {"samples": 8000.0},
            (
                "samples must be an integer of at least 10; received samples=8000.0. "
                "Use one per class or more."
            ),
        ),
        (
            {"test_samples": 0},
            (
                "test_samples must be an integer of at least 10; received test_samples=0. "
                "Use one per class or more."
            ),
        ),
        ({"labels": None}, "labels must be 'one_hot' or 'integer'; received labels=None."),
        ({"seed": -1}, "seed must be an integer of at least 0; received seed=-1."),
    ],
)
def test_a_wrong_argument_is_named(arguments, message):
    """Each wrong argument gives its whole message."""
    with pytest.raises(ArgumentError, match=rf"\A{re.escape(message)}\Z"):
        photos(**arguments)


def test_without_scikit_image_the_command_is_named(monkeypatch):
    """Without scikit-image, the error names the command that installs it."""
    monkeypatch.setitem(sys.modules, "skimage", None)
    monkeypatch.setitem(sys.modules, "skimage.data", None)
    with pytest.raises(MissingDependencyError) as caught:
        photos()
    assert str(caught.value) == (
        "skimage must be installed for this; it was not found. Run: pip install 'kerasbook[data]'"
    )
