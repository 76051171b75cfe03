"""Models that are never allocated: their reports, and that nothing of them is left."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

keras = pytest.importorskip("keras")

import numpy as np  # noqa: E402  after Keras is known to be there

import kerasbook as kb  # noqa: E402

layers = keras.layers
pytestmark = pytest.mark.keras

# A decoder of the size of a large language model: 80 blocks, 70 billion parameters.
LARGE = """
import resource, sys
import keras, kerasbook as kb

def build():
    tokens = keras.Input((128,), dtype="int32")
    states = keras.layers.Embedding(32_000, 8192)(tokens)
    for _ in range(80):
        query = keras.layers.RMSNormalization()(states)
        mixed = keras.layers.GroupQueryAttention(128, 64, 8, use_bias=False)(query, query)
        states = keras.layers.Add()([states, mixed])
        wide = keras.layers.RMSNormalization()(states)
        gate = keras.layers.Dense(28_672, activation="silu", use_bias=False)(wide)
        up = keras.layers.Dense(28_672, use_bias=False)(wide)
        down = keras.layers.Dense(8192, use_bias=False)(keras.layers.Multiply()([gate, up]))
        states = keras.layers.Add()([states, down])
    states = keras.layers.RMSNormalization()(states)
    return keras.Model(tokens, keras.layers.Dense(32_000, use_bias=False)(states))

peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before = peak()
report = kb.plan(build, dtype="bfloat16")
print(int(report.params), report.macs_known, (peak() - before) // 1024)
"""


def huge():
    """A model of 40 TB."""
    inputs = keras.Input((1_000_000,))
    return keras.Model(inputs, layers.Dense(10_000_000)(inputs))


def test_a_plan_says_what_the_model_would():
    """Rows, totals and memory."""

    def build():
        return kb.cnn_classifier((32, 32, 3), 10)

    planned, real = kb.plan(build), kb.explain(build())
    assert [(row.class_name, row.params, row.macs) for row in planned.rows] == [
        (row.class_name, row.params, row.macs) for row in real.rows
    ]
    assert planned.params == 592_554
    assert planned.memory(32) == real.memory(32)


def test_layers_of_the_users_own_are_traced_without_weights():
    """Their weights have a shape, and no numbers are asked for."""

    class Own(layers.Layer):
        def build(self, shape):
            self.kernel = self.add_weight(shape=(shape[-1], 100_000_000), initializer="orthogonal")

        def call(self, inputs):
            return keras.ops.matmul(inputs, self.kernel)

    def build():
        inputs = keras.Input((50_000,))
        return keras.Model(inputs, Own()(inputs))

    report = kb.plan(build)
    assert report.params == report.macs == 5_000_000_000_000


def test_nothing_is_left_to_allocate():
    """A scope that closes afterwards would allocate what is pending: 40 TB."""
    assert kb.plan(huge).params == 10_000_010_000_000
    with keras.StatelessScope():
        pass


def test_nothing_is_left_where_building_fails():
    """The error is the function's own."""

    def build():
        huge()
        raise LookupError("no such block")

    with pytest.raises(LookupError, match="no such block"):
        kb.plan(build)
    with keras.StatelessScope():
        pass


class Noisy(layers.Layer):
    """A layer with weights that are made from values."""

    def __init__(self):
        super().__init__()
        self.generator = keras.random.SeedGenerator(3)
        self.scale = keras.Variable(np.ones(3, "float32"))

    def call(self, inputs):
        """Scaled, with noise."""
        return inputs * self.scale + keras.random.normal((3,), seed=self.generator)


def compiled():
    """A model with an optimizer, and metrics that count."""
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
    metrics = [keras.metrics.AUC(), keras.metrics.MeanIoU(3)]
    model.compile(keras.optimizers.SGD(0.1, momentum=0.9), "mse", metrics=metrics)
    return model


def stateful():
    """A model that keeps what it saw, and one that learns its scale from data."""
    normalization = layers.Normalization()
    normalization.adapt(np.arange(20, dtype="float32").reshape((5, 4)))
    inputs = keras.Input((5, 4), batch_size=2)
    outputs = layers.GRU(3, stateful=True)(normalization(inputs))
    return keras.Model(inputs, Noisy()(layers.Dropout(0.5)(outputs)))


def transposed():
    """A function as a layer, on a weight of another."""
    inputs = keras.Input((4,))
    dense = layers.Dense(3)
    back = layers.Lambda(lambda hidden: keras.ops.matmul(hidden, keras.ops.transpose(dense.kernel)))
    return keras.Model(inputs, back(dense(inputs)))


@pytest.mark.parametrize("build", [compiled, stateful, transposed])
def test_what_is_made_from_values_is_planned_too(build):
    """An optimizer, metrics, seed generators, states."""
    planned, real = kb.plan(build), kb.explain(build())
    assert [(row.params, row.macs) for row in planned.rows] == [
        (row.params, row.macs) for row in real.rows
    ]
    assert planned.params == build().count_params()
    assert planned.macs_known
    assert real.macs_known
    if real.optimizer is not None:  # whose name Keras numbers
        settings = real.optimizer.config | {"name": planned.optimizer.config["name"]}
        assert planned.optimizer.config == settings
    assert planned.memory(8) == real.memory(8)


def test_layers_from_outside_stay_as_they_were():
    """Whether they are built or not, by a function inside a function too."""
    new, old = layers.Dense(6), layers.Dense(2)
    old.build((None, 6))
    weights = old.get_weights()

    def calling():
        old.trainable = False
        inputs = keras.Input((4,))
        return keras.Model(inputs, old(new(inputs)))

    def build():
        return calling()

    report = kb.plan(build)
    assert (report.params, report.params.trainable) == (44, 30)
    assert (new.built, new.weights, new._inbound_nodes, old._inbound_nodes) == (False, [], [], [])
    assert old.trainable
    assert all(map(np.array_equal, weights, old.get_weights()))
    assert kb.explain(calling()).params == 44


def test_keras_makes_variables_as_before():
    """After plans in several threads at once, and one inside another."""
    made = keras.Variable.__init__

    def build():
        assert kb.plan(compiled).params == 15
        assert keras.Variable.__init__ is not made
        return compiled()

    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(kb.plan, [build] * 8))
    assert {int(report.params) for report in reports} == {15}
    assert keras.Variable.__init__ is made


def test_what_needs_values_says_why_it_fails():
    """The error is the function's own, with what differs in a plan."""

    def build():
        model = compiled()
        return model.get_layer("none")

    with pytest.raises(ValueError, match="No such layer: none") as caught:
        kb.plan(build)
    (note,) = caught.value.__notes__
    assert note == (
        "While plan() runs build(), weights have a shape and no value. What needs values, such as "
        "training, building an optimizer or writing a file, must wait for the real model."
    )


def trained(model):
    """A step on zeros."""
    model.fit(np.zeros((4, 4)), np.zeros((4, 3)), verbose=0)


def evaluated(model):
    """A loss on zeros."""
    model.evaluate(np.zeros((4, 4)), np.zeros((4, 3)), verbose=0)


def quantized(model):
    """Kernels of eight bits."""
    model.quantize("int8")


def with_optimizer(model):
    """The states of an optimizer."""
    keras.optimizers.Adam().build(model.trainable_variables)


@pytest.mark.parametrize(
    ("needs", "method"),
    [
        (trained, "fit"),
        (evaluated, "evaluate"),
        (quantized, "quantize"),
        (with_optimizer, "optimizer.build"),
    ],
)
def test_what_needs_values_is_planned_or_refused(needs, method):
    """Backends differ in what they need; the error names the method, and keeps Keras's own."""

    def build():
        model = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
        model.compile("adam", "mse")
        needs(model)
        return model

    error = None
    try:
        report = kb.plan(build)
    except kb.errors.ArgumentError as refused:
        error = refused
    if error is None:
        params = report.params.logical if needs is quantized else report.params
        assert params == 15
        assert report.params_known
    else:
        cause = error.__cause__
        first = str(cause).strip().partition("\n")[0].rstrip(".")
        assert str(error) == (
            "build must do without the values of weights, which a plan does not make; received "
            f"{method}(), which raised {type(cause).__name__}: {first}. "
            f"Leave {method}() to the real model, outside plan()."
        )
    with keras.StatelessScope():
        pass


def test_the_policy_is_the_callers_or_the_plans():
    """And stays the caller's afterwards."""

    def build():
        inputs = keras.Input((4,))
        return keras.Model(inputs, layers.Dense(3)(inputs))

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float16")
    try:
        assert kb.plan(build).weights_bytes == {"float16": 30}
        assert kb.plan(build, dtype="mixed_float16").weights_bytes == {"float32": 60}
        assert keras.config.dtype_policy().name == "float16"
    finally:
        keras.config.set_dtype_policy(before)


def test_what_is_no_function_is_refused():
    """The message says what is expected."""
    with pytest.raises(kb.errors.ArgumentError) as caught:
        kb.plan(3)
    assert str(caught.value) == (
        "build must be a function without arguments that returns a Keras model; received build=3."
    )


def test_seventy_billion_parameters_take_less_than_a_gigabyte():
    """In a process of their own: what planning adds to its memory."""
    done = subprocess.run(  # noqa: S603  this interpreter, on the text above
        [sys.executable, "-c", LARGE], check=True, capture_output=True, text=True, env=os.environ
    )
    params, known, megabytes = done.stdout.split()
    assert 65e9 < int(params) < 75e9
    assert known == "True"
    assert int(megabytes) < 1000
