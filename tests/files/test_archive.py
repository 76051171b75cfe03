"""A `.keras` archive or folder gives its texts, and nothing else of it is touched."""

from __future__ import annotations

import json
import struct
import zipfile
from pathlib import Path

import pytest
from fixtures.configs import dense_config
from fixtures.hostile_archives import archive
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasbook.errors import SourceError
from kerasbook.files.archive import Archive, read_archive, read_folder
from kerasbook.files.disk import BoundedFile

OLD = Path(__file__).parents[1] / "fixtures" / "old"
END = b"PK\x05\x06"  # how the last record of an archive begins
SAVE = "Save the model with model.save('model.keras')."


def read(path):
    """What is read of an archive."""
    with BoundedFile(path) as file:
        return read_archive(file)


def refusal(path, reader=read):
    """The message about a path, its name written as FILE."""
    with pytest.raises(SourceError) as caught:
        reader(path)
    return str(caught.value).replace(repr(str(path)), "FILE")


@pytest.mark.parametrize("path", sorted(OLD.glob("*.keras")), ids=lambda path: path.stem)
def test_the_texts_are_those_that_zipfile_unpacks(path):
    """Python's own reader, without bounds, finds the same in every Keras's files."""
    with zipfile.ZipFile(path) as file:
        expected = Archive(
            file.read("config.json"),
            file.read("metadata.json"),
            file.getinfo("model.weights.h5").file_size,
        )
    assert read(path) == expected


@settings(max_examples=50)
@given(
    config=st.binary(max_size=5000),
    metadata=st.none() | st.binary(max_size=100),
    weights=st.none() | st.integers(0, 3000),
    suffix=st.sampled_from(["h5", "npz"]),
    method=st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
    comment=st.binary(max_size=100).filter(lambda comment: END not in comment),
)
def test_every_archive_of_this_layout_is_read(tmp_path_factory, **given_values):
    """Stored or deflated, with or without metadata, weights and a comment."""
    config, metadata = given_values["config"], given_values["metadata"]
    path = tmp_path_factory.mktemp("archive") / "model.keras"
    with zipfile.ZipFile(path, "w", given_values["method"]) as file:
        if metadata is not None:
            file.writestr("metadata.json", metadata)
        file.writestr("config.json", config)
        if given_values["weights"] is not None:
            file.writestr(f"model.weights.{given_values['suffix']}", bytes(given_values["weights"]))
        file.writestr("assets/lookup/vocabulary.txt", "a\nb\n")
        file.comment = given_values["comment"]
    assert read(path) == Archive(config, metadata, given_values["weights"])


def test_a_comment_that_looks_like_the_end_is_refused(tmp_path):
    """Python's own reader takes it for the directory, and refuses the file as well."""
    path = archive(tmp_path / "model.keras", {})
    with zipfile.ZipFile(path, "a") as file:
        file.comment = END
    assert not zipfile.is_zipfile(path)
    assert refusal(path) == (
        "FILE must be a whole zip archive; received one that ends before its directory: it is "
        "truncated. Copy or save the file again."
    )


def test_an_archive_on_several_disks_is_refused(tmp_path):
    """Python's reader raises where it is asked whether that is an archive at all."""
    path = tmp_path / "disks.keras"
    archive(path, {})
    before, end = path.read_bytes().split(END)
    size, start = struct.unpack_from("<II", end, 8)
    record = b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, 1, 1, size, start)
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, len(before), 2)
    path.write_bytes(before + record + locator + END + end)
    assert refusal(path) == (
        "FILE must be a whole zip archive; received a damaged one (zipfiles that span multiple "
        "disks are not supported). Copy or save the file again."
    )


def test_a_text_larger_than_a_piece_is_read_whole(tmp_path):
    """Texts come in pieces of a quarter of a mebibyte."""
    names = [f"dense_{number}" for number in range(100_000)]
    path = archive(tmp_path / "large.keras", {"names": names})
    assert json.loads(read(path).config) == {"names": names}


def test_a_folder_is_read_like_an_archive(tmp_path):
    """`zipped=False` writes the members as files."""
    path = archive(tmp_path / "model.keras", dense_config())
    folder = tmp_path / "folder"
    with zipfile.ZipFile(path) as file:
        file.extractall(folder)
    (folder / "model.weights.h5").write_bytes(bytes(77))
    assert read_folder(folder) == Archive(read(path).config, read(path).metadata, 77)
    (folder / "metadata.json").unlink()
    (folder / "model.weights.h5").unlink()
    assert read_folder(folder) == Archive(read(path).config, None, None)


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (["a.txt"], "a zip archive without config.json"),
        ([], "a zip archive without config.json"),
        (["net/data.pkl"], "a PyTorch file"),
        (["x.npy"], "a NumPy archive"),
        (["net/saved_model.pb"], "a zipped TensorFlow SavedModel"),
        (["word/document.xml", "[Content_Types].xml"], "an office document"),
        (["META-INF/MANIFEST.MF"], "a Java archive"),
    ],
)
def test_a_foreign_archive_is_named(tmp_path, names, kind):
    """Other programs write zip archives too: what it is and what to do is said."""
    path = zip_of(tmp_path / "foreign.keras", names)
    assert refusal(path) == f"FILE must be a model that Keras saved; received {kind}. {SAVE}"


def test_an_archive_of_a_folder_is_told_how_to_be_right(tmp_path):
    """Whoever zips the folder gets its name in front of every member's."""
    path = zip_of(tmp_path / "folder.keras", ["net/config.json", "net/model.weights.h5"])
    assert refusal(path) == (
        "FILE must have config.json at its top; received 'net/config.json'. "
        "Zip what is in the folder, not the folder."
    )


def zip_of(path, names):
    """An archive of members with these names."""
    with zipfile.ZipFile(path, "w") as file:
        for name in names:
            file.writestr(name, b"{}")
    return path


def test_a_foreign_folder_is_named(tmp_path):
    """A folder without a model, and one that TensorFlow wrote."""
    assert refusal(tmp_path, read_folder) == (
        "FILE must be a model that Keras saved; received a folder without config.json. "
        "Give the path of a file."
    )
    (tmp_path / "saved_model.pb").touch()
    assert refusal(tmp_path, read_folder) == (
        "FILE must be a model that Keras saved; received the folder of a TensorFlow SavedModel. "
        f"Load it with TensorFlow and Keras 2. {SAVE}"
    )


def test_every_cut_is_refused(tmp_path):
    """An archive that ends early is refused wherever it ends: the zip directory is at its end."""
    whole = archive(tmp_path / "whole.keras", dense_config()).read_bytes()
    path = tmp_path / "cut.keras"
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert refusal(path) == (
            "FILE must be a whole zip archive; received one that ends before its directory: it is "
            "truncated. Copy or save the file again."
        )


def test_a_text_packed_more_tightly_than_keras_texts_is_refused(tmp_path):
    """Up to 8 MiB may be packed at will; beyond, 100 to 1."""
    path = tmp_path / "tight.keras"

    def outcome(size):
        """Whether a text of this size, packed as tightly as zlib can, is read; and its bound."""
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr("config.json", bytes(size))
            bound = 8 * 2**20 + 100 * file.getinfo("config.json").compress_size
        try:
            return len(read(path).config) == size, size <= bound
        except SourceError as error:
            assert "must unpack to at most" in str(error)  # noqa: PT017  one of two ways out
            return False, size <= bound

    assert outcome(8 * 2**20) == outcome(int(8.5 * 2**20)) == (True, True)
    assert outcome(10 * 2**20) == outcome(100 * 2**20) == (False, False)


def test_large_metadata_is_refused(tmp_path):
    """Keras writes sixty bytes; 64 KiB are allowed."""
    path = tmp_path / "metadata.keras"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("config.json", b"{}")
        file.writestr("metadata.json", bytes(2**16 + 1))
    assert refusal(path) == (
        "metadata.json in FILE must unpack to at most 64 KiB; received 64 KiB packed into 64 KiB. "
        "Keras writes no such file: do not load it, and ask where it comes from."
    )
