"""Two models joined into one, layer by layer or as two layers."""

from __future__ import annotations

import pytest

from kerasbook import cnn_classifier, fnn_classifier, linear_regressor

np = pytest.importorskip("numpy")
pytestmark = pytest.mark.keras

IMAGE = {"filters": (2, 3), "hidden_units": (4,), "seed": 0}


def joined(keras, left, right):
    """A model with the inputs of both backbones."""
    both = keras.layers.Concatenate()([left.output, right.output])
    return keras.Model([left.input, right.input], keras.layers.Dense(2, name="answer")(both))


@pytest.mark.parametrize("count", [0, 1])
def test_backbones_with_prefixes_join_layer_by_layer(keras, count):
    """The new model has all layers of both backbones and computes the same features."""
    left = cnn_classifier((8, 8, 3), head=None, prefix="left_", input_scale=0.5, **IMAGE)
    rights = [
        cnn_classifier((8, 8, 3), head=None, **IMAGE),
        fnn_classifier((5,), head=None, prefix="right_", dropout=0.1, activation="ReLU"),
    ]
    right = rights[count]
    model = joined(keras, left, right)
    assert {layer.name for layer in model.layers} >= {
        layer.name for backbone in (left, right) for layer in backbone.layers
    }
    x = [np.random.default_rng(0).normal(size=(3, *part.input.shape[1:])) for part in (left, right)]
    features = [part.predict(each, verbose=0) for part, each in zip((left, right), x, strict=True)]
    kernel, bias = model.layers[-1].get_weights()
    expected = np.concatenate(features, axis=1) @ kernel + bias
    assert np.allclose(model.predict(x, verbose=0), expected, atol=1e-5)


def test_a_prefix_keeps_clear_of_names_that_keras_gives(keras):
    """Without a prefix, the name that Keras gives a second `Dense` clashes with `dense_1`."""
    keras.utils.clear_session()
    backbone = fnn_classifier((5,), head=None, prefix="base_")
    hidden = keras.layers.Dense(4)(backbone.output)
    answer = keras.layers.Dense(2)(hidden)
    model = keras.Model(backbone.input, answer)
    names = [layer.name for layer in model.layers]
    assert names == ["base_input", "base_dense_1", "base_dense_2", "dense", "dense_1"]


def test_a_prefix_is_on_every_layer_and_changes_nothing_else():
    """Without the prefix the names are the documented ones, and the first weights are equal."""
    for build, arguments in [
        (cnn_classifier, {"input_shape": (8, 8, 3), "num_classes": 3, **IMAGE}),
        (fnn_classifier, {"input_shape": (5,), "hidden_units": (), "dropout": 0.2, "seed": 0}),
        (linear_regressor, {"input_shape": (5, 2), "seed": 0}),
    ]:
        plain, prefixed = build(**arguments), build(**arguments, prefix="left_")
        names = [layer.name for layer in plain.layers]
        assert [layer.name for layer in prefixed.layers] == [f"left_{name}" for name in names]
        for ours, theirs in zip(plain.get_weights(), prefixed.get_weights(), strict=True):
            assert np.array_equal(ours, theirs)


def test_models_with_names_of_their_own_join_as_layers(keras):
    """Two models with different names can be layers of one model without a prefix."""
    parts = [cnn_classifier((8, 8, 3), head=None, name=name, **IMAGE) for name in ("a", "b")]
    inputs = [keras.Input((8, 8, 3)) for _ in parts]
    both = keras.layers.Concatenate()([part(x) for part, x in zip(parts, inputs, strict=True)])
    model = keras.Model(inputs, keras.layers.Dense(2)(both))
    assert model.count_params() == sum(part.count_params() for part in parts) + (8 + 1) * 2
