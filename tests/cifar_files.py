"""Writes small archives of CIFAR-10's formats, whole and broken, for the tests that read them."""

from __future__ import annotations

import io
import pickle
import struct
import tarfile

import numpy as np

BATCHES = ("data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5")
BATCHES += ("test_batch",)


def images(count, *, seed=0):
    """Random rows of 3,072 pixels and their labels, all ten classes among the first ten."""
    rows = np.random.default_rng(seed).integers(0, 256, (count, 3072), dtype=np.uint8)
    return rows, [(7 * index + seed) % 10 for index in range(count)]


def python2_pickle(rows, labels, *, names=None):
    """The bytes that Python 2's cPickle writes with protocol 2, as in the published archive."""

    def string(text):
        return b"U" + bytes([len(text)]) + text

    def put(index):
        return b"q" + bytes([index])

    names = [b"image_%d.png" % index for index in range(len(rows))] if names is None else names
    dtype = (
        *(b"cnumpy\ndtype\n", put(9), string(b"u1"), b"K\x00K\x01\x87R", put(10)),
        *(b"(K\x03", string(b"|"), b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"),
    )
    array = (
        *(b"cnumpy.core.multiarray\n_reconstruct\n", put(6), b"cnumpy\nndarray\n", put(7)),
        *(b"K\x00\x85", string(b"b"), b"\x87R", put(8)),
        *(b"(K\x01M", struct.pack("<H", len(rows)), b"M\x00\x0c\x86", *dtype),
        *(b"\x89T", struct.pack("<I", rows.size), rows.tobytes(), b"tb"),
    )
    parts = (
        *(b"\x80\x02}", put(1), b"("),
        *(string(b"batch_label"), put(2), string(b"training batch 1 of 5"), put(3)),
        *(string(b"labels"), put(4), b"](", *(b"K" + bytes([label]) for label in labels), b"e"),
        *(string(b"data"), put(5), *array),
        *(string(b"filenames"), put(11), b"](", *(string(name) for name in names), b"e"),
        b"u.",
    )
    return b"".join(parts)


def python3_pickle(rows, labels, *, protocol):
    """What Python 3 writes of the same batch, with bytes as keys as `encoding="bytes"` reads it."""
    return pickle.dumps({b"labels": labels, b"data": rows}, protocol)


def binary(rows, labels):
    """The rows of the binary version."""
    return np.column_stack([np.array(labels, np.uint8), rows]).tobytes()


def members(write=python2_pickle, *, count=10, suffix="", folder="cifar-10-batches-py"):
    """The name and content of each file of a whole archive, `count` images in each batch."""
    files = {f"{folder}/batches.meta{suffix}": b"not read"}
    for seed, batch in enumerate(BATCHES):
        files[f"{folder}/{batch}{suffix}"] = write(*images(count, seed=seed))
    return files


def expected(*, count=10):
    """The pixels and classes of such an archive: training, then test."""
    batches = [images(count, seed=seed) for seed in range(6)]
    rows = np.concatenate([rows for rows, _ in batches])
    pixels = np.zeros((len(rows), 32, 32, 3), np.float32)
    for channel in range(3):
        for line in range(32):
            start = 1024 * channel + 32 * line
            pixels[:, line, :, channel] = rows[:, start : start + 32] / np.float32(255)
    classes = np.array([label for _, labels in batches for label in labels])
    return (pixels[: 5 * count], classes[: 5 * count]), (pixels[5 * count :], classes[5 * count :])


def header(name, content=b"", **fields):
    """One tar member: its header with any fields set, and its content with padding."""
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for field, value in fields.items():
        setattr(info, field, value)
    return info.tobuf(tarfile.GNU_FORMAT) + content + bytes(-len(content) % 512)


def archive(path, files, *, mode="w:gz", layout=tarfile.GNU_FORMAT):
    """Write an archive of the files, as `tar` would, and return its path."""
    with tarfile.open(path, mode, format=layout) as tar:
        folder = tarfile.TarInfo("cifar-10-batches-py")
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path
