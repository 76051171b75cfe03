"""A saved model is told by its content, read the same from every form, and named if foreign."""

from __future__ import annotations

import gzip
import io
import json
import pickle
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from fixtures.configs import dense_config
from fixtures.hostile_archives import archive
from fixtures.hostile_hdf5 import hdf5

from kerasbook.errors import SourceError
from kerasbook.files.model_file import read_model_file, read_model_json

OLD = Path(__file__).parents[1] / "fixtures" / "old"
SAVED = sorted([*OLD.glob("*.keras"), *OLD.glob("*.h5")])
GIVE = "Save the model with model.save('model.keras') and give that file."


def refusal(path):
    """The message about a file, its name written as FILE."""
    with pytest.raises(SourceError) as caught:
        read_model_file(path)
    return str(caught.value).replace(repr(str(path)), "FILE")


@pytest.mark.parametrize("path", SAVED, ids=lambda path: path.name)
def test_files_of_every_keras_are_read(path):
    """Format, version, optimizer and layers are those that this Keras recorded."""
    record = json.loads(path.with_suffix(".json").read_text())
    model = read_model_file(path)
    assert model.where == repr(str(path))
    assert model.format == path.suffix.removeprefix(".")
    assert model.keras_version == record["keras_version"]
    assert model.optimizer["class_name"] == "Adam"
    assert (model.weights_bytes is None) == (model.format == "h5")
    assert (model.backend is None) == (model.date_saved is not None) == (model.format == "keras")
    layers = model.config["config"]
    layers = layers["layers"] if isinstance(layers, dict) else layers
    names = {layer["config"]["name"] for layer in layers}
    assert names >= {layer["name"] for layer in record["layers"]}


@pytest.mark.parametrize("path", SAVED[:5], ids=lambda path: path.name)
def test_the_name_of_a_file_says_nothing(tmp_path, path):
    """A file is told by its content: any name does."""
    renamed = shutil.copy(path, tmp_path / "model.png")
    first, second = read_model_file(path), read_model_file(str(renamed))
    assert (first.config, first.format) == (second.config, second.format)


def test_an_uncompiled_model_has_no_optimizer(tmp_path):
    """Nothing is made up where the file says nothing."""
    model = read_model_file(archive(tmp_path / "model.keras", dense_config()))
    assert (model.compile_config, model.optimizer) == (None, None)


def test_json_is_read_from_file_text_and_bytes(tmp_path):
    """What `model.to_json()` gives, wherever it is kept; Keras 2 adds its version and backend."""
    config = dense_config() | {"keras_version": "2.13.1", "backend": "tensorflow"}
    text = json.dumps(config, indent=2)
    path = tmp_path / "model.json"
    path.write_text("\n " + text)
    for model in (read_model_file(path), read_model_json(text), read_model_json(text.encode())):
        assert model.config == config
        assert (model.format, model.keras_version) == ("json", "2.13.1")
        assert model.backend == "tensorflow"


FOREIGN = {
    "an empty file": b"",
    "a PNG image": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "a JPEG image": b"\xff\xd8\xff\xe0\0\x10JFIF",
    "an ELF program": b"\x7fELF\x02\x01\x01" + bytes(100),
    "a PDF document": b"%PDF-1.7\n",
    "an HTML page": b"<!DOCTYPE html>\n<title>404 Not Found</title>",
    "a Git LFS pointer, not the file it points to": b"version https://git-lfs.github.com/spec/v1\n",
    "a gzip file": gzip.compress(b"model", mtime=0),
    "a pickle, which runs code when loaded": pickle.dumps({"model": 1}),
    "a TensorFlow Lite model": b"\x1c\0\0\0TFL3" + bytes(30),
    "a safetensors file": (30).to_bytes(8, "little") + b'{"__metadata__":{}}',
    "a file that begins with b'import keras\\n\\nmo'": b"import keras\n\nmodel = keras.Model()\n",
}


@pytest.mark.parametrize(("kind", "content"), FOREIGN.items())
def test_a_foreign_file_is_named(tmp_path, kind, content):
    """What people give by mistake is named, with what to do."""
    path = tmp_path / "model.keras"
    path.write_bytes(content)
    assert refusal(path) == f"FILE must be a model that Keras saved; received {kind}. {GIVE}"


def test_a_tar_archive_is_named(tmp_path):
    """Its signature lies 257 bytes in."""
    path = tmp_path / "model.keras"
    with tarfile.open(path, "w") as file:
        file.addfile(tarfile.TarInfo("config.json"), io.BytesIO())
    assert "received a tar archive." in refusal(path)


def test_hdf5_without_a_model_is_named(tmp_path):
    """Weights alone are HDF5 too."""
    path = hdf5(tmp_path / "model.weights.h5", b"")
    assert refusal(path) == (
        "FILE must be a model that Keras saved; received an HDF5 file without model_config, such "
        "as one of weights alone. Save the whole model with model.save('model.keras')."
    )


@pytest.mark.parametrize(
    ("name", "unwanted"),
    [
        ("keras-3.10.0-sequence.keras", {"keras", "h5py", "numpy"}),
        ("keras-3.10.0-branches.h5", {"keras", "h5py", "numpy", "zipfile"}),
    ],
)
def test_reading_imports_no_more_than_it_must(name, unwanted):
    """Neither Keras nor h5py nor NumPy is loaded, and a legacy file needs no zip reader."""
    code = (
        "import sys; from kerasbook.files.model_file import read_model_file;"
        f"read_model_file({str(OLD / name)!r}); print(*sys.modules)"
    )
    run = subprocess.run(  # noqa: S603  our own code on our own file
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert not unwanted & set(run.stdout.split())


# --- what this Keras writes ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def model(keras):
    """A compiled model with a branch."""
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, name="conv")(inputs)
    x = keras.layers.Concatenate()([x, keras.layers.ReLU()(x)])
    x = keras.layers.GlobalAveragePooling2D()(x)
    model = keras.Model(inputs, keras.layers.Dense(3)(x), name="small")
    model.compile(optimizer=keras.optimizers.AdamW(1e-3, amsgrad=True), loss="mse")
    return model


def without_ids(value):
    """A configuration without the numbers by which files, unlike JSON, mark shared objects."""
    if isinstance(value, dict):
        return {key: without_ids(v) for key, v in value.items() if key != "shared_object_id"}
    return [without_ids(item) for item in value] if isinstance(value, list) else value


@pytest.mark.keras
def test_all_forms_of_one_model_agree(tmp_path, keras, model):
    """Archive, folder and JSON hold the same configuration; Keras itself is the oracle."""
    model.save(tmp_path / "model.keras")
    keras.saving.save_model(model, tmp_path / "folder", zipped=False)
    (tmp_path / "model.json").write_text(model.to_json())
    files = [read_model_file(tmp_path / name) for name in ("model.keras", "folder", "model.json")]
    assert [file.format for file in files] == ["keras", "keras", "json"]
    expected = json.loads(model.to_json())
    assert all(without_ids(file.config) == expected for file in files)
    optimizer = keras.saving.serialize_keras_object(model.optimizer)
    assert all(file.optimizer == optimizer for file in files)
    assert [file.keras_version for file in files] == [keras.__version__, keras.__version__, None]
    weights = tmp_path / "folder" / "model.weights.h5"
    assert files[1].weights_bytes == weights.stat().st_size
    assert files[0].weights_bytes > 4 * model.count_params()


@pytest.mark.keras
def test_the_legacy_form_of_this_keras_is_read(tmp_path, keras, model):
    """`.h5` files keep the older configuration."""
    path = tmp_path / "model.h5"
    model.save(path)
    file = read_model_file(path)
    assert (file.format, file.keras_version) == ("h5", keras.__version__)
    assert file.backend == keras.backend.backend()
    assert file.optimizer["class_name"] == "AdamW"
    assert [layer["class_name"] for layer in file.config["config"]["layers"]] == [
        type(layer).__name__ for layer in model.layers
    ]


@pytest.mark.keras
def test_weights_alone_are_named(tmp_path, model):
    """The newest form of weights has no configuration either."""
    path = tmp_path / "model.weights.h5"
    model.save_weights(path)
    assert "received an HDF5 file without model_config" in refusal(path)


@pytest.mark.keras
def test_deep_models_that_keras_writes_are_read(tmp_path, keras):
    """A hundred models inside each other, near what Keras itself can write."""
    inputs = keras.Input((2,))
    model = keras.Model(inputs, keras.layers.Dense(2)(inputs))
    for _ in range(100):
        inputs = keras.Input((2,))
        model = keras.Model(inputs, model(inputs))
    model.save(tmp_path / "deep.keras")
    config = read_model_file(tmp_path / "deep.keras").config
    assert without_ids(config) == json.loads(model.to_json())
