"""What loading takes is computed before: more than is taken, and not much more of a good file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from fixtures.configs import dense_config, functional_config, layer, sequential_config, tensor
from keras_oracle import keras, layers

pytest.importorskip("h5py")
import h5py
import numpy as np
from fixtures.good_models import MODELS, chain
from fixtures.hostile_weights import model, weights

import kerasbook as kb
from kerasbook.safety.memory import call_count, default_limit

pytestmark = pytest.mark.keras

MIB = 2**20


def metric(class_name, **settings):
    """A metric as a model is compiled with it."""
    named = {"module": "keras.metrics", "class_name": class_name, "registered_name": None}
    return named | {"config": {"name": "m", **settings}}


def compiled(*metrics, optimizer="sgd"):
    """A small model that is compiled with these."""
    training = {"optimizer": optimizer, "loss": "mse", "metrics": list(metrics)}
    return dense_config() | {"compile_config": training}


def doubled(levels):
    """A model that calls one inside twice, which calls one inside twice, and so on."""
    relu = layer("ReLU", {"name": "a"}, name="a")
    found = functional_config(
        [relu | {"inbound_nodes": [{"args": [tensor("input")], "kwargs": {}}]}]
    )
    for number in range(levels):
        name = f"m{number}"
        found["config"]["name"] = name
        calls = [tensor("input"), tensor(name)]
        found |= {"name": name, "registered_name": None}
        found |= {"inbound_nodes": [{"args": [on], "kwargs": {}} for on in calls]}
        found = functional_config([found], output_layers=[[name, 2, 0]])
    return found


def looked_up(**settings):
    """A table of three numbers."""
    config = {"name": "look", "vocabulary": [1, 2, 3], "output_mode": "int"} | settings
    return sequential_config(layer("IntegerLookup", config))


def unrolled():
    """A loop that is written out, a million times."""
    steps = layer("RepeatVector", {"name": "steps", "n": 10**6})
    return sequential_config(steps, layer("SimpleRNN", {"name": "r", "units": 1, "unroll": True}))


def recurrent(file):
    """The weights of that loop, beside the others."""
    place = file.create_group("layers/simple_rnn/cell/vars")
    for number, shape in enumerate([(3, 1), (1, 1), (1,)]):
        place[str(number)] = np.zeros(shape, "f4")


def optimizers(count):
    """An optimizer of many optimizers."""
    sgd = {"module": "keras.optimizers", "class_name": "Adam", "config": {"name": "a"}}
    several = {"optimizers": [sgd] * count}
    return sgd | {"class_name": "MultiOptimizer", "config": several}


GROWING = {
    "a metric of many labels": lambda: compiled(metric("AUC", num_labels=10**7)),
    "a metric of as many thresholds as may be": lambda: compiled(
        *[metric("PrecisionAtRecall", num_thresholds=10**5)] * 200
    ),
    "a metric of 10¹⁰ thresholds": lambda: compiled(metric("AUC", num_thresholds=10**10)),
    "a metric of 10⁶ times 10⁶ numbers": lambda: compiled(metric("MeanIoU", num_classes=10**6)),
    "a spectrogram of many bands": lambda: sequential_config(
        layer("MelSpectrogram", {"name": "mel", "fft_length": 2**20, "num_mel_bins": 10**6})
    ),
    "a metric of many classes": lambda: compiled(metric("MeanIoU", num_classes=4096)),
    "a size that is an array": lambda: compiled(
        metric(
            "IoU",
            num_classes={"class_name": "__numpy__", "config": {"value": 9**9, "dtype": "int64"}},
        )
    ),
    "words outside a vocabulary": lambda: looked_up(num_oov_indices=2 * 10**8),
    "a vocabulary that is filled up": lambda: looked_up(max_tokens=10**9, pad_to_max_tokens=True),
    "models that double": lambda: doubled(40),
    "a loop that is written out": unrolled,
}


@pytest.mark.parametrize("name", GROWING)
def test_what_grows_is_refused(tmp_path, name):
    """A file of a few kilobytes that would take gigabytes, or hours."""
    limits = {"memory_bytes": 300 * MIB} if name == "a metric of many classes" else {}
    result = kb.check_file(model(tmp_path, GROWING[name](), weights(recurrent)), **limits)
    assert "too-large" in [each.code for each in result.reasons], str(result)


@pytest.mark.parametrize("name", ["a metric of 10¹⁰ thresholds", "models that double"])
def test_what_grows_is_refused_in_json(tmp_path, name):
    """A model without weights makes the same objects when it is built."""
    path = tmp_path / "m.json"
    path.write_text(json.dumps(GROWING[name]()))
    assert [each.code for each in kb.check_file(path).reasons] == ["too-large"]


def test_optimizers_keep_states_for_all_weights(tmp_path):
    """Each optimizer in a list counts."""
    few = kb.check_file(model(tmp_path, compiled(optimizer=optimizers(1)), weights()))
    many = kb.check_file(model(tmp_path, compiled(optimizer=optimizers(9)), weights()))
    assert many.loading_bytes - few.loading_bytes >= 8 * 3 * 8 * 4  # eight numbers, three states


def test_a_sequential_that_is_built_on_a_shape_of_the_file(tmp_path):
    """Without an input of its own it takes the shape that the file records."""
    config = dense_config()
    del config["config"]["layers"][0]
    config["config"]["layers"][0].pop("build_config")
    for record in ({"build_config": {"input_shape": [None, 9**9]}}, {}):
        config["config"]["build_input_shape"] = None if record else [None, 9**9]
        result = kb.check_file(model(tmp_path, config | record, weights()))
        assert "shapes-differ" in [each.code for each in result.reasons], str(result)


def test_an_hdf5_file_stores_every_layer(tmp_path):
    """Keras makes the second layer of an identity too, where the file is HDF5."""
    config = sequential_config(
        layer("Dense", {"name": "dense", "units": 2}) | {"shared_object_id": 1},
        layer("Dense", {"name": "more", "units": 3 * 10**8}) | {"shared_object_id": 1},
    )
    path = tmp_path / "model.h5"
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(config)
        group = file.create_group("model_weights/dense/dense")
        group["kernel"], group["bias"] = np.zeros((3, 2), "f4"), np.zeros(2, "f4")
        file.create_group("model_weights/more")
    result = kb.check_file(path)
    assert [each.code for each in result.reasons] == ["shapes-differ"], str(result)


def test_calls_are_counted_as_keras_makes_them():
    """Each model around calls the one inside twice."""
    assert [call_count(doubled(levels)) > 2**levels for levels in (1, 5, 30)] == [True] * 3
    assert call_count(doubled(30)) < 2**35


@pytest.mark.filterwarnings("ignore")  # Keras warns of what cannot be quantised
@pytest.mark.parametrize("name", ["MobileNetV3Small", "nested", "recurrent", "image", "int8"])
def test_a_good_file_takes_less_than_the_default(tmp_path, name):
    """By far: no good file is refused for its size."""
    path = tmp_path / "model.keras"
    MODELS[name]().save(path)
    result = kb.check_file(path)
    assert result.loading_bytes < default_limit(result.size_bytes) / 2


# Loads each file and tells how far the memory of the process went beyond where it stood.
CHILD = """
import json, sys, warnings
warnings.simplefilter("ignore")
import keras, kerasbook as kb
def told(key):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(key)) * 1024
kb.load_model(sys.argv[1])
taken = []
for path in sys.argv[2:]:
    with open("/proc/self/clear_refs", "w") as refs:
        refs.write("5")
    before = told("VmRSS")
    model = kb.load_model(path, memory_bytes=2**40)
    taken.append(told("VmHWM") - before)
print(json.dumps(taken))
"""


def large(**options):
    """25 million numbers in one array."""
    return chain(layers.Dense(5000, **options), shape=(5000,))


def trained(built, *metrics):
    """The same, compiled."""
    built.compile("adam", "mse", metrics=list(metrics))
    return built


MEASURED = {
    "large": large,
    "large and trained": lambda: trained(large()),
    "large and orthogonal": lambda: large(kernel_initializer="orthogonal"),
    "60 layers in a row": lambda: chain(*[layers.Dense(3) for _ in range(60)]),
    "convolutions": MODELS["MobileNetV3Small"],
    "a large metric": lambda: trained(
        chain(layers.Dense(2)), keras.metrics.MeanIoU(3000), keras.metrics.AUC(99_999)
    ),
    "a large table": lambda: keras.Sequential(
        [keras.Input((1,), dtype="int64"), layers.IntegerLookup(vocabulary=list(range(10**5)))]
    ),
}


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="measures as Linux does")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.slow
def test_what_is_computed_is_an_upper_bound(tmp_path):
    """Of the memory that a process takes to load each, compiled."""
    paths = [tmp_path / f"{number}.keras" for number in range(len(MEASURED) + 1)]
    chain(layers.Dense(2)).save(paths[0])
    for path, make in zip(paths[1:], MEASURED.values(), strict=True):
        make().save(path)
    child = subprocess.run(  # noqa: S603  our own check on our own files
        [sys.executable, "-c", CHILD, *map(str, paths)],
        capture_output=True, text=True, timeout=500, check=True,
    )  # fmt: skip
    taken = dict(zip(MEASURED, json.loads(child.stdout.splitlines()[-1]), strict=True))
    computed = {
        name: kb.check_file(path).loading_bytes
        for name, path in zip(MEASURED, paths[1:], strict=True)
    }
    print({name: (taken[name] // MIB, computed[name] // MIB) for name in taken})  # noqa: T201
    assert [name for name in taken if taken[name] > computed[name]] == []
