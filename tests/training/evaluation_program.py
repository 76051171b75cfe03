"""Evaluate one model on many numbers of rows, as its arguments say; saves what came out.

python tests/training/evaluation_program.py values.json [coordinator count number]
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import keras
import numpy as np
from distributed_program import begin

ROWS = (2, 3, 8, 13, 16, 21)


def build():
    """Normalization, a penalty, and metrics that count, average, weigh and keep a matrix."""
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            layers.Conv2D(4, 3, kernel_regularizer="l2", activity_regularizer="l2"),
            layers.BatchNormalization(synchronized=bool(os.environ.get("TWO_CPUS"))),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(3, activation="softmax"),
        ]
    )
    matrix = keras.metrics.MeanIoU(3, sparse_y_pred=False, name="overlap")
    model.compile(
        "sgd",
        "sparse_categorical_crossentropy",
        metrics=["accuracy", matrix],
        weighted_metrics=[keras.metrics.SparseCategoricalAccuracy(name="weighted")],
    )
    return model


def main(target, coordinator=None, count=None, number=None):
    """The model's own answer where there is one device, the run's where there are several."""
    run = begin(coordinator, count, number)
    with run.scope():
        model = build()
    draw = np.random.default_rng(0)
    x = draw.normal(size=(ROWS[-1], 6, 6, 1)).astype("float32")
    y = draw.integers(0, 3, ROWS[-1])
    weights = draw.uniform(0, 2, ROWS[-1]).astype("float32")
    answers = {"rows": ROWS, "keras": [], "run": [], "weights": None}
    for rows in ROWS:
        part = {"x": x[:rows], "y": y[:rows], "batch_size": 8}
        if rows % 2:
            part["sample_weight"] = weights[:rows]
        if run.devices == 1:
            answers["keras"].append(model.evaluate(**part, verbose=0, return_dict=True))
            answers["weights"] = [each.tolist() for each in model.get_weights()]
        answers["run"].append(run.evaluate(model, **part))
    run.save(model, f"{target}.keras")
    Path(f"{target}.{run.process}").write_text(json.dumps(answers), encoding="utf-8")
    sys.stdout.write(f"{run.process} {run.processes} {run.devices}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
