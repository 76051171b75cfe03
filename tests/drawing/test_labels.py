from __future__ import annotations

import re

import numpy as np
import pytest
from display_samples import refused
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from kerasbook.drawing.labels import read_class_names, read_labels, read_predictions
from kerasbook.errors import ArgumentError

INDICES = hnp.arrays("int64", st.integers(1, 30), elements=st.integers(0, 6))


@given(INDICES, st.sampled_from(["int64", "int8", "uint8", "float32", "float64"]))
def test_every_form_of_labels_means_the_same(indices, dtype):
    """Integers, a column of them and one-hot rows are read alike, in any type of number."""
    one_hot = np.eye(7)[indices]
    for form in (indices, indices[:, None], one_hot, indices.tolist()):
        array = np.asarray(form).astype(dtype)
        assert read_labels("y", array, num_classes=7)[0].tolist() == indices.tolist()


def test_the_number_of_classes():
    """It is told by one-hot rows, even for a class without a label, else by the largest index."""
    assert read_labels("y", [[1, 0, 0], [0, 1, 0]])[1] == 3
    assert read_labels("y", [0, 1])[1] == 2
    assert read_labels("y", [0, 1], num_classes=10)[1] == 10


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0.5, 1], "<float64 array of shape (2,)>"),
        ([[1, 1, 0]], "<int64 array of shape (1, 3)>"),
        ([[0, 0, 0]], "<int64 array of shape (1, 3)>"),
        ([[0.9, 0.1]], "<float64 array of shape (1, 2)>"),
        ([[3, 4, 5]], "<int64 array of shape (1, 3)>"),
        ([], "<float64 array of shape (0,)>"),
        ([[[1]]], "<int64 array of shape (1, 1, 1)>"),
        (3, "<int64 array of shape ()>"),
    ],
)
def test_labels_of_no_such_form(labels, message):
    """What is neither classes nor one-hot rows is refused, never rounded or cut."""
    form = "class indices of shape (N,) or (N, 1), or one-hot rows of shape (N, C)"
    with refused(f"y must be {form}; received y={message}."):
        read_labels("y", labels)


def test_labels_out_of_range():
    """A class that the model does not have is named."""
    with refused(
        "y must hold classes from 0 to 2; received y=<int64 array of shape (2,)>. Its largest is 3."
    ):
        read_labels("y", [0, 3], num_classes=3)
    with refused(
        "y must hold classes from 0 to 1; received y=<int64 array of shape (2,)>. "
        "Some are negative."
    ):
        read_labels("y", [-1, 1])
    with refused(
        "y must hold finite numbers; received y=<float64 array of shape (2,)>. "
        "1 of its 2 numbers are NaN or infinite."
    ):
        read_labels("y", [np.nan, 1])


@given(hnp.arrays("float64", (7, 5), elements=st.floats(-30, 30)))
def test_logits_become_the_softmax(logits):
    """Logits give the probabilities that their softmax has, and the class of the largest."""
    logits[:, 0] = 231  # plainly neither probabilities nor percentages: no row sums to 1 or 100
    powers = np.exp(logits)
    read = read_predictions("p", logits)
    assert read.scores == "logits"
    np.testing.assert_allclose(read.probabilities, powers / powers.sum(axis=1, keepdims=True))
    assert read.classes.tolist() == logits.argmax(axis=1).tolist()


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
def test_probabilities_stay(dtype):
    """Rows that sum to 1 within rounding are probabilities, in half precision too."""
    rows = np.random.default_rng(0).dirichlet(np.ones(1000), 20).astype(dtype)
    read = read_predictions("p", rows)
    assert read.scores == "probabilities"
    np.testing.assert_array_equal(read.probabilities.astype(dtype), rows)
    assert read.num_classes == 1000


@pytest.mark.parametrize("form", [lambda p: p, lambda p: p[:, None]])
def test_one_sigmoid_unit_is_two_classes(form):
    """A column is the probability of class 1; outside 0..1 it is its logit."""
    column = np.array([0.1, 0.5, 0.6, 0.99])
    read = read_predictions("p", form(column))
    np.testing.assert_allclose(read.probabilities[:, 1], column)
    np.testing.assert_allclose(read.probabilities.sum(axis=1), 1)
    assert read.classes.tolist() == [0, 0, 1, 1]
    logits = np.log(column / (1 - column))
    told = read_predictions("p", form(logits))
    assert told.scores == "logits"
    np.testing.assert_allclose(told.probabilities[:, 1], column)
    assert read_predictions("p", form(np.array([-1e4, 1e4]))).probabilities[:, 1].tolist() == [0, 1]


def test_integers_in_a_column_are_classes():
    """What a model has already decided has no probabilities."""
    read = read_predictions("p", np.array([[2], [0]]))
    assert (read.scores, read.classes.tolist(), read.probabilities) == ("classes", [2, 0], None)
    assert read.num_classes == 3
    assert read_predictions("p", [2.0, 0.0], scores="classes").classes.tolist() == [2, 0]


AMBIGUOUS = "p must have rows that sum to 1, or numbers outside 0..1 as logits have; received p="


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        (
            [[0.9, 0.8], [0.1, 0.3]],
            (
                "<float64 array of shape (2, 2)>. Its rows sum to 0.4 to 1.7. "
                "Say scores='probabilities' or scores='logits'."
            ),
        ),
        (
            [[90.0, 10.0]],
            "<float64 array of shape (1, 2)>. Its rows sum to 100 to 100. Divide by 100.",
        ),
    ],
)
def test_ambiguous_predictions_are_refused(scores, message):
    """Sigmoids a class, small logits and percentages look alike: the user tells which."""
    with refused(AMBIGUOUS + message):
        read_predictions("p", scores)


def test_what_is_told_is_believed():
    """`scores` settles what the numbers leave open."""
    rows = [[0.9, 0.8], [0.1, 0.3]]
    assert read_predictions("p", rows, scores="probabilities").probabilities.tolist() == rows
    logits = read_predictions("p", rows, scores="logits").probabilities
    np.testing.assert_allclose(logits.sum(axis=1), 1)
    with refused(
        "p must be within 0..1 for scores='probabilities'; "
        "received p=<float64 array of shape (1, 2)>."
    ):
        read_predictions("p", [[-1.0, 2.0]], scores="probabilities")
    with refused(
        "scores must be 'auto', 'probabilities', 'logits' or 'classes'; received scores='logit'. "
        "Did you mean 'logits'?"
    ):
        read_predictions("p", rows, scores="logit")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            np.zeros((2, 2, 2)),
            (
                "have shape (N, classes), or (N,) or (N, 1) for two classes; "
                "received p=<float64 array of shape (2, 2, 2)>."
            ),
        ),
        (
            [[np.nan, 1.0]],
            (
                "hold finite numbers; received p=<float64 array of shape (1, 2)>. "
                "1 of its 2 numbers are NaN or infinite."
            ),
        ),
    ],
)
def test_predictions_of_no_such_form(values, message):
    """A model that has diverged, or has another output, is told apart from a classifier."""
    with refused(f"p must {message}"):
        read_predictions("p", values)


@pytest.mark.parametrize("names", ["cat", ("cat", 3), (None,)])
def test_class_names_are_strings(names):
    """A single string is no sequence of names."""
    received = re.escape(repr(names))
    with pytest.raises(
        ArgumentError, match=f"^class_names must be a sequence of strings; received .*{received}.$"
    ):
        read_class_names(names, 3)
