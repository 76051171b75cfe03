"""Points on y = 2x − 1."""

from __future__ import annotations

import re

import numpy as np
import pytest

from kerasbook.datasets import line
from kerasbook.errors import ArgumentError


def test_the_default_is_the_article_s_six_points():
    """The training points lie at x = −1 to 4, the test points outside, all on the line."""
    data = line()
    assert data.x_train.tolist() == [[-1], [0], [1], [2], [3], [4]]
    assert data.y_train.tolist() == [[-3], [-1], [1], [3], [5], [7]]
    assert data.x_test.tolist() == [[5], [10]]
    assert data.y_test.tolist() == [[9], [19]]
    arrays = (data.x_train, data.y_train, data.x_test, data.y_test)
    assert {array.dtype for array in arrays} == {np.dtype("float32")}
    assert data.class_names == ()
    assert data.num_classes == 0
    assert data.labels is None
    assert data.input_shape == (1,)
    assert data.source == "computed: y = 2x − 1"
    assert data.licence == "none needed"


@pytest.mark.parametrize("samples", [2, 11, 1000])
def test_more_points_fill_the_same_range(samples):
    """Any number of points is evenly spaced from −1 to 4 and on the line."""
    data = line(samples=samples)
    x = data.x_train[:, 0]
    assert x.shape == (samples,)
    assert (x[0], x[-1]) == (-1, 4)
    assert np.ptp(np.diff(x)) < 1e-5
    np.testing.assert_allclose(data.y_train, 2 * data.x_train - 1, atol=1e-6)


def test_noise_has_its_standard_deviation_and_spares_the_test():
    """The errors of 20,000 points have mean 0 and the given deviation, within 4 standard errors."""
    data = line(samples=20_000, noise=0.5)
    errors = data.y_train - (2 * data.x_train - 1)
    assert abs(errors.mean()) < 4 * 0.5 / np.sqrt(20_000)
    assert abs(errors.std() - 0.5) < 4 * 0.5 / np.sqrt(40_000)
    assert data.y_test.tolist() == [[9], [19]]


def test_the_seed_decides_the_noise_and_the_global_state_does_not():
    """A seed gives the same noise, another seed another; NumPy's global state is unchanged."""
    before = np.random.get_state()[1].tolist()  # noqa: NPY002  the state in question
    first, again, other = (line(noise=1.0, seed=seed).y_train for seed in (3, 3, 4))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"samples": 1},
            (
                "samples must be an integer of at least 2; received samples=1. "
                "One point lies on many lines."
            ),
        ),
        (
            {"samples": True},
            (
                "samples must be an integer of at least 2; received samples=True. "
                "One point lies on many lines."
            ),
        ),
        ({"noise": -0.1}, "noise must be a number of at least 0; received noise=-0.1."),
        ({"noise": "0"}, "noise must be a number of at least 0; received noise='0'."),
        ({"seed": -1}, "seed must be an integer of at least 0; received seed=-1."),
        ({"seed": 1.0}, "seed must be an integer of at least 0; received seed=1.0."),
    ],
)
def test_a_wrong_argument_is_named(arguments, message):
    """Each wrong argument gives its whole message."""
    with pytest.raises(ArgumentError, match=rf"\A{re.escape(message)}\Z"):
        line(**arguments)
