"""One training in the way that its arguments say; prints its weights' digest or saves them.

python tests/training/distributed_program.py weights.npz [coordinator count number]
"""

from __future__ import annotations

import os
import sys

import keras
import numpy as np

from kerasbook.training import Batches, start_distributed

STEPS = 4


def begin(coordinator, count, number):
    """The run of this process; with two devices on TensorFlow, if the environment says so."""
    if os.environ.get("TWO_CPUS"):
        import tensorflow as tf  # noqa: PLC0415  only this mode

        device = tf.config.LogicalDeviceConfiguration()
        tf.config.set_logical_device_configuration(
            tf.config.list_physical_devices("CPU")[0], [device, device]
        )
    return start_distributed(
        coordinator=coordinator,
        num_processes=None if count is None else int(count),
        process_id=None if number is None else int(number),
        seed=3,
    )


def main(target, coordinator=None, count=None, number=None):
    """Train a convolution with batch normalization, and save what came out."""
    run = begin(coordinator, count, number)
    layers = keras.layers
    with run.scope():
        model = keras.Sequential(
            [
                keras.Input((6, 6, 1)),
                layers.Conv2D(4, 3),
                layers.BatchNormalization(synchronized=bool(os.environ.get("TWO_CPUS"))),
                layers.Activation("relu"),
                layers.Flatten(),
                layers.Dense(3, activation="softmax"),
            ]
        )
        model.compile(
            keras.optimizers.SGD(0.05), "sparse_categorical_crossentropy", metrics=["accuracy"]
        )
    run.check(model)
    draw = np.random.default_rng(0)
    x = draw.normal(size=(66, 6, 6, 1)).astype("float32")
    y = draw.integers(0, 3, 66)
    data = run.shard(Batches(x, y, batch_size=16, seed=1, remainder="drop"))
    model.fit(data, epochs=STEPS, verbose=0)
    prediction = run.predict(model, x[:13], batch_size=6)
    weights = [
        np.asarray(each.value.addressable_data(0) if run.processes > 1 else each)
        for each in model.weights
    ]
    np.savez(f"{target}.{run.process}.npz", *weights, prediction=prediction)
    sys.stdout.write(f"{run.process} {run.processes} {run.devices}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
