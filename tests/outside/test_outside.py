"""The sweep over other people's tests finds what it should, and nothing where all agrees."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from keras_oracle import keras
from outside import held_against_keras
from outside.known_exceptions import reason

import kerasbook as kb

pytestmark = pytest.mark.keras
HERE = Path(__file__).parent
TESTS = """
import keras
def test_that_builds_a_layer_and_a_model():
    keras.layers.Dense(3)(keras.ops.ones((2, 4)))
    keras.Sequential([keras.Input((4,)), keras.layers.Dense(5)])
def test_that_fails():
    keras.layers.Dense(6)(keras.ops.ones((2, 4)))
    raise AssertionError
"""


def small_model(units=3):
    """One layer on four numbers."""
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(units)])


def test_a_model_that_agrees_has_no_fault(tmp_path):
    """In memory and from its file, with each comparison made."""
    found = held_against_keras.faults(small_model(), tmp_path)
    assert found.faults == []
    compared = ("live: params", "live: weights", "file: params", "file: passes the check")
    assert all(found.counts[each] == 1 for each in compared)


def test_a_wrong_report_is_a_fault(tmp_path, monkeypatch):
    """A report on another model differs in parameters, weights and output shape."""
    other = kb.explain(small_model(units=7))
    monkeypatch.setattr(held_against_keras.kb, "explain", lambda *_, **__: other)
    faults = held_against_keras.faults(small_model(), tmp_path).faults
    assert "live: params: kerasbook 35, Keras 15" in faults
    assert "live: output shapes: kerasbook [(7,)], Keras [(3,)]" in faults


def test_a_foreign_error_is_a_fault(tmp_path, monkeypatch):
    """What is refused in words of ours is counted, and everything else is a fault."""

    def fail(*_, **__):
        raise KeyError("units")

    monkeypatch.setattr(held_against_keras.kb, "explain", fail)
    faults = held_against_keras.faults(small_model(), tmp_path).faults
    assert faults == ["live: builtins.KeyError: 'units'", "file: builtins.KeyError: 'units'"]


def test_a_reason_is_for_its_tests_alone():
    """The same disagreement elsewhere is a fault."""
    fault = "live: MACs: kerasbook 96, Keras 48"
    assert "sums of products" in reason(
        "attention/additive_attention_test.py::a", "AdditiveAttention", fault
    )
    assert not reason("core/dense_test.py::a", "AdditiveAttention", fault)


def test_the_plugin_holds_what_tests_build(tmp_path):
    """Each layer and model once, whether its test passes or not."""
    (tmp_path / "test_theirs.py").write_text(TESTS, encoding="utf-8")
    places = (HERE.parents[1], HERE.parent)
    done = subprocess.run(  # noqa: S603  our own plugin
        [
            *(sys.executable, "-m", "pytest", "-c", HERE / "run.ini", "--rootdir=."),
            *("--confcutdir=.", "-p", "outside.plugin", "--findings=found.json", "test_theirs.py"),
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, places))},
        capture_output=True,
        text=True,
        check=False,
    )
    found = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    assert done.returncode == 0, done.stdout
    assert found["faults"] == []
    assert found["counts"]["layers"] == 3
    assert found["counts"]["models"] == 2  # a Sequential keeps a functional model of its own
    assert "kerasbook beside Keras" in done.stdout
