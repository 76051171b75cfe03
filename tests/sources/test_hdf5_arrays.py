"""The arrays of HDF5 files, against h5py on every layout of groups that HDF5 has written."""

from __future__ import annotations

import pytest

from kerasbook.errors import SourceError
from kerasbook.sources.disk import open_file
from kerasbook.sources.hdf5_arrays import read_arrays

h5py = pytest.importorskip("h5py")
np = pytest.importorskip("numpy")
pytestmark = pytest.mark.keras

LAYOUTS = ("earliest", "v108", "v110", "latest")
KINDS = ("f2", "f4", "f8", "i1", "u4", "i8", "?", "V2")


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
    return path


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("groups", [0, 3, 9, 100, 1500])
def test_arrays_are_those_that_h5py_finds(tmp_path, layout, groups):
    """Path, shape, size and place of each, in groups of few members and of many."""
    path = write(tmp_path / "a.h5", layout, groups)
    found = arrays(path)
    told = {}
    with h5py.File(path) as file:

        def visit(name, each):
            if isinstance(each, h5py.Dataset):
                told[name] = (each.shape, each.dtype.itemsize, each.id.get_offset() or 0)

        file.visititems(visit)
    assert found.faults == ()
    assert {name: tuple(each) for name, each in found.arrays.items()} == told


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
