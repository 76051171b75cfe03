"""CIFAR-10 from archives, folders and Keras: the right pixels, or one clear error."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import pickle
import re
import socket
import struct
import tarfile
import threading
import time
import tracemalloc
import warnings
import zipfile
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import cifar_files
import numpy as np
import pytest

from kerasbook.datasets import cifar, cifar10, cifar_archive
from kerasbook.datasets.cifar_batch import binary_batch, python_batch
from kerasbook.errors import ArgumentError, KerasbookError, SourceError

MEND = (
    "Get cifar-10-python.tar.gz from https://www.cs.toronto.edu/~kriz/cifar.html and pass its path."
)
WRITERS = {
    "python 2": cifar_files.python2_pickle,
    **{
        f"python 3, protocol {protocol}": partial(cifar_files.python3_pickle, protocol=protocol)
        for protocol in (2, 3, 4, 5)
    },
    "binary": cifar_files.binary,
}


def _files(kind="python 2", **options):
    suffix = ".bin" if kind == "binary" else ""
    return cifar_files.members(WRITERS[kind], suffix=suffix, **options)


def _error(path, **options):
    """The reason in the message, without the parts that all messages share."""
    with pytest.raises(SourceError) as caught:
        cifar10(path=path, **{"checksum": "skip", **options})
    start, end = f"cannot read {path.name!r}: ", f". {MEND}"
    message = str(caught.value)
    assert message.startswith(start)
    assert message.endswith(end)
    return message[len(start) : -len(end)]


class TestReading:
    """All formats of the data set give the same arrays."""

    @pytest.mark.parametrize("kind", WRITERS)
    @pytest.mark.parametrize("mode", ["w:gz", "w"])
    def test_an_archive_gives_its_images_and_labels(self, tmp_path, kind, mode):
        """Pixels and classes equal what was written, pixel by pixel, packed or not."""
        path = cifar_files.archive(tmp_path / "small.tar.gz", _files(kind), mode=mode)
        data = cifar10(path=path, checksum="skip", labels="integer")
        (x_train, y_train), (x_test, y_test) = cifar_files.expected()
        assert np.array_equal(data.x_train, x_train)
        assert np.array_equal(data.x_test, x_test)
        assert data.y_train.tolist() == y_train.tolist()
        assert data.y_test.tolist() == y_test.tolist()
        assert data.x_train.dtype == data.x_test.dtype == np.float32

    @pytest.mark.parametrize("kind", ["python 2", "binary"])
    @pytest.mark.parametrize("inner", ["", "cifar-10-batches-py", "cifar-10-batches-bin"])
    def test_a_folder_gives_the_same(self, tmp_path, kind, inner):
        """The folder of the unpacked archive can be read, and the folder that contains it."""
        (tmp_path / inner).mkdir(exist_ok=True)
        for name, content in _files(kind, folder=".").items():
            (tmp_path / inner / name).write_bytes(content)
        data = cifar10(path=str(tmp_path), checksum="skip")
        (x_train, y_train), (x_test, y_test) = cifar_files.expected()
        assert np.array_equal(data.x_train, x_train)
        assert np.array_equal(data.x_test, x_test)
        assert data.train_classes.tolist() == y_train.tolist()
        assert data.test_classes.tolist() == y_test.tolist()

    @pytest.mark.parametrize(
        "layout", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]
    )
    def test_any_order_and_layout_of_the_members_will_do(self, tmp_path, layout):
        """Members may come in any order and tar format; other files are ignored."""
        files = dict(reversed(_files().items()))
        files["cifar-10-batches-py/._data_batch_1"] = b"a Mac wrote this"
        if layout != tarfile.USTAR_FORMAT:
            files["long/" * 60 + "name"] = b"needs a header of its own"
        path = cifar_files.archive(tmp_path / "small.tar.gz", files, layout=layout)
        data = cifar10(path=path, checksum="skip")
        (x_train, _), (x_test, _) = cifar_files.expected()
        assert np.array_equal(data.x_train, x_train)
        assert np.array_equal(data.x_test, x_test)

    @pytest.mark.parametrize("size", [100, 4096])
    def test_a_folder_in_an_archive_has_no_content(self, tmp_path, size):
        """A size in the header of a folder is ignored, as no content follows it."""
        path = cifar_files.archive(tmp_path / "small.tar", _files(), mode="w")
        folder = cifar_files.header("cifar-10-batches-py", type=tarfile.DIRTYPE, size=size)
        path.write_bytes(folder + path.read_bytes())
        assert cifar10(path=path, checksum="skip").x_train.shape == (50, 32, 32, 3)

    def test_the_first_images_can_be_had_alone(self, tmp_path):
        """`samples` takes the first images of all batches in their order."""
        path = cifar_files.archive(tmp_path / "small.tar.gz", _files(count=7))
        whole = cifar10(path=path, checksum="skip")
        data = cifar10(path=path, checksum="skip", samples=17, test_samples=3)
        assert np.array_equal(data.x_train, whole.x_train[:17])
        assert np.array_equal(data.y_train, whole.y_train[:17])
        assert np.array_equal(data.x_test, whole.x_test[:3])
        assert np.array_equal(data.y_test, whole.y_test[:3])

    def test_it_says_what_it_is(self, tmp_path):
        """The data set has class names in the order of the labels, a source and a licence."""
        data = cifar10(path=cifar_files.archive(tmp_path / "a", _files()), checksum="skip")
        assert data.class_names == (
            *("airplane", "automobile", "bird", "cat", "deer"),
            *("dog", "frog", "horse", "ship", "truck"),
        )
        assert data.labels == "one_hot"
        assert data.source == (
            "CIFAR-10 by Krizhevsky, Nair and Hinton, https://www.cs.toronto.edu/~kriz/cifar.html"
        )
        assert data.licence == "none stated; cite Krizhevsky 2009"

    def test_arrays_stored_by_columns_are_read_so(self):
        """An array that NumPy pickled in Fortran order is read in that order."""
        rows, labels = cifar_files.images(4)
        by_columns = np.asfortranarray(rows)
        for protocol in (2, 4, 5):
            content = cifar_files.python3_pickle(by_columns, labels, protocol=protocol)
            assert np.array_equal(python_batch(content).rows, rows)

    def test_the_test_files_are_what_python_2_writes(self):
        """Python's own unpickler reads the same batch from the files of these tests."""
        rows, labels = cifar_files.images(5)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # numpy.core has a new name
            content = cifar_files.python2_pickle(rows, labels)
            batch = pickle.loads(content, encoding="bytes")  # noqa: S301  written one line above
        assert np.array_equal(batch[b"data"], rows)
        assert batch[b"labels"] == labels
        assert sorted(batch) == [b"batch_label", b"data", b"filenames", b"labels"]

    def test_nothing_is_written_to_disk(self, tmp_path, monkeypatch):
        """Reading an archive writes no file, neither beside it nor in the temporary folder."""
        path = cifar_files.archive(tmp_path / "small.tar.gz", _files())
        temporary = tmp_path / "temporary"
        temporary.mkdir()
        monkeypatch.setenv("TMPDIR", str(temporary))
        monkeypatch.chdir(tmp_path)
        cifar10(path=path, checksum="skip")
        assert sorted(tmp_path.rglob("*")) == [path, temporary]


class TestChecksum:
    """Only the published archives are read, unless `checksum="skip"`."""

    def test_another_archive_is_refused_with_its_checksum(self, tmp_path):
        """An archive with another checksum is refused; the message names the published archives."""
        path = cifar_files.archive(tmp_path / "small.tar.gz", _files())
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        assert _error(path, checksum="published") == (
            "it must be cifar-10-python.tar.gz or cifar-10-binary.tar.gz as published, but its "
            f"SHA-256 is {digest}: it is truncated, damaged or another file "
            "(pass checksum='skip' if you made it)"
        )

    def test_it_is_the_default_and_comes_before_anything_is_read(self, tmp_path):
        """By default the checksum is compared before anything else is read."""
        path = tmp_path / "evil.tar.gz"
        path.write_bytes(b"anything")
        with pytest.raises(SourceError, match="as published, but its SHA-256 is"):
            cifar10(path=path)

    def test_an_archive_of_a_known_checksum_is_read(self, tmp_path, monkeypatch):
        """A file is read if its checksum is one of the published ones."""
        path = cifar_files.archive(tmp_path / "small.tar.gz", _files())
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        monkeypatch.setitem(cifar_archive._PUBLISHED, digest, "small.tar.gz")
        assert cifar10(path=path).x_train.shape == (50, 32, 32, 3)

    def test_the_checksum_of_the_python_version_is_keras_s(self):
        """The SHA-256 of the Python version is the one in Keras's loader."""
        keras = Path(find_spec("keras").origin).parent  # its text needs no backend
        source = keras / "src" / "datasets" / "cifar10.py"
        (theirs,) = re.findall(r'"([0-9a-f]{64})"', source.read_text(encoding="utf-8"))
        assert cifar_archive._PUBLISHED[theirs] == "cifar-10-python.tar.gz"

    def test_a_folder_has_none(self, tmp_path):
        """A folder is read only with `checksum="skip"`."""
        assert _error(tmp_path, checksum="published") == (
            "a folder has no published checksum (pass checksum='skip' to trust it)"
        )


class TestDamage:
    """Truncated files, and files of other kinds."""

    @pytest.mark.parametrize("kind", ["python 2", "binary"])
    @pytest.mark.parametrize("share", [0.01, 0.3, 0.6, 0.9, 0.999])
    def test_a_truncated_download_is_noticed(self, tmp_path, kind, share):
        """A download that was cut anywhere is noticed by its missing end."""
        path = cifar_files.archive(tmp_path / "small.tar.gz", _files(kind))
        whole = path.read_bytes()
        path.write_bytes(whole[: int(share * len(whole))])
        assert _error(path) == ("Compressed file ended before the end-of-stream marker was reached")

    @pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
    def test_a_truncated_tar_is_noticed(self, tmp_path, share):
        """A tar archive that was cut ends within a batch or lacks the batches after it."""
        path = cifar_files.archive(tmp_path / "small.tar", _files(), mode="w")
        whole = path.read_bytes()
        path.write_bytes(whole[: int(share * len(whole))])
        assert re.fullmatch(r"it ends in the middle of \w+|it lacks .*", _error(path))

    def test_a_flipped_bit_is_noticed(self, tmp_path):
        """A changed bit is noticed, because the file is read up to gzip's checksum."""
        files = _files()
        path = tmp_path / "small.tar.gz"
        cifar_files.archive(path, files, mode="w")
        content = path.read_bytes()
        packed = bytearray(gzip.compress(content, compresslevel=0))  # stored as it is
        at = packed.index(files["cifar-10-batches-py/data_batch_3"][-2000:-1900])
        packed[at] ^= 1
        path.write_bytes(packed)
        assert re.fullmatch(r"CRC check failed 0x[0-9a-f]+ != 0x[0-9a-f]+", _error(path))

    def test_a_missing_batch_is_named(self, tmp_path):
        """All six batches are needed, and the message names the missing ones."""
        files = _files()
        del files["cifar-10-batches-py/data_batch_4"]
        del files["cifar-10-batches-py/test_batch"]
        assert _error(cifar_files.archive(tmp_path / "a.tar.gz", files)) == (
            "it lacks data_batch_4, test_batch; "
            "it holds 'cifar-10-batches-py', 'cifar-10-batches-py/batches.meta'"
        )

    def test_another_data_set_is_named_by_its_members(self, tmp_path):
        """For CIFAR-100, the message names the members that the archive contains."""
        names = ("meta", "test", "train")
        files = {f"cifar-100-python/{name}": b"content" for name in names}
        path = cifar_files.archive(tmp_path / "cifar-100-python.tar.gz", files)
        assert _error(path) == (
            "it lacks data_batch_1, data_batch_2, data_batch_3, data_batch_4, data_batch_5, "
            "test_batch; it holds 'cifar-10-batches-py', 'cifar-100-python/meta', "
            "'cifar-100-python/test', 'cifar-100-python/train'"
        )

    def test_files_of_other_kinds_are_no_tar(self, tmp_path):
        """A text, a zip archive and a compressed text are reported as no tar archive."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("data_batch_1", "x" * 1000)
        for name, content in {
            "page.html": b"<html>moved</html>" * 100,
            "archive.zip": buffer.getvalue(),
            "text.gz": gzip.compress(b"once upon a time " * 100),
        }.items():
            (tmp_path / name).write_bytes(content)
            assert re.fullmatch(
                r"it is no tar archive, or a damaged one \([a-z ]+\)", _error(tmp_path / name)
            )

    def test_an_empty_file_lacks_everything(self, tmp_path):
        """For an empty file or folder, the message names all six batches."""
        (tmp_path / "empty.tar.gz").touch()
        (tmp_path / "folder").mkdir()
        for name in ("empty.tar.gz", "folder"):
            assert _error(tmp_path / name) == (
                "it lacks data_batch_1, data_batch_2, data_batch_3, data_batch_4, data_batch_5, "
                "test_batch"
            )

    def test_a_folder_without_a_name_is_named_too(self, tmp_path, monkeypatch):
        """The message names the current folder, whose path has no name, by its dot."""
        monkeypatch.chdir(tmp_path)
        with pytest.raises(SourceError, match=r"\Acannot read '\.': it lacks data_batch_1, "):
            cifar10(path=".", checksum="skip")

    def test_what_is_not_there_cannot_be_read(self, tmp_path):
        """A wrong path is refused, and so is a pipe, from which reading might never end."""
        assert _error(tmp_path / "nowhere") == "there is no such file or folder"
        if hasattr(os, "mkfifo"):
            os.mkfifo(tmp_path / "pipe")
            assert _error(tmp_path / "pipe") == "there is no such file or folder"


class TestHostility:
    """Hostile archives: nothing is executed, nothing outside is read, memory is bounded."""

    def test_a_pickle_cannot_execute(self, tmp_path):
        """No function that a pickle names is called, in place of the array or anywhere else."""
        canary = tmp_path / "canary"

        class Touch:
            def __reduce__(self):
                return open, (str(canary), "w")

        rows, labels = cifar_files.images(3)
        for evil in (
            {b"data": Touch(), b"labels": labels},
            {b"data": rows, b"labels": labels, b"more": Touch()},
            [Touch()],
        ):
            for protocol in (2, 4):
                files = _files()
                content = pickle.dumps(evil, protocol)
                files["cifar-10-batches-py/data_batch_2"] = content
                path = cifar_files.archive(tmp_path / "evil.tar.gz", files)
                assert _error(path) == (
                    "in data_batch_2, it asks for io.open, which no plain data needs"
                )
                assert not canary.exists()
                folder = tmp_path / "folder"
                folder.mkdir(exist_ok=True)
                (folder / "data_batch_1").write_bytes(content)
                assert _error(folder) == (
                    "in data_batch_1, it asks for io.open, which no plain data needs"
                )
                assert not canary.exists()

    @pytest.mark.parametrize(
        "name", ["../data_batch_1", "a/../../b", "/etc/passwd", "/data_batch_1"]
    )
    def test_a_member_outside_its_folder_is_refused(self, tmp_path, name):
        """A member with a path outside its folder is refused, although nothing is unpacked."""
        path = tmp_path / "evil.tar"
        path.write_bytes(cifar_files.header(name, b"content"))
        assert _error(path) == f"it has a member outside its folder, {name!r}"

    @pytest.mark.parametrize(
        "kind",
        [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE],
    )
    def test_links_and_devices_are_refused(self, tmp_path, kind):
        """Links and devices are refused, because they could name any file of the machine."""
        path = tmp_path / "evil.tar"
        link = cifar_files.header("a/data_batch_1", type=kind, linkname="/etc/passwd")
        path.write_bytes(link + bytes(1024))
        assert _error(path) == "it has a member that is no file, 'a/data_batch_1'"

    def test_a_batch_comes_once(self, tmp_path):
        """An archive with two batches of one name, or of both formats, is refused as ambiguous."""
        files = {**_files(), **_files("binary", folder="b")}
        assert _error(cifar_files.archive(tmp_path / "a", files)) == "it holds data_batch_1 twice"
        files = {**_files(), **_files(folder="again")}
        assert _error(cifar_files.archive(tmp_path / "b", files)) == "it holds data_batch_1 twice"

    @pytest.mark.parametrize(
        "kind", [tarfile.REGTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.GNUTYPE_SPARSE]
    )
    def test_a_decompression_bomb_is_cut_short(self, tmp_path, monkeypatch, kind):
        """Content, a name or a header of any length is read in chunks, and only up to the limit."""
        monkeypatch.setattr(cifar_archive, "_MOST_BYTES", 20 * 2**20)
        nothing = bytes(2**20)
        for content_size in (10**12, 15 * 2**20):
            path = tmp_path / "bomb.tar.gz"
            info = tarfile.TarInfo("a/readme")
            info.size, info.type = content_size, kind
            with gzip.open(path, "wb", compresslevel=1) as file:
                file.write(info.tobuf(tarfile.GNU_FORMAT))
                for _ in range(15):
                    file.write(nothing)
                file.write(info.tobuf(tarfile.GNU_FORMAT))
                for _ in range(15):
                    file.write(nothing)
            assert path.stat().st_size < 200_000
            tracemalloc.start()
            reason = _error(path)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            assert reason == "it unpacks to more than 20,971,520 bytes"
            assert peak < 8 * 2**20

    def test_what_follows_the_archive_is_bounded_too(self, tmp_path, monkeypatch):
        """What follows the archive is read up to gzip's checksum, but not beyond the limit."""
        monkeypatch.setattr(cifar_archive, "_MOST_BYTES", 2 * 2**20)
        path = cifar_files.archive(tmp_path / "small.tar", _files(), mode="w")
        content = path.read_bytes() + bytes(300 * 2**20)
        path.write_bytes(gzip.compress(content, compresslevel=1))
        assert path.stat().st_size < 2 * 2**20
        assert _error(path) == "it unpacks to more than 2,097,152 bytes"

    def test_sizes_are_bounded(self, tmp_path, monkeypatch):
        """The file, each batch, the size in a header and the number of members are limited."""
        monkeypatch.setattr(cifar_archive, "_MOST_BATCH_BYTES", 1000)
        too_large = "data_batch_1 is larger than 1,000 bytes"
        assert _error(cifar_files.archive(tmp_path / "a", _files())) == too_large
        folder = tmp_path / "folder"
        folder.mkdir()
        (folder / "data_batch_1").write_bytes(bytes(1001))
        assert _error(folder) == too_large
        many = cifar_files.archive(tmp_path / "b", {f"file{n}": b"" for n in range(1001)})
        assert _error(many) == "it has more than 1,000 members"
        negative = bytearray(cifar_files.header("a"))
        negative[124:136] = b"\xff" * 12  # −1 in base 256
        negative[148:156] = b" " * 8
        negative[148:156] = b"%06o\0 " % sum(negative[:512])
        (tmp_path / "c").write_bytes(negative)
        assert _error(tmp_path / "c") == "it has a member of -1 bytes, 'a'"
        monkeypatch.setattr(cifar_archive, "_MOST_BYTES", 1000)
        assert _error(many) == "it is larger than 1,000 bytes"

    def test_a_name_of_any_bytes_can_be_printed(self, tmp_path):
        """Control characters and invalid UTF-8 in a name are escaped in the message."""
        path = tmp_path / "evil\x1b[31m.tar"
        member = bytearray(cifar_files.header("x/data_batch_1", type=tarfile.SYMTYPE))
        member[0:2] = b"\x1b\xff"
        member[148:156] = b" " * 8
        member[148:156] = b"%06o\0 " % sum(member)
        path.write_bytes(member)
        assert _error(path) == "it has a member that is no file, '\\x1b\\udcffdata_batch_1'"

    @pytest.mark.parametrize("cut", range(0, 1024, 61))
    def test_any_bytes_end_in_a_source_error(self, tmp_path, cut):
        """Random bytes in place of headers give a `SourceError` and no other exception."""
        path = tmp_path / "noise"
        noise = np.random.default_rng(cut).integers(0, 256, 2000, dtype=np.uint8).tobytes()
        whole = cifar_files.header("a/data_batch_1", b"content")
        for content in (noise, whole[:cut] + noise, gzip.compress(noise), b"\x1f\x8b" + noise):
            path.write_bytes(content)
            with pytest.raises(SourceError):
                cifar10(path=path, checksum="skip")


class TestBatches:
    """The contents of a batch."""

    ROWS, LABELS = cifar_files.images(3)

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (["data"], "there must be a dictionary; received list"),
            ({}, "data must be a NumPy array"),
            ({"data": [1, 2], "labels": LABELS}, "data must be a NumPy array"),
            (
                {"data": ROWS[:, :100], "labels": LABELS},
                "data must be uint8 of shape (images, 3072); received 'u1' of shape (3, 100)",
            ),
            (
                {"data": ROWS.astype(np.float32), "labels": LABELS},
                "data must be uint8 of shape (images, 3072); received 'f4' of shape (3, 3072)",
            ),
            (
                {"data": ROWS.reshape(3, 32, 32, 3), "labels": LABELS},
                (
                    "data must be uint8 of shape (images, 3072); "
                    "received 'u1' of shape (3, 32, 32, 3)"
                ),
            ),
            (
                {"data": ROWS[:0], "labels": []},
                "data must be uint8 of shape (images, 3072); received 'u1' of shape (0, 3072)",
            ),
            (
                {"data": np.array([["a"] * 3072], dtype=object), "labels": [1]},
                "data must have its pixels as bytes",
            ),
        ],
    )
    def test_a_wrong_array_is_described(self, content, message):
        """A wrong array is refused, and the message gives its dtype and shape."""
        with pytest.raises(SourceError) as caught:
            python_batch(pickle.dumps(content, 4))
        assert str(caught.value) == message

    @pytest.mark.parametrize(
        "labels",
        [None, "abc", (1, 2, 3), [1, 2], [1, 2, 3, 4], [1, 2, 10], [1, 2, -1], [1, 2, True]],
    )
    def test_wrong_labels_are_refused(self, labels):
        """Labels other than a list of one integer from 0 to 9 per image are refused."""
        with pytest.raises(SourceError) as caught:
            python_batch(pickle.dumps({"data": self.ROWS, "labels": labels}, 4))
        assert str(caught.value) == (
            "labels must be a list with one integer from 0 to 9 for each of the 3 images"
        )

    def test_a_shape_that_lies_is_refused(self):
        """An array of three images that claims to have 10⁹ is refused."""
        content = cifar_files.python2_pickle(self.ROWS, self.LABELS)
        lie = content.replace(
            b"M" + struct.pack("<H", 3) + b"M\x00\x0c",
            b"J" + struct.pack("<i", 10**9) + b"M\x00\x0c",
        )
        assert lie != content
        with pytest.raises(SourceError) as caught:
            python_batch(lie)
        assert str(caught.value) == (
            "data must be uint8 of shape (images, 3072); received 'u1' of shape (1000000000, 3072)"
        )

    def test_pixels_without_an_image_are_refused(self):
        """An array with five more bytes than its shape needs is refused."""
        content = cifar_files.python2_pickle(self.ROWS, self.LABELS)
        raw = self.ROWS.tobytes()
        longer = content.replace(
            b"T" + struct.pack("<I", len(raw)) + raw,
            b"T" + struct.pack("<I", len(raw) + 5) + raw + b"extra",
        )
        assert len(longer) == len(content) + 5
        with pytest.raises(SourceError) as caught:
            python_batch(longer)
        assert str(caught.value) == (
            "data must be uint8 of shape (images, 3072); received 'u1' of shape (3, 3072)"
        )

    def test_a_message_never_prints_nested_values(self):
        """A message does not print nested values, which could take hours."""
        content = cifar_files.python2_pickle(self.ROWS, self.LABELS)
        head, tail = content.split(b"M\x03\x00M\x00\x0c\x86")
        nested = b"]q\x21" + b"](h\x21h\x21eq\x21" * 40
        bomb = b"\x80\x02" + nested + head.removeprefix(b"\x80\x02") + b"h\x21\x85" + tail
        started = time.perf_counter()
        with pytest.raises(SourceError) as caught:
            python_batch(bomb)
        assert str(caught.value) == (
            "data must be uint8 of shape (images, 3072); received something else"
        )
        assert time.perf_counter() - started < 10

    @pytest.mark.parametrize("size", [0, 1, 3072, 3074, 2 * 3073 - 1])
    def test_binary_rows_are_whole(self, size):
        """A binary batch whose size is not a multiple of 3,073 bytes is refused."""
        with pytest.raises(SourceError) as caught:
            binary_batch(bytes(size))
        assert str(caught.value) == f"there must be rows of 3,073 bytes; received {size:,} bytes"

    def test_binary_labels_are_digits(self):
        """A binary batch with a label above 9, as in CIFAR-100, is refused."""
        with pytest.raises(SourceError) as caught:
            binary_batch(bytes(3073) + bytes([10]) + bytes(3072))
        assert str(caught.value) == "labels must be 0 to 9; received 10"


class TestDownload:
    """Without a path, Keras's loader is used; without a network, an error comes within seconds."""

    @pytest.fixture(autouse=True)
    def _empty_cache(self, tmp_path, monkeypatch):
        monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
        monkeypatch.setattr(cifar.tempfile, "gettempdir", lambda: str(tmp_path / "temporary"))

    @staticmethod
    def _reason():
        started = time.perf_counter()
        with pytest.raises(SourceError) as caught:
            cifar10()
        assert time.perf_counter() - started < 5
        assert isinstance(caught.value, KerasbookError)
        start = (
            "CIFAR-10 must be downloaded from "
            "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz (163 MB), which failed: "
        )
        end = (
            ". Get the file elsewhere and pass its path, "
            "cifar10(path='cifar-10-python.tar.gz'), "
            "or use photos(), which needs no download."
        )
        message = str(caught.value)
        assert message.startswith(start)
        assert message.endswith(end)
        return message[len(start) : -len(end)]

    def test_no_name_server(self, monkeypatch):
        """If the site's name cannot be resolved, the message says so."""

        def fail(*_arguments, **_options):
            raise socket.gaierror(-2, "Name or service not known")

        monkeypatch.setattr(socket, "getaddrinfo", fail)
        assert self._reason() == "[Errno -2] Name or service not known"

    def test_a_name_server_that_never_answers(self, request, monkeypatch):
        """A name lookup without an answer is given up after the waiting time."""
        over = threading.Event()
        request.addfinalizer(over.set)

        def wait(*_arguments, **_options):
            over.wait()
            raise socket.gaierror(-2, "Name or service not known")

        monkeypatch.setattr(cifar, "_PATIENCE_SECONDS", 0.2)
        monkeypatch.setattr(socket, "getaddrinfo", wait)
        before = threading.enumerate()
        assert self._reason() == "no answer within 0.2 seconds"
        (asking,) = set(threading.enumerate()) - set(before)
        assert asking.daemon  # it does not keep the process from ending
        over.set()
        asking.join()

    def test_a_server_that_never_answers(self, monkeypatch):
        """A server that connects but never answers is given up after the waiting time."""
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            monkeypatch.setattr(cifar, "_PATIENCE_SECONDS", 0.3)
            unreachable = cifar._unreachable
            monkeypatch.setattr(
                cifar, "_unreachable", lambda _: unreachable(f"http://127.0.0.1:{port}/")
            )
            assert self._reason() in {"no answer within 0.3 seconds", "timed out"}

    @pytest.mark.parametrize("layout", ["channels_last", "channels_first"])
    @pytest.mark.keras
    def test_keras_s_arrays_become_a_dataset(self, monkeypatch, layout):
        """In both of Keras's layouts, images are channels last and scaled, and labels are flat."""
        import keras  # noqa: PLC0415  needs a backend

        (x_train, y_train), (x_test, y_test) = cifar_files.expected()

        def stored(x, y):
            pixels = np.rint(x * 255).astype(np.uint8)
            if layout == "channels_first":
                pixels = pixels.transpose(0, 3, 1, 2)
            return pixels, y.astype(np.uint8).reshape(-1, 1)

        arrays = stored(x_train, y_train), stored(x_test, y_test)
        monkeypatch.setattr(cifar, "_unreachable", lambda _: None)
        monkeypatch.setattr(keras.datasets.cifar10, "load_data", lambda: arrays)
        data = cifar10(labels="integer", samples=33)
        assert np.array_equal(data.x_train, x_train[:33])
        assert np.array_equal(data.x_test, x_test)
        assert data.y_train.tolist() == y_train[:33].tolist()
        assert data.y_test.tolist() == y_test.tolist()

    @pytest.mark.keras
    def test_a_download_that_breaks_off(self, monkeypatch):
        """Keras's bare Exception for a broken download becomes a `SourceError` with its reason."""
        import keras  # noqa: PLC0415  needs a backend

        def fail():
            raise Exception("URL fetch failure: connection reset")  # noqa: TRY002  as Keras does

        monkeypatch.setattr(cifar, "_unreachable", lambda _: None)
        monkeypatch.setattr(keras.datasets.cifar10, "load_data", fail)
        assert self._reason() == "URL fetch failure: connection reset"

    @pytest.mark.keras
    def test_what_keras_has_already_needs_no_network(self, monkeypatch, tmp_path):
        """With the archive in Keras's cache, the site is not contacted."""
        import keras  # noqa: PLC0415  needs a backend

        def never(_):
            raise AssertionError("the site was asked")

        (x_train, y_train), (x_test, y_test) = cifar_files.expected()
        arrays = tuple(
            (np.rint(x * 255).astype(np.uint8), y.reshape(-1, 1))
            for x, y in ((x_train, y_train), (x_test, y_test))
        )
        monkeypatch.setattr(cifar, "_unreachable", never)
        monkeypatch.setattr(keras.datasets.cifar10, "load_data", lambda: arrays)
        with pytest.raises(AssertionError, match="the site was asked"):
            cifar10()
        (tmp_path / "keras" / "datasets" / "cifar-10-batches-py-target_archive").mkdir(parents=True)
        assert np.array_equal(cifar10().x_train, x_train)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"path": 3},
            "path must be the path of a file or folder; received path=3.",
        ),
        (
            {"path": b"a.tar.gz"},
            "path must be the path of a file or folder; received path=b'a.tar.gz'.",
        ),
        (
            {"checksum": False},
            "checksum must be 'published' or 'skip'; received checksum=False.",
        ),
        (
            {"samples": 0},
            "samples must be an integer of at least 1; received samples=0.",
        ),
        (
            {"test_samples": "all"},
            "test_samples must be an integer of at least 1; received test_samples='all'.",
        ),
        (
            {"labels": "integers"},
            (
                "labels must be 'one_hot' or 'integer'; received labels='integers'. "
                "Did you mean 'integer'?"
            ),
        ),
    ],
)
def test_a_wrong_argument_is_named(arguments, message):
    """Each wrong argument gives its whole message, before any file is read."""
    with pytest.raises(ArgumentError, match=rf"\A{re.escape(message)}\Z"):
        cifar10(**arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"samples": 51}, "samples must be an integer of at most 50; received samples=51."),
        (
            {"test_samples": 11},
            "test_samples must be an integer of at most 10; received test_samples=11.",
        ),
    ],
)
def test_no_more_images_than_there_are(tmp_path, arguments, message):
    """If more images are asked for than there are, the message gives their number."""
    path = cifar_files.archive(tmp_path / "small.tar.gz", _files())
    with pytest.raises(ArgumentError, match=rf"\A{re.escape(message)}\Z"):
        cifar10(path=path, checksum="skip", **arguments)
