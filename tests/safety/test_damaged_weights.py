"""Weights in an archive that is damaged around them: refused by name, whatever `zipfile` raises."""

from __future__ import annotations

import json
import struct
import zipfile

import pytest
from fixtures.configs import dense_config, layer, sequential_config

from kerasbook.errors import SourceError
from kerasbook.safety import check_file, load_model

NAME = b"model.weights.h5"


def archive(path, *, method):
    """An archive with weights that are no HDF5 file, which is seen later."""
    with zipfile.ZipFile(path, "w", method) as opened:
        opened.writestr("config.json", json.dumps(dense_config()))
        opened.writestr(NAME.decode(), bytes(1000))
    return bytearray(path.read_bytes())


def set_field(data, mark, offset, value):
    """Two bytes of the header of the weights, in their own header or in the directory."""
    start = data.rindex(mark)
    struct.pack_into("<H", data, start + offset, value)


def in_directory(offset, value):
    """A change of the directory's entry."""
    return lambda data: set_field(data, b"PK\1\2", offset, value)


def own_name(data):
    """Another name in the member's own header."""
    place = data.index(NAME)
    data[place : place + 1] = b"x"


DAMAGES = {
    "another name in its header": own_name,
    "no header": lambda data: set_field(data, b"PK\3\4", 0, 0),
    "a flag of patches": in_directory(8, 0x20),
    "a flag of encryption": in_directory(8, 0x1),
    "an unknown method": in_directory(10, 99),
}
CASES = [
    (name, method) for name in DAMAGES for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
]
DAMAGES["another checksum"] = in_directory(16, 7)
CASES += [("another checksum", zipfile.ZIP_DEFLATED)]


@pytest.mark.parametrize(("damage", "method"), CASES)
def test_damage_around_the_weights_is_refused(tmp_path, damage, method):
    """One reason that names the file, and no error of another package."""
    path = tmp_path / "m.keras"
    data = archive(path, method=method)
    DAMAGES[damage](data)
    path.write_bytes(data)
    (reason,) = check_file(path).reasons
    assert reason.code == "weights"
    assert reason.where == repr(str(path))
    assert reason.expected == "be a whole zip archive"
    assert reason.received.startswith("a damaged one (")
    assert reason.mend == "Copy or save the file again."


@pytest.mark.keras
def test_a_weight_that_changed_is_found(tmp_path, keras):
    """Weights are stored as they are and read in place: their checksum is compared all the same."""
    path = tmp_path / "m.keras"
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.save(path)
    data = bytearray(path.read_bytes())
    data[data.index(keras.ops.convert_to_numpy(model.layers[0].kernel).tobytes())] ^= 1
    path.write_bytes(data)
    (reason,) = check_file(path).reasons
    assert reason.code == "weights"
    assert reason.received == "a damaged one (Bad CRC-32 for file 'model.weights.h5')"
    with pytest.raises(SourceError, match="Bad CRC-32"):
        load_model(path)


@pytest.mark.keras
@pytest.mark.parametrize(("units", "ok"), [(2, True), (60_000, True), (10**9, False)])
def test_a_size_that_no_array_has_is_refused(tmp_path, units, ok):
    """Behind a layer of the user's own, a layer's input is unknown; its own size must be stored."""
    from fixtures.hostile_weights import model, weights  # noqa: PLC0415  it needs h5py

    own = {"module": "tests", "registered_name": "tests>Doubled"}
    doubled = layer("Doubled", {"name": "doubled"}, **own)
    dense = layer("Dense", {"name": "dense", "units": units})
    path = model(tmp_path, sequential_config(doubled, dense), weights())
    reasons = check_file(path, custom_objects={"tests>Doubled"}).reasons
    assert [each.code for each in reasons] == ([] if ok else ["shapes-differ"])


@pytest.mark.keras
def test_an_asset_that_changed_is_found(tmp_path):
    """A file of a user's layer is copied for Keras, and its checksum is compared as well."""
    from fixtures.hostile_weights import model, weights  # noqa: PLC0415  it needs h5py

    path = model(tmp_path, dense_config(), weights())
    with zipfile.ZipFile(path, "a") as file:
        file.writestr("assets/tokenizer/rules.bin", b"all the rules")
    assert check_file(path).ok
    path.write_bytes(path.read_bytes().replace(b"all the rules", b"all the roles"))
    (reason,) = check_file(path).reasons
    assert reason.received == "a damaged one (Bad CRC-32 for file 'assets/tokenizer/rules.bin')"
    assert reason.mend == "Copy or save the file again."
    with pytest.raises(SourceError, match="Bad CRC-32"):
        load_model(path)
