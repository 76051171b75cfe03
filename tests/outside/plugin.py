"""A pytest plugin: every layer and model that the tests of a run build is explained.

Each is held against Keras when its test has ended, whether the test passed or not: see
`held_against_keras`. The run fails if one disagreement is not in `known_exceptions`.
`run.py` starts it on a checkout of Keras's repository.
"""

from __future__ import annotations

import json
import tempfile
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import keras
import pytest
from outside.held_against_keras import faults, model_of
from outside.known_exceptions import reason

_MOST_LAYERS_A_TEST = 60


class Outside:
    """The layers and models of the test that runs, and all that was found so far."""

    def __init__(self, wanted: Path | None) -> None:
        self._wanted = wanted
        self._depth = 0
        self._called: list[tuple[Any, Any, Any]] = []
        self._seen: set[object] = set()
        self.counts: Counter[str] = Counter()
        self.faults: list[dict[str, str]] = []
        self._watch()

    def _watch(self) -> None:
        """Note each outermost call of a layer, with its arguments."""
        call = keras.Layer.__call__

        def noted(layer: Any, *args: Any, **kwargs: Any) -> Any:
            self._depth += 1
            try:
                result = call(layer, *args, **kwargs)
            finally:
                self._depth -= 1
            if not self._depth and len(self._called) < _MOST_LAYERS_A_TEST:
                self._called.append((layer, args, kwargs))
            return result

        keras.Layer.__call__ = noted
        make = keras.Model.__init__

        def made(model: Any, *args: Any, **kwargs: Any) -> None:
            make(model, *args, **kwargs)
            if len(self._called) < _MOST_LAYERS_A_TEST:
                self._called.append((model, (), {}))

        keras.Model.__init__ = made

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Any:
        """Run a test, then hold what it built against Keras."""
        self._called.clear()
        self._depth = 0
        try:
            return (yield)
        finally:
            called, self._called = self._called, []
            self._depth = 1  # what the comparison calls is not looked at
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._hold(item.nodeid, called)

    def _hold(self, test: str, called: list[tuple[Any, Any, Any]]) -> None:
        done: set[int] = set()
        for layer, args, kwargs in called:
            if id(layer) in done:
                continue
            done.add(id(layer))
            model = layer if isinstance(layer, keras.Model) else model_of(layer, args, kwargs)
            if model is None or not self._is_new(model):
                continue
            kind = "models" if model is layer else "layers"
            self.counts[kind] += 1
            with tempfile.TemporaryDirectory() as folder:
                self._note(test, type(layer).__name__, faults(model, Path(folder)))

    def _is_new(self, model: Any) -> bool:
        """Whether no model with this configuration was held before."""
        try:
            key = json.dumps(_nameless(model.get_config()), default=str, sort_keys=True)
        except Exception:  # noqa: BLE001  without a configuration nothing is like it
            return True
        new = (type(model).__name__, key) not in self._seen
        self._seen.add((type(model).__name__, key))
        return new

    def _note(self, test: str, name: str, found: Any) -> None:
        self.counts.update(found.counts)
        for fault in found.faults:
            known = reason(test, name, fault)
            self.counts["known exceptions" if known else "faults"] += 1
            self.faults.append({"test": test, "class": name, "fault": fault, "known": known})

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """The run fails by what was found, and not by what the tests themselves say."""
        session.exitstatus = 1 if self.counts["faults"] or not self.counts["layers"] else 0
        if self._wanted:
            text = json.dumps({"counts": self.counts, "faults": self.faults}, indent=1)
            self._wanted.write_text(text, encoding="utf-8")

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print what was compared, and each fault."""
        terminalreporter.section("kerasbook beside Keras")
        for what, count in sorted(self.counts.items()):
            terminalreporter.line(f"{count:7,}  {what}")
        alike: dict[tuple[str, str, str], list[dict[str, str]]] = {}
        for fault in self.faults:
            what = fault["fault"].split(": kerasbook ")[0]
            alike.setdefault((fault["known"], fault["class"], what), []).append(fault)
        for (known, name, what), faults_alike in sorted(alike.items()):
            first = faults_alike[0]
            shown = f"known: {known}" if known else f"{first['fault'][:300]} in {first['test']}"
            terminalreporter.line(f"{len(faults_alike):5}  {name}, {what}: {shown}")


def _nameless(config: Any) -> Any:
    """A configuration without names, which Keras numbers."""
    if isinstance(config, dict):
        return {key: _nameless(each) for key, each in config.items() if key != "name"}
    return [_nameless(each) for each in config] if isinstance(config, list | tuple) else config


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the findings are written as JSON."""
    parser.addoption("--findings", type=Path, default=None, help="write what was found as JSON")


def pytest_configure(config: pytest.Config) -> None:
    """Watch what is built from here on."""
    config.pluginmanager.register(Outside(config.getoption("--findings")), "outside")
