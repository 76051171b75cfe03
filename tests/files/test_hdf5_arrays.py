"""The arrays of HDF5 files, against h5py on every layout of groups that HDF5 has written."""

from __future__ import annotations

import struct

import pytest
from fixtures.hostile_hdf5 import hdf5, message

from kerasbook.errors import SourceError
from kerasbook.files.disk import open_file
from kerasbook.files.hdf5_arrays import array_bytes, read_arrays

h5py = pytest.importorskip("h5py")
np = pytest.importorskip("numpy")
pytestmark = pytest.mark.keras

LAYOUTS = ("earliest", "v108", "v110", "latest")
KINDS = ("f2", "f4", "f8", "i1", "u4", "i8", "?", ">f4", ">i2")


def arrays(path, **options):
    """What is read of a file."""
    with open_file(path) as file:
        return read_arrays(file, **{"most": 100_000} | options)


def write(path, layout, groups):
    """A file of so many groups, each of some arrays, in one layout of HDF5."""
    with h5py.File(path, "w", libver=(layout, "latest")) as file:
        for number in range(groups):
            group = file.create_group(f"layers/dense_{number}").create_group("vars")
            group.attrs["name"] = "x" * number
            group["0"] = np.zeros((3, number % 7 + 1), KINDS[number % len(KINDS)])
            group["1"] = np.float32(number)
        for number in range(20):
            file[f"optimizer/vars/{number}"] = np.zeros(number, "f4")
        compact = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        compact.set_layout(h5py.h5d.COMPACT)
        here = h5py.h5d.create(
            file.id, b"here", h5py.h5t.NATIVE_INT32, h5py.h5s.create_simple((3,)), dcpl=compact
        )
        here.write(h5py.h5s.ALL, h5py.h5s.ALL, np.array([7, 8, 9], "i4"))
        file["half"] = np.array([1, 2, 3], "<i2").view("V2")
        file["half"].attrs["dtype"] = "bfloat16"
    return path


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("groups", [0, 3, 9, 100, 1500])
def test_arrays_are_those_that_h5py_finds(tmp_path, layout, groups):
    """Path, shape, type and bytes of each, and the groups with their texts."""
    path = write(tmp_path / "a.h5", layout, groups)
    expected, names = {}, {}
    with h5py.File(path) as file:

        def visit(name, each):
            if isinstance(each, h5py.Dataset):
                dtype = "bfloat16" if name == "half" else each.dtype.str
                expected[name] = (each.shape, dtype, each[()].tobytes())
            else:
                names[name] = {key: (value.encode(),) for key, value in each.attrs.items()}

        file.visititems(visit)
    with open_file(path) as file:
        found = read_arrays(file, most=100_000)
        read = {
            name: (each.shape, each.dtype, array_bytes(file, each))
            for name, each in found.arrays.items()
        }
    assert found.faults == ()
    assert read == expected
    assert found.groups == names


def test_lists_of_texts_are_read(tmp_path):
    """Of fixed length, of variable length, and empty, as h5py writes them."""
    lists = {
        "fixed": [b"dense/kernel:0", b"b"],
        "variable": ["dense/kernel:0", "ä", ""],
        "empty": [],
    }
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for name, texts in lists.items():
            file.create_group(name).attrs[name] = texts
    found = arrays(tmp_path / "a.h5").groups
    assert found == {
        name: {name: tuple(each.encode() if isinstance(each, str) else each for each in texts)}
        for name, texts in lists.items()
    }


@pytest.mark.parametrize("value", [["dense/kernel"], [b"dense/kernel"]], ids=["variable", "fixed"])
def test_a_text_with_a_zero_is_as_long_as_to_h5py(tmp_path, value):
    """A text of variable length ends at its first zero, one of fixed length does not."""
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file.create_group("a").attrs["names"] = value
    data = path.read_bytes()
    assert data.count(b"dense/kernel") == 1
    path.write_bytes(data.replace(b"dense/kernel", b"dense\0kernel"))
    with h5py.File(path) as file:
        (seen,) = file["a"].attrs["names"]
    (read,) = arrays(path).groups["a"]["names"]
    assert read == (seen if isinstance(seen, bytes) else seen.encode())


@pytest.mark.parametrize("layout", LAYOUTS)
def test_more_members_than_asked_for_are_refused(tmp_path, layout):
    """The work is bounded by what the model can need."""
    path = write(tmp_path / "a.h5", layout, 300)
    with pytest.raises(SourceError, match=r"received .*more than|goes on at"):
        arrays(path, most=100)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_damage_is_said(tmp_path, layout):
    """Whatever byte of the frame is wrong, the answer is an array or a SourceError."""
    content = bytearray(write(tmp_path / "a.h5", layout, 12).read_bytes())
    rng = np.random.default_rng(0)
    broken = tmp_path / "b.h5"
    for place in rng.integers(0, len(content), 300):
        changed = content.copy()
        changed[place] ^= int(rng.integers(1, 256))
        broken.write_bytes(changed)
        try:
            arrays(broken, most=1000)
        except SourceError as error:
            assert "received" in str(error)  # noqa: PT017  both answers are right


NONE = 2**64 - 1
OLD_LIST = message(0x11, struct.pack("<QQ", 96, 96))
NEW_LIST = message(0x02, struct.pack("<BBQQ", 0, 0, NONE, NONE))
DENSE_LIST = message(0x02, struct.pack("<BBQQ", 0, 0, 96, 96))


def member(name, address=96):
    """A link message, which names one member of a group."""
    return message(0x06, struct.pack("<BBB", 1, 0, len(name)) + name + struct.pack("<Q", address))


AMBIGUOUS = {
    "a group without one list of its members": [
        OLD_LIST + NEW_LIST,
        OLD_LIST + member(b"a"),
        DENSE_LIST + member(b"a"),
        member(b"a"),
    ],
    "a group that is an array, too": [NEW_LIST + message(3, bytes(24))],
    "two members named 'a'": [NEW_LIST + member(b"a") + member(b"a", 200)],
    "a member named b'a/b'": [NEW_LIST + member(b"a/b")],
    "a member named b'.'": [NEW_LIST + member(b".")],
    "a member named b'\\xff'": [NEW_LIST + member(b"\xff")],
}


@pytest.mark.parametrize("received", AMBIGUOUS)
def test_a_group_has_one_list_of_its_members(tmp_path, received):
    """What two readers may take for two groups is refused."""
    for messages in AMBIGUOUS[received]:
        path = hdf5(tmp_path / "odd.h5", messages)
        with pytest.raises(SourceError) as caught:
            arrays(path)
        assert str(caught.value) == (
            f"{str(path)!r} must be a sound HDF5 file; received {received}. "
            "Copy or save the file again."
        )
