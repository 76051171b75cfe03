"""Two readers, one file: what passes is to `h5py`, `zipfile`, `json` and Keras what it is to us.

Thousands of files with another structure: whenever one passes, members, configuration and arrays
must be those that the others see, and `load_model` must give the model that Keras loads from the
file itself. Where another reader refuses it, there is nothing to differ.
"""

from __future__ import annotations

import io
import json
import os
import sys
import zipfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from random import Random

import pytest

pytest.importorskip("h5py")
import h5py
import numpy as np
from fixtures.mutations import MUTATIONS, lookup3

from kerasbook.checks import printable
from kerasbook.files.disk import open_file
from kerasbook.files.hdf5_arrays import array_bytes, read_arrays
from kerasbook.files.model_file import read_model_file
from kerasbook.safety import check_file, load_model
from kerasbook.safety.members import model_weights

pytestmark = [
    pytest.mark.keras,
    pytest.mark.filterwarnings("ignore:Duplicate name"),  # which some of the archives have
]

TRIED = int(os.environ.get("KERASBOOK_FUZZ", "20000"))
CHUNK = 500
# What the other readers raise on damage.
REFUSALS = (OSError, ValueError, KeyError, RuntimeError, TypeError, zipfile.BadZipFile, EOFError)
REFUSALS += (NotImplementedError, UnicodeError, OverflowError)


class DifferenceError(AssertionError):
    """A file that passes and is something else to another reader."""


def require(ours, theirs, what):
    """Raise unless both readers saw the same."""
    if ours != theirs:
        raise DifferenceError(f"{what}: {ours!r:.300} to us, {theirs!r:.300} to the other")


def same_json(ours, text, what):
    """The configuration is what Python's parser makes of the text, in the same order."""
    require(json.dumps(ours), json.dumps(json.loads(text)), what)


def our_arrays(source):
    """Path, type, shape and bytes of each array, and the texts of each group."""
    found = read_arrays(source, most=20_000)
    arrays = {
        path: (each.dtype, each.shape, array_bytes(source, each))
        for path, each in found.arrays.items()
    }
    return arrays, found.groups


def their_arrays(file):
    """Arrays and groups as h5py sees them; every link must be a plain member."""
    arrays, groups = {}, {}
    pending = [("", file)]
    while pending:
        path, group = pending.pop()
        if path:
            groups[path] = group
        for name in group:
            kind = group.get(name, getlink=True)
            if kind is None:
                raise KeyError(name)  # HDF5 lists it and does not find it
            if not isinstance(kind, h5py.HardLink):
                raise DifferenceError(f"a {type(kind).__name__} at {path}/{name}")
            inner, each = f"{path}/{name}" if path else name, group[name]
            if isinstance(each, h5py.Group):
                pending.append((inner, each))
            else:
                arrays[inner] = each
    return arrays, groups


def typed(array):
    """The type, shape and bytes of an array of h5py's."""
    if array.external or array.is_virtual or array.chunks:
        raise DifferenceError(f"an array that is not in one piece: {array.name}")
    name = array.dtype.str
    if name == "|V2" and array.attrs.get("dtype") == "bfloat16":
        name = "bfloat16"
    return name, array.shape, array[()].tobytes()


def compare_hdf5(source, data):
    """Arrays, their types and numbers, and the texts of groups; False if h5py refuses."""
    ours, texts = our_arrays(source)
    try:
        with h5py.File(io.BytesIO(data), "r") as file:
            arrays, groups = their_arrays(file)
            theirs = {path: typed(each) for path, each in arrays.items()}
            attributes = {path: texts_of(each) for path, each in groups.items()}
    except REFUSALS:
        return False
    require(sorted(ours), sorted(theirs), "arrays")
    for path, found in ours.items():
        if found[1] != theirs[path][1] and theirs[path][1] is None:
            continue  # an array without a place for numbers
        require(found, theirs[path], path)
    require(sorted(texts), sorted(attributes), "groups")
    for path, found in texts.items():
        for name, values in found.items():
            require(
                [each.rstrip(b"\0") for each in values],
                attributes[path].get(name),
                f"{name} of {path}",
            )
    return True


def texts_of(group):
    """The attributes of a group; a name that is no text is read as we do."""
    return {
        os.fsencode(name).decode("utf-8", "replace"): as_texts(value)
        for name, value in group.attrs.items()
    }


def as_texts(value):
    """A text or a list of texts as bytes; `None` for anything else."""
    if isinstance(value, h5py.Empty):
        return []
    listed = [value] if isinstance(value, str | bytes) else list(np.ravel(value))
    if not all(isinstance(each, str | bytes) for each in listed):
        return None
    return [
        each if isinstance(each, bytes) else each.encode("utf-8", "surrogateescape")
        for each in listed
    ]


def examined(data, path):
    """What came of a file: whether we take it, and the others."""
    path.write_bytes(data)
    result = check_file(path)
    if not result.ok:
        return "refused"
    model = read_model_file(path)
    if result.format == "json":
        try:
            same_json(model.config, data, "the configuration")
        except ValueError:
            return "accepted, refused by json"
        return "accepted"
    outcome = (
        compared_archive(path, result, model)
        if result.format == "keras"
        else compared_h5(path, data, model)
    )
    if compare_loaded(path):
        return outcome
    return "accepted, refused by Keras" if outcome == "accepted" else f"{outcome} and by Keras"


def compare_loaded(path):
    """The models that `load_model` and Keras load, weight by weight; False if Keras refuses."""
    keras = import_module("keras")
    keras.utils.clear_session()  # a layer without a name is numbered anew
    keras.utils.set_random_seed(0)
    try:
        theirs = keras.saving.load_model(path)
    except Exception:  # noqa: BLE001  whatever Keras raises on damage
        return False
    keras.utils.clear_session()
    keras.utils.set_random_seed(0)
    ours = load_model(path)
    require(ours.get_config(), theirs.get_config(), "the configuration")
    require(
        [each.path for each in ours.variables], [each.path for each in theirs.variables], "names"
    )
    for mine, other in zip(ours.variables, theirs.variables, strict=True):
        held = [keras.ops.convert_to_numpy(each.value) for each in (mine, other)]
        require(*[(each.dtype, each.shape, each.tobytes()) for each in held], mine.path)
    require(compiled_parts(ours), compiled_parts(theirs), "the compiled parts")
    return True


def compiled_parts(model):
    """The optimizer, loss and metrics with which a model was compiled, and whether it was."""
    keras = import_module("keras")
    config = model.get_compile_config() if model.compiled else None
    return json.dumps(keras.saving.serialize_keras_object(config), sort_keys=True)


def compared_archive(path, result, model):
    """The members as `zipfile` sees them, the texts in them, and the weights as h5py sees them."""
    with model_weights(str(path), "keras", found={}, reasons=[]) as source:
        ours = source.read_at(0, source.size_bytes)
        try:
            with zipfile.ZipFile(path) as archive:
                names = archive.namelist()
                text, weights = archive.read("config.json"), archive.read("model.weights.h5")
        except REFUSALS:
            return "accepted, refused by zipfile"
        require(sorted(result.members), sorted(map(printable, names)), "members")
        same_json(model.config, text, "config.json")
        require(ours, weights, "model.weights.h5")
        return "accepted" if compare_hdf5(source, weights) else "accepted, refused by h5py"


def compared_h5(path, data, model):
    """The texts and arrays as h5py sees them."""
    with open_file(path) as file:
        if not compare_hdf5(file, data):
            return "accepted, refused by h5py"
    with h5py.File(io.BytesIO(data), "r") as file:
        try:
            attributes = {name: file.attrs[name] for name in file.attrs}
        except REFUSALS:
            return "accepted, refused by h5py"
    try:
        same_json(model.config, attributes["model_config"], "model_config")
        training = attributes.get("training_config")
        if model.compile_config is not None or training is not None:
            same_json(model.compile_config, training, "training_config")
    except (TypeError, ValueError):  # it is no text, or no JSON, and Keras raises this
        return "accepted, refused by json"
    return "accepted"


def chunk(kind, start, folder, count=CHUNK):
    """Outcomes of some files of a kind, and the seeds of those that differ."""
    outcomes, faults = Counter(), []
    for seed in range(start, start + count):
        try:
            data, suffix = MUTATIONS[kind](Random(f"{kind}{seed}"))  # noqa: S311  no secret
            outcomes[examined(data, Path(folder, f"{kind}-{start}{suffix}"))] += 1
        except Exception as error:  # noqa: BLE001  whatever escapes is a fault
            faults.append((kind, seed, f"{type(error).__name__}: {error}"))
    return outcomes, faults


def run(kind, count, folder):
    """Outcomes of many files, in processes of their own: some damaged files crash HDF5.

    Where it does, the rest of that chunk is not tried, and not counted.
    """
    outcomes, faults = Counter(), []
    for start in range(0, count, CHUNK):
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            try:
                found, differing = pool.submit(chunk, kind, start, str(folder)).result()
            except BrokenProcessPool:
                outcomes["HDF5 broke down"] += 1
                continue
        outcomes += found
        faults += differing
    return outcomes, faults


def test_the_checksum_of_mutated_headers_is_hdf5s():
    """What h5py wrote has the checksum that the mutations write."""
    held = io.BytesIO()
    with h5py.File(held, "w", libver="latest"):
        pass
    data = held.getvalue()
    assert lookup3(data[:44]).to_bytes(4, "little") == data[44:48]  # of the superblock


@pytest.mark.parametrize("kind", MUTATIONS)
def test_what_passes_is_the_same_to_others(tmp_path, kind):
    """A hundred of each kind; some pass and some do not."""
    outcomes, faults = chunk(kind, 10**6, tmp_path, 100)
    assert faults == []
    assert outcomes["accepted"] >= 2
    assert outcomes["refused"] >= 20


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("kind", MUTATIONS)
def test_what_passes_of_many_is_the_same_to_others(tmp_path, kind, capsys):
    """The same of many thousands, which are counted."""
    outcomes, faults = run(kind, TRIED // len(MUTATIONS), tmp_path)
    with capsys.disabled():
        sys.stdout.write(f"\n{kind}: {outcomes.total():,} files, {dict(outcomes)}\n")
    assert faults == []
    assert outcomes["accepted"] >= TRIED // 500
