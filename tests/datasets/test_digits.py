"""Scikit-learn's handwritten digits, split and scaled."""

from __future__ import annotations

import re
import sys

import numpy as np
import pytest

from kerasbook.datasets import digits
from kerasbook.errors import ArgumentError, MissingDependencyError

pytestmark = pytest.mark.data


def _key(image, digit):
    return (image.reshape(-1) * 16).round().astype(int).tobytes(), int(digit)


def test_the_default_uses_every_image_once():
    """Training and test images together are scikit-learn's images with their digits."""
    from sklearn.datasets import load_digits  # noqa: PLC0415  an extra

    data = digits()
    ours = [
        *map(_key, data.x_train, data.train_classes),
        *map(_key, data.x_test, data.test_classes),
    ]
    scans = load_digits()
    assert sorted(ours) == sorted(map(_key, scans.images / 16, scans.target))
    assert data.x_train.shape == (1437, 8, 8, 1)
    assert data.x_test.shape == (360, 8, 8, 1)


def test_pixels_labels_and_origin():
    """Pixels are float32 and cover 0..1; class names, source and licence are given."""
    data = digits(labels="integer")
    assert data.x_train.dtype == data.x_test.dtype == np.float32
    assert data.x_train.min() == 0
    assert data.x_train.max() == 1
    assert data.labels == "integer"
    assert digits().labels == "one_hot"
    assert data.class_names == tuple("0123456789")
    assert data.input_shape == (8, 8, 1)
    assert data.source == (
        "Alpaydin and Kaynak, Optical Recognition of Handwritten Digits, in scikit-learn"
    )
    assert data.licence == "CC BY 4.0 (UCI Machine Learning Repository)"


@pytest.mark.parametrize(("samples", "test_samples"), [(1437, 360), (300, 100), (10, 10)])
def test_both_sides_have_the_digits_of_the_whole(samples, test_samples):
    """Each digit has about a tenth of both parts, as it has of the whole."""
    data = digits(samples=samples, test_samples=test_samples)
    for classes, count in ((data.train_classes, samples), (data.test_classes, test_samples)):
        each = np.bincount(classes, minlength=10)
        assert each.sum() == count
        assert np.abs(each - count / 10).max() <= 1 + 0.04 * count / 10


def test_the_seed_decides_the_split():
    """A seed gives the same split, another seed another; NumPy's global state is unchanged."""
    before = np.random.get_state()[1].tolist()  # noqa: NPY002  the state in question
    first, again, other = (digits(seed=seed) for seed in (3, 3, 4))
    assert np.array_equal(first.x_train, again.x_train)
    assert np.array_equal(first.y_test, again.y_test)
    assert not np.array_equal(first.x_train, other.x_train)
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"samples": 1438},
            (
                "samples must be an integer from 10 to 1437; received samples=1438. "
                "There are 1797 images, and test_samples=360."
            ),
        ),
        (
            {"samples": 9, "test_samples": 1000},
            (
                "samples must be an integer from 10 to 797; received samples=9. "
                "There are 1797 images, and test_samples=1000."
            ),
        ),
        (
            {"test_samples": 1788},
            "test_samples must be an integer from 10 to 1787; received test_samples=1788.",
        ),
        (
            {"labels": "one-hot"},
            (
                "labels must be 'one_hot' or 'integer'; received labels='one-hot'. "
                "Did you mean 'one_hot'?"
            ),
        ),
        (
            {"seed": -1},
            "seed must be an integer from 0 to 4294967295; received seed=-1.",
        ),
    ],
)
def test_a_wrong_argument_is_named(arguments, message):
    """Each wrong argument gives its whole message."""
    with pytest.raises(ArgumentError, match=rf"\A{re.escape(message)}\Z"):
        digits(**arguments)


def test_without_scikit_learn_the_command_is_named(monkeypatch):
    """Without scikit-learn, the error names the command that installs it."""
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(MissingDependencyError) as caught:
        digits()
    assert str(caught.value) == (
        "sklearn must be installed for this; it was not found. Run: pip install 'kerasbook[data]'"
    )
