"""Sweeps: budgets before building, early ends, workers that share and that are killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial

import pytest
from keras_oracle import keras

pytest.importorskip("optuna")
import numpy as np

import kerasbook as kb
from kerasbook.displays import SweepDisplay
from kerasbook.errors import ArgumentError
from kerasbook.training import Between, Candidate, Sweep, sweep

pytestmark = pytest.mark.keras

RNG = np.random.default_rng(0)
X = RNG.random((48, 4, 4, 1), "float32")
Y = np.eye(3, dtype="float32")[RNG.integers(0, 3, 48)]
FIT = {"x": X, "y": Y, "epochs": 3, "validation_split": 0.5}


def build(**arguments):
    """A small classifier."""
    return kb.fnn_classifier((4, 4, 1), 3, **arguments)


BUILDERS = {
    "linear": (kb.linear_regressor, {}),
    "fnn": (kb.fnn_classifier, {"hidden_units": (20, 10), "batch_normalization": True}),
    "cnn": (kb.cnn_classifier, {}),
}


@pytest.mark.parametrize("name", BUILDERS)
def test_a_plan_has_the_numbers_of_the_model(name):
    """Parameters, MACs and bytes of weights, layer by layer, without one weight."""
    builder, arguments = BUILDERS[name]
    plan, report = kb.plan(partial(builder, **arguments)), kb.explain(builder(**arguments))
    assert [row.name for row in plan.rows] == [row.name for row in report.rows]
    assert (plan.params, plan.macs) == (report.params, report.macs)
    assert plan.weights_bytes == report.weights_bytes


def test_a_plan_takes_no_memory():
    """Ten billion parameters, 40 GB, are counted; the next model is as it would have been."""
    plan = kb.plan(partial(kb.fnn_classifier, hidden_units=(100_000, 100_000)))
    assert plan.params == 3072 * 100_000 + 100_000 + 10**10 + 100_000 + 100_000 * 10 + 10
    model = build(hidden_units=(3,))
    model.fit(X, Y, verbose=0)
    assert model.count_params() == 16 * 3 + 3 + 3 * 3 + 3


def test_candidates_above_a_budget_are_never_built():
    """They are told with the reason, and do not count as trained."""
    built = []

    def counting(**arguments):
        built.append(arguments)
        return build(**arguments)

    space = {"hidden_units": [(4,), (10_000_000,)]}
    found = sweep(counting, space, FIT, trials=3, max_params=1000, seed=1)
    trained = [each for each in found.candidates if each.state != "rejected"]
    rejected = [each for each in found.candidates if each.state == "rejected"]
    assert len(trained) == 3
    assert rejected
    assert rejected[0].reason == "parameters exceeded by 199,999,003"
    assert (rejected[0].params, rejected[0].value, rejected[0].epochs) == (200_000_003, None, 0)
    assert {each.params for each in trained} == {16 * 4 + 4 + 4 * 3 + 3}
    # Each is planned once, the trained ones built once more.
    assert len(built) == len(found.candidates) + 3
    assert found.best.value == min(each.value for each in trained if each.state == "complete")


def test_an_own_builder_that_compiles_is_measured_after_building():
    """An optimizer has numbers; the budget is held before any training."""

    def own(units):
        model = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten()])
        model.add(keras.layers.Dense(units))
        model.add(keras.layers.Dense(3, activation="softmax"))
        model.compile(
            keras.optimizers.SGD(0.1), loss="categorical_crossentropy", metrics=["accuracy"]
        )
        return model

    found = sweep(
        own,
        {"units": Between(1, 64)},
        FIT,
        trials=2,
        monitor="val_accuracy",
        max_params=600,
        seed=0,
    )
    assert found.direction == "maximize"
    for each in found.candidates:
        units = each.arguments["units"]
        assert each.params == 16 * units + units + units * 3 + 3
        assert (each.state == "rejected") == (each.params > 600)


def test_candidates_that_cannot_be_are_rejected():
    """What the builder refuses is told in its words."""
    found = sweep(build, {"dropout": [0.1, 1.5]}, FIT, trials=1, seed=0)
    refused = [each for each in found.candidates if each.state == "rejected"]
    assert all(each.reason.startswith("dropout must be") for each in refused)


def test_wrong_arguments_are_said():
    """A monitor that the history lacks, and what is no builder."""
    with pytest.raises(
        ArgumentError, match=r"^monitor must be one of accuracy, loss, val_accuracy"
    ):
        sweep(build, {"hidden_units": [(4,)]}, FIT, trials=1, monitor="val_los")
    with pytest.raises(ArgumentError, match=r"^builder must be a function that returns a model"):
        sweep("cnn", {"a": [1]}, FIT)


WORKER = """
import json, os, signal, sys, time
import numpy as np
import kerasbook as kb
from kerasbook.training.sweeps import sweep
storage, folder, me = sys.argv[1:]
x = np.zeros((16, 4, 4, 1), "float32")
y = np.eye(3, dtype="float32")[np.arange(16) % 3]

def build(**arguments):
    model = kb.fnn_classifier((4, 4, 1), 3, **arguments)
    open(os.path.join(folder, f"started-{me}"), "w").close()
    if me == "doomed":
        while True:  # until it is killed, in the middle of its candidate
            time.sleep(0.1)
    return model

from kerasbook.builders._plan import _PLANNING
plain = build
def build(**arguments):
    return kb.fnn_classifier((4, 4, 1), 3, **arguments) if _PLANNING.get() else plain(**arguments)

found = sweep(build, {"hidden_units": [(4,), (8,)]}, {"x": x, "y": y, "epochs": 1,
              "validation_split": 0.5}, trials=4, storage=storage, heartbeat_seconds=1)
print(found.to_json())
"""


def start(tmp_path, name):
    """A worker in a process of its own."""
    return subprocess.Popen(  # noqa: S603  our own code
        [sys.executable, "-c", WORKER, f"sqlite:///{tmp_path}/sweep.db", str(tmp_path), name],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


@pytest.mark.slow
def test_two_workers_share_and_one_may_be_killed(tmp_path):
    """The other one notices, tries the lost candidate again, and both see all of them."""
    doomed = start(tmp_path, "doomed")
    deadline = time.monotonic() + 300
    while not (tmp_path / "started-doomed").exists() and time.monotonic() < deadline:
        time.sleep(0.2)
    doomed.send_signal(signal.SIGKILL)
    doomed.communicate()
    time.sleep(5)  # four heartbeats and more
    told, _ = start(tmp_path, "survivor").communicate(timeout=300)
    records = json.loads(told)
    assert [row["state"] for row in records].count("failed") == 1
    assert sum(row["state"] in {"complete", "pruned"} for row in records) == 4
    lost = next(row for row in records if row["state"] == "failed")
    again = [row for row in records if row["hidden_units"] == lost["hidden_units"]]
    assert any(row["state"] == "complete" for row in again)


def candidate(number, state, value, params, **arguments):
    """One candidate of a sweep that never was."""
    return Candidate(number, state, arguments, value, 2, params, 10 * params, 1.5)


FOUND = Sweep(
    (
        candidate(0, "complete", 0.5, 1200, units=3),
        candidate(1, "pruned", 0.9, 50, units=1),
        candidate(2, "complete", 0.25, 90_000, units=9),
        candidate(3, "rejected", None, 10**8, units=99),
    ),
    "val_loss",
    "minimize",
)


def test_the_table_has_the_best_on_top():
    """Complete ones by value, the others after them."""
    lines = FOUND.to_text().splitlines()
    assert lines[0].split() == [
        "candidate", "state", "val_loss", "epochs", "parameters", "MACs", "seconds", "units",
    ]  # fmt: skip
    assert [line.split()[0] for line in lines[1:]] == ["2", "0", "3", "1"]
    assert lines[1].split()[1:5] == ["complete", "0.25", "2", "90,000"]
    assert json.loads(FOUND.to_json())[3] == {
        "candidate": 3, "state": "rejected", "value": None, "epochs": 2, "parameters": 10**8,
        "MACs": 10**9, "seconds": 1.5, "units": 99, "reason": "",
    }  # fmt: skip


def test_the_picture_shows_every_candidate_with_a_value():
    """A mark for each, the best one ringed, costs on a logarithmic scale."""
    display = SweepDisplay.from_sweep(FOUND).plot()
    assert display.best == 2
    assert display.title == "4 candidates, 1 pruned, 1 rejected"
    assert "The best is candidate 2, with validation loss 0.25 and 90,000" in display.alt_text
    drawn = [mark.get_offsets().data.tolist() for mark in display.ax_.collections]
    assert drawn == [[[1200, 0.5], [90_000, 0.25]], [[50, 0.9]], [[90_000, 0.25]]]
    assert display.ax_.get_xscale() == "log"
    with pytest.raises(
        ArgumentError, match=r"^sweep must be what kerasbook.training.sweep returned"
    ):
        SweepDisplay.from_sweep([])
