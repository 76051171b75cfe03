"""A sigmoid head for several labels at once: its loss, its accuracy, and its labels."""

from __future__ import annotations

import pytest

from kerasbook import cnn_classifier, fnn_classifier
from kerasbook.errors import ArgumentError

np = pytest.importorskip("numpy")
pytestmark = pytest.mark.keras

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 5)).astype("float32")
Y = (RNG.random((40, 3)) < 0.4).astype("float32")  # any number of ones in a row


def little(**arguments):
    """A network of one hidden layer for three labels."""
    settings = {"num_classes": 3, "hidden_units": (4,), "head": "sigmoid", "seed": 0}
    return fnn_classifier((5,), **settings | arguments)


@pytest.mark.parametrize("arguments", [{}, {"labels": "multi_hot"}, {"metrics": ["accuracy"]}])
def test_loss_and_accuracy_are_those_of_each_label(arguments):
    """Loss and accuracy are binary crossentropy and the share of correct entries, by NumPy."""
    model = little(**arguments)
    found = model.evaluate(X, Y, verbose=0, return_dict=True)
    p = model.predict(X, verbose=0).astype(float)
    assert p.shape == (40, 3)
    assert not np.allclose(p.sum(axis=1), 1, atol=0.05)  # probabilities of their own
    crossentropy = -(Y * np.log(p) + (1 - Y) * np.log(1 - p)).mean()
    assert found["loss"] == pytest.approx(crossentropy, rel=1e-4)
    assert found["accuracy"] == pytest.approx(((p > 0.5) == Y).mean(), abs=1e-6)
    largest = (p.argmax(axis=1) == Y.argmax(axis=1)).mean()
    assert abs(found["accuracy"] - largest) > 0.01  # the accuracy that Keras would choose


def test_the_name_of_any_crossentropy_is_that_of_each_label():
    """The loss "crossentropy" is the binary one, though Keras would choose the categorical one."""
    named, plain = little(loss="crossentropy"), little()
    losses = [model.evaluate(X, Y, verbose=0, return_dict=True)["loss"] for model in (named, plain)]
    assert losses[0] == pytest.approx(losses[1])


def test_two_labels_are_no_two_classes():
    """Two classes have one output; two independent labels have two."""
    assert tuple(little(num_classes=2).output.shape) == (None, 1)
    assert tuple(little(num_classes=2, labels="multi_hot").output.shape) == (None, 2)
    assert tuple(little(num_classes=1, labels="multi_hot").output.shape) == (None, 1)
    model = cnn_classifier((8, 8, 3), 4, filters=(2,), hidden_units=(), head="sigmoid")
    assert tuple(model.get_layer("probabilities").output.shape) == (None, 4)


def test_training_brings_the_loss_down_and_survives_saving(keras, tmp_path):
    """Training lowers the loss, and the saved model evaluates equally after loading."""
    model = little(optimizer=keras.optimizers.Adam(0.02))
    losses = model.fit(X, Y, epochs=15, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    ours, theirs = (m.evaluate(X, Y, verbose=0, return_dict=True) for m in (model, loaded))
    assert theirs == pytest.approx(ours, rel=1e-5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"num_classes": 1},
            (
                "num_classes must be at least 2 with head='sigmoid' and labels='one_hot'; received "
                "num_classes=1. Use num_classes=2 for one probability, that of class 1."
            ),
        ),
        (
            {"labels": "integer"},
            (
                "labels must be 'multi_hot' with head='sigmoid' and 3 classes, each with a "
                "probability of its own; received labels='integer'. Write the labels as rows of 3 "
                "zeros and ones, or use head='softmax' if each sample is of one class."
            ),
        ),
        (
            {"labels": "multi_hot", "head": "softmax"},
            (
                "labels must be 'one_hot' or 'integer' with head='softmax', whose probabilities "
                "sum to 1; received labels='multi_hot'. Use head='sigmoid' if a sample can be of "
                "several classes at once, or of none."
            ),
        ),
        (
            {"labels": "multi_hot", "head": "linear"},
            (
                "labels must be left out with head='linear', which predicts numbers and no "
                "classes; received labels='multi_hot'. Use head='softmax' for classes."
            ),
        ),
    ],
)
def test_labels_that_do_not_fit_are_refused(arguments, message):
    """Labels that do not fit the head give the whole message, which proposes what fits."""
    with pytest.raises(ArgumentError) as caught:
        little(**arguments)
    assert str(caught.value) == message
