from __future__ import annotations

import pytest
from keras_oracle import keras

from kerasbook.rules.operations import OPERATIONS

pytestmark = pytest.mark.keras


def operations(parent):
    """All classes of operations that Keras has, layers left out."""
    for child in parent.__subclasses__():
        if not issubclass(child, keras.Layer) and child.__module__.startswith("keras."):
            yield child
        yield from operations(child)


def test_every_operation_of_keras_is_decided():
    """Each class of a raw node has a rule, or a reason why there is none."""
    classes = {each.__name__ for each in operations(keras.Operation)}
    classes -= {"Functional", "Sequential", "Model"}
    assert classes - set(OPERATIONS) == set()


def test_no_two_modules_name_their_operations_alike():
    """So the class alone says which operation it is."""
    found = {}
    for each in set(operations(keras.Operation)):
        found.setdefault(each.__name__, set()).add(each)
    assert {name for name, classes in found.items() if len(classes) > 1} == set()
