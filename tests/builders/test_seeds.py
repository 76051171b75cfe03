"""Seeds give equal models each time, other numbers in each layer, and change no global state."""

from __future__ import annotations

import os
import random
import subprocess
import sys

import pytest

from kerasbook import cnn_classifier, fnn_classifier, linear_regressor

np = pytest.importorskip("numpy")
pytestmark = pytest.mark.keras

BUILDERS = {
    "line": lambda **options: linear_regressor((4,), 2, **options),
    "fnn": lambda **options: fnn_classifier((4, 4, 1), 3, dropout=0.5, **options),
    "cnn": lambda **options: cnn_classifier(
        (8, 8, 3), 3, filters=(4, 6), hidden_units=(5,), **options
    ),
}
every_builder = pytest.mark.parametrize("build", BUILDERS.values(), ids=BUILDERS)


def weights(model):
    """All weights as one vector."""
    return np.concatenate([values.ravel() for values in model.get_weights()])


@every_builder
def test_a_seed_repeats_the_first_weights(build):
    """Two models with one seed are equal; with two seeds or none they differ."""
    assert np.array_equal(weights(build(seed=1)), weights(build(seed=1)))
    assert not np.allclose(weights(build(seed=1)), weights(build(seed=2)))
    assert not np.allclose(weights(build()), weights(build()))


@every_builder
def test_a_seed_leaves_the_global_random_state_alone(build, keras):
    """Python's, NumPy's and the backend's random states are unchanged and have no effect."""

    def states():
        found = [random.getstate(), np.random.get_state()[1].tolist()]
        if keras.backend.backend() == "torch":
            import torch  # noqa: PLC0415  only there

            found.append(torch.get_rng_state().tolist())
        return found

    build(seed=1)  # what Keras sets up once
    keras.utils.set_random_seed(5)
    before = states()
    first = weights(build(seed=1))
    assert states() == before
    keras.utils.set_random_seed(6)
    assert np.array_equal(first, weights(build(seed=1)))


def test_a_seed_repeats_the_dropout(keras):
    """Two models with one seed drop the same units in each step, and other units in the next."""
    x = np.ones((8, 16), "float32")

    def drops(seed):
        model = fnn_classifier((16,), 3, hidden_units=(), dropout=0.5, seed=seed)
        layer = model.get_layer("input_dropout")
        return [keras.ops.convert_to_numpy(layer(x, training=True)) for _ in range(2)]

    first, second = drops(1)
    again, _ = drops(1)
    other, _ = drops(2)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, second)
    assert not np.array_equal(first, other)


def test_layers_of_one_shape_start_differently():
    """With one seed, layers of one shape have different first weights."""
    model = fnn_classifier((6,), 6, hidden_units=(6, 6), seed=0)
    first, second, last = (
        model.get_layer(name).get_weights()[0] for name in ("dense_1", "dense_2", "probabilities")
    )
    assert not np.allclose(first, second)
    assert not np.allclose(second, last)


def test_a_layer_keeps_its_start_when_others_are_added():
    """First weights depend only on the seed, the layer's name and its shape."""
    short = fnn_classifier((6,), 3, hidden_units=(6,), seed=0)
    long = fnn_classifier((6,), 3, hidden_units=(6, 6), dropout=0.5, seed=0)
    assert np.array_equal(
        short.get_layer("dense_1").get_weights()[0], long.get_layer("dense_1").get_weights()[0]
    )


def test_training_from_one_seed_repeats():
    """Two trainings with one seed, without shuffling, end with equal weights."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=(32, 8, 8, 3)).astype("float32")
    y = np.eye(3, dtype="float32")[generator.integers(0, 3, 32)]
    ends = []
    for _ in range(2):
        model = BUILDERS["cnn"](seed=4)
        model.fit(x, y, epochs=2, batch_size=16, shuffle=False, verbose=0)
        ends.append(weights(model))
    assert np.allclose(*ends, atol=1e-6)


def test_another_process_starts_the_same():
    """Another process gives equal weights, although it hashes strings differently."""
    code = (
        "from kerasbook import fnn_classifier\n"
        "model = fnn_classifier((3,), 2, hidden_units=(2,), seed=7)\n"
        "print(model.get_layer('dense_1').get_weights()[0].ravel().tolist())\n"
    )
    here = fnn_classifier((3,), 2, hidden_units=(2,), seed=7).get_layer("dense_1").get_weights()[0]
    printed = subprocess.run(  # noqa: S603  our own words
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": "12345"},
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
    ).stdout
    there = [float(word) for word in printed.strip().strip("[]").split(",")]
    assert np.allclose(there, here.ravel(), atol=1e-7)
