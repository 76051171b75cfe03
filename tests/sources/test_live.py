from __future__ import annotations

import pytest
from keras_oracle import graph_of, keras, layers, live_graph

from kerasbook.errors import ArgumentError
from kerasbook.graph import graph_rows, unknown_paths
from kerasbook.rules import LAYERS

ops = keras.ops
pytestmark = pytest.mark.keras


def live(model, **options):
    """The graph of the model in memory, held against Keras's own count."""
    graph = live_graph(model, **options)
    assert graph.totals.params == model.count_params()
    assert graph.totals.trainable == sum(int(ops.size(w)) for w in model.trainable_weights)
    return graph


def listed(graph):
    """What the rows of a graph say."""
    return [
        (
            row.path,
            row.node.class_name,
            row.node.output_shapes,
            row.node.connected_from,
            row.params.text if row.params else None,
            row.macs.text if row.macs else None,
            row.calls,
            row.receptive_field,
            row.reason,
        )
        for row in graph_rows(graph)
    ]


def branches():
    """Convolutions that part and meet."""
    inputs = keras.Input((16, 16, 3), name="image")
    x = layers.Conv2D(4, 3, strides=2, padding="same", activation="relu")(inputs)
    y = layers.Conv2D(4, 1)(x)
    x = layers.Add()([x, y])
    x = layers.Concatenate()([layers.MaxPooling2D()(x), layers.Conv2D(2, 2, strides=2)(x)])
    outputs = [layers.Dense(5)(layers.Flatten()(x)), layers.GlobalAveragePooling2D()(x)]
    return keras.Model(inputs, outputs)


def siamese():
    """One encoder for two inputs, in dicts."""
    encoder = keras.Sequential(
        [keras.Input((8,)), layers.Dense(4), layers.BatchNormalization()], name="encoder"
    )
    inputs = {name: keras.Input((8,), name=name) for name in ("left", "right")}
    both = [encoder(inputs["left"]), encoder(inputs["right"])]
    return keras.Model(inputs, {"near": layers.Dot(axes=1)(both), "left": both[0]})


def attending():
    """Tensors by keyword, and constants."""
    query, value = keras.Input((3, 8)), keras.Input((5, 8))
    x = layers.MultiHeadAttention(2, 4)(query, value, key=value)
    return keras.Model([query, value], layers.LayerNormalization()(x))


def frozen():
    """A backbone that is not trained."""
    backbone = keras.Sequential([keras.Input((8,)), layers.Dense(4)], name="backbone")
    backbone.trainable = False
    inputs = keras.Input((8,))
    return keras.Model(inputs, layers.Dense(2)(backbone(inputs)))


def mixed():
    """Weights in one type and activations in another."""
    inputs = keras.Input((8,))
    return keras.Model(inputs, layers.Dense(2, dtype="mixed_bfloat16")(inputs))


@pytest.mark.parametrize("make", [branches, siamese, attending, frozen, mixed])
def test_memory_and_configuration_say_the_same(make):
    """Both ways to a graph lead to the same rows, to the letter."""
    model = make()
    assert listed(live(model)) == listed(graph_of(model))


def test_a_layer_in_two_models_is_counted_once():
    """What the outer model shares with the one inside is one layer in memory."""
    shared = layers.Dense(8, name="shared")
    inner_inputs = keras.Input((8,))
    inner = keras.Model(inner_inputs, shared(inner_inputs), name="inner")
    inputs = keras.Input((8,))
    model = keras.Model(inputs, shared(inner(inputs)))
    graph = live(model)
    assert graph.totals.params == 72
    assert graph.totals.macs == 128
    assert [row.path for row in graph_rows(graph) if row.shared] == ["shared"]


def test_a_part_of_a_model_counts_its_own_calls():
    """A layer that is called elsewhere too is called here as often as the graph says."""
    inputs = keras.Input((8,))
    dense = layers.Dense(8)
    first = dense(inputs)
    keras.Model(inputs, dense(dense(first)))
    model = keras.Model(inputs, dense(first))
    graph = live(model)
    assert len(graph.nodes[1].steps) == 2
    assert graph.totals.macs == 128


class Scale(layers.Layer):
    """A layer of the user's own."""

    def build(self, shape):
        """A factor that is trained, one that is not."""
        self.factor = self.add_weight(shape=(shape[-1],))
        self.state = self.add_weight(shape=(), trainable=False)

    def call(self, inputs):
        """The scaled inputs."""
        return inputs * self.factor


def test_an_unknown_layer_has_exact_parameters():
    """Its weights are counted; untraced, what it multiplies is unknown; its shape is Keras's."""
    inputs = keras.Input((8,))
    model = keras.Model(inputs, layers.Dense(2)(Scale(name="scale")(inputs)))
    graph = live(model, trace="never")
    assert graph.totals.params_known
    assert not graph.totals.macs_known
    assert unknown_paths(graph) == ("scale",)
    assert graph.nodes[1].params.value == 9
    assert graph.nodes[1].trainable.value == 8
    assert graph.nodes[1].output_shapes == ((None, 8),)


class Twin(keras.Model):
    """A subclassed model with a weight of its own, and layers that are named alike."""

    def __init__(self, **options):
        super().__init__(**options)
        self.one, self.two = layers.Dense(3, name="same"), layers.Dense(3, name="same")
        self.inner = keras.Sequential([layers.Dense(4)], name="inner")
        self.bias = self.add_weight(shape=(4,), name="bias")

    def call(self, inputs):
        """One after the other."""
        return self.inner(self.two(self.one(inputs))) + self.bias


def test_a_subclassed_model_has_its_layers_and_its_own_weights():
    """Parameters are exact; untraced, calls are unknown."""
    model = Twin(name="twin")
    model(ops.ones((1, 5)))
    graph = live(model, trace="never")
    assert [row.path for row in graph_rows(graph) if row.depth == 0] == [
        "same",
        "same (2)",
        "inner",
        "twin",
    ]
    assert not graph.totals.macs_known


def test_a_subclassed_model_inside_a_functional_one():
    """Keras knows the shape it puts out; so do we."""
    inputs = keras.Input((5,))
    model = keras.Model(inputs, layers.Dense(2)(Twin(name="twin")(inputs)))
    graph = live(model)
    assert graph.output_shapes == ((None, 2),)
    assert graph.nodes[2].macs.value == 8


class Twice(keras.Model):
    """A functional model that overrides what it computes."""

    def call(self, inputs):
        """Something else."""
        return super().call(inputs) * 2


def test_a_functional_model_with_a_call_of_its_own_hides_its_graph():
    """It may do anything with its layers: only what they hold is known."""
    inputs = keras.Input((4,))
    graph = live(Twice(inputs, layers.Dense(3)(inputs)))
    assert not graph.totals.macs_known


def test_an_unbuilt_model_is_unknown_until_its_shape_is_given():
    """Keras counts nothing yet."""
    model = keras.Sequential([layers.Dense(3), layers.Dense(2)])
    assert not live_graph(model).totals.params_known
    assert live_graph(model, input_shapes=(None, 4)).totals.params == 23


class Tied(layers.Layer):
    """A layer that multiplies with the kernel of another one."""

    def __init__(self, other, **options):
        super().__init__(**options)
        self.kernel = other.kernel

    def call(self, inputs):
        """The products."""
        return ops.matmul(inputs, self.kernel)


def test_tied_weights_are_counted_once():
    """Two layers that hold one variable hold one set of numbers."""
    inputs = keras.Input((8,))
    first = layers.Dense(8)
    hidden = first(inputs)
    model = keras.Model(inputs, Tied(first, name="tied")(hidden))
    assert live(model).totals.params == 72
    assert unknown_paths(live(model, trace="never")) == ("tied",)


@pytest.mark.parametrize("value", [None, 3, "model.keras", keras.Model])
def test_what_is_no_model_is_refused(value):
    """The message says what came."""
    with pytest.raises(ArgumentError) as caught:
        live_graph(value)
    assert str(caught.value) == (
        "model must be a Keras model, functional, sequential or subclassed; received "
        f"{type(value).__name__}."
    )


def test_sequential_model_goes_on_after_a_layer_of_the_users_own():
    """Keras recorded what an unknown layer puts out, so the layers after it are known."""

    class Mine(layers.Dense):
        def call(self, inputs):
            return super().call(inputs) * 2

    model = keras.Sequential([keras.Input((4,)), Mine(3), layers.Dense(2, name="top")])
    rows = {row.path: row for row in graph_rows(live(model))}
    assert rows["top"].node.output_shapes == ((None, 2),)
    assert rows["top"].macs.value == 3 * 2


def test_a_model_whose_input_another_model_took():
    """Keras names the other model's input as the origin of the tensor then."""
    inputs = keras.Input((3,), name="first")
    model = keras.Model(inputs, layers.Dense(2)(inputs))
    chain = keras.Sequential([keras.Input((3,)), layers.Dense(4)])
    other = keras.models.clone_model(chain, input_tensors=[inputs])
    assert live(model).totals.params == model.count_params() == 8
    assert live(other).totals.params == other.count_params() == 16


def test_a_call_that_keras_takes_and_a_rule_does_not_is_unknown(monkeypatch):
    """In memory it was called so: the layer is unknown with the reason, and its model known."""

    def refuse(spec):
        spec.fail("it", "be called otherwise", "this")

    monkeypatch.setattr("kerasbook.rules.table.LAYERS", {**LAYERS, "Flatten": refuse})
    inputs = keras.Input((4, 2))
    flat = layers.Flatten(name="flat")(inputs)
    graph = live_graph(keras.Model(inputs, layers.Dense(3)(flat)), trace="never")
    assert graph.totals.params == 27
    assert unknown_paths(graph) == ("flat",)
    reason = next(row for row in graph_rows(graph) if row.path == "flat").facts.reason
    assert reason == (
        "Keras takes what its rule does not: layer 'flat' (Flatten): it must be called otherwise; "
        "received this."
    )
