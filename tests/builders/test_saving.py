"""A saved model opens with Keras alone and is unchanged."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile

import pytest

from kerasbook import cnn_classifier, fnn_classifier, linear_regressor

np = pytest.importorskip("numpy")
pytestmark = pytest.mark.keras

LITTLE = {"filters": (4, 6), "hidden_units": (5,)}
MODELS = {
    "line": lambda: linear_regressor(seed=0),
    "fnn": lambda: fnn_classifier(
        (8, 8, 3),
        3,
        hidden_units=(6, 5),
        dropout=(0.2, 0.3),
        activation=("gelu", "PReLU"),
        batch_normalization=(False, True),
        kernel_regularizer="l2",
        labels="integer",
        input_scale=1 / 255,
        seed=0,
    ),
    "cnn": lambda: cnn_classifier((8, 8, 3), 3, **LITTLE, seed=0),
    "signal": lambda: cnn_classifier(
        (12, 2),
        2,
        filters=(4,),
        hidden_units=(5,),
        padding="causal",
        head="sigmoid",
        optimizer="sgd",
        seed=0,
    ),
    "backbone": lambda: cnn_classifier((8, 8, 3), **LITTLE, head=None, seed=0),
}
every_model = pytest.mark.parametrize("build", MODELS.values(), ids=MODELS)


def inputs(model):
    """Three inputs of the model's shape."""
    return np.random.default_rng(0).random((3, *model.input.shape[1:])).astype("float32")


@every_model
def test_a_model_is_plain(build, keras):
    """A model is Keras's functional model, and all its layers are Keras's own."""
    model = build()
    assert type(model) is type(keras.Model(model.input, model.output))
    assert isinstance(model, keras.Model)
    assert {type(layer).__module__.partition(".")[0] for layer in model.layers} == {"keras"}
    assert not [layer for layer in model.layers if isinstance(layer, keras.layers.Lambda)]


@every_model
def test_a_configuration_gives_the_model_again(build, keras):
    """`from_config` and JSON give layers with the same settings."""

    def plain(model):
        return json.loads(json.dumps(model.get_config()))  # lists for tuples

    model = build()
    assert plain(keras.Model.from_config(model.get_config())) == plain(model)
    assert plain(keras.models.model_from_json(model.to_json())) == plain(model)


@every_model
def test_a_saved_model_predicts_the_same(build, keras, tmp_path):
    """A trained model loaded in safe mode has equal weights and predictions."""
    model = build()
    x = inputs(model)
    if model.compiled:
        targets = np.zeros(3) if "sparse" in model.loss else np.zeros((3, model.output.shape[-1]))
        model.fit(x, targets, verbose=0)
    model.save(tmp_path / "model.keras")
    copy = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
    assert copy.compiled == model.compiled
    for saved, loaded in zip(model.get_weights(), copy.get_weights(), strict=True):
        assert np.array_equal(saved, loaded)
    assert np.allclose(model.predict(x, verbose=0), copy.predict(x, verbose=0), atol=1e-6)


@every_model
def test_a_saved_file_does_not_mention_kerasbook(build, tmp_path):
    """No text in the saved archive contains the name of this library."""
    build().save(tmp_path / "model.keras")
    with zipfile.ZipFile(tmp_path / "model.keras") as archive:
        for name in ("config.json", "metadata.json"):
            assert "kerasbook" not in archive.read(name).decode()


def test_saved_models_open_where_kerasbook_is_absent(tmp_path):
    """A process that cannot import kerasbook loads the model, predicts equally and trains it."""
    expected = {}
    for name, build in MODELS.items():
        model = build()
        model.save(tmp_path / f"{name}.keras")
        np.save(tmp_path / f"{name}.npy", inputs(model))
        expected[name] = model.predict(inputs(model), verbose=0)
    code = (
        "import json, sys\n"
        "sys.modules['kerasbook'] = None\n"
        "import keras, numpy as np\n"
        "found = {}\n"
        "for name in sys.argv[1:]:\n"
        "    model = keras.models.load_model(f'{name}.keras', safe_mode=True)\n"
        "    found[name] = model.predict(np.load(f'{name}.npy'), verbose=0).tolist()\n"
        "line = keras.models.load_model('line.keras')\n"
        "line.fit(np.ones(4), np.ones(4), verbose=0)\n"
        "found['optimizer'] = type(line.optimizer).__name__\n"
        "json.dump(found, open('found.json', 'w'))\n"
    )
    subprocess.run(  # noqa: S603  our own words
        [sys.executable, "-c", code, *MODELS], cwd=tmp_path, check=True, timeout=300
    )
    found = json.loads((tmp_path / "found.json").read_text())
    assert found.pop("optimizer") == "SGD"
    assert found.keys() == expected.keys()
    for name, rows in found.items():
        assert np.allclose(rows, expected[name], atol=1e-6)


def test_training_goes_on_after_loading(keras, tmp_path):
    """Two epochs give the same weights as one epoch, saving, loading and a second epoch."""
    generator = np.random.default_rng(0)
    x = generator.random((8, 8, 8, 3)).astype("float32")
    y = np.eye(3)[generator.integers(0, 3, 8)]

    def fit(model, epochs):
        model.fit(x, y, epochs=epochs, shuffle=False, verbose=0)

    through, paused = (
        cnn_classifier((8, 8, 3), 3, **LITTLE, dropout=0.0, seed=0) for _ in range(2)
    )
    fit(through, 2)
    fit(paused, 1)
    paused.save(tmp_path / "paused.keras")
    resumed = keras.models.load_model(tmp_path / "paused.keras")
    assert int(resumed.optimizer.iterations) == 1
    fit(resumed, 1)
    for one, other in zip(through.get_weights(), resumed.get_weights(), strict=True):
        assert np.allclose(one, other, atol=1e-5)
