"""One training on several devices or processes ends as on one; what would not is refused."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from processes import ended, free_address, started

pytestmark = pytest.mark.keras

PROGRAM = Path(__file__).with_name("distributed_program.py")


@pytest.fixture
def backend(keras):
    """The backend that the tests run on."""
    return keras.backend.backend()


def train(target, *arguments, **settings):
    """A process that trains."""
    return started(PROGRAM, target, *arguments, **settings)


def evaluate(target, *arguments, **settings):
    """A process that evaluates."""
    return started(PROGRAM.with_name("evaluation_program.py"), target, *arguments, **settings)


def difference(left, right):
    """The largest difference of any weight or prediction of two results."""
    with np.load(left) as one, np.load(right) as other:
        assert one.files == other.files
        return max(float(np.abs(one[name] - other[name]).max()) for name in one.files)


def test_two_processes_train_the_model_of_one(backend, tmp_path):
    """On JAX, with batch normalization and a prediction of rows that do not divide."""
    if backend != "jax":
        pytest.skip("several processes need JAX")
    assert ended(train(tmp_path / "one")) == "0 1 1"
    address = free_address()
    both = [train(tmp_path / "two", address, "2", str(number)) for number in range(2)]
    assert [ended(process) for process in both] == ["0 2 2", "1 2 2"]
    assert difference(tmp_path / "two.0.npz", tmp_path / "two.1.npz") == 0
    assert difference(tmp_path / "one.0.npz", tmp_path / "two.0.npz") < 1e-4


def test_four_devices_train_the_model_of_one(backend, tmp_path):
    """On JAX, four devices that are made of one processor."""
    if backend != "jax":
        pytest.skip("several devices of one processor are JAX's")
    assert ended(train(tmp_path / "one")) == "0 1 1"
    four = train(tmp_path / "four", XLA_FLAGS="--xla_force_host_platform_device_count=4")
    assert ended(four) == "0 1 4"
    assert difference(tmp_path / "one.0.npz", tmp_path / "four.0.npz") < 1e-4


def test_mirrored_devices_train_the_model_of_one(backend, tmp_path):
    """On TensorFlow, two devices with synchronized batch normalization."""
    if backend != "tensorflow":
        pytest.skip("MirroredStrategy is TensorFlow's")
    assert ended(train(tmp_path / "one")) == "0 1 1"
    assert ended(train(tmp_path / "two", TWO_CPUS="1")) == "0 1 2"
    assert difference(tmp_path / "one.0.npz", tmp_path / "two.0.npz") < 1e-4


@pytest.fixture(scope="module")
def alone(keras, tmp_path_factory):
    """What Keras and the run answer where there is one device."""
    del keras
    target = tmp_path_factory.mktemp("alone") / "one"
    assert ended(evaluate(target)) == "0 1 1"
    return json.loads(Path(f"{target}.0").read_text(encoding="utf-8"))


def same_answers(path, answers):
    """Whether a process answered so, but for the last digits of 32 bits."""
    found = json.loads(path.read_text(encoding="utf-8"))["run"]
    return len(found) == len(answers) and all(
        one.keys() == other.keys() and one == pytest.approx(other, rel=1e-6)
        for one, other in zip(found, answers, strict=True)
    )


def test_one_device_evaluates_as_keras_does(alone):
    """`Distributed.evaluate` is `model.evaluate` there, with every metric by its name."""
    assert alone["run"] == alone["keras"]
    assert {frozenset(each) for each in alone["run"]} == {
        frozenset({"loss", "accuracy", "overlap", "weighted"})
    }
    # Odd numbers of rows have weights, which tell unless all answers are wrong.
    weighed = [each["weighted"] != each["accuracy"] for each in alone["run"]]
    weighted = {rows for rows, told in zip(alone["rows"], weighed, strict=True) if told}
    assert weighted
    assert weighted <= {3, 13, 21}


def test_two_devices_evaluate_as_keras_does_on_one(alone, backend, tmp_path):
    """Whatever the number of rows; a metric counts each of them once."""
    if backend == "torch":
        pytest.skip("PyTorch has one device here")
    settings = {
        "jax": {"XLA_FLAGS": "--xla_force_host_platform_device_count=2"},
        "tensorflow": {"TWO_CPUS": "1"},
    }[backend]
    assert ended(evaluate(tmp_path / "two", **settings)) == "0 1 2"
    assert same_answers(tmp_path / "two.0", alone["keras"])


def test_two_processes_evaluate_as_keras_does_on_one(alone, backend, keras, tmp_path):
    """Both have the same answer, and the model that they save together is the one that they had."""
    if backend != "jax":
        pytest.skip("several processes need JAX")
    address = free_address()
    both = [evaluate(tmp_path / "two", address, "2", number) for number in range(2)]
    assert [ended(process) for process in both] == ["0 2 2", "1 2 2"]
    assert (tmp_path / "two.0").read_bytes() == (tmp_path / "two.1").read_bytes()
    assert same_answers(tmp_path / "two.0", alone["keras"])
    saved = keras.saving.load_model(tmp_path / "two.keras").get_weights()
    assert [each.tolist() for each in saved] == alone["weights"]


def test_more_devices_than_rows_are_refused(backend, keras):
    """TensorFlow would fail on a part of a batch without rows."""
    from kerasbook.errors import ArgumentError  # noqa: PLC0415  beside the other imports of the package
    from kerasbook.training import Distributed  # noqa: PLC0415  imports Keras

    if backend != "tensorflow":
        pytest.skip("JAX's devices take any number of rows")
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    with pytest.raises(ArgumentError) as caught:
        Distributed(0, 1, 2).evaluate(model, np.ones((1, 3)), np.ones(1))
    assert str(caught.value) == (
        "x must have a row for each of the 2 devices; received 1. "
        "Evaluate a model that is built outside of scope()."
    )


MULTI_WORKER = """
import tensorflow as tf
strategy = tf.distribute.MultiWorkerMirroredStrategy()
import keras, numpy
with strategy.scope():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mean_squared_error")
model.fit(numpy.ones((8, 3)), numpy.ones(8), batch_size=4, verbose=0)
"""


def test_tensorflow_over_several_machines_still_fails(backend):
    """The day that this fails, `start_distributed` can allow it: keras issues 20585 and 18624."""
    if backend != "tensorflow":
        pytest.skip("about TensorFlow")
    with socket.socket() as first, socket.socket() as second:
        for each in (first, second):
            each.bind(("127.0.0.1", 0))
        workers = [f"127.0.0.1:{each.getsockname()[1]}" for each in (first, second)]
    processes = [
        subprocess.Popen(  # noqa: S603  our own code
            [sys.executable, "-c", MULTI_WORKER],
            env={
                **os.environ,
                "TF_CONFIG": json.dumps(
                    {"cluster": {"worker": workers}, "task": {"type": "worker", "index": number}}
                ),
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(2)
    ]
    try:
        _, error = processes[0].communicate(timeout=240)
        assert processes[0].returncode != 0
        assert "Error" in error
    finally:
        for each in processes:
            each.kill()
            each.communicate()


def test_backends_that_would_train_each_for_itself_are_refused(backend):
    """Several processes on PyTorch or TensorFlow are an error, with what works instead."""
    from kerasbook.errors import TrainingError  # noqa: PLC0415  beside the other imports of the package
    from kerasbook.training import start_distributed  # noqa: PLC0415  imports Keras

    reasons = {
        "torch": (
            "with PyTorch, model.fit in several processes trains each model for itself: gradients "
            "are not synchronized"
        ),
        "tensorflow": (
            "with TensorFlow, model.fit does not train over several machines in Keras 3 "
            "(keras issues 20585 and 18624)"
        ),
    }
    if backend not in reasons:
        pytest.skip("JAX trains over several processes")
    with pytest.raises(TrainingError) as caught:
        start_distributed(coordinator="127.0.0.1:1", num_processes=2, process_id=0)
    assert str(caught.value) == (
        f"{reasons[backend]}; received 2 processes. Use KERAS_BACKEND=jax, which trains one model "
        f"over all of them, or one process with all its devices."
    )


def test_a_launcher_that_does_not_say_all(backend, monkeypatch):
    """What is missing is named."""
    from kerasbook.errors import TrainingError  # noqa: PLC0415  beside the other imports of the package
    from kerasbook.training import start_distributed  # noqa: PLC0415  imports Keras

    if backend != "jax":
        pytest.skip("several processes need JAX")
    monkeypatch.setenv("JOB_COMPLETION_INDEX", "1")
    with pytest.raises(TrainingError) as caught:
        start_distributed(num_processes=2)
    assert str(caught.value) == (
        "coordinator must be known to each of 2 processes; neither the arguments nor the launcher "
        "say. Give start_distributed(coordinator='host:port', num_processes=2, process_id=…)."
    )


def test_batches_that_devices_do_not_divide_are_refused():
    """The message gives a batch size that they do."""
    from kerasbook.errors import ArgumentError  # noqa: PLC0415  beside the other imports of the package
    from kerasbook.training import Batches, Distributed  # noqa: PLC0415  they import Keras

    with pytest.raises(ArgumentError) as caught:
        Distributed(0, 1, 4).shard(Batches(np.arange(64), batch_size=10))
    assert str(caught.value) == (
        "batch_size must be a multiple of the number of devices, 4; received batch_size=10. "
        "Use batch_size=8, for example."
    )


def test_statistics_of_each_device_are_refused(backend, keras):
    """On TensorFlow, a plain BatchNormalization on several devices."""
    from kerasbook.errors import TrainingError  # noqa: PLC0415  beside the other imports of the package
    from kerasbook.training import Distributed  # noqa: PLC0415  imports Keras

    layer = keras.layers.BatchNormalization(name="norm")
    model = keras.Sequential([keras.Input((3,)), layer])
    Distributed(0, 1, 1).check(model)
    if backend != "tensorflow":
        pytest.skip("the other backends synchronize")
    with pytest.raises(TrainingError) as caught:
        Distributed(0, 1, 2).check(model)
    assert str(caught.value) == (
        "the layer 'norm' normalizes the part of a batch that each device sees: 2 devices train "
        "another model than one. Build it with BatchNormalization(synchronized=True)."
    )


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, (None, None, None)),
        (
            {
                "KERAS_DISTRIBUTION_JOB_ADDRESSES": "a:1",
                "KERAS_DISTRIBUTION_NUM_PROCESSES": "4",
                "KERAS_DISTRIBUTION_PROCESS_ID": "2",
                "RANK": "9",
            },
            ("a:1", 4, 2),
        ),
        (
            {"MASTER_ADDR": "h", "MASTER_PORT": "29500", "WORLD_SIZE": "8", "RANK": "7"},
            ("h:29500", 8, 7),
        ),
        (
            {
                "SLURM_JOB_ID": "4097",
                "SLURM_NTASKS": "2",
                "SLURM_PROCID": "1",
                "SLURM_JOB_NODELIST": "gpu[003-006,9],other",
            },
            ("gpu003:61441", 2, 1),
        ),
        (
            {
                "SLURM_JOB_ID": "1",
                "SLURM_NTASKS": "1",
                "SLURM_PROCID": "0",
                "SLURM_JOB_NODELIST": "alone",
            },
            ("alone:61441", 1, 0),
        ),
        ({"SLURM_JOB_ID": "1", "SLURM_JOB_NODELIST": "login"}, (None, None, None)),
        (
            {
                "JOB_COMPLETION_INDEX": "3",
                "KERAS_DISTRIBUTION_JOB_ADDRESSES": "train-0.train:1234",
                "KERAS_DISTRIBUTION_NUM_PROCESSES": "4",
            },
            ("train-0.train:1234", 4, 3),
        ),
    ],
)
def test_launchers(environment, expected):
    """Slurm, Kubernetes, torchrun and Keras's own variables, as they set them."""
    from kerasbook.training._launchers import Launch, read_launch  # noqa: PLC0415  beside Keras's

    assert read_launch(environment) == Launch(*expected)


def test_ray(monkeypatch):
    """A worker of Ray Train knows its number from Ray's context."""
    from types import ModuleType, SimpleNamespace  # noqa: PLC0415  only this test pretends

    from kerasbook.training._launchers import Launch, read_launch  # noqa: PLC0415  beside Keras's

    train = ModuleType("ray.train")
    train.get_context = lambda: SimpleNamespace(get_world_size=lambda: 3, get_world_rank=lambda: 2)
    monkeypatch.setitem(sys.modules, "ray.train", train)
    assert read_launch({}) == Launch(None, 3, 2)
