"""A fused batch normalisation is Keras's own, up to rounding, and stays Keras's own."""

from __future__ import annotations

import json

import keras
import numpy as np
import pytest
from keras import ops

from kerasbook.builders import cnn_classifier
from kerasbook.training import fusion
from kerasbook.training.fusion import fuse_batch_norm

BACKEND = keras.backend.backend()
FUSES = BACKEND != "jax"
fuses = pytest.mark.skipif(not FUSES, reason="JAX's compiler fuses by itself")


def normalisations(shape, **settings):
    """Two models of one normalisation, equal in all, the second one fused."""
    rng = np.random.default_rng(1)
    pair = []
    for _ in range(2):
        layer = keras.layers.BatchNormalization(name="norm", **settings)
        pair.append(keras.Sequential([keras.Input(shape[1:], name="x"), layer], name="net"))
    values = [rng.uniform(0.5, 2, value.shape) for value in pair[0].get_weights()]
    for model in pair:
        model.set_weights(values)
    fuse_batch_norm(pair[1])
    return pair


def sample(shape):
    """Numbers whose mean is not 0 and whose variance is not 1."""
    return (3 + 2 * np.random.default_rng(0).standard_normal(shape)).astype("float32")


SHAPES = [(6, 5), (6, 4, 5), (6, 4, 3, 5), (2, 3, 4, 3, 5), (2, 1, 1, 5)]


@fuses
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"axis": 1},
        {"scale": False},
        {"center": False, "momentum": 0.5},
        {"epsilon": 1e-6},
        {"epsilon": 0.1},
        {"dtype": "mixed_bfloat16"},
    ],
    ids=str,
)
def test_outputs_and_statistics_are_those_of_keras(shape, settings):
    """Of any rank and with each setting; some of which go the old way on TensorFlow."""
    plain, fused = normalisations(shape, **settings)
    x = sample(shape)
    expected, received = (
        ops.convert_to_numpy(ops.cast(model(x, training=True), "float32"))
        for model in (plain, fused)
    )
    tolerance = 0.02 if "dtype" in settings else 2e-5
    np.testing.assert_allclose(received, expected, rtol=tolerance, atol=tolerance)
    for one, other in zip(plain.get_weights(), fused.get_weights(), strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-5, atol=1e-6)
    # And what is not training is the very same.
    plain.set_weights(fused.get_weights())
    for training in (False, None):
        one, other = (model(x, training=training) for model in (plain, fused))
        assert bool(ops.all(ops.equal(one, other)))


@fuses
def test_outputs_and_statistics_are_those_of_the_formula():
    """In double precision, as the paper has it."""
    _, fused = normalisations((8, 5, 4, 3), momentum=0.9)
    gamma, beta, mean, variance = map(np.float64, fused.get_weights())
    x = sample((8, 5, 4, 3))
    y = ops.convert_to_numpy(fused(x, training=True))
    rows = np.float64(x).reshape(-1, 3)  # (batch, height, width, channels) → (positions, channels)
    expected = gamma * (rows - rows.mean(0)) / np.sqrt(rows.var(0) + 1e-3) + beta
    np.testing.assert_allclose(y.reshape(-1, 3), expected, rtol=1e-5, atol=1e-5)
    kept = fused.get_weights()[2:]
    np.testing.assert_allclose(kept[0], 0.9 * mean + 0.1 * rows.mean(0), rtol=1e-5)
    np.testing.assert_allclose(kept[1], 0.9 * variance + 0.1 * rows.var(0), rtol=1e-5)


@fuses
def test_a_trained_network_is_that_of_keras():
    """Twelve steps of SGD: gradients of inputs, of scales and of offsets."""
    weights = []
    rng = np.random.default_rng(0)
    x, y = rng.random((48, 32, 32, 3), "float32"), np.eye(10)[rng.integers(0, 10, 48)]
    for fused in (False, True):
        keras.utils.set_random_seed(0)
        model = cnn_classifier(dropout=0)
        model.compile(keras.optimizers.SGD(1e-2), "categorical_crossentropy")
        assert not fused or len(fuse_batch_norm(model)) == 5
        model.fit(x, y, batch_size=16, epochs=4, shuffle=False, verbose=0)
        weights.append(model.get_weights())
    for one, other in zip(*weights, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-3, atol=1e-4)


@fuses
def test_what_the_operation_cannot_do_goes_the_old_way():
    """A mask, double precision, and a layer that is not trained: the very same numbers."""
    plain, fused = (model.layers[0] for model in normalisations((6, 4, 5)))
    x = sample((6, 4, 5))
    mask = np.arange(24).reshape(6, 4) % 3 > 0
    for arguments in ({"mask": mask}, {"trainable": False}, {"dtype": "float64"}):
        for layer in (plain, fused):
            layer.trainable = arguments.get("trainable", True)
        given = ops.cast(x, arguments.get("dtype", "float32"))
        one, other = (
            layer.call(given, training=True, mask=arguments.get("mask")) for layer in (plain, fused)
        )
        assert bool(ops.all(ops.equal(one, other)))
        for a, b in zip(plain.get_weights(), fused.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)


class Mine(keras.layers.BatchNormalization):
    """A layer of the user's own, which may compute anything."""


def test_layers_are_named_those_inside_models_too():
    """Not those that do more than the operation."""
    norm = keras.layers.BatchNormalization
    inner = keras.Sequential([keras.Input((4, 4, 3)), norm(name="inside")], name="inner")
    layers = [inner, norm(name="outside"), norm(name="renorm", renorm=True), Mine(name="mine")]
    model = keras.Sequential([keras.Input((4, 4, 3)), *layers], name="net")
    expected = ("inner/inside", "net/outside") if FUSES else ()
    assert fuse_batch_norm(model) == expected
    assert fuse_batch_norm(model) == expected  # again, to the same end
    assert fuse_batch_norm(keras.Sequential()) == ()


def test_the_model_saves_as_before(tmp_path):
    """The file is that of a model that was not fused, and so is what is loaded."""
    plain, fused = normalisations((6, 4, 4, 5))
    texts = [json.dumps(keras.saving.serialize_keras_object(model)) for model in (plain, fused)]
    assert texts[0] == texts[1]
    fused.save(tmp_path / "net.keras")
    loaded = keras.models.load_model(tmp_path / "net.keras")
    assert type(loaded.layers[0]) is keras.layers.BatchNormalization
    assert "call" not in vars(loaded.layers[0])
    assert "call" not in vars(keras.models.clone_model(fused).layers[0])
    x = sample((6, 4, 4, 5))
    np.testing.assert_array_equal(
        loaded.predict(x, verbose=0), fused.predict(x, verbose=0), strict=True
    )


@fuses
def test_a_model_that_has_been_trained_already_is_traced_anew(monkeypatch):
    """TensorFlow keeps the graph of a step."""
    model, _ = normalisations((6, 4, 4, 5))
    model.compile("sgd", "mse")
    x = sample((6, 4, 4, 5))
    model.fit(x, x, verbose=0)
    called = []
    own = fusion._OPERATIONS[BACKEND]
    monkeypatch.setitem(fusion._OPERATIONS, BACKEND, lambda *given: called.append(1) or own(*given))
    fuse_batch_norm(model)
    model.fit(x, x, verbose=0)
    assert called


def test_only_a_model_is_fused():
    """And the error says so."""
    with pytest.raises(ValueError, match=r"^model must be a Keras model; received model='cnn'\.$"):
        fuse_batch_norm("cnn")
