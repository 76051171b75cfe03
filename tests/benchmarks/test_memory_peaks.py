"""The report's memory against what a backend takes, within the bounds of what was measured."""

from __future__ import annotations

import pytest

keras = pytest.importorskip("keras")

pytestmark = pytest.mark.keras

# By backend and mode: the most that the report says too little and too much, as a share.
BOUNDS = {
    "torch": {
        "all trained": (0.55, 0.30),  # a loss over 5,000 words computes several copies of them
        "half frozen": (0.55, 0.30),
        "inference": (0.35, 0.30),
    },
    "jax": {
        "all trained": (0.50, 0.60),
        "half frozen": (0.50, 1.30),
        "inference": (0.45, 2.20),
    },
}
_QUICK = ("dense layers", "language model")


def _cases():
    from memory_networks import MODES, NETWORKS  # noqa: PLC0415  loads a backend

    for name in NETWORKS:
        marks = () if name in _QUICK else (pytest.mark.slow,)
        for mode in MODES:
            yield pytest.param(name, mode, id=f"{name}, {mode}", marks=marks)


@pytest.mark.skipif(keras.backend.backend() not in BOUNDS, reason="nothing can be measured there")
@pytest.mark.parametrize(("name", "mode"), list(_cases()))
def test_memory_is_near_what_is_measured(name, mode):
    """Too little or too much by no more than the table in the documentation shows."""
    from memory_peaks import measured  # noqa: PLC0415  likewise

    less, more = BOUNDS[keras.backend.backend()][mode]
    found = measured(name, mode)
    assert -less <= found.error <= more
    if found.saved_error is not None:
        assert -0.5 <= found.saved_error <= 0.2
