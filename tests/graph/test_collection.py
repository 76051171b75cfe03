from __future__ import annotations

import gc

import pytest

from kerasbook.graph import paused_collection


@pytest.fixture(autouse=True)
def _restored():
    """Whatever a test does, the collector is as it was."""
    enabled = gc.isenabled()
    yield
    (gc.enable if enabled else gc.disable)()


@pytest.mark.parametrize("enabled", [True, False])
def test_the_collector_is_paused_and_left_as_it_was(enabled):
    """On stays on, off stays off."""
    (gc.enable if enabled else gc.disable)()
    with paused_collection():
        assert not gc.isenabled()
    assert gc.isenabled() is enabled


def test_an_error_leaves_it_as_it_was():
    """What fails inside does not switch it off for good."""
    gc.enable()
    with pytest.raises(KeyError), paused_collection():
        raise KeyError
    assert gc.isenabled()
