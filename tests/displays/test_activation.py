from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from display_samples import refused

from kerasbook.displays import ActivationDisplay

pytestmark = pytest.mark.keras


def sigmoid(x):
    """The logistic function, by its definition."""
    return 1 / (1 + np.exp(-x))


# name: (value, derivative), by their definitions
BY_HAND = {
    "relu": (lambda x: np.maximum(x, 0), lambda x: np.where(x > 0, 1, 0)),
    "leaky_relu": (lambda x: np.where(x > 0, x, 0.2 * x), lambda x: np.where(x > 0, 1, 0.2)),
    "sigmoid": (sigmoid, lambda x: sigmoid(x) * (1 - sigmoid(x))),
    "softmax": (
        lambda x: np.exp(x) / (np.exp(x) + 2),
        lambda x: 2 * np.exp(x) / (np.exp(x) + 2) ** 2,
    ),
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "elu": (lambda x: np.where(x > 0, x, np.exp(x) - 1), lambda x: np.where(x > 0, 1, np.exp(x))),
    "relu6": (lambda x: np.clip(x, 0, 6), lambda x: np.where((x > 0) & (x < 6), 1, 0)),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_values_and_derivatives_equal_their_definitions(name):
    """What is drawn is the function and its derivative, as mathematics has them."""
    display = ActivationDisplay.from_names(name, low=-8, high=8).plot()
    value, derivative = BY_HAND[name]
    (ax,) = display.ax_
    solid, dashed = (line for line in ax.lines if line.get_label() in {"value", "derivative"})
    np.testing.assert_allclose(solid.get_ydata(), value(solid.get_xdata()), atol=1e-5)
    known = np.isfinite(dashed.get_ydata())
    x, y = dashed.get_xdata()[known], dashed.get_ydata()[known]
    np.testing.assert_allclose(y, derivative(x), atol=2e-4)
    assert (solid.get_linestyle(), dashed.get_linestyle()) == ("-", "--")


def test_a_jump_of_the_derivative_is_a_gap():
    """ReLU's derivative jumps at 0: no steep line joins its halves; sigmoid's has no gap."""
    relu, smooth = ActivationDisplay.from_names(("relu", "sigmoid")).plot().ax_
    gaps = [
        line.get_xdata()[np.isnan(line.get_ydata())] for line in (relu.lines[3], smooth.lines[3])
    ]
    assert len(gaps[0]) == 1
    assert abs(gaps[0][0]) < 0.01
    assert len(gaps[1]) == 0


def test_every_activation_of_keras_is_drawn():
    """Each name that Keras knows and that is a function of x alone works."""
    import keras  # noqa: PLC0415  only Keras knows them

    more_arguments = {"threshold", "get", "serialize", "deserialize"}
    halves = {"glu"}  # splits its input in two
    names = [
        name
        for name in dir(keras.activations)
        if not name.startswith("_") and name not in more_arguments | halves
    ]
    display = ActivationDisplay.from_names(names)
    assert len(names) > 25
    assert np.isfinite(display.values).all()
    assert len(display.plot().ax_) == len(names)


def test_functions_and_layers():
    """A function, a partial one and a layer are activations too."""
    import keras  # noqa: PLC0415  a layer is needed

    display = ActivationDisplay.from_names(
        (
            keras.activations.relu,
            keras.layers.LeakyReLU(negative_slope=0.5, name="leaky"),
            partial(keras.activations.relu, max_value=2.0),
        )
    )
    assert display.names == ("relu", "leaky", "partial")
    assert display.values[:, 0].tolist() == [0, -2, 0]
    assert display.values[:, -1].tolist() == [4, 4, 2]


def test_panels_say_what_a_head_is_for():
    """Softmax: many classes; sigmoid: two; none: regression; and beside what softmax is taken."""
    display = ActivationDisplay.from_names(("softmax", "sigmoid", "linear", "relu")).plot()
    labels = [ax.get_xlabel() for ax in display.ax_]
    assert labels == [
        "x   (a head for many classes)",
        "x   (a head for two classes)",
        "x   (a head for regression)",
        "x",
    ]
    assert display.ax_[0].get_title(loc="left") == "softmax of (x, 0, 0)"
    assert "softmax of (x, 0, 0) goes from 0.00907 to 0.965" in display.alt_text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"names": "rely"},
            (
                "names must be Keras's activations, or functions; received names='rely'. "
                "Did you mean 'relu'?"
            ),
        ),
        ({"names": ()}, "names must be 1 to 33 activations; received names=()."),
        (
            {"names": "relu", "low": 2, "high": 2},
            "high must be more than low=2.0; received high=2.0.",
        ),
        ({"names": "relu", "low": "0"}, "low must be a number; received low='0'."),
        ({"names": 3}, "names must be 1 to 33 activations; received names=3."),
    ],
)
def test_wrong_arguments(arguments, message):
    """Names and ranges that are none are refused."""
    with refused(message):
        ActivationDisplay.from_names(**arguments)


def test_a_function_of_more_than_x():
    """Keras's threshold needs two more numbers: the message says how to give them."""
    with pytest.raises(
        ValueError, match=r"^names must be functions of one array that keep its shape; .*partial\.$"
    ):
        ActivationDisplay.from_names("threshold")
