"""The file of a state: what is written comes back, and no half of it is ever read."""

from __future__ import annotations

import os

import numpy as np
import pytest

from kerasbook.errors import SourceError
from kerasbook.training._container import previous, read, write

ARRAYS = [np.arange(6, dtype="float32").reshape(2, 3), np.array(True), np.zeros((0, 4), "int64")]  # noqa: FBT003  the value is the point


def test_what_is_written_comes_back(tmp_path):
    """Values and arrays of every shape, the empty one too."""
    path = tmp_path / "state"
    write(path, {"epoch": 3, "loss": 0.1, "none": None, "infinite": float("inf")}, ARRAYS)
    saved = read(path)
    assert saved.header == {"epoch": 3, "loss": 0.1, "none": None, "infinite": float("inf")}
    for got, given in zip(saved.arrays, ARRAYS, strict=True):
        assert got.dtype == given.dtype
        assert got.shape == given.shape
        assert np.array_equal(got, given)


def test_short_floats_come_back(tmp_path):
    """A type that NumPy itself does not have."""
    ml_dtypes = pytest.importorskip("ml_dtypes")
    given = np.array([1.5, -2.0], ml_dtypes.bfloat16)
    write(tmp_path / "state", {}, [given])
    (got,) = read(tmp_path / "state").arrays
    assert got.dtype == given.dtype
    assert got.tolist() == [1.5, -2.0]


def test_every_single_changed_byte_is_noticed(tmp_path):
    """Wherever the damage is, and wherever the file ends."""
    path = tmp_path / "state"
    write(path, {"epoch": 1}, [np.arange(3, dtype="uint8")])
    good = path.read_bytes()
    for place in range(len(good)):
        path.write_bytes(good[:place] + bytes([good[place] ^ 255]) + good[place + 1 :])
        with pytest.raises(SourceError):
            read(path)
        path.write_bytes(good[:place])
        with pytest.raises(SourceError):
            read(path)


def test_the_one_before_is_kept(tmp_path):
    """Always the last two, and nothing else is left behind."""
    path = tmp_path / "state"
    for epoch in range(3):
        write(path, {"epoch": epoch}, [])
    assert read(path).header == {"epoch": 2}
    assert read(previous(path)).header == {"epoch": 1}
    assert sorted(each.name for each in tmp_path.iterdir()) == ["state", "state.previous"]


@pytest.mark.parametrize("call", ["fsync", "write"])
def test_a_failed_write_leaves_all_as_it_was(tmp_path, monkeypatch, call):
    """Whether the disk is full at the first byte or the last."""
    path = tmp_path / "state"
    for epoch in range(2):
        write(path, {"epoch": epoch}, [])

    class Full:
        def __getattr__(self, name):
            raise OSError(28, "No space left on device")

    def fail(handle):
        del handle
        raise OSError(28, "No space left on device")

    header = {"epoch": 2}
    if call == "fsync":
        monkeypatch.setattr(os, "fsync", fail)
    arrays = [Full()] if call == "write" else []
    with pytest.raises(OSError, match="No space left"):
        write(path, header, arrays)
    assert read(path).header == {"epoch": 1}
    assert read(previous(path)).header == {"epoch": 0}
    assert sorted(each.name for each in tmp_path.iterdir()) == ["state", "state.previous"]
