"""Displays of real Keras models, on whichever backend this environment has."""

from __future__ import annotations

import numpy as np
import pytest
from display_samples import images, refused, scores

from kerasbook.displays import ConfusionDisplay, FitDisplay, PredictionGridDisplay
from kerasbook.drawing.models import head_scores, predict

pytestmark = pytest.mark.keras


@pytest.fixture
def keras():
    """Keras, with its seed set."""
    import keras  # noqa: PLC0415  only these tests need it

    keras.utils.set_random_seed(0)
    return keras


def classifier(keras, activation, units=4):
    """A small model of small images."""
    layers = keras.layers
    return keras.Sequential(
        [layers.Input((8, 8, 3)), layers.Flatten(), layers.Dense(units, activation=activation)]
    )


@pytest.mark.parametrize(
    ("activation", "expected"),
    [
        ("softmax", "probabilities"),
        ("sigmoid", "probabilities"),
        (None, "logits"),
        ("relu", "auto"),
    ],
)
def test_the_head_says_what_the_outputs_are(keras, activation, expected):
    """Softmax and sigmoid put out probabilities, a linear head logits; others do not say."""
    assert head_scores(classifier(keras, activation)) == expected


def test_heads_of_other_models(keras):
    """Nested models, functional ones whose last layer is not listed last, activation layers."""
    layers = keras.layers
    inputs = keras.Input((8, 8, 3))
    inner = classifier(keras, "softmax")
    assert head_scores(keras.Model(inputs, inner(inputs))) == "probabilities"
    logits = layers.Dense(4)(layers.Flatten()(inputs))
    assert head_scores(keras.Model(inputs, layers.Activation("softmax")(logits))) == "probabilities"
    assert head_scores(keras.Model(inputs, layers.Softmax()(logits))) == "probabilities"
    assert head_scores(keras.Model(inputs, layers.ReLU()(logits))) == "auto"

    class Subclass(keras.Model):
        def call(self, inputs):
            return inputs

    assert head_scores(Subclass()) == "auto"


def test_predictions_are_keras_own(keras):
    """`predict` gives what the model gives, in batches of any size, as a NumPy array."""
    model, pictures = classifier(keras, "softmax"), images(10).astype("float32")
    whole = keras.ops.convert_to_numpy(model(pictures))
    for batch_size in (1, 3, 256):
        np.testing.assert_allclose(
            predict(model, pictures, batch_size=batch_size), whole, rtol=1e-5
        )


def test_grid_and_confusion_of_a_model(keras, capsys):
    """A model's logits are read as logits even where numbers alone would not tell."""
    model = classifier(keras, None)
    dense = model.layers[-1]
    dense.set_weights([weights * 0.001 + 0.1 for weights in dense.get_weights()])
    pictures, (labels, _) = images(40), scores(40)
    grid = PredictionGridDisplay.from_model(model, pictures, labels, n=4, rng=0)
    assert len(grid.captions_) == 4
    confusion = ConfusionDisplay.from_model(model, pictures, labels)
    assert confusion.counts.sum() == 40
    assert confusion.accuracy == grid.right_in_all / grid.total
    assert capsys.readouterr().out == ""


def test_the_boundary_of_a_trained_model(keras):
    """A Keras classifier of points is drawn, with its boundary where it decides."""
    layers = keras.layers
    model = keras.Sequential([layers.Input((2,)), layers.Dense(1, activation="sigmoid")])
    model.set_weights([np.array([[3.0], [-3.0]]), np.array([0.0])])
    points = np.random.default_rng(0).normal(size=(50, 2))
    display = FitDisplay.from_model(model, points, (points[:, 0] > points[:, 1]).astype(int))
    assert (display.fitted == display.y).all()


def test_batch_normalization_predicts_as_in_use(keras):
    """Models are asked in prediction mode: batches do not influence each other."""
    layers = keras.layers
    model = keras.Sequential(
        [layers.Input((1,)), layers.Dense(1), layers.BatchNormalization(), layers.Dropout(0.5)]
    )
    x = np.linspace(0, 1, 20)
    one = FitDisplay.from_model(model, x, x, batch_size=7)
    other = FitDisplay.from_model(model, x, x, batch_size=100)
    np.testing.assert_allclose(one.fitted, other.fitted, rtol=1e-5)


def test_what_is_no_model(keras):
    """Models have one output, and can predict."""
    with refused("model must be a Keras model with a predict method; received model='fnn'."):
        predict("fnn", np.zeros((2, 1)))
    inputs = keras.Input((1,), name="x")
    two = {"a": keras.layers.Dense(1)(inputs), "b": keras.layers.Dense(1)(inputs)}
    with refused(
        "model must have one output; received model='pair'. It has 2: ['a', 'b']. "
        "Wrap the one to show in its own keras.Model."
    ):
        predict(keras.Model(inputs, two, name="pair"), np.zeros((2, 1)))
    with refused("batch_size must be an integer of at least 1; received batch_size=0."):
        predict(classifier(keras, None), np.zeros((2, 8, 8, 3)), batch_size=0)
