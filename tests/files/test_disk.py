"""A file on disk gives little at a time, and every message names it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasbook.errors import ArgumentError, SourceError
from kerasbook.files.disk import BoundedFile, file_path, open_file

COPY = "Copy or save the file again."


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """A file of three mebibytes in which no two places look alike."""
    path = tmp_path_factory.mktemp("disk") / "sample.bin"
    path.write_bytes(b"".join(i.to_bytes(4, "little") for i in range(3 * 2**18)))
    return path


@given(offset=st.integers(0, 3 * 2**20), size=st.integers(0, 3 * 2**20))
def test_what_lies_inside_is_read(sample, offset, size):
    """Any piece inside the file is read as it is, any other is refused."""
    content = sample.read_bytes()
    with BoundedFile(sample) as file:
        if offset + size <= len(content):
            assert file.read_at(offset, size) == content[offset : offset + size]
        else:
            with pytest.raises(SourceError) as caught:
                file.read_at(offset, size)
            assert str(caught.value) == (
                f"{str(sample)!r} must hold what it refers to; received a reference to bytes "
                f"{offset} to {offset + size} of {len(content)}. {COPY}"
            )


@pytest.mark.parametrize(("offset", "size"), [(-1, 1), (5, -1), (-5, 3)])
def test_negative_places_are_refused(sample, offset, size):
    """What counts from the end or backwards in Python is a damaged file here."""
    with BoundedFile(sample) as file, pytest.raises(SourceError, match="a reference to bytes"):
        file.read_at(offset, size)


@pytest.mark.parametrize("size", [-1, None, 2**20 + 1])
def test_bulk_is_refused(sample, size):
    """Whoever reads more than a mebibyte at once is stopped."""
    with BoundedFile(sample) as file, pytest.raises(SourceError) as caught:
        file.read(size)
    received = "1 MiB" if size and size > 0 else "3 MiB"
    message = (
        f"{str(sample)!r} must have tables of at most 1 MiB; received one of {received}. {COPY}"
    )
    assert str(caught.value) == message


def test_the_rest_of_a_small_file_is_read(tmp_path):
    """`read()` without a size works as usual where little is left."""
    path = tmp_path / "small"
    path.write_bytes(b"abc")
    with BoundedFile(path) as file:
        file.seek(1)
        assert (file.read(), file.read_text(), file.size_bytes) == (b"bc", b"abc", 3)


def test_a_text_too_large_is_refused_unread(sample, monkeypatch):
    """The size on disk decides, before a byte is read."""
    monkeypatch.setattr("kerasbook.files.disk.MAX_TEXT_BYTES", 2**20)
    with BoundedFile(sample) as file, pytest.raises(SourceError) as caught:
        file.read_text()
    assert str(caught.value) == (
        f"{str(sample)!r} must be a text of at most 1 MiB; received one of 3 MiB. "
        "Save the model again with model.save('model.keras')."
    )


@pytest.mark.parametrize("path", [3, None, b"model.keras", "", "a\0b", True, ["a"]])
def test_what_is_no_path_is_an_argument_error(path):
    """A wrong argument is told from a wrong file."""
    with pytest.raises(ArgumentError) as caught:
        file_path(path)
    shown = path if not isinstance(path, list) else tuple(path)
    message = f"path must be a path, as a str or os.PathLike[str]; received path={shown!r}."
    assert str(caught.value) == message


def test_a_path_may_be_a_string_or_pathlike(tmp_path):
    """Strings and everything with `__fspath__` are paths."""
    assert file_path(str(tmp_path)) == file_path(tmp_path) == str(tmp_path)


def refusal(path):
    """What is said about a path that cannot be opened."""
    with pytest.raises(SourceError) as caught:
        open_file(Path(path))
    shown = repr(str(path))
    start, end = f"{shown} must be a file that can be read; received ", ". Check the path."
    message = str(caught.value)
    assert message.startswith(start)
    assert message.endswith(end)
    return message[len(start) : -len(end)]


def test_what_cannot_be_opened_is_said(tmp_path):
    """Missing files, devices and the system's own refusals are each named."""
    assert refusal(tmp_path / "missing") == "no file of this name"
    assert refusal("/dev/null" if os.name == "posix" else "NUL") == "a device, pipe or socket"
    assert refusal(tmp_path / ("x" * 300)) == "the system's answer 'File name too long'"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path):
    """To open a pipe is to wait for a writer, perhaps forever."""
    os.mkfifo(tmp_path / "pipe.keras")
    assert refusal(tmp_path / "pipe.keras") == "a device, pipe or socket"
