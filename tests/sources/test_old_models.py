"""Models that older Keras wrote count as that Keras counted them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kerasbook.errors import SourceError
from kerasbook.report import explain
from kerasbook.sources.config import read_config

OLD = Path(__file__).parents[1] / "fixtures" / "old"
SAVED = sorted([*OLD.glob("*.keras"), *OLD.glob("*.h5")])


@pytest.mark.parametrize("path", SAVED, ids=lambda path: path.name)
def test_every_layer_is_as_its_keras_recorded_it(path):
    """Parameters, in total and by layer, and output shapes equal the record beside the file."""
    record = json.loads(path.with_suffix(".json").read_text())
    report = explain(path)
    rows = {row.name: row for row in report.rows}
    assert report.unknown == ()
    assert report.params == record["count_params"]
    assert report.params.trainable == record["trainable"]
    for layer in record["layers"]:
        row = rows[layer["name"]]
        assert (row.params, list(row.output_shape)) == (
            layer["count_params"],
            layer["output_shape"],
        )


@pytest.mark.parametrize("name", ["sequential", "branches", "sequence"])
def test_all_keras_since_2_13_write_the_same_model(name):
    """Nothing in the numbers tells which Keras wrote a file, nor in which format."""
    files = [path for path in SAVED if path.stem.endswith(name) and "-2.1.6-" not in path.stem]
    reports = [explain(path) for path in files]
    assert len(reports) >= 5
    assert len({tuple(map(numbers_of, report.rows)) for report in reports}) == 1
    assert len({str(report.memory()) for report in reports}) == 1


def numbers_of(row):
    """A row without its name: Keras 2 and 3 name the input of a `Sequential` differently."""
    return row.class_name, row.output_shape, row.params.text, row.macs.text, row.calls


def layer(class_name, name, nodes, **config):
    """A layer of a functional model as Keras 2 writes it."""
    return {
        "class_name": class_name,
        "config": {"name": name} | config,
        "name": name,
        "inbound_nodes": nodes,
    }


def keras_2(layers, output):
    """A functional model of Keras 2 on inputs of 5 features, with one output."""
    inputs = layer("InputLayer", "x", [], batch_input_shape=[None, 5], dtype="float32")
    ends = {"input_layers": [["x", 0, 0]], "output_layers": [output]}
    config = {"name": "net", "layers": [inputs, *layers]} | ends
    return {"class_name": "Functional", "config": config}


def test_keras_2_counts_the_calls_of_inner_models_from_1():
    """A `Sequential` inside, called twice: what Keras 2.1.6 and 2.13.1 both write."""
    dense = {"class_name": "Dense", "config": {"name": "dense", "units": 4}}
    inside = {"layers": [dense], "build_input_shape": [None, 5]}
    model = keras_2(
        [
            layer("Activation", "act", [[["x", 0, 0, {}]]], activation="relu"),
            layer("Sequential", "seq", [[["x", 0, 0, {}]], [["act", 0, 0, {}]]], **inside),
            layer("Concatenate", "cat", [[["seq", 1, 0, {}], ["seq", 2, 0, {}]]]),
        ],
        ["cat", 0, 0],
    )
    report = explain(model)
    assert report.output_shapes == ((None, 8),)
    assert report.params == 24
    model["config"]["output_layers"] = [["seq", 2, 0]]
    assert explain(model).output_shapes == ((None, 4),)


def test_keras_2_passes_tensors_by_keyword():
    """`MultiHeadAttention(q, value)` in Keras 2.13.1: a list of name, call and output."""
    nodes = [[["x", 0, 0, {"value": ["a", 0, 0], "others": [["a", 0, 0], 1, None]}]]]
    model = keras_2(
        [
            layer("Dense", "a", [[["x", 0, 0, {}]]], units=3),
            layer("MultiHeadAttention", "attention", nodes, num_heads=1, key_dim=2),
        ],
        ["attention", 0, 0],
    )
    call = read_config(model).members[2].calls[0]
    reference = read_config(model).members[2].calls[0].keywords["value"]
    assert (reference.layer, reference.call, reference.output) == ("a", 0, 0)
    assert call.keywords["others"][0] == reference
    assert call.keywords["others"][1:] == [1, None]


def test_keras_2_writes_constants_among_tensors():
    """`tf.add(1.0, x)` in Keras 2.13.1."""
    nodes = [[["_CONSTANT_VALUE", -1, 1.0, {"y": ["x", 0, 0]}]]]
    model = keras_2([layer("TFOpLambda", "add", nodes, function="math.add")], ["add", 0, 0])
    assert read_config(model).members[1].calls[0].arguments == (1.0,)
    assert explain(model).output_shapes == ((None, 5),)


SLICE = {"slice_spec": [{"start": None, "stop": None, "step": None}, 0]}


@pytest.mark.parametrize(
    ("node", "function", "found"),
    [
        (["x", 0, 0, {"y": ["x", 0, 0], "name": None}], "__operators__.add", (None, 5)),
        ([["x", 0, 0, {"name": None}]], "nn.relu", (None, 5)),
        (["x", 0, 0, {"dtype": "float16"}], "cast", (None, 5)),
        ([["x", 0, 0, {"axis": 1}], ["x", 0, 0, {"axis": 1}]], "concat", None),
        ([[["x", 0, 0, {}], ["x", 0, 0, {}]], ["x", 0, 0, {}]], "stack", None),
        ({"a": ["x", 0, 0, {}], "b": ["x", 0, 0, {}]}, "io.pack", None),
        (["x", 0, 0, SLICE], "__operators__.getitem", None),
    ],
)
@pytest.mark.parametrize("kind", ["TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer"])
def test_operations_of_tensorflow_are_layers_of_keras_2(kind, node, function, found):
    """What works number by number is followed; the rest is unknown, and its file is no worse."""
    head = layer("Dense", "head", [[["op", 0, 0, {}]]], units=3)
    model = keras_2([layer(kind, "op", [node], function=function), head], ["head", 0, 0])
    report = explain(model)
    assert report.rows[1].output_shape == found
    assert report.rows[1].params == 0
    assert report.unknown == (() if found else ("op", "head"))
    if found is None:
        operation = function.rpartition(".")[2]
        assert report.rows[1].reason == f"{operation} is an operation of TensorFlow"
    else:
        assert report.params == 18


def test_arguments_of_operations_are_bounded():
    """JSON can nest them deeper than anyone did."""
    node = ["x", 0, 0, {}]
    for _ in range(30):
        node = [node, node]
    with pytest.raises(SourceError) as caught:
        explain(keras_2([layer("TFOpLambda", "op", [node], function="stack")], ["op", 0, 0]))
    assert str(caught.value) == (
        "model 'op' (TFOpLambda): inbound_nodes must be at most 20 levels deep."
    )


def test_keras_1_wrote_a_sequential_as_a_list():
    """The older `config` is the list of layers itself."""
    first = {"name": "dense", "units": 4, "batch_input_shape": [None, 5]}
    dense = {"class_name": "Dense", "config": first}
    assert explain({"class_name": "Sequential", "config": [dense]}).params == 24
