"""The texts at the root of an HDF5 file, held against h5py wherever it reads the file too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fixtures.hostile_hdf5 import hdf5, message
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasbook.errors import SourceError
from kerasbook.files.disk import BoundedFile
from kerasbook.files.hdf5 import read_root_texts
from kerasbook.files.hdf5_blocks import superblock_offset

OLD = Path(__file__).parents[1] / "fixtures" / "old"
NAMES = ("model_config", "training_config", "keras_version", "backend")


def read(path, names=NAMES):
    """The root's texts."""
    with BoundedFile(path) as file:
        return read_root_texts(file, names)


def refusal(path):
    """The message about a file, its name written as FILE."""
    with pytest.raises(SourceError) as caught:
        read(path)
    return str(caught.value).replace(repr(str(path)), "FILE")


@pytest.mark.parametrize("path", sorted(OLD.glob("*.h5")), ids=lambda path: path.stem)
def test_files_of_old_keras_give_their_texts(path):
    """Each tells its Keras, its backend, and the layers that this Keras recorded beside it."""
    record = json.loads(path.with_suffix(".json").read_text())
    texts = read(path)
    assert texts.keys() == set(NAMES)
    assert texts["keras_version"].decode() == record["keras_version"]
    assert texts["backend"] in {b"tensorflow", b"jax"}
    config = json.loads(texts["model_config"])["config"]
    layers = config if isinstance(config, list) else config["layers"]
    names = [layer["config"]["name"] for layer in layers]
    recorded = [layer["name"] for layer in record["layers"]]
    assert [name for name in names if name in recorded] == recorded


def test_unwanted_texts_are_not_read():
    """Only the named attributes are fetched."""
    assert read(next(OLD.glob("*.h5")), ("backend",)).keys() == {"backend"}


def test_where_the_superblock_starts(tmp_path):
    """At 0, or at 512 and its doublings; nowhere else."""
    signature = b"\x89HDF\r\n\x1a\n"
    for offset, expected in [(0, 0), (512, 512), (2048, 2048), (1, None), (768, None)]:
        path = tmp_path / f"{offset}.h5"
        path.write_bytes(bytes(offset) + signature + bytes(10))
        with BoundedFile(path) as file:
            assert superblock_offset(file) == expected


def test_a_file_without_signature_is_refused(tmp_path):
    """The reader itself asks for the signature, whoever calls it."""
    path = tmp_path / "none.h5"
    path.write_bytes(bytes(2000))
    assert refusal(path) == (
        "FILE must be a sound HDF5 file; received no HDF5 signature. Copy or save the file again."
    )


def test_every_cut_is_refused(tmp_path):
    """A file that ends early is refused wherever it ends: its header says how long it is."""
    whole = next(OLD.glob("keras-2.1.6-seq*.h5")).read_bytes()
    path = tmp_path / "cut.h5"
    for length in range(8, len(whole), 61):
        path.write_bytes(whole[:length])
        said = refusal(path)
        assert "it is truncated" in said or "must be a sound HDF5 file" in said


def test_dense_storage_is_named(tmp_path):
    """New files keep more than eight attributes elsewhere; Keras writes five."""
    body = bytes([0, 0]) + (96).to_bytes(8, "little") + bytes(8)
    path = hdf5(tmp_path / "dense.h5", message(0x15, body))
    assert refusal(path) == (
        "FILE must be an .h5 model as Keras saves it; received an HDF5 file that keeps its "
        "attributes in dense storage. Load it with Keras and save it with "
        "model.save('model.keras')."
    )


@pytest.mark.parametrize("name", [b"backends", b"back\0end"])
def test_an_attribute_whose_name_has_no_end_is_refused(tmp_path, name):
    """HDF5 reads names as texts that end with a zero, and would see another name."""
    fixed, scalar = b"\x13\0\0\0\x03\0\0\0", b"\x01\0\0\0\0\0\0\0"
    body = bytes([1, 0, 8, 0, 8, 0, 8, 0]) + name + fixed + scalar + b"jax"
    assert refusal(hdf5(tmp_path / "name.h5", message(0x0C, body))) == (
        "FILE must be a sound HDF5 file; received an attribute whose name has no end. "
        "Copy or save the file again."
    )


def test_an_attribute_twice_is_refused(tmp_path):
    """Two programs would read two models."""
    name, text = b"backend\0", b"jax"
    fixed, scalar = b"\x13\0\0\0\x03\0\0\0", b"\x01\0\0\0\0\0\0\0"
    body = bytes([1, 0, 8, 0, 8, 0, 8, 0]) + name + fixed + scalar + text
    path = hdf5(tmp_path / "once.h5", message(0x0C, body))
    assert read(path) == {"backend": b"jax"}
    path = hdf5(tmp_path / "twice.h5", message(0x0C, body) * 2)
    assert refusal(path) == (
        "FILE must be a sound HDF5 file; received two attributes named 'backend'. "
        "Copy or save the file again."
    )


FIXED = b"\x13\0\0\0\x03\0\0\0"
BACKEND = bytes([1, 0, 8, 0, 8, 0, 8, 0]) + b"backend\0" + FIXED + b"\x01" + bytes(7) + b"jax"
STRANGE = {
    "a message of kind 0x0c that is kept elsewhere": message(0x0C, BACKEND, flags=2),
    "a message of kind 0x0f in an object header": message(0x0F, bytes(8)),
    "a message of kind 0x99 in an object header": message(0x99, bytes(8)),
    "two messages of kind 0x08 in an object header": message(8, bytes(8)) * 2,
    "two messages of kind 0x01 in an object header": message(1, bytes(8)) * 2,
    "two messages of kind 0x11 in an object header": message(0x11, bytes(16)) * 2,
    "an attribute whose type is kept elsewhere": message(0x0C, b"\2\1" + BACKEND[2:]),
}


@pytest.mark.parametrize("received", STRANGE)
def test_what_two_readers_may_read_differently_is_refused(tmp_path, received):
    """Shared, doubled and unknown messages: Keras writes none of them."""
    path = hdf5(tmp_path / "odd.h5", message(0x0C, BACKEND) + STRANGE[received])
    assert refusal(path) == (
        f"FILE must be a sound HDF5 file; received {received}. Copy or save the file again."
    )


# --- against h5py --------------------------------------------------------------------------------

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=300)


@pytest.mark.keras
@settings(max_examples=150, deadline=None)
@given(
    values=st.dictionaries(st.sampled_from(NAMES), texts, min_size=1),
    others=st.dictionaries(st.sampled_from("abcd"), st.sampled_from([1, 2.5, [1, 2], ["x", "y"]])),
    kind=st.sampled_from(["str", "bytes", "fixed", "array"]),
    libver=st.sampled_from(["earliest", "v108", "v110", "v112", "v114", "latest"]),
    options=st.fixed_dictionaries(
        {"track_order": st.booleans(), "userblock_size": st.sampled_from([0, 512, 4096])}
    ),
    large=st.sampled_from([0, 3000, 70_000]),
)
def test_h5py_and_this_reader_agree(tmp_path_factory, h5py, **drawn):
    """Strings of every kind, in every version of the format, behind user blocks, in any order."""
    kinds = {
        "str": str,
        "bytes": str.encode,
        "fixed": str.encode,
        "array": lambda text: [text],
    }
    path = tmp_path_factory.mktemp("h5") / "model.h5"
    length = drawn["large"] if drawn["kind"] != "fixed" else min(drawn["large"], 3000)
    with h5py.File(path, "w", libver=drawn["libver"], **drawn["options"]) as file:
        for name, value in drawn["others"].items():
            file.attrs[name] = value
        for name, text in drawn["values"].items():
            value = kinds[drawn["kind"]](text + "x" * length)
            dtype = f"S{max(1, len(value))}" if drawn["kind"] == "fixed" else None
            file.attrs.create(name, value, dtype=dtype)
        file.create_group("model_weights").create_dataset("kernel", (3, 4), dtype="f4")
    with h5py.File(path) as file:
        expected = {name: plain(file.attrs[name]) for name in drawn["values"]}
    assert read(path) == expected


def plain(value):
    """The bytes of a string attribute, whatever h5py makes of it."""
    if hasattr(value, "shape") and value.shape == (1,):
        value = value[0]
    return value.encode() if isinstance(value, str) else bytes(value)


@pytest.mark.keras
@pytest.mark.parametrize("count", [8, 9, 40])
def test_many_attributes(tmp_path, h5py, count):
    """Eight, and in old files any number, are found; beyond, dense storage is named."""
    for libver in ("earliest", "latest"):
        path = tmp_path / f"{libver}.h5"
        with h5py.File(path, "w", libver=libver) as file:
            for number in range(count - 1):
                file.attrs[f"other_{number}"] = "x" * 50
            file.attrs["model_config"] = "{}"
        if libver == "latest" and count > 8:
            assert "keeps its attributes in dense storage" in refusal(path)
        else:
            assert read(path) == {"model_config": b"{}"}


@pytest.mark.keras
def test_what_is_no_single_text_is_left_out(tmp_path, h5py):
    """Numbers, lists and empty attributes are no texts."""
    path = tmp_path / "others.h5"
    values = {"model_config": 3, "training_config": ["a", "b"], "backend": h5py.Empty("S1")}
    with h5py.File(path, "w") as file:
        for name, value in values.items():
            file.attrs[name] = value
        file.attrs["keras_version"] = ""
    assert read(path) == {"keras_version": b""}
