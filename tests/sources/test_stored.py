"""What a file stores for layers that no rule knows is what Keras counts in memory."""

from __future__ import annotations

import json
import zipfile
from math import prod

import numpy as np
import pytest
from keras_oracle import keras, layers

from kerasbook.report import compare, count_params, explain
from kerasbook.safety import check_file

pytestmark = pytest.mark.keras


@keras.saving.register_keras_serializable("shop")
class Scaled(layers.Layer):
    """A layer of the user's own: a weight, and layers inside."""

    def __init__(self, units, **options):
        super().__init__(**options)
        self.units = units
        self.inner = layers.Dense(units)
        self.norm = layers.BatchNormalization()
        self.drop = layers.Dropout(0.5, seed=1)

    def build(self, shape):
        """A scale for each feature."""
        self.scale = self.add_weight(shape=(shape[-1],), name="scale", dtype="float32")
        self.inner.build(shape)
        self.norm.build((*shape[:-1], self.units))

    def call(self, inputs):
        """One after the other."""
        return self.drop(self.norm(self.inner(inputs * self.scale)))

    def compute_output_shape(self, shape):
        """Its units in the place of the features."""
        return (*shape[:-1], self.units)

    def get_config(self):
        """Its units."""
        return {**super().get_config(), "units": self.units}


def functional():
    """A model of layers of the user's own, one of them called twice."""
    x = keras.Input((4,))
    twice = Scaled(4, name="twice")
    return keras.Model(x, layers.Dense(2)(Scaled(3)(twice(twice(x)))), name="net")


def inside():
    """A model in models."""
    x = keras.Input((4,))
    sequential = keras.Sequential([keras.Input((2,)), Scaled(5), layers.Dense(1)], name="head")
    return keras.Model(x, sequential(functional()(x)), name="outer")


def sequential():
    """Layers of one class, and one before its model was built."""
    model = keras.Sequential([Scaled(8), layers.Dense(8), Scaled(8)], name="chain")
    model.build((None, 4))
    return model


def wrapped():
    """A layer of the user's own in a wrapper."""
    x = keras.Input((5, 4))
    return keras.Model(x, layers.TimeDistributed(Scaled(3))(x), name="wrapped")


def nested_names():
    """Layers of one name in two models inside, and one that is named as a part of another."""
    x = keras.Input((4,))
    one = keras.Sequential([Scaled(4, name="own"), Scaled(4, name="dense")], name="one")
    other = keras.Sequential([Scaled(4, name="own"), layers.Dense(4)], name="other")
    return keras.Model(x, keras.Model(x, other(one(x)), name="middle")(x), name="outer")


MODELS = (functional, inside, sequential, wrapped, nested_names)


@pytest.mark.parametrize("ending", [".keras", ".h5", ""])
@pytest.mark.parametrize("build", MODELS)
def test_layers_of_the_users_own_are_counted_from_the_file(build, ending, tmp_path):
    """In a `.keras` file, in its folder and in an `.h5` file; so does `check_file`."""
    model = build()
    path = tmp_path / f"model{ending or '.keras'}"
    model.save(path)
    if not ending:
        with zipfile.ZipFile(path) as archive:
            archive.extractall(tmp_path / "folder")
        path = tmp_path / "folder"
    report = explain(path)
    assert report.params_known
    assert not report.macs_known
    assert count_params(path) == report.params == model.count_params()
    assert check_file(path, custom_objects=["shop>Scaled"]).numbers == report.params


def test_the_row_says_where_its_weights_are_from(tmp_path):
    """Their shapes and types are those in memory, under the names of their places in the file."""
    model = functional()
    model.save(tmp_path / "m.keras")
    layer, row = model.layers[1], explain(tmp_path / "m.keras").rows[1]
    assert (row.name, row.params_origin) == ("twice", "counted from arrays")
    stored = sorted((each.shape, each.dtype) for each in row.weights)
    assert stored == sorted((tuple(each.shape), each.dtype) for each in layer.weights)
    assert {each.name for each in row.weights} == {
        "0",
        "inner/0",
        "inner/1",
        *(f"norm/{n}" for n in range(4)),
    }


def test_which_weights_of_a_users_layer_are_trained_is_not_known(tmp_path):
    """A file stores arrays without flags: the row, the totals, the memory and the JSON say so."""
    model = functional()
    model.save(tmp_path / "m.keras")
    report = explain(tmp_path / "m.keras")
    assert (report.params, report.params_known) == (model.count_params(), True)
    _, twice, once, dense = report.rows
    assert [row.trainable_known for row in (twice, once, dense)] == [False, False, True]
    assert twice.reason.endswith("; its file does not say which of its weights are trained")
    assert not report.trainable_known
    trained = sum(prod(each.shape) for each in model.trainable_weights)
    assert report.params.trainable == dense.params == 8 < trained
    assert not report.memory().known
    whole = json.loads(report.to_json())
    for counted in (whole, whole["layers"][1]):
        assert counted["trainable_params"] is counted["non_trainable_params"] is None
    assert whole["layers"][-1]["trainable_params"] == 8
    assert f"{report.params} (at least 8 trainable)" in str(report)
    assert "which of them are trained is not known" in str(report)
    assert {each.name: each.delta for each in compare(model, report).totals()} == {
        "parameters": "unchanged",
        "trainable": "change not known",
        "MACs": "change not known",
        "bytes of weights": "unchanged",
    }


@pytest.mark.parametrize("when", ["made so", "afterwards"])
def test_of_a_frozen_layer_of_the_users_own_those_inside_may_be_trained(when, tmp_path):
    """Its own weights are frozen; those of a layer inside have a flag that no file keeps."""
    inputs, layer = keras.Input((4,)), Scaled(3, name="own", trainable=when != "made so")
    model = keras.Model(inputs, layer(inputs))
    layer.trainable = layer.trainable and when != "afterwards"
    model.save(tmp_path / "m.keras")
    row = explain(tmp_path / "m.keras").rows[1]
    assert not row.trainable_known
    trainable = {each.name: each.trainable for each in row.weights}
    assert trainable.pop("0") is layer.scale.trainable is False
    assert set(trainable.values()) == {None}


def test_a_frozen_model_says_that_of_all_layers(tmp_path):
    """Keras freezes what is inside it when it loads the file."""
    model = functional()
    model.trainable = False
    model.save(tmp_path / "m.keras")
    report = explain(tmp_path / "m.keras")
    assert (report.params.trainable, report.trainable_known) == (0, True)
    loaded = keras.models.load_model(tmp_path / "m.keras")
    assert loaded.trainable_weights == []


class Autoencoder(keras.Model):
    """A model that hides its layers, with all that such models hold besides."""

    def __init__(self, **options):
        super().__init__(**options)
        self.first = keras.Sequential([keras.Input((4,)), layers.Dense(3), Scaled(3)])
        self.blocks = [layers.Dense(2), {"one": layers.Dense(4)}]
        self.loss_tracker = keras.metrics.Mean(name="loss")
        self.area = keras.metrics.AUC(num_thresholds=5)
        self.seeds = keras.random.SeedGenerator(1)
        self.other_optimizer = keras.optimizers.SGD(momentum=0.9)

    def call(self, inputs):
        """Down and up again."""
        return self.blocks[1]["one"](self.blocks[0](self.first(inputs)))


def test_a_model_that_hides_its_layers_is_counted_from_the_file(tmp_path):
    """What is not a weight is left out: two optimizers, metrics, random numbers."""
    model = Autoencoder(name="net")
    model.compile("adam", "mse", metrics=["mae"])
    ones = np.ones((8, 4), "float32")
    model.fit(ones, ones, verbose=0)
    model.other_optimizer.build(model.trainable_variables)
    model.save(tmp_path / "m.keras")
    report = explain(tmp_path / "m.keras")
    assert report.params_known
    assert report.params == model.count_params()
    assert report.rows[-1].params_origin == "counted from arrays"


def changed(path, change):
    """Change the configuration in a `.keras` file."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(members["config.json"])
    change(config)
    members["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def test_layers_that_differ_from_the_file_are_not_called_known(tmp_path):
    """The whole says so, in the report and in the error for who wants to be sure."""
    x = keras.Input((4,))
    keras.Model(x, layers.Dense(3)(x), name="net").save(tmp_path / "m.keras")

    def wider(config):
        config["config"]["layers"][1]["config"]["units"] = 30

    changed(tmp_path / "m.keras", wider)
    report = explain(tmp_path / "m.keras")
    assert not report.params_known
    assert report.reason == "its layers come to 150 parameters, and its file stores 15"
    assert "Unknown          net: its layers come to 150 parameters, and its file stores 15" in str(
        report
    )


def test_a_file_with_damaged_weights_is_read_without_them(tmp_path):
    """What it says of the model is sound all the same."""
    x = keras.Input((4,))
    keras.Model(x, layers.Dense(3)(x), name="net").save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        archive.extractall(tmp_path / "folder")
    (tmp_path / "folder" / "model.weights.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    assert explain(tmp_path / "folder").params == 15
    (tmp_path / "folder" / "model.weights.h5").unlink()
    assert explain(tmp_path / "folder").params == 15


def test_adapters_are_not_stored(tmp_path):
    """LoRA's matrices are added to the kernel, and are there again once it is loaded."""
    x = keras.Input((4,))
    layer = layers.Dense(3)
    model = keras.Model(x, layer(x))
    layer.enable_lora(2)
    model.save(tmp_path / "m.keras")
    report = explain(tmp_path / "m.keras")
    assert report.params_known
    assert report.params == keras.models.load_model(tmp_path / "m.keras").count_params() == 29


def test_integers_are_as_long_as_the_backend_makes_them(tmp_path):
    """`Normalization` counts the batches that it saw: in 64 bits on TensorFlow."""
    layer, x = layers.Normalization(), keras.Input((3,))
    layer.adapt(np.ones((4, 3), "float32"))
    model = keras.Model(x, layer(x))
    model.save(tmp_path / "m.keras")
    types = [str(each.dtype) for each in layer.weights]
    for source in (model, tmp_path / "m.keras"):
        row = explain(source).rows[1]
        assert [each.dtype for each in row.weights] == types
        assert row.params_origin == "ruled"
    assert compare(model, tmp_path / "m.keras").changed == ()


class Parts(keras.Model):
    """A model that hides a layer with two single numbers, as a metric has them too."""

    def __init__(self, **options):
        super().__init__(**options)
        self.shift = Affine()

    def call(self, inputs):
        """One layer."""
        return self.shift(inputs)


class Affine(layers.Layer):
    """A factor and a summand."""

    def build(self, shape):
        """Two single numbers."""
        del shape
        self.factor, self.summand = self.add_weight(shape=()), self.add_weight(shape=())

    def call(self, inputs):
        """The same for all."""
        return inputs * self.factor + self.summand


def test_two_single_numbers_of_a_layer_are_weights(tmp_path):
    """What a metric keeps is told by the name of its attribute, in files old enough to hold it."""
    model = Parts(name="net")
    model(np.ones((2, 3), "float32"))
    model.save(tmp_path / "m.keras")
    assert explain(tmp_path / "m.keras").params == model.count_params() == 2


UNBUILT = {
    "layers without an input": lambda: keras.Sequential(
        [layers.Dense(4), layers.Flatten(), keras.Sequential([layers.Dense(3)]), Scaled(3)]
    ),
    "no layers at all": keras.Model,
    "a model that hides its layers": Parts,
}


@pytest.mark.parametrize("name", UNBUILT)
@pytest.mark.filterwarnings("ignore:You are saving a model")
def test_a_model_saved_before_it_was_built_is_not_known(name, tmp_path):
    """Its weights are still to come: none is stored, which says nothing of how many it has."""
    model = UNBUILT[name]()
    model.save(tmp_path / "m.keras")
    report = explain(tmp_path / "m.keras")
    assert not report.params_known
    assert not explain(model).params_known


@pytest.mark.filterwarnings("ignore:You are saving a model")
def test_a_chain_without_an_input_is_the_same_in_memory_and_in_its_file(tmp_path):
    """A layer that was built by itself says what the chain is called on."""
    built = layers.Dense(3)
    built.build((None, 4))
    for first in (built, layers.Dense(3)):
        model = keras.Sequential([first, layers.Dropout(0.5), layers.Dense(2)])
        model.save(tmp_path / "m.keras")
        assert compare(model, tmp_path / "m.keras").changed == ()
    model = keras.Sequential([built])
    assert explain(model).macs == explain(model.get_config()).macs == 4 * 3


@keras.saving.register_keras_serializable("shop")
class Notes(layers.Dense):
    """A layer that stores something else than its weights."""

    def save_own_variables(self, store):
        """Ten numbers."""
        store["notes"] = np.ones(10, "float32")


def test_what_a_layer_stores_under_names_of_its_own_are_no_weights(tmp_path):
    """How many it has the file does not tell then."""
    model = keras.Sequential([keras.Input((4,)), Notes(3), layers.Dense(2)])
    model.save(tmp_path / "m.keras")
    report = explain(tmp_path / "m.keras")
    assert not report.params_known
    assert [row.params for row in report.rows] == [0, None, 8]
