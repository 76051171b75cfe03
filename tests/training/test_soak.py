"""A long training that is saved after every batch: nothing grows with its length."""

from __future__ import annotations

import gc
import os
import statistics
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.keras, pytest.mark.slow]

EPOCHS = 200
MOST_GROWTH = 2**23  # bytes; each epoch writes the state seven times


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, which is Linux's")
def test_two_hundred_epochs_grow_nothing(keras, run, tmp_path):
    """Memory and open files are at the end what they were in the middle; so is the folder."""
    resident, files = [], []

    class Watch(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            del epoch, logs
            gc.collect()
            pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
            resident.append(pages * os.sysconf("SC_PAGE_SIZE"))
            files.append(len(list(Path("/proc/self/fd").iterdir())))

    _, history = run(tmp_path / "run.state", epochs=EPOCHS, also=[Watch()])
    assert len(history.epoch) == EPOCHS
    middle, end = resident[EPOCHS // 2 :][:20], resident[-20:]
    assert statistics.median(end) - statistics.median(middle) < MOST_GROWTH
    # One more where a write is under way in its thread, which happens more on a busy machine.
    assert max(files[-20:]) <= max(files[: EPOCHS // 2]) + 1
    assert {path.name for path in tmp_path.iterdir()} <= {
        "run.state",
        "run.state.lock",
        "run.state.previous",
    }
