from __future__ import annotations

import math

import pytest

from kerasbook.errors import SourceError
from kerasbook.rules import Layer, LayerSpec, Tensor, check_shape, parse_layer, tensors_in


def spec_of(*shapes, **config):
    """A call on tensors of these shapes."""
    tensors = tuple(Tensor(shape) for shape in shapes or ((None, 4, 6),))
    return LayerSpec(Layer("Conv1D", "it", config, where="block/it"), tensors)


def message_of(call):
    """What the error says, after the layer's name."""
    with pytest.raises(SourceError) as caught:
        call()
    prefix = "layer 'block/it' (Conv1D): "
    assert str(caught.value).startswith(prefix)
    return str(caught.value).removeprefix(prefix)


def test_values_come_as_they_are():
    """What is right is handed on in its plain form."""
    spec = spec_of(
        filters=8, rate=0.5, use_bias=False, padding="same", kernel_size=[3, 5], axis=[-1, 1]
    )
    assert spec.positive("filters") == 8
    assert spec.integer("filters", minimum=-1) == 8
    assert spec.number("rate", minimum=0, maximum=1) == 0.5
    assert spec.flag("use_bias") is False
    assert spec.choice("padding", "valid", "same") == "same"
    assert spec.per_axis("kernel_size", 2) == (3, 5)
    assert spec.per_axis("filters", 3) == (8, 8, 8)
    assert spec.axes("axis", 3) == (2, 1)
    assert spec.axis("filters", 9) == 8


def test_missing_values_are_the_default():
    """A key that an older version did not write, or None, is the default."""
    spec = spec_of(groups=None)
    assert spec.positive("groups", default=1) == 1
    assert spec.flag("use_bias", default=True) is True
    assert spec.choice("padding", "valid", "same", default="valid") == "valid"
    assert spec.per_axis("strides", 2, default=1) == (1, 1)
    assert spec.get("groups") is None


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda spec: spec.positive("units"),
            "its configuration must give units; received the keys 'filters', 'kernel_size'.",
        ),
        (
            lambda spec: spec.positive("filters"),
            "filters must be an integer of at least 1; received filters='8'.",
        ),
        (
            lambda spec: spec.per_axis("kernel_size", 3),
            (
                "kernel_size must have one value per spatial axis (3); received 2: "
                "kernel_size=(3, 0). Give one value for all, or 3."
            ),
        ),
        (
            lambda spec: spec.per_axis("kernel_size", 2),
            "kernel_size must be an integer of at least 1; received kernel_size=0.",
        ),
        (
            lambda spec: spec.of_rank(4),
            "its input must have 4 axes; received the shape (None, 4, 6).",
        ),
        (
            lambda spec: spec.size(0),
            "the size of axis 0 must be specified; received the shape (None, 4, 6).",
        ),
        (
            lambda spec: spec.size(5),
            "its input must have an axis 5; received the shape (None, 4, 6).",
        ),
        (
            lambda spec: spec.nested("layer"),
            "its configuration must give layer; received the keys 'filters', 'kernel_size'.",
        ),
    ],
)
def test_wrong_values_are_named(call, message):
    """The error says which layer, which key, what must be, and what was received."""
    assert message_of(lambda: call(spec_of(filters="8", kernel_size=[3, 0]))) == message


@pytest.mark.parametrize(
    ("config", "call", "message"),
    [
        (
            {"units": 2**63},
            lambda spec: spec.positive("units"),
            "units must be below 2⁶³, as every size; received units=9223372036854775808.",
        ),
        (
            {"rate": math.nan},
            lambda spec: spec.number("rate"),
            "rate must be a number; received rate=nan.",
        ),
        (
            {"use_bias": 1},
            lambda spec: spec.flag("use_bias"),
            "use_bias must be True or False; received use_bias=1.",
        ),
        (
            {"padding": "sane"},
            lambda spec: spec.choice("padding", "valid", "same"),
            "padding must be 'valid' or 'same'; received padding='sane'. Did you mean 'same'?",
        ),
        (
            {"axis": [1, -2]},
            lambda spec: spec.axes("axis", 3),
            "axis must name axes, each once; received axis=(1, -2).",
        ),
        (
            {"axis": [1, 2]},
            lambda spec: spec.axis("axis", 3),
            "axis must be one axis; received axis=(1, 2).",
        ),
        (
            {"axis": 3},
            lambda spec: spec.axes("axis", 3),
            "axis must be an integer from -3 to 2; received axis=3.",
        ),
        (
            {"dtype": "float31"},
            lambda spec: spec.policy,
            "dtype must name a type or a dtype policy; received dtype='float31'.",
        ),
        (
            {"data_format": "NCHW"},
            lambda spec: spec.channels_first,
            "data_format must be 'channels_last' or 'channels_first'; received data_format='NCHW'.",
        ),
    ],
)
def test_absurd_values_are_named(config, call, message):
    """No number is too large, too deep or too strange for a plain sentence."""
    assert message_of(lambda: call(spec_of(**config))) == message


def test_tensors_are_found_by_place_and_by_name():
    """A parameter is passed by position or by keyword; the order is Keras's."""
    query, value = Tensor((None, 3, 4)), Tensor((None, 5, 4))
    layer = Layer("MultiHeadAttention", "attention", {})
    spec = LayerSpec(layer, (query, value), {"key": value, "training": True})
    assert spec.tensor("query", 0) is query
    assert spec.tensor("key", 2) is value
    assert spec.tensor("mask", 3) is None
    assert spec.argument("training", 5) is True
    assert spec.input_shapes == ((None, 3, 4), (None, 5, 4), (None, 5, 4))


def test_tensors_are_found_in_any_structure():
    """Lists, tuples and dicts are read in the order Keras flattens them."""
    a, b, c = Tensor((1,)), Tensor((2,)), Tensor((3,))
    assert tensors_in([{"y": b, "x": [a]}, 7, (c, None)]) == (a, b, c)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, "linear"),
        ("relu", "relu"),
        ({"module": "builtins", "class_name": "function", "config": "gelu"}, "gelu"),
        ({"module": "keras.layers", "class_name": "ReLU", "config": {}}, "ReLU"),
        (7, ""),
    ],
)
def test_activations_have_names(value, name):
    """A function is named in several ways; what is no name is none."""
    assert spec_of(activation=value).activation() == name


def test_shapes_come_from_json():
    """A list of sizes becomes a tuple."""
    assert check_shape([None, 4, 0], where="it") == (None, 4, 0)
    assert check_shape([], where="it") == ()


@pytest.mark.parametrize(
    ("value", "received"),
    [
        ([None, -1], "[None, -1]"),
        ([None, 2**63], "[None, 9223372036854775808]"),
        ([1.0], "[1.0]"),
        ([True], "[True]"),
        ("abc", "'abc'"),
        (None, "None"),
        ([1] * 33, "[1, 1, 1, 1, 1, 1, ...]"),
    ],
)
def test_absurd_shapes_are_refused(value, received):
    """Sizes are None or integers that an array can have, and not too many."""
    with pytest.raises(SourceError) as caught:
        check_shape(value, where="it")
    assert str(caught.value) == (
        "it: a shape must be a list of at most 32 sizes, each None or an integer from 0 to "
        f"2⁶³ − 1; received {received}."
    )


@pytest.mark.parametrize(
    ("value", "received"),
    [
        ({"class_name": "Dense"}, "{'class_name': 'Dense'}"),
        ({"class_name": 3, "config": {}}, "{'class_name': 3, 'config': {}}"),
        ([], "[]"),
        ("Dense", "'Dense'"),
    ],
)
def test_what_is_no_layer_is_refused(value, received):
    """A layer has a class name and a configuration."""
    with pytest.raises(SourceError) as caught:
        parse_layer(value, where="model", role="layer")
    assert str(caught.value) == (
        f"layer of 'model' must be a dict with 'class_name' and 'config'; received {received}."
    )
