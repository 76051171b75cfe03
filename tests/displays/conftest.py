"""Displays to hold to what all of them promise."""

from __future__ import annotations

import pytest
from display_samples import SAMPLES


@pytest.fixture(params=SAMPLES)
def display(request):
    """One display of each kind, not yet drawn."""
    return SAMPLES[request.param]()
