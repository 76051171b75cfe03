"""The table decides every layer class that Keras has."""

from __future__ import annotations

import inspect

import pytest
from keras_oracle import keras

from kerasbook.rules import LAYERS

# Bases that no model holds: `Layer` itself, and the frame of wrappers.
BASES = {"Layer", "Wrapper"}


@pytest.mark.keras
def test_every_class_of_keras_layers_is_decided():
    """Each layer class has a rule, is declared free, or is declared out of reach."""
    classes = {
        each.__name__
        for each in vars(keras.layers).values()
        if inspect.isclass(each) and issubclass(each, keras.Layer)
    }
    assert classes - BASES - set(LAYERS) == set()
