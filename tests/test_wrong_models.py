"""Everything public that takes a model says so where it is given something else."""

from __future__ import annotations

import sys

import pytest

keras = pytest.importorskip("keras")

import numpy as np  # noqa: E402  after Keras is known to be there

import kerasbook as kb  # noqa: E402

pytestmark = pytest.mark.keras
IMAGES, LABELS = np.zeros((2, 8, 8, 3), "float32"), np.array([0, 1])


class Estimator:
    """A model in the manner of scikit-learn."""

    def fit(self, _x, _y=None):
        """Itself."""
        return self

    def predict(self, x):
        """Zeros."""
        return np.zeros(len(x))


class Sequential:
    """A stand-in for a model of Keras 2: installing `tf_keras` would bring TensorFlow with it."""

    __module__ = "tf_keras.src.engine.sequential"
    layers = weights = ()
    built = True

    def get_config(self):
        """No layers."""
        return {"name": "old", "layers": []}

    def predict(self, x):
        """Zeros."""
        return np.zeros(len(x))


def wrong():
    """What is no Keras model, by name."""
    yield "none", None
    yield "path", "no/such/model.keras"
    yield "class", keras.Model
    yield "function", lambda x: x
    yield "integer", 3
    yield "estimator", Estimator()
    yield "Keras 2", Sequential()
    yield "dict", {"layers": [1]}
    yield "list", [1]
    yield "module", np
    if "torch" in sys.modules:
        yield "torch", sys.modules["torch"].nn.Linear(2, 2)


def distributed():
    """On one process."""
    return kb.training.start_distributed()


TAKES = {
    "explain": kb.explain,
    "count_params": kb.count_params,
    "compare": lambda model: kb.compare(keras.Sequential([keras.Input((4,))]), model),
    "plan": lambda model: kb.plan(lambda: model),
    "plan of a function": kb.plan,
    "check_file": kb.check_file,
    "load_model": kb.load_model,
    "ArchitectureDisplay": kb.ArchitectureDisplay.from_model,
    "ArchitectureDisplay, neurons": lambda model: kb.ArchitectureDisplay.from_model(
        model, kind="neurons", weights="shown"
    ),
    "BatchNormDisplay": lambda model: kb.BatchNormDisplay.from_model(model, IMAGES),
    "ConfusionDisplay": lambda model: kb.ConfusionDisplay.from_model(model, IMAGES, LABELS),
    "FeatureMapDisplay": lambda model: kb.FeatureMapDisplay.from_model(model, IMAGES[0]),
    "FilterDisplay": kb.FilterDisplay.from_model,
    "FitDisplay": lambda model: kb.FitDisplay.from_model(model, np.zeros((2, 1)), np.zeros(2)),
    "PredictionGridDisplay": lambda model: kb.PredictionGridDisplay.from_model(
        model, IMAGES, LABELS
    ),
    "SaliencyDisplay": lambda model: kb.SaliencyDisplay.from_model(model, IMAGES[0]),
    "SaliencyDisplay, gradients": lambda model: kb.SaliencyDisplay.from_model(
        model, IMAGES[0], method="gradient"
    ),
    "fuse_batch_norm": kb.training.fuse_batch_norm,
    "Distributed.check": lambda model: distributed().check(model),
    "Distributed.predict": lambda model: distributed().predict(model, IMAGES),
    "Distributed.evaluate": lambda model: distributed().evaluate(model, IMAGES, LABELS),
    "Distributed.save": lambda model: distributed().save(model, "model.keras"),
}


@pytest.mark.parametrize("name", TAKES)
def test_what_is_no_model_is_refused(name):
    """With an error of ours that says what is expected and what was received."""
    for kind, model in wrong():
        if name == "plan of a function" and kind in {"class", "torch"}:
            continue  # the one makes a model, and what the other raises when called is its own
        with pytest.raises(kb.KerasbookError) as caught:
            TAKES[name](model)
        assert " must " in str(caught.value) or "received" in str(caught.value), (
            kind,
            caught.value,
        )


def test_every_display_of_a_model_is_asked():
    """A display that is added later, too."""
    displays = [getattr(kb, name) for name in kb.displays.__all__]
    named = {each.__name__ for each in displays if hasattr(each, "from_model")}
    assert named <= TAKES.keys()


def test_a_function_that_wants_arguments_is_no_plan():
    """It is said before it is called."""
    with pytest.raises(kb.errors.ArgumentError) as caught:
        kb.plan(max_norm)
    assert str(caught.value) == (
        "build must be a function without arguments that returns a Keras model; "
        f"received build={max_norm!r}."
    )


def max_norm(limit):
    """A function of one argument."""
    return limit
