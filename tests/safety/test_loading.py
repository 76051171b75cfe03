"""`load_model` loads what passes, and nothing else."""

from __future__ import annotations

import re

import pytest
from keras_oracle import keras

pytest.importorskip("h5py")
import numpy as np
from fixtures.configs import dense_config
from fixtures.hostile_objects import OBJECT_ATTACKS
from fixtures.hostile_weights import model, weights

import kerasbook as kb
from kerasbook.errors import ArgumentError, SourceError
from kerasbook.files.refusal import bytes_text

pytestmark = pytest.mark.keras

MIB = 2**20


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
@pytest.mark.filterwarnings("ignore:Skipping variable loading for optimizer")  # it never trained
def test_a_model_is_loaded_as_keras_loads_it(tmp_path, suffix):
    """The same predictions, compiled as it was."""
    built = kb.fnn_classifier((4, 4, 1), 3, hidden_units=(5,), seed=1)
    path = tmp_path / f"model{suffix}"
    built.save(path)
    loaded = kb.load_model(path)
    images = np.random.default_rng(0).random((2, 4, 4, 1), "float32")
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(loaded(images)),
        keras.ops.convert_to_numpy(built(images)),
        rtol=1e-6,
    )
    assert loaded.optimizer.name == built.optimizer.name


def test_what_does_not_pass_is_not_loaded(tmp_path, monkeypatch):
    """The message gives every reason, and Keras is not asked."""
    monkeypatch.setattr(keras.saving, "load_model", lambda *_, **__: pytest.fail("asked"))
    attack = OBJECT_ATTACKS["CVE-2025-9906, switching safe mode off"][1]()
    path = model(tmp_path, attack, weights())
    with pytest.raises(SourceError) as caught:
        kb.load_model(path)
    assert str(caught.value) == str(kb.check_file(path))
    assert "1 reason against it\n✗ foreign-function: " in str(caught.value)


def test_a_folder_of_a_checkpoint_is_no_model(tmp_path):
    """Keras 3.14 and 3.15.0 took it for one, and wrote files where it said."""
    (tmp_path / "pytree.orbax-checkpoint").write_text("{}")
    with pytest.raises(SourceError, match=r"received a folder without config\.json"):
        kb.load_model(tmp_path)


@pytest.mark.parametrize("linked", ["assets/layers/look/vocabulary.txt", "assets", "config.json"])
def test_a_folder_holds_no_links(tmp_path, linked):
    """Keras follows them, and reads whatever file they name (keras pull request 22896)."""
    kb.fnn_classifier((2, 2, 1), 2, hidden_units=(2,)).save(tmp_path / "model", zipped=False)
    assert kb.check_file(tmp_path / "model").ok
    path = tmp_path / "model" / linked
    if path.exists():
        path.rename(tmp_path / "elsewhere")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SourceError, match=re.escape(f"✗ link: file {linked!r} must be a file; ")):
        kb.load_model(tmp_path / "model")


def test_json_holds_no_weights(tmp_path):
    """What is no file of a model with its weights is said."""
    path = tmp_path / "model.json"
    path.write_text(keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).to_json())
    assert kb.check_file(path).ok
    with pytest.raises(SourceError, match="must hold weights; received the JSON of a model"):
        kb.load_model(path)


def test_memory_is_limited(tmp_path):
    """40 MB of weights load within a gigabyte, and not within 50 MiB."""
    built = keras.Sequential([keras.Input((1000,)), keras.layers.Dense(10_000)])
    path = tmp_path / "large.keras"
    built.save(path)
    assert kb.load_model(path, memory_bytes=1024 * MIB).count_params() == 10_010_000
    result = kb.check_file(path, memory_bytes=50 * MIB)
    assert str(result.reasons[0]) == (
        "the file must take at most 50 MiB to load; received a model that takes up to "
        f"{bytes_text(result.loading_bytes)}. If you know who made it, give it more memory_bytes; "
        "else do not load it."
    )
    with pytest.raises(SourceError, match="✗ too-large: the file must take at most 50 MiB"):
        kb.load_model(path, memory_bytes=50 * MIB)


def test_wrong_arguments_are_said(tmp_path):
    """What a limit is, and what custom objects are."""
    path = model(tmp_path, dense_config(), weights())
    with pytest.raises(ArgumentError, match="memory_bytes must be an integer of at least 1"):
        kb.load_model(path, memory_bytes=0)
    with pytest.raises(ArgumentError, match="memory_bytes must be an integer of at least 1"):
        kb.check_file(path, memory_bytes=1.5)
    with pytest.raises(ArgumentError, match="custom_objects must be a dict from names"):
        kb.load_model(path, custom_objects=["mine>A"])
    with pytest.raises(ArgumentError, match="custom_objects must be a collection of names"):
        kb.check_file(path, custom_objects="mine>A")
