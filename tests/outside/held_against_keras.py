"""What the report says of a layer or model that somebody else built, held against Keras itself.

`faults` explains a model in memory and from a file of its own, and returns each sentence in which
the report and Keras disagree. What a report calls unknown is no fault: it is counted.
"""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from math import prod
from typing import TYPE_CHECKING, Any

import keras

import kerasbook as kb
from kerasbook.errors import KerasbookError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(slots=True)
class Findings:
    """What came out of one model: faults, and what was counted.

    Attributes:
        faults: sentences in which the report and Keras disagree.
        counts: how often which comparison was made.
    """

    faults: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def equal(self, what: str, found: object, right: object) -> None:
        """Note a comparison, and a fault if the two differ."""
        self.counts[what] += 1
        if found != right:
            self.faults.append(f"{what}: kerasbook {found!r}, Keras {right!r}")


def faults(model: Any, folder: Path) -> Findings:
    """Every disagreement between the report on a model and Keras.

    Args:
        model: a Keras model.
        folder: where its file may be written.
    """
    findings = Findings()
    before = _state(model)
    report = _explained(model, "live", findings)
    findings.equal("explaining changes nothing", _state(model), before)
    if report is not None:
        _hold_weights(report, model, "live", findings)
        _hold_shapes(report, model, findings)
        _hold_macs(report, model, findings)
    path = _saved(model, folder)
    if path is not None:
        _hold_file(path, model, report, findings)
    return findings


def model_of(layer: Any, args: Any, kwargs: Any) -> Any | None:
    """A functional model of one layer on inputs like those of a call; None if Keras refuses it."""
    inputs: list[Any] = []

    def tensor(value: Any) -> Any:
        if hasattr(value, "shape") and hasattr(value, "dtype") and len(value.shape):
            dtype = keras.backend.standardize_dtype(value.dtype)
            inputs.append(keras.Input(tuple(value.shape)[1:], dtype=dtype))
            return inputs[-1]
        return value

    try:
        args, kwargs = keras.tree.map_structure(tensor, (args, kwargs))
        return keras.Model(inputs, layer(*args, **kwargs)) if inputs else None
    except Exception:  # noqa: BLE001  whatever Keras raises: it is no model then
        return None


def _explained(source: Any, how: str, findings: Findings, **options: Any) -> Any | None:
    """The report; None if it is refused in words of ours. A foreign error is a fault."""
    findings.counts[f"{how}: explained"] += 1
    try:
        report = kb.explain(source, **options)
        str(report)
    except KerasbookError as error:
        findings.counts[f"{how}: refused"] += 1
        findings.counts[f"{how}: refused: {str(error)[:200]}"] += 1
        return None
    except Exception as error:  # noqa: BLE001  that is what is looked for
        findings.faults.append(f"{how}: {type(error).__module__}.{type(error).__name__}: {error}")
        return None
    findings.counts[f"{how}: params known"] += report.params_known
    findings.counts[f"{how}: MACs known"] += report.macs_known
    return report


def _state(model: Any) -> tuple[object, ...]:
    """What explaining must not change."""
    layers = [each for each in model._flatten_layers() if isinstance(each, keras.Layer)]
    return (
        [(id(weight), weight.path) for weight in model.variables],
        [(each.name, each.built, each.trainable) for each in layers],
    )


def _hold_weights(report: Any, model: Any, how: str, findings: Findings) -> None:
    """Parameters, those that are trained, and the shapes of all weights."""
    if not report.params_known or not model.built:
        return
    weights = {id(weight): weight for weight in model.weights}.values()
    trained = {id(weight): weight for weight in model.trainable_weights}.values()
    count = sum(prod(weight.shape) for weight in weights)
    findings.equal(f"{how}: params", int(report.params), count)
    right = sum(prod(weight.shape) for weight in trained)
    if report.trainable_known:
        findings.equal(f"{how}: trainable params", int(report.params.trainable), right)
    rows = [row for row in report.rows if not row.is_model and not row.shared]
    if all(row.weights is not None for row in rows):
        shapes = Counter(tuple(weight.shape) for row in rows for weight in row.weights)
        findings.equal(f"{how}: weights", shapes, Counter(tuple(each.shape) for each in weights))


def _hold_shapes(report: Any, model: Any, findings: Findings) -> None:
    try:
        outputs = keras.tree.flatten(model.outputs)
    except (AttributeError, ValueError):  # subclassed, or never called
        return
    known = [shape for shape in report.output_shapes if shape is not None]
    if len(known) == len(outputs) and outputs:
        right = [tuple(output.shape)[1:] for output in outputs]
        findings.equal("live: output shapes", [tuple(shape)[1:] for shape in known], right)


def _hold_macs(report: Any, model: Any, findings: Findings) -> None:
    """MACs against those that PyTorch runs, where that is the backend and every size is given."""
    if keras.backend.backend() != "torch" or not report.macs_known:
        return
    structure = getattr(model, "_inputs_struct", None)  # of a functional model
    inputs = keras.tree.flatten(structure)
    if structure is None or any(None in each.shape[1:] for each in inputs):
        return
    from flop_counter import macs_run_by  # noqa: PLC0415  other backends lack it

    try:
        ones = [keras.ops.ones((1, *each.shape[1:]), each.dtype) for each in inputs]
        packed = keras.tree.pack_sequence_as(structure, ones)
        run = macs_run_by(partial(model, training=False), packed)
    except Exception:  # noqa: BLE001  Keras cannot run it on a batch of one
        findings.counts["MACs not run"] += 1
        return
    findings.equal("live: MACs", int(report.macs), run)


def _saved(model: Any, folder: Path) -> str | None:
    """The path of the model's file; None if Keras cannot save it."""
    path = str(folder / "model.keras")
    try:
        model.save(path)
    except Exception:  # noqa: BLE001  whatever Keras raises
        return None
    return path


def _hold_file(path: str, model: Any, live: Any | None, findings: Findings) -> None:
    """The report on a file, and the verdict on it."""
    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read("config.json"))
    names = set(_own_classes(config))
    verdict = kb.check_file(path, custom_objects=names)
    refused = [str(reason) for reason in verdict.reasons if reason.code != "runs-code"]
    findings.equal("file: passes the check", refused, [])
    report = _explained(path, "file", findings)
    if report is None:
        return
    _hold_against_loaded(report, path, model, findings)
    if live is not None and not names and report.params_known:
        changed = [
            f"{change.kind} {change.row.class_name}"
            for change in kb.compare(live, report).changed
            if not _is_split_alone(change)
        ]
        findings.equal("file: what compare() finds changed", changed, [])


def _hold_against_loaded(report: Any, path: str, model: Any, findings: Findings) -> None:
    """The report on a file against the model that was saved, or the one that Keras makes of it.

    The two differ where a file does not keep all: LoRA's adapters inside a layer, flags of parts.
    """
    held = Findings()
    _hold_numbers(report, model, held)
    if held.faults:
        found = {type(each).__name__: type(each) for each in (model, *model._flatten_layers())}
        own = {name: each for name, each in found.items() if not hasattr(keras.layers, name)}
        try:
            loaded = keras.models.load_model(path, custom_objects=own)
        except Exception:  # noqa: BLE001  whatever Keras raises: then what was saved is right
            loaded = model
        again = Findings()
        _hold_numbers(report, loaded, again)
        held.faults = again.faults and held.faults
        held.counts["file: held against what Keras loads"] += not again.faults
    findings.faults += held.faults
    findings.counts += held.counts


def _hold_numbers(report: Any, model: Any, findings: Findings) -> None:
    """Weights, and the MACs of the model in memory."""
    _hold_weights(report, model, "file", findings)
    live = kb.explain(model)
    if live.macs_known and report.macs_known:
        findings.equal("file: MACs", int(report.macs), int(live.macs))


def _is_split_alone(change: Any) -> bool:
    """Whether all that changed is which weights are trained, and the file does not say it."""
    after = change.differences.get("trainable", ("", ""))[1]
    return set(change.differences) == {"trainable"} and after == "?"


def _own_classes(config: Any) -> Any:
    """Names of the classes and functions in a configuration that are not Keras's."""
    if isinstance(config, dict):
        module, name = config.get("module"), config.get("registered_name")
        own = not str(module).startswith("keras") or str(module).endswith("_test")
        if "class_name" in config and own:
            yield from (str(each) for each in (name, config["class_name"]) if each)
            if config["class_name"] == "function":
                yield str(config.get("config"))
        for each in config.values():
            yield from _own_classes(each)
    elif isinstance(config, list):
        for each in config:
            yield from _own_classes(each)
