"""The lists of what may be named, against Keras's public names: nobody is forgotten."""

from __future__ import annotations

import inspect

import pytest
from keras_oracle import keras

from kerasbook.safety.names import CLASSES, FUNCTIONS, HIGHER_ORDER, RUNS_CODE

pytestmark = pytest.mark.keras

# What nobody saves: what others are derived from, and what only describes.
BASES = {
    "Constraint", "Initializer", "InputSpec", "Layer", "LearningRateSchedule", "Loss", "Metric",
    "Optimizer", "QuantizationConfig", "Quantizer", "Regularizer", "Wrapper",
}  # fmt: skip
MODULES = (
    keras.layers, keras.optimizers, keras.optimizers.schedules, keras.losses, keras.metrics,
    keras.initializers, keras.regularizers, keras.constraints, keras.dtype_policies,
    keras.quantizers,
)  # fmt: skip
# Arguments that are functions.
CALLED = {
    "f",
    "fn",
    "func",
    "function",
    "body_fun",
    "body",
    "pyfunc",
    "func1d",
    "true_fn",
    "branches",
}


def test_every_class_is_decided():
    """Each class of Keras's models may be named, or runs code, or is a base of others."""
    classes = {
        each.__name__
        for module in MODULES
        for each in vars(module).values()
        if inspect.isclass(each)
    }
    assert classes - CLASSES - RUNS_CODE.keys() == BASES
    assert not CLASSES & RUNS_CODE.keys()


def test_every_function_is_decided():
    """Activations, losses and metrics may be named; operations that call others not."""
    named = {
        name
        for module in (keras.activations, keras.losses, keras.metrics)
        for name, each in vars(module).items()
        if inspect.isfunction(each)
    }
    assert named - FUNCTIONS == {"deserialize", "get", "serialize"}
    calling = {
        name
        for name, each in vars(keras.ops).items()
        if inspect.isfunction(each) and CALLED & inspect.signature(each).parameters.keys()
    }
    assert calling <= HIGHER_ORDER
