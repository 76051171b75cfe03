"""The table decides every layer class that Keras has."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

import pytest
from keras_oracle import keras

from kerasbook.rules import LAYERS
from kerasbook.rules.layer import exported

# Bases, which no model holds: they do nothing by themselves.
BASES = {
    "BaseAdaptiveAveragePooling",
    "BaseAdaptiveMaxPooling",
    "BaseAdaptivePooling",
    "BaseConv",
    "BaseConvTranspose",
    "BaseDepthwiseConv",
    "BaseGlobalPooling",
    "BaseImagePreprocessingLayer",
    "BasePooling",
    "BaseSeparableConv",
    "BaseSpatialDropout",
    "ConvLSTM",
    "ConvLSTMCell",
    "DataLayer",
    "IndexLookup",
    "Layer",
    "Merge",
    "Wrapper",
}
# Models: the graph walks them, and a subclassed one says itself that it is unknown.
MODELS = {"Distiller", "Functional", "Model", "Sequential"}

SOURCES = ("keras.src.applications", "keras.src.layers", "keras.src.models")

pytestmark = pytest.mark.keras


def layer_classes(module):
    """The layer classes that a module defines or exports, by name."""
    each = (v for v in vars(module).values() if inspect.isclass(v))
    found = [cls for cls in each if issubclass(cls, keras.Layer)]
    return {exported(cls.__name__, module="keras.layers"): cls for cls in found}


def test_every_class_of_keras_layers_is_decided():
    """Each layer class has a rule, is declared free, or is declared out of reach."""
    assert layer_classes(keras.layers).keys() - BASES - LAYERS.keys() == set()


def test_every_layer_class_in_the_sources_of_keras_is_decided():
    """So has each class that is not exported, but may be in a file."""
    found = set()
    # Not all of `keras.src`: importing another backend's modules would put them in place of ours.
    for name in SOURCES:
        package = importlib.import_module(name)
        for each in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not each.name.endswith("_test"):
                classes = layer_classes(importlib.import_module(each.name))
                found |= {name for name, cls in classes.items() if cls.__module__ == each.name}
    assert found - BASES - MODELS - LAYERS.keys() == set()
