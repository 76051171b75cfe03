"""Kill a training again and again, at random moments, and see whether it ends as if never killed.

    KERAS_BACKEND=jax python tests/training/kills.py 100

A run is killed four times, each time after it has come some way further, and then trained to its
end and compared. Every second kill waits until a state is being written and strikes within the next
milliseconds; the others strike anywhere. Processes are forked from this one, which has imported
Keras and used nothing of it yet, so that a kill costs no import.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

# What one run has compiled, the next need not: JAX spends most of a short training on that.
_COMPILED = tempfile.TemporaryDirectory()
os.environ["JAX_COMPILATION_CACHE_DIR"] = _COMPILED.name
os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"

import keras  # noqa: E402  after the settings that it reads
import numpy as np  # noqa: E402

from kerasbook.training import Batches, ExactResume  # noqa: E402

SAMPLES, BATCH, EPOCHS = 104, 16, 4
KILLS_A_RUN = 4
REACH = 0.12  # seconds within which a kill strikes; a training takes about 0.4
PAUSE = 0.01  # seconds a batch, so that a training lasts long enough to be hit anywhere
LIMIT = 120  # seconds; a run that takes longer has hung


def network():
    """Dropout with and without a seed, batch statistics, Adam: all that a resume can lose."""
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((12,)),
            layers.Dense(24, use_bias=False),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Dropout(0.3),
            layers.Dense(16, activation="relu"),
            layers.Dropout(0.2, seed=3),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def data():
    """The same numbers in every process."""
    draw = np.random.default_rng(0)
    x = draw.normal(size=(SAMPLES, 12)).astype("float32")
    return x, draw.integers(0, 3, SAMPLES)


class Slow(keras.callbacks.Callback):
    """Say when training has begun, and take a while a batch."""

    def __init__(self, begun):
        super().__init__()
        self.begun = begun

    def on_train_batch_end(self, batch, logs=None):
        """Leave a mark."""
        del batch, logs
        self.begun.touch()
        time.sleep(PAUSE)


def train(folder):
    """One run of the script that users would start again, and what it leaves behind."""
    keras.utils.set_random_seed(0)
    model, (x, y) = network(), data()
    (folder / "begun").unlink(missing_ok=True)
    history = model.fit(
        Batches(x, y, batch_size=BATCH, seed=5),
        epochs=EPOCHS,
        verbose=0,
        callbacks=[ExactResume(folder / "state", save_freq=2), Slow(folder / "begun")],
    )
    weights = hashlib.sha256()
    for each in [*model.variables, *model.optimizer.variables]:
        weights.update(np.ascontiguousarray(keras.ops.convert_to_numpy(each.value)).tobytes())
    result = {"weights": weights.hexdigest(), "history": history.history, "epoch": history.epoch}
    part = folder / "result.part"
    part.write_text(json.dumps(result), encoding="utf-8")
    part.replace(folder / "result")


def start(folder):
    """A process that trains."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        train(folder)
        status = 0
    finally:
        sys.stdout.flush()
        os._exit(status)


def ended(child):
    """The exit status of a process that has ended, or nothing."""
    done, status = os.waitpid(child, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if done else None


def killed(folder, moment, delay):
    """Train and kill: whether the kill came before the end."""
    child = start(folder)
    limit = time.monotonic() + LIMIT
    while not (folder / "begun").exists():
        assert ended(child) is None, "the training failed"
        assert time.monotonic() < limit, "the training hung"
        time.sleep(0.01)
    time.sleep(delay)
    while moment == "write" and not (folder / "state.part").exists():
        if ended(child) is not None:
            return False
    if moment == "write":
        time.sleep(delay / 100)
    if ended(child) is not None:
        return False
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def finished(folder):
    """Train to the end: what came out."""
    _, status = os.waitpid(start(folder), 0)
    assert status == 0, f"the training failed with {os.waitstatus_to_exitcode(status)}"
    return json.loads((folder / "result").read_text(encoding="utf-8"))


def main(kills):
    """Kill, and count the runs that ended as the run did that nobody killed."""
    draw = random.Random(0)  # noqa: S311  a test's own moments
    with tempfile.TemporaryDirectory() as parent:
        reference = Path(parent, "reference")
        reference.mkdir()
        expected = finished(reference)
        counts = {"write": 0, "compute": 0, "runs": 0, "equal": 0}
        while counts["write"] + counts["compute"] < kills:
            folder = Path(tempfile.mkdtemp(dir=parent))
            counts["runs"] += 1
            for _ in range(min(KILLS_A_RUN, kills - counts["write"] - counts["compute"])):
                moment = "write" if counts["write"] <= counts["compute"] else "compute"
                if not killed(folder, moment, draw.uniform(0, REACH)):
                    break  # it was over before
                counts[moment] += 1
            counts["equal"] += finished(folder) == expected
    sys.stdout.write(json.dumps({"backend": keras.backend.backend(), **counts}) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
