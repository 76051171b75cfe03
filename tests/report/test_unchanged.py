"""Explaining changes nothing: not the model, nor its file, nor the state of the process."""

from __future__ import annotations

import copy
import json
import random
import sys
from contextlib import suppress

import pytest

keras = pytest.importorskip("keras")

import numpy as np  # noqa: E402  after Keras is known to be there

import kerasbook as kb  # noqa: E402

layers = keras.layers
pytestmark = [
    pytest.mark.keras,
    pytest.mark.filterwarnings("ignore:.build.*was called on layer:UserWarning"),
]


@keras.saving.register_keras_serializable("unchanged")
class Noisy(layers.Layer):
    """A layer that makes a part of itself in each first call, and draws random numbers."""

    def __init__(self, **options):
        super().__init__(**options)
        self.generator = keras.random.SeedGenerator(3)
        self.calls, self.inner = [], None

    def build(self, shape):
        """A weight, and a layer inside."""
        self.scale = self.add_weight(shape=(shape[-1],))
        self.inner = layers.Dense(3)
        self.inner.build(shape)

    def call(self, inputs, training=None):
        """A layer that counts its calls, on noise of every origin."""
        self.calls.append(training)
        noise = keras.random.normal((1,), seed=self.generator)
        if keras.backend.backend() != "jax":  # Keras forbids it there
            noise += keras.random.normal((1,))
        factor = random.random() + float(np.random.rand())  # noqa: NPY002, S311  global states
        return self.inner(inputs * self.scale) + noise * factor


@keras.saving.register_keras_serializable("unchanged")
class Net(keras.Model):
    """A subclassed model."""

    def __init__(self, **options):
        super().__init__(**options)
        self.first, self.second, self.drop = Noisy(), layers.Dense(2), layers.Dropout(0.5)

    def call(self, inputs, training=None):
        """One after the other."""
        return self.second(self.drop(self.first(inputs), training=training))


def functional():
    """Layers of Keras and one of the user's own, in a model inside a model; some frozen."""
    inner = keras.Sequential([keras.Input((4,)), Noisy(), layers.BatchNormalization()])
    inner.layers[-1].trainable = False
    inputs = keras.Input((4,))
    return keras.Model(inputs, layers.Dense(2)(layers.GaussianNoise(0.1, seed=1)(inner(inputs))))


def fitted():
    """A model in the middle of its training."""
    model = keras.Sequential([Noisy(), layers.Dropout(0.5), layers.Dense(2)])
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(np.ones((8, 4)), np.ones((8, 2)), batch_size=4, verbose=0)
    return model


def called():
    """A subclassed model after its first call."""
    model = Net()
    model(np.ones((2, 4)))
    return model


def built():
    """A subclassed model that was built and not called."""
    model = Net()
    model.build((None, 4))
    return model


def unbuilt():
    """A sequential model without an input."""
    return keras.Sequential([Noisy(), layers.Dense(2)])


def layer():
    """A layer by itself."""
    made = Noisy()
    made.build((None, 4))
    return made


LIVE = [functional, fitted, called, built, Net, unbuilt, layer]


def inspect(source, options):
    """All that the library says of a source."""
    for trace in ("unknown", "never"):
        report = kb.explain(source, trace=trace, **options)
        report.to_text()
        report.memory(8)
        report.quantization()
    kb.compare(source, source)
    with suppress(kb.errors.UnknownLayerError):
        kb.count_params(source)
    for kind in ("graph", "volumes"):
        with suppress(kb.KerasbookError):  # it cannot be drawn
            kb.ArchitectureDisplay.from_model(source, kind=kind).plot()
    if isinstance(source, keras.Model):
        kb.plan(lambda: source, **options)


def draws():
    """A number from each generator of the process."""
    found = [random.random(), np.random.rand(), keras.random.uniform(())]  # noqa: NPY002, S311
    if "torch" in sys.modules:
        found.append(sys.modules["torch"].rand(()))
    if keras.backend.backend() == "tensorflow":
        found.append(sys.modules["tensorflow"].random.uniform(()))
    return [float(each) for each in found]


def state(model):
    """All that can be seen of a model in memory, by identity and by value."""
    inside = [each for each in model._flatten_layers() if isinstance(each, keras.Layer)]
    found = [
        [
            (
                *(id(each), each.name, each.built, each.trainable, sorted(vars(each))),
                *(len(each._inbound_nodes), [id(part) for part in each._layers]),
                getattr(each, "training", None),  # the mode of a module of PyTorch's
                list(getattr(each, "calls", [])),
            )
            for each in inside
        ],
        [(id(each), each.path, each.trainable, each.dtype) for each in model.variables],
        [keras.ops.convert_to_numpy(each).tolist() for each in model.variables],
        [each.generator.state.numpy().tolist() for each in inside if isinstance(each, Noisy)],
    ]
    optimizer = getattr(model, "optimizer", None)
    if optimizer is not None:
        found.append([(each.path, np.array(each).tolist()) for each in optimizer.variables])
    return found


def process():
    """What Keras and PyTorch keep for all models: names, the policy, scopes, modes."""
    kept = vars(keras.src.backend.common.global_state.GLOBAL_STATE_TRACKER)
    found = {key: repr(value) for key, value in kept.items() if key != "global_seed_generator"}
    torch = sys.modules.get("torch")
    modes = () if torch is None else (torch.is_grad_enabled(), torch.get_default_dtype())
    return found, modes, keras.config.floatx(), keras.layers.Dense(1).name


def process_after(act):
    """The state of the process after something was done in it, and the numbers drawn then."""
    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(5)
    keras.config.dtype_policy()  # Keras makes it when it is first asked for
    act()
    return process(), draws()


@pytest.mark.parametrize("make", LIVE, ids=lambda make: make.__name__)
def test_explaining_a_model_changes_nothing(make):
    """Weights, names, generators, modes, and what is built; nor anything of the process."""
    model = make()
    options = {} if make in {functional, fitted, called, built} else {"input_shapes": (4,)}
    before = state(model)
    first = process_after(lambda: None)
    assert process_after(lambda: inspect(model, options)) == first
    assert state(model) == before


@pytest.mark.parametrize("form", ["keras", "h5", "json", "config"])
def test_explaining_a_file_changes_nothing(form, tmp_path):
    """Of the file, of a configuration, or of the process."""
    model = functional()
    path = tmp_path / f"model.{form}"
    if form in {"keras", "h5"}:
        model.save(path)
    else:
        path.write_text(model.to_json())
    source = json.loads(path.read_text()) if form == "config" else path
    before, kept = path.read_bytes(), copy.deepcopy(source)
    first = process_after(lambda: None)
    assert process_after(lambda: inspect(source, {})) == first
    assert (path.read_bytes(), source) == (before, kept)
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
