from __future__ import annotations

import pytest
from keras_oracle import config_of, graph_of, keras, layers

from kerasbook.errors import SourceError
from kerasbook.graph import build_graph, graph_rows, unknown_paths
from kerasbook.sources.config import read_config

ops = keras.ops
pytestmark = pytest.mark.keras


def holds(model, graph=None):
    """Assert that the graph has the model's parameters and output shapes, and return it."""
    graph = graph or graph_of(model)
    assert graph.totals.params == model.count_params()
    trainable = sum(int(ops.size(w)) for w in model.trainable_weights)
    assert graph.totals.trainable == trainable
    outputs = keras.tree.flatten(model.outputs)
    assert list(graph.output_shapes) == [tuple(each.shape) for each in outputs]
    return graph


def block(name="block"):
    """A small model to put into others."""
    inputs = keras.Input((8, 8, 3))
    outputs = layers.BatchNormalization()(layers.Conv2D(3, 3, padding="same")(inputs))
    return keras.Model(inputs, outputs, name=name)


def test_a_sequential_model_is_a_chain():
    """Its input stands first, whether Keras shows it or not."""
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, name="a"), layers.Dense(2)])
    graph = holds(model)
    assert [node.class_name for node in graph.nodes] == ["InputLayer", "Dense", "Dense"]
    assert graph.nodes[2].connected_from == ("a",)


def test_a_sequential_model_without_an_input_was_built_later():
    """The shape it was built with is in its configuration."""
    model = keras.Sequential([layers.Dense(3), layers.Dense(2)])
    model.build((None, 4))
    holds(model)


def test_an_unbuilt_model_is_unknown_until_its_shape_is_given():
    """Nothing is guessed; one shape is enough."""
    model = keras.Sequential([layers.Dense(3), layers.Dense(2)])
    graph = graph_of(model)
    assert not graph.totals.params_known
    assert len(unknown_paths(graph)) == 3
    graph = graph_of(model, input_shapes=(None, 4))
    assert graph.totals.params == 23
    assert unknown_paths(graph) == ()


def test_several_inputs_and_outputs():
    """Each end of the model is where it is."""
    a, b = keras.Input((4,), name="a"), keras.Input((5,), name="b")
    joined = layers.Concatenate()([a, b])
    model = keras.Model([a, b], [layers.Dense(2)(joined), joined])
    graph = holds(model)
    assert graph.inputs == ("a", "b")


def test_dicts_of_inputs_and_outputs():
    """Keras flattens dicts by their keys."""
    inputs = {"z": keras.Input((4,), name="z"), "y": keras.Input((5,), name="y")}
    outputs = {"second": layers.Dense(2)(inputs["z"]), "first": layers.Dense(3)(inputs["y"])}
    graph = holds(keras.Model(inputs, outputs))
    assert graph.output_shapes == ((None, 3), (None, 2))


def test_a_shared_layer_is_one_layer():
    """Two calls, one set of weights."""
    shared, inputs = layers.Dense(4), keras.Input((4,))
    graph = holds(keras.Model(inputs, shared(shared(inputs))))
    assert graph.nodes[1].macs.text == "2·4·4 = 32"
    assert len(graph.nodes[1].steps) == 2


@pytest.mark.parametrize("kind", ["functional", "sequential"])
def test_a_model_inside_a_model_called_several_times(kind):
    """The calls of inner models are counted from 0 or from 1, depending on where they are named."""
    if kind == "functional":
        inner = block()
    else:
        inner = keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(3, 3, padding="same")])
    inputs = keras.Input((8, 8, 3))
    first = inner(inputs)
    second = inner(layers.ReLU()(first))
    outputs = [second, layers.Conv2D(1, 1)(first), inner(second)]
    model = keras.Model(inputs, outputs)
    graph = holds(model)
    inside = next(row for row in graph_rows(graph) if row.path.endswith("conv2d") or row.depth == 1)
    assert inside.calls == 3
    again = keras.models.clone_model(model)
    assert graph_of(again).totals == graph.totals


def test_a_sequential_model_of_models():
    """Models in a row, each with its own input."""
    model = keras.Sequential([block("one"), block("two"), layers.Flatten(), layers.Dense(2)])
    model.build((None, 8, 8, 3))
    graph = holds(model)
    assert {row.depth for row in graph_rows(graph)} == {0, 1}


def test_an_inner_model_sees_the_sizes_of_its_call():
    """A fully convolutional model inside takes the sizes that the outer one has."""
    open_inputs = keras.Input((None, None, 3))
    inner = keras.Model(open_inputs, layers.Conv2D(4, 3)(open_inputs))
    inputs = keras.Input((9, 7, 3))
    graph = holds(keras.Model(inputs, inner(inputs)))
    assert graph.totals.macs == 7 * 5 * 3 * 3 * 3 * 4


def test_tensors_passed_by_name():
    """Keyword arguments are connections too."""
    query, key = keras.Input((3, 4)), keras.Input((5, 6))
    outputs = layers.MultiHeadAttention(2, 4)(query, value=key, key=key)
    graph = holds(keras.Model([query, key], outputs))
    assert graph.nodes[2].connected_from == (
        query._keras_history.operation.name,
        key._keras_history.operation.name,
    )


def test_frozen_layers_and_models():
    """What is frozen is not trained, wherever it is switched off."""
    inner = block()
    inner.trainable = False
    inputs = keras.Input((8, 8, 3))
    frozen = layers.Conv2D(2, 3, trainable=False)
    holds(keras.Model(inputs, layers.Dense(2)(frozen(inner(inputs)))))


def test_a_bare_configuration_will_do():
    """`get_config()` says no class; its keys do."""
    model = block()
    assert build_graph(read_config(model.get_config())).totals.params == model.count_params()
    sequential = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
    graph = build_graph(read_config(sequential.get_config()))
    assert graph.totals.params == 15


def test_a_single_layer_is_a_model_of_one():
    """If it says what it was built with."""
    layer = layers.Dense(3)
    layer.build((None, 4))
    graph = build_graph(read_config(keras.saving.serialize_keras_object(layer)))
    assert graph.totals.params == 15


@keras.saving.register_keras_serializable("shop")
class Dense(layers.Dense):
    """A class of the user's own with a well-known name."""


class Conv2D(layers.Conv2D):
    """Another, not registered."""


@pytest.mark.parametrize(("layer", "class_name"), [(Dense(3), "Dense"), (Conv2D(3, 3), "Conv2D")])
def test_a_users_class_is_unknown_whatever_its_name(layer, class_name):
    """It may override `call`, so it is not taken for the class it is named after."""
    inputs = keras.Input((8, 8, 3))
    model = keras.Model(inputs, layers.Flatten()(layer(inputs)))
    graph = graph_of(model)
    assert unknown_paths(graph) == (layer.name,)
    reason = next(row.reason for row in graph_rows(graph) if row.reason)
    assert reason == f"{class_name} is a class of the user's own; give its rule in extra_rules"
    assert graph.output_shapes == (tuple(model.output.shape),)


def test_a_users_class_is_taught_by_its_registered_name():
    """`extra_rules` names it as Keras registered it."""
    from kerasbook.rules.core import dense  # noqa: PLC0415  the rule of the class it extends

    inputs = keras.Input((4,))
    model = keras.Model(inputs, Dense(3)(inputs))
    graph = holds(model, graph_of(model, extra_rules={"shop>Dense": dense}))
    assert unknown_paths(graph) == ()


class Trained(keras.Model):
    """A functional model that trains in its own way."""

    def train_step(self, data):
        """Not called here."""
        raise NotImplementedError


def test_a_functional_subclass_is_read_as_the_graph_it_was_made_of():
    """`class M(keras.Model)` made of inputs and outputs keeps its graph."""
    inputs = keras.Input((4,))
    holds(Trained(inputs, layers.Dense(3)(inputs)))


class Subclassed(keras.Model):
    """A model whose graph no configuration holds."""

    def __init__(self, **options):
        super().__init__(**options)
        self.dense = layers.Dense(3)

    def call(self, inputs):
        """One layer."""
        return self.dense(inputs)


def test_a_subclassed_model_is_unknown():
    """Its configuration does not say what is in it."""
    model = Subclassed(name="sub")
    model(ops.ones((1, 4)))
    graph = graph_of(model)
    assert unknown_paths(graph) == ("subclassed",)
    assert not graph.totals.params_known


INPUT = {
    "class_name": "InputLayer",
    "config": {"batch_shape": [None, 4], "name": "in"},
    "name": "in",
    "inbound_nodes": [],
}


def functional(*values, inputs=(("in", 0, 0),), outputs=(("in", 0, 0),)):
    """A functional configuration of some layers."""
    config = {
        "name": "m",
        "layers": list(values),
        "input_layers": [list(end) for end in inputs],
        "output_layers": [list(end) for end in outputs],
    }
    return {"class_name": "Functional", "config": config}


def dense(nodes):
    """A dense layer called so."""
    return {"class_name": "Dense", "config": {"units": 3}, "name": "d", "inbound_nodes": nodes}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (
            [],
            (
                "a configuration must be that of a model, a dict with 'class_name' and 'config' or "
                "with 'layers'; received []."
            ),
        ),
        (
            {"class_name": "Functional", "config": {"layers": [], "input_layers": []}},
            (
                "model 'functional' (Functional): its configuration must give output_layers; "
                "received none."
            ),
        ),
        (
            {"class_name": "Sequential", "config": {"layers": 3}},
            "model 'sequential' (Sequential): layers must be a list; received 3.",
        ),
        (
            {"class_name": "Sequential", "config": {"name": "s", "layers": ["Dense"]}},
            "a layer must be a dict with 'class_name' and 'config'; received 'Dense'.",
        ),
        (
            functional(INPUT, dense("in")),
            "model 'd' (Dense): inbound_nodes must be a list; received 'in'.",
        ),
        (
            functional(INPUT, dense([7])),
            (
                "model 'd' (Dense): inbound_nodes must hold dicts with 'args' and 'kwargs'; "
                "received 7."
            ),
        ),
        (
            functional(INPUT, dense([[["in", 0]]])),
            (
                "model 'd' (Dense): inbound_nodes must name layers as [name, call, output]; "
                "received ['in', 0]."
            ),
        ),
        (
            functional(INPUT, outputs=[("in", 0, "0")]),
            (
                "model 'm' (Functional): output_layers must name a tensor as [layer, call, "
                "output]; received ['in', 0, '0']."
            ),
        ),
        (
            functional(INPUT, inputs=[("ghost", 0, 0)]),
            (
                "model 'm': its inputs must be layers of the model; received 'ghost', which it "
                "does not have."
            ),
        ),
    ],
)
def test_what_is_no_configuration_is_refused(config, message):
    """The message says where, what must be, and what was received."""
    with pytest.raises(SourceError) as caught:
        build_graph(read_config(config))
    assert str(caught.value) == message


def test_the_configuration_is_left_as_it_is():
    """Reading changes nothing in it."""
    config = config_of(block())
    before = repr(config)
    build_graph(read_config(config))
    assert repr(config) == before


def test_a_configuration_that_holds_itself_is_refused():
    """Which JSON cannot, and a dict can: as a layer of itself, and as what a wrapper wraps."""
    layers = []
    model = {"class_name": "Sequential", "config": {"name": "inside", "layers": layers}}
    layers.append(model)
    with pytest.raises(SourceError) as caught:
        read_config(model)
    assert str(caught.value) == (
        "model 'inside' (Sequential) must be inside at most 200 models; received 201. "
        "Nest fewer models inside each other."
    )
    layers[:] = [{"class_name": "SpectralNormalization", "config": {"name": "w", "layer": model}}]
    model["config"]["build_input_shape"] = [None, 3]
    with pytest.raises(SourceError, match="wrappers must be at most 50 deep; received deeper ones"):
        build_graph(read_config(model))


def test_models_in_wrappers_in_models_cost_little_stack():
    """Each wrapper is a few calls deep, so there is a bound: no RecursionError comes of a file."""
    inner = {"class_name": "Dense", "config": {"name": "d", "units": 4}}
    for depth in range(80):
        net = {"name": f"s{depth}", "layers": [inner]}
        inner = {"class_name": "Sequential", "config": net}
        inner = {"class_name": "SpectralNormalization", "config": {"name": "w", "layer": inner}}
    net = {"name": "net", "layers": [inner], "build_input_shape": [None, 3]}
    with pytest.raises(SourceError, match="wrappers must be at most 50 deep; received deeper ones"):
        build_graph(read_config(net))


def test_layers_alike_share_their_facts_though_a_file_numbers_their_policy():
    """Keras numbers a dtype policy that several layers have; the weights are their own."""
    policy = {"class_name": "DTypePolicy", "config": {"name": "float32"}, "shared_object_id": 7}
    layers = [
        {"class_name": "Dense", "config": {"name": f"dense_{n}", "units": 4, "dtype": policy}}
        for n in range(3)
    ]
    graph = build_graph(read_config({"name": "net", "layers": layers, "build_input_shape": [1, 4]}))
    assert len({id(node.facts) for node in graph.nodes[1:]}) == 1
    assert graph.totals.params == 3 * (4 + 1) * 4
