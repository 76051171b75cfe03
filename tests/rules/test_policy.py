from __future__ import annotations

import pytest
from keras_oracle import keras

from kerasbook.rules import dtype_policy

NAMES = [
    "float32",
    "float16",
    "bfloat16",
    "float64",
    "uint8",
    "mixed_float16",
    "mixed_bfloat16",
    "int8_from_float32",
    "int8_from_mixed_bfloat16",
    "float8_from_float32",
    "float8_from_mixed_bfloat16",
]


@pytest.mark.keras
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", ["name", "serialized"])
def test_policies_are_those_of_keras(name, form):
    """By name or as Keras serialises it: the same types."""
    theirs = keras.dtype_policies.get(name)
    ours = dtype_policy(name if form == "name" else keras.dtype_policies.serialize(theirs))
    assert ours.variable_dtype == theirs.variable_dtype
    assert ours.compute_dtype == theirs.compute_dtype
    assert (ours.quantization or None) == theirs.quantization_mode


def test_a_map_of_policies_has_a_default():
    """A layer with parts may have a policy for each."""
    config = {"name": "map", "default_policy": "mixed_float16", "policy_map": {}}
    config.pop("name")
    policy = dtype_policy({"class_name": "DTypePolicyMap", "config": config})
    assert policy.compute_dtype == "float16"


def test_the_default_is_float32():
    """A layer that says nothing computes in float32, as Keras does."""
    assert dtype_policy(None).variable_dtype == "float32"
