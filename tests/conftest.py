"""What every test shares: marks for the doctests of modules that need Keras or the data sets."""

from __future__ import annotations

import gc
import os
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import hypothesis
import pytest

# The machine may be busy; what hangs is named by pytest-timeout.
hypothesis.settings.register_profile("kerasbook", deadline=None)
hypothesis.settings.load_profile("kerasbook")

# Doctests carry no marks of their own; these modules need more than the standard library.
NEEDS_KERAS = (
    "book",
    "builders",
    "diagrams",
    "displays",
    "drawing",
    "filters",
    "live",
    "live_config",
    "live_inputs",
    "live_layers",
    "planning",
    "tour",
    "tracing",
    "training",
)
NEEDS_DATA = ("datasets", "tour", "book")
# Chapters that train for a minute, or hand models to other libraries, run where the site is built.
ON_TENSORFLOW = ("comparison", "your_own_model")

# Keras counts, shapes and stores alike on every backend: these run on the fastest, PyTorch's.
ON_ANY_BACKEND = (
    "arithmetic",
    "book",
    "calculators",
    "files",
    "graph",
    "quantization",
    "rules",
    "safety",
    "test_applications",
    "test_random_graphs",
    "test_receptive_fields",
)
# But for what holds texts, which Keras builds with TensorFlow alone.
ON_EACH_BACKEND = ("test_good_files", "test_loaded_models", "test_preprocessing", "test_sweep")

# The fast tests run where there is no NumPy: what computes with it is not there then.
collect_ignore = [
    path
    for path in Path(__file__).parent.rglob("test_*.py")
    if find_spec("numpy") is None and "\nimport numpy" in path.read_text(encoding="utf-8")
]
# So are the tests of the site where there is no browser to drive.
if find_spec("playwright") is None:
    collect_ignore.append(Path(__file__).with_name("site"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by their place, and the doctests of modules that need more than Python's own."""
    for item in items:
        parts = Path(item.path).with_suffix("").parts
        if any(name in parts for name in ON_ANY_BACKEND) and parts[-1] not in ON_EACH_BACKEND:
            item.add_marker(pytest.mark.any_backend)
        if not isinstance(item, pytest.DoctestItem):
            continue
        if any(name in parts for name in NEEDS_KERAS):
            item.add_marker(pytest.mark.keras)
        if any(name in parts for name in NEEDS_DATA):
            item.add_marker(pytest.mark.data)
        elsewhere = os.environ.get("KERAS_BACKEND", "tensorflow") != "tensorflow"
        if elsewhere and "book" in parts and parts[-1] in ON_TENSORFLOW:
            item.add_marker(pytest.mark.skip(reason="this chapter runs where the site is built"))


def pytest_collection_finish() -> None:
    """Let no test's garbage be searched for among all that was imported.

    Keras collects at each weight that it deletes, and that took most of the time of many tests.
    """
    gc.freeze()


@pytest.fixture(scope="session")
def keras():
    """Keras itself, imported where a test asks for it: the fast tests run without it."""
    return import_module("keras")


@pytest.fixture(scope="session")
def h5py():
    """The HDF5 library's own reader and writer, which Keras brings."""
    return import_module("h5py")
