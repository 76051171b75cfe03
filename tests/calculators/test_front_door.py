"""The common properties of all calculators: results, arguments and imports."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys

import pytest

import kerasbook
from kerasbook import calculators
from kerasbook.arithmetic import Number
from kerasbook.errors import ArgumentError

# One good call of every calculator that returns one number.
CALLS = {
    "batch_norm_params": {"channels": 32},
    "conv_macs": {"size": (8, 8), "kernel_size": (3, 3), "channels": 4, "filters": 6},
    "conv_output_size": {"size": 32, "kernel_size": 4},
    "conv_params": {"kernel_size": (3, 3), "channels": 4, "filters": 6},
    "conv_transpose_macs": {"size": (8, 8), "kernel_size": 3, "channels": 4, "filters": 6},
    "conv_transpose_output_size": {"size": 8, "kernel_size": 3, "strides": 2},
    "conv_transpose_params": {"kernel_size": (3, 3), "channels": 4, "filters": 6},
    "dense_macs": {"inputs": 3072, "units": 200},
    "dense_params": {"inputs": 3072, "units": 200},
    "depthwise_conv_macs": {"size": (8, 8), "kernel_size": 3, "channels": 4},
    "depthwise_conv_params": {"kernel_size": (3, 3), "channels": 4},
    "embedding_params": {"input_dim": 1000, "output_dim": 64},
    "group_norm_params": {"channels": 32},
    "group_query_attention_macs": {
        "tokens": 10,
        "inputs": 16,
        "head_dim": 4,
        "num_query_heads": 4,
        "num_key_value_heads": 2,
    },
    "group_query_attention_params": {
        "inputs": 16,
        "head_dim": 4,
        "num_query_heads": 4,
        "num_key_value_heads": 2,
    },
    "gru_macs": {"inputs": 4, "units": 8, "timesteps": 20},
    "gru_params": {"inputs": 4, "units": 8},
    "kv_cache_bytes": {"context": 128, "num_layers": 2, "num_key_value_heads": 2, "head_dim": 16},
    "layer_norm_params": {"size": 32},
    "lstm_macs": {"inputs": 4, "units": 8, "timesteps": 20},
    "lstm_params": {"inputs": 4, "units": 8},
    "memory_bytes": {"size": 1000, "batch_size": 2},
    "multi_head_attention_macs": {"tokens": 10, "inputs": 16, "num_heads": 2, "key_dim": 8},
    "multi_head_attention_params": {"inputs": 16, "num_heads": 2, "key_dim": 8},
    "pool_output_size": {"size": 28, "pool_size": 2},
    "receptive_field": {"kernel_size": 3},
    "separable_conv_macs": {"size": (8, 8), "kernel_size": 3, "channels": 4, "filters": 6},
    "separable_conv_params": {"kernel_size": (3, 3), "channels": 4, "filters": 6},
    "simple_rnn_macs": {"inputs": 4, "units": 8, "timesteps": 20},
    "simple_rnn_params": {"inputs": 4, "units": 8},
    "training_steps": {"samples": 24, "batch_size": 6, "epochs": 20},
    "widest_dense": {"max_params": 100_000, "inputs": 3072},
}
OTHERS = ("solve_conv", "weighted_sum")
INTEGERS = [
    (name, argument)
    for name, arguments in CALLS.items()
    for argument, value in arguments.items()
    if isinstance(value, int)
]


def test_every_calculator_is_here_and_on_the_front_door():
    """The package exports every calculator, and the tests here call each of them."""
    functions = {name for name in calculators.__all__ if name.islower()}
    assert functions == CALLS.keys() | set(OTHERS)
    for name in functions:
        assert getattr(kerasbook, name) is getattr(calculators, name)


@pytest.mark.parametrize("name", CALLS)
def test_a_result_is_an_integer_that_shows_its_arithmetic(name):
    """Text and LaTeX end in the value, and every argument is among the factors."""
    result = getattr(kerasbook, name)(**CALLS[name])
    assert isinstance(result, Number)
    assert result + 0 == int(result)
    assert repr(result) == f"{type(result).__name__}({int(result)})"
    assert result.text.endswith(f" = {result:,}")
    assert result.latex.endswith(f" = {result:,}".replace(",", "{,}"))
    numbers = set(map(int, re.findall(r"\d+", result.text.rpartition(" = ")[0])))
    assert set(result.factors.values()) <= numbers


@pytest.mark.parametrize(("name", "argument"), INTEGERS)
@pytest.mark.parametrize("value", [0, -1, True, 2.0, "3", None, float("nan")])
def test_a_wrong_integer_is_refused(name, argument, value):
    """Each calculator's wrong argument gives a message of the same form."""
    with pytest.raises(ArgumentError) as caught:
        getattr(kerasbook, name)(**{**CALLS[name], argument: value})
    assert str(caught.value) == (
        f"{argument} must be an integer of at least 1; received {argument}={value!r}."
    )


@pytest.mark.parametrize("name", [*CALLS, *OTHERS])
def test_at_most_three_arguments_go_by_position(name):
    """At most three arguments are positional, and the docstring describes all of them."""
    function = getattr(calculators, name)
    parameters = inspect.signature(function).parameters.values()
    positional = [p for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert len(positional) <= 3
    for parameter in parameters:
        assert f"        {parameter.name}: " in function.__doc__, parameter.name
    for part in ("Args:", "Examples:", "Reference:"):
        assert f"\n    {part}\n" in function.__doc__


def test_a_calculator_loads_nothing_heavy():
    """Importing the calculators imports neither Keras nor NumPy, h5py or Matplotlib."""
    program = (
        "import sys, kerasbook; kerasbook.conv_output_size(32, 4);"
        "print(sorted({m.partition('.')[0] for m in sys.modules} & "
        "{'keras', 'numpy', 'h5py', 'matplotlib', 'tensorflow', 'jax', 'torch', 'rich'}))"
    )
    done = subprocess.run(  # noqa: S603  our own program
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]"
