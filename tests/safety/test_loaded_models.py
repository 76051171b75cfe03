"""Models of every kind come through `load_model` as `keras.saving.load_model` gives them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fixtures.good_models import MODELS, chain
from keras_oracle import keras, layers

import kerasbook as kb

pytestmark = [
    pytest.mark.keras,
    pytest.mark.filterwarnings("ignore"),  # Keras warns of old formats and of what never trained
]

OLD = sorted((Path(__file__).parents[1] / "fixtures" / "old").glob("*.*"))
OLD_MODELS = [path for path in OLD if path.suffix != ".json"]
NOT_IN_H5 = {"float8", "lora", "int8", "int4", "mixed precision"}
texts = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="texts need TensorFlow")


def values(variables):
    """Path, type and bytes of each variable."""
    found = []
    for each in variables:
        value = keras.ops.convert_to_numpy(each)
        found.append((str(each.dtype), value.shape, value.tobytes()))
    return found


def loaded(load, path, **options):
    """What a loader gives; Keras draws some states of random layers anew."""
    keras.backend.clear_session()  # and numbers the names of layers
    keras.utils.set_random_seed(0)
    return load(path, **options)


def assert_same(path, **options):
    """Both loaders give one model: configuration, every weight, optimizer and metrics."""
    theirs = loaded(keras.saving.load_model, path, **options)
    ours = loaded(kb.load_model, path, **options)
    assert ours.get_config() == theirs.get_config()
    assert [each.name for each in ours.layers] == [each.name for each in theirs.layers]
    assert values(ours.weights) == values(theirs.weights)
    assert values(ours.non_trainable_variables) == values(theirs.non_trainable_variables)
    assert ours.compiled == theirs.compiled
    if theirs.compiled:
        assert ours.get_compile_config() == theirs.get_compile_config()
        assert values(ours.optimizer.variables) == values(theirs.optimizer.variables)
    return ours, theirs


def assert_same_or_said(path):
    """The same; where Keras fails on a file of its own, so do we, with the reason."""
    try:
        loaded(keras.saving.load_model, path)
    except Exception:  # noqa: BLE001  whatever it raises
        with pytest.raises(kb.errors.SourceError, match="must be a model that Keras loads"):
            kb.load_model(path)
    else:
        assert_same(path)


@pytest.mark.parametrize("name", MODELS)
def test_every_kind_of_model(tmp_path, name):
    """From an archive, a folder and HDF5."""
    model = MODELS[name]()
    model.save(tmp_path / "model.keras")
    assert_same(tmp_path / "model.keras")
    model.save(tmp_path / "folder", zipped=False)
    assert_same(tmp_path / "folder")
    if name not in NOT_IN_H5:
        model.save(tmp_path / "model.h5")
        assert_same_or_said(tmp_path / "model.h5")


@pytest.mark.parametrize("path", OLD_MODELS, ids=lambda path: path.stem)
def test_files_of_older_keras(path):
    """Files that Keras 2.1 to 3.10 wrote; what this Keras cannot load is said."""
    assert_same_or_said(path)


@pytest.mark.parametrize("optimizer", ["Adam", "SGD", "RMSprop", "Adafactor", "Lion", "Ftrl"])
def test_a_trained_model_goes_on(tmp_path, optimizer):
    """The next step of training is the same: states, schedule, losses and metrics."""
    model, x, y = trained(optimizer)
    model.save(tmp_path / "model.keras")
    ours, theirs = assert_same(tmp_path / "model.keras")
    assert int(ours.optimizer.iterations) == 1
    for each in (ours, theirs):
        keras.utils.set_random_seed(1)
        each.fit(x, y, verbose=0)
    assert values(ours.weights) == values(theirs.weights)
    assert ours.evaluate(x, y, verbose=0) == theirs.evaluate(x, y, verbose=0)


@pytest.mark.parametrize("optimizer", ["Adam", "SGD"])
def test_a_trained_model_in_hdf5(tmp_path, optimizer):
    """Compiled as it was saved, with the states that Keras reads; it cannot train them on."""
    model, _, _ = trained(optimizer)
    model.save(tmp_path / "model.h5")
    assert_same(tmp_path / "model.h5")


def trained(optimizer):
    """A model after one step, and its data."""
    keras.utils.set_random_seed(0)
    model = chain(layers.Dense(4), layers.BatchNormalization(), layers.Dense(3, "softmax"))
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
    built = getattr(keras.optimizers, optimizer)(schedule)
    metrics = ["accuracy", keras.metrics.AUC()]
    model.compile(built, "categorical_crossentropy", metrics=metrics)
    x, y = np.random.default_rng(0).random((8, 8)), np.eye(3)[np.arange(8) % 3]
    model.fit(x, y, verbose=0)
    return model, x, y


def test_a_layer_that_was_adapted(tmp_path):
    """Mean and variance are weights that no training changes."""
    normal = layers.Normalization()
    normal.adapt(np.random.default_rng(0).random((20, 8)))
    chain(normal, layers.Discretization(bin_boundaries=[0.0, 1.0])).save(tmp_path / "m.keras")
    assert_same(tmp_path / "m.keras")


@texts
@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_vocabularies(tmp_path, suffix):
    """Words, numbers and texts; beside the weights in an archive, in the configuration in HDF5."""
    vectors = layers.TextVectorization(output_mode="tf_idf")
    vectors.adapt(["some words", "and some more"])
    words = layers.StringLookup(vocabulary=["ä", "b c"], num_oov_indices=2)
    entry = keras.Input((1,), dtype="string")
    model = keras.Model(entry, [vectors(entry), words(entry)])
    path = tmp_path / f"model{suffix}"
    if suffix == ".h5":  # Keras itself loses what it would have to keep beside the weights
        model = keras.Model(entry, words(entry))
    model.save(path)
    ours, theirs = assert_same(path)
    data = np.array([["some ä"], ["b c"], ["else"]], dtype=object)
    for mine, other in zip(
        keras.tree.flatten(ours(keras.ops.convert_to_tensor(data))),
        keras.tree.flatten(theirs(keras.ops.convert_to_tensor(data))),
        strict=True,
    ):
        np.testing.assert_array_equal(mine, other)


@texts
def test_numbers_that_were_looked_up(tmp_path):
    """A table of integers, of which the file keeps a list."""
    entry = keras.Input((1,), dtype="int64")
    model = keras.Model(entry, layers.IntegerLookup(vocabulary=[7, 9, 11])(entry))
    model.save(tmp_path / "m.keras")
    ours, theirs = assert_same(tmp_path / "m.keras")
    data = np.array([[9], [3]])
    np.testing.assert_array_equal(ours.predict(data, verbose=0), theirs.predict(data, verbose=0))


@keras.saving.register_keras_serializable("tests")
class Wrapped(keras.Model):
    """A user's model around a layer, a list of layers, and a weight of its own."""

    def __init__(self, units=3, **options):
        super().__init__(**options)
        self.units = units
        self.first = layers.Dense(units)
        self.rest = [layers.Dense(units), layers.LayerNormalization()]

    def build(self, shape):
        """One number, and the layers."""
        self.scale = self.add_weight(shape=(), name="scale", initializer="ones")
        self.first.build(shape)
        for each in self.rest:
            each.build((None, self.units))
        self.built = True

    def call(self, inputs):
        """One after the other."""
        x = self.first(inputs) * self.scale
        for each in self.rest:
            x = each(x)
        return x

    def get_config(self):
        """What it was made with."""
        return super().get_config() | {"units": self.units}


def test_a_model_of_the_users_own(tmp_path):
    """With the class in `custom_objects`, and compiled."""
    model = Wrapped()
    model.compile("adam", "mse")
    model.fit(np.ones((4, 5)), np.ones((4, 3)), verbose=0)
    model.save(tmp_path / "m.keras")
    ours, theirs = assert_same(tmp_path / "m.keras", custom_objects={"tests>Wrapped": Wrapped})
    data = np.random.default_rng(0).random((3, 5), "float32")
    np.testing.assert_array_equal(ours.predict(data, verbose=0), theirs.predict(data, verbose=0))


def test_nothing_is_left_behind(tmp_path, monkeypatch):
    """The copy is gone when the model is there, and stood where nobody else could write."""
    seen = []
    load = keras.saving.load_model

    def loads(path, **options):
        seen.append((Path(path), Path(path).parent.stat().st_mode & 0o777))
        return load(path, **options)

    monkeypatch.setattr(keras.saving, "load_model", loads)
    for suffix in (".keras", ".h5"):
        path = tmp_path / f"model{suffix}"
        MODELS["recurrent"]().save(path)
        kb.load_model(path)
    assert [mode for _, mode in seen] == [0o700, 0o700]
    assert not any(path == tmp_path or path.parent.exists() for path, _ in seen)
