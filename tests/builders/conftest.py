"""Fixtures of the builders' tests; Keras is imported when the first test asks for it."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def keras():
    """The Keras module, on the backend that the environment names."""
    import keras  # noqa: PLC0415  the fast tests collect this file without Keras

    return keras


@pytest.fixture
def no_keras(monkeypatch):
    """For one test, importing Keras fails."""
    monkeypatch.setitem(__import__("sys").modules, "keras", None)


@pytest.fixture
def half_precision(keras):
    """Mixed precision for one test."""
    before = keras.config.dtype_policy()
    keras.mixed_precision.set_global_policy("mixed_float16")
    yield
    keras.mixed_precision.set_global_policy(before)
