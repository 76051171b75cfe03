"""`replaced_folder`: whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from kerasbook.errors import ArgumentError
from kerasbook.tour.folder import replaced_folder


def test_new_folder_holds_what_was_written(tmp_path):
    """What is written in the block is what the folder holds, and nothing is left beside it."""
    with replaced_folder(tmp_path / "out") as folder:
        (folder / "metrics.json").write_text("{}")
        assert not (tmp_path / "out").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out" / "metrics.json").read_text() == "{}"


def test_earlier_result_is_replaced_whole(tmp_path):
    """Nothing of the earlier result is left in the new one."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "metrics.json").write_text("old")
    (out / "stale.svg").write_text("old")
    with replaced_folder(out) as folder:
        (folder / "metrics.json").write_text("new")
    assert {path.name: path.read_text() for path in out.iterdir()} == {"metrics.json": "new"}


def test_failure_leaves_the_earlier_result(tmp_path):
    """An error in the block, Ctrl-C included, leaves the earlier result untouched."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "metrics.json").write_text("old")

    def write_half():
        with replaced_folder(out) as folder:
            (folder / "metrics.json").write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert (out / "metrics.json").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_failed_swap_brings_the_earlier_result_back(tmp_path, monkeypatch):
    """If the new folder cannot be moved into place, the earlier one returns."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "metrics.json").write_text("old")
    rename = Path.rename

    def refuse_the_new(self, target):
        if self.name == "new":
            raise OSError("no space")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse_the_new)
    with pytest.raises(OSError, match="no space"), replaced_folder(out):
        pass
    assert (out / "metrics.json").read_text() == "old"


def test_somebody_elses_folder_is_refused(tmp_path):
    """A folder with other files is never replaced."""
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(ArgumentError) as caught, replaced_folder(tmp_path):
        pass
    assert str(caught.value) == (
        "out must be a new folder, an empty one, or an earlier result (with metrics.json); "
        f"received out={str(tmp_path)!r}. Name another folder; this one holds other files."
    )
    assert (tmp_path / "thesis.tex").read_text() == "years of work"
