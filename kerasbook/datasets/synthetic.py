"""Computed data: points on a line."""

from __future__ import annotations

import numpy as np

from kerasbook import checks
from kerasbook.datasets.dataset import Dataset

__all__ = ["line"]


def line(*, samples: int = 6, noise: float = 0.0, seed: int = 0) -> Dataset:
    """Points on the line y = 2x − 1, each input and output an array of shape (samples, 1).

    The test points lie outside the training range, at x = 5 and x = 10: a network that has learnt
    the line predicts them, one that has only memorised its points does not.

    Args:
        samples: points to train on, evenly spaced from x = −1 to x = 4; at least 2.
        noise: standard deviation of the normal error added to each training y; at least 0.
        seed: seed of the noise.

    Returns:
        A data set without classes; `y_test` is the truth, without noise.

    Raises:
        ArgumentError: an argument is out of its range.

    Examples:
        >>> data = line()
        >>> data.x_train.ravel()
        array([-1.,  0.,  1.,  2.,  3.,  4.], dtype=float32)
        >>> data.y_train.ravel()
        array([-3., -1.,  1.,  3.,  5.,  7.], dtype=float32)
        >>> data.x_test.ravel(), data.y_test.ravel()
        (array([ 5., 10.], dtype=float32), array([ 9., 19.], dtype=float32))
        >>> line(samples=1)
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: samples must be an integer of at least 2;
            received samples=1. One point lies on many lines.
    """
    samples = checks.integer("samples", samples, minimum=2, mend="One point lies on many lines.")
    noise = checks.real_number("noise", noise, minimum=0)
    seed = checks.integer("seed", seed, minimum=0)
    x_train = np.linspace(-1.0, 4.0, samples).reshape(-1, 1)  # (samples,) → (samples, 1)
    errors = np.random.default_rng(seed).normal(scale=noise, size=x_train.shape)
    x_test = np.array([[5.0], [10.0]])
    return Dataset(
        x_train=x_train.astype(np.float32),
        y_train=(_truth(x_train) + errors).astype(np.float32),
        x_test=x_test.astype(np.float32),
        y_test=_truth(x_test).astype(np.float32),
        class_names=(),
        source="computed: y = 2x − 1",
        licence="none needed",
    )


def _truth(x: np.ndarray) -> np.ndarray:
    return 2.0 * x - 1.0
