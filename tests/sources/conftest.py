"""The oracles, imported where a test asks for them: the fast tests run without them."""

from __future__ import annotations

from importlib import import_module

import pytest


@pytest.fixture(scope="session")
def keras():
    """Keras itself."""
    return import_module("keras")


@pytest.fixture(scope="session")
def h5py():
    """The HDF5 library's own reader and writer, which Keras brings."""
    return import_module("h5py")
