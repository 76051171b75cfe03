"""What Keras loads again from a file is what the report says of it: sharing, freezing, inputs."""

from __future__ import annotations

import json

import numpy as np
import pytest
from keras_oracle import keras, layers

from kerasbook.report import compare, explain
from kerasbook.safety import check_file
from kerasbook.sources.config import read_config

pytestmark = pytest.mark.keras


def numbers(model):
    """How many numbers a model holds, and how many of them are trained, as Keras counts them."""
    trained = sum(int(np.prod(w.shape)) for w in model.trainable_weights)
    return model.count_params(), trained


def holds(model, path):
    """Assert that the file is reported as Keras loads it, and return the report."""
    model.save(path)
    report = explain(path)
    assert report.params_known
    assert (report.params, report.params.trainable) == numbers(keras.models.load_model(path))
    return report


def row_of(report, name):
    """The row of a layer."""
    return next(row for row in report.rows if row.name == name)


# ------------------------------------------------------------------------------------ sharing


def inside_and_outside():
    """A layer that a model holds, and the model around it."""
    x = keras.Input((10,))
    y = layers.Dense(10, name="d")(x)
    return keras.Model(x, keras.Model(x, y, name="inner")(y))


def beside_its_wrapper():
    """A layer, and a wrapper around it."""
    dense = layers.Dense(4, name="d")
    a, b = keras.Input((4,)), keras.Input((5, 4))
    return keras.Model([a, b], [dense(a), layers.TimeDistributed(dense, name="td")(b)])


def a_model_in_two_models():
    """A model beside another one that holds it."""
    core = keras.Sequential([layers.Dense(5)], name="core")
    outer = keras.Sequential([core, layers.Dense(2)], name="outer")
    return keras.Sequential([keras.Input((5,)), core, layers.Dense(5), outer])


SHARING = (inside_and_outside, beside_its_wrapper, a_model_in_two_models)


@pytest.mark.parametrize("build", SHARING)
def test_a_layer_in_several_places_is_counted_once(build, tmp_path):
    """A `.keras` file says which layers are one."""
    model = build()
    model.save(tmp_path / "m.keras")
    assert explain(tmp_path / "m.keras").params == model.count_params()
    assert check_file(tmp_path / "m.keras").reasons == ()
    assert compare(model, tmp_path / "m.keras").changed == ()


@pytest.mark.parametrize("build", SHARING[:2])
def test_an_old_file_makes_two_layers_of_one(build, tmp_path):
    """It does not say which are one, and Keras loads them so."""
    holds(build(), tmp_path / "m.h5")


def test_the_row_of_a_model_counts_a_layer_once(tmp_path):
    """Though it is in the model and in another one inside it."""
    inner, x = inside_and_outside(), keras.Input((10,))
    model = keras.Model(x, inner(x))
    report = holds(model, tmp_path / "m.keras")
    assert row_of(report, inner.name).params == inner.count_params() == 110
    assert row_of(explain(model), inner.name).params == 110


# ----------------------------------------------------------------------------------- freezing


def frozen(layer):
    """The layer, frozen."""
    layer.trainable = False
    return layer


def thawed(layer, part):
    """A layer that is frozen, but for a part of it."""
    layer.trainable = False
    part.trainable = True
    return layer


def on_steps(layer, change=frozen, part=None):
    """A model of a layer on sequences, changed once it is built."""
    x = keras.Input((5, 4))
    model = keras.Model(x, layer(x))
    change(layer, part(layer)) if part else change(layer)
    return model


def whole(change):
    """A model that is changed as a whole, or made so."""
    x = keras.Input((4,))
    return change(keras.Model(x, layers.Dense(3)(x)))


def backbone():
    """A frozen model whose last layer is thawed, in a model."""
    x, j = keras.Input((4,)), keras.Input((4,))
    base = keras.Model(x, layers.Dense(4, name="q")(layers.Dense(4, name="p")(x)), name="base")
    thawed(base, base.get_layer("q"))
    return keras.Model(j, layers.Dense(2)(base(j)))


def made_frozen():
    """A model that was made frozen, and one around it."""
    x = keras.Input((4,))
    return keras.Model(x, layers.Dense(3)(x), trainable=False)


def around(inner):
    """A model around another one."""
    x = keras.Input((4,))
    return keras.Model(x, inner(x))


def steps_of_model():
    """A wrapper around a model."""
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
    return layers.TimeDistributed(inner)


FREEZING = {
    "a layer made frozen": lambda: whole(lambda m: keras.Model(m.input, m.output)),
    "the whole": lambda: whole(frozen),
    "made frozen": made_frozen,
    "around one made frozen": lambda: around(made_frozen()),
    "around a frozen one": lambda: around(whole(frozen)),
    "backbone": backbone,
    "sequential made frozen": lambda: keras.Sequential(
        [keras.Input((4,)), layers.Dense(3)], trainable=False
    ),
    "wrapper made frozen": lambda: on_steps(
        layers.TimeDistributed(layers.Dense(3), trainable=False), lambda layer: layer
    ),
    "wrapped": lambda: on_steps(
        layers.TimeDistributed(layers.Dense(3, trainable=False)), lambda layer: layer
    ),
    "wrapper": lambda: on_steps(layers.TimeDistributed(layers.Dense(3))),
    "thawed in a wrapper": lambda: on_steps(
        layers.TimeDistributed(layers.Dense(3)), thawed, lambda each: each.layer
    ),
    "both ways": lambda: on_steps(layers.Bidirectional(layers.LSTM(3))),
    "forwards": lambda: on_steps(
        layers.Bidirectional(layers.LSTM(3)), thawed, lambda each: each.forward_layer
    ),
    "backwards": lambda: on_steps(
        layers.Bidirectional(layers.LSTM(3)), thawed, lambda each: each.backward_layer
    ),
    "a cell": lambda: on_steps(layers.RNN(layers.LSTMCell(3)), thawed, lambda each: each.cell),
    "one of two cells": lambda: on_steps(
        layers.RNN([layers.LSTMCell(3), layers.LSTMCell(2)]),
        thawed,
        lambda each: each.cell.cells[0],
    ),
    "spectral": lambda: on_steps(
        layers.SpectralNormalization(layers.Dense(3)), thawed, lambda each: each.layer
    ),
    "a model in a wrapper": lambda: on_steps(
        steps_of_model(), thawed, lambda each: each.layer.layers[-1]
    ),
    "recurrent": lambda: on_steps(layers.LSTM(3)),
    "normalised": lambda: on_steps(layers.BatchNormalization()),
}


@pytest.mark.parametrize("name", FREEZING)
def test_what_is_trained_is_what_keras_trains(name, tmp_path):
    """In memory, and as Keras loads the file: it keeps no flag of a `Sequential` of its own."""
    model = FREEZING[name]()
    holds(model, tmp_path / "m.keras")
    report = explain(model)
    assert (report.params, report.params.trainable) == numbers(model)


def test_keras_thaws_attention_when_it_loads_it(tmp_path):
    """Its parts have flags of their own, which the file does not keep."""
    x = keras.Input((5, 4))
    layer = layers.MultiHeadAttention(2, 2)
    model = keras.Model(x, layer(x, x))
    layer.trainable = False
    report = holds(model, tmp_path / "m.keras")
    assert report.params.trainable == 80
    row = row_of(explain(model), layer.name)
    assert (row.params.trainable, row.params_origin) == (0, "ruled")


# ------------------------------------------------------------------------- inputs and names


class Joined(keras.Model):
    """A model on several tensors, in whatever structure."""

    def __init__(self, **options):
        super().__init__(**options)
        self.one, self.other = layers.Dense(4), layers.Dense(4)

    def call(self, inputs):
        """A layer on each."""
        a, b = inputs.values() if isinstance(inputs, dict) else inputs
        return self.one(a) + self.other(b)


A, B = np.ones((3, 3), "float32"), np.ones((3, 2), "float32")


@pytest.mark.parametrize(
    "inputs", [(A, B), [A, B], {"a": A, "b": B}], ids=["tuple", "list", "dict"]
)
def test_a_model_on_several_tensors_is_read(inputs, tmp_path):
    """Each of them is an input of its own shape; what the model does with them is not known."""
    model = Joined(name="joined")
    model(inputs)
    model.save(tmp_path / "m.keras")
    report = explain(tmp_path / "m.keras")
    shapes = [row.output_shape for row in report.rows if row.class_name == "InputLayer"]
    assert shapes == [(3, 3), (3, 2)]
    assert not report.macs_known


class Block(layers.Layer):
    """A layer whose configuration keeps no name."""

    def __init__(self, units):
        super().__init__()
        self.inner = layers.Dense(units)

    def build(self, shape):
        """The layer inside."""
        self.inner.build(shape)

    def call(self, inputs):
        """The layer inside."""
        return self.inner(inputs)


def test_layers_without_names_get_names_of_their_own(tmp_path):
    """Two layers of one class in a `Sequential`, which keeps no names beside its layers."""
    model = keras.Sequential([keras.Input((8,)), Block(8), layers.Dense(8), Block(8)])
    model.save(tmp_path / "m.keras")
    names = [row.name for row in explain(tmp_path / "m.keras").rows]
    assert names[1::2] == ["block", "block_1"]


def test_a_shared_layer_is_the_first_one_that_the_file_has():
    """As Keras makes it: what stands at a second place under its number does not matter."""
    x = keras.Input((4,))
    model = keras.Model(x, keras.Model(x, layers.Dense(4, name="d")(x))(x))
    config = json.loads(model.to_json())
    first = config["config"]["layers"][1]["config"]["layers"][1]
    second = json.loads(json.dumps(first))
    second["config"]["units"] = 1_000
    second["inbound_nodes"] = [
        {
            "args": [
                {
                    "class_name": "__keras_tensor__",
                    "config": {
                        "shape": [None, 4],
                        "dtype": "float32",
                        "keras_history": [model.layers[1].name, 0, 0],
                    },
                }
            ],
            "kwargs": {},
        }
    ]
    first["shared_object_id"] = second["shared_object_id"] = 7
    config["config"]["layers"].append(second)
    config["config"]["output_layers"] = [["d", 0, 0]]
    members = read_config(config).members
    assert members[2].layer.config["units"] == 4
    assert explain(config).params == 20
