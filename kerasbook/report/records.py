"""A report as plain values: JSON with a schema version, and records for pandas."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kerasbook.arithmetic import Formula
    from kerasbook.report.model_report import ModelReport
    from kerasbook.report.rows import ReportRow

__all__ = ["SCHEMA_VERSION", "to_dict", "to_json", "to_records"]

# Raised when a key changes its meaning or goes; new keys leave it as it is.
SCHEMA_VERSION = 1


def to_dict(report: ModelReport) -> dict[str, Any]:
    """The report as dicts, lists, strings and numbers; what is unknown is `None`."""
    memory = report.memory()
    return {
        "schema_version": SCHEMA_VERSION,
        "name": report.name,
        "class_name": report.class_name,
        "inputs": list(report.input_names),
        "output_shapes": [_listed(shape) for shape in report.output_shapes],
        "params": int(report.params),
        **_trained(report),
        "params_known": report.params_known,
        "macs": int(report.macs),
        "flops": int(report.flops),
        "macs_known": report.macs_known,
        "unknown": list(report.unknown),
        "reason": report.reason,
        "unspecified": list(report.unspecified),
        "weights_bytes": dict(report.weights_bytes),
        "memory": {
            "batch_size": memory.batch_size,
            "weights_bytes": memory.weights_bytes,
            "gradients_bytes": memory.gradients_bytes,
            "optimizer_bytes": memory.optimizer_bytes,
            "peak_bytes_per_sample": memory.peak_bytes,
            "saved_bytes_per_sample": memory.saved_bytes,
            "training_peak_bytes_per_sample": memory.training_peak_bytes,
            "backend": memory.backend,
            "known": memory.known,
        },
        "optimizer": None if report.optimizer is None else report.optimizer.class_name,
        "layers": [_layer(row) for row in report.rows],
    }


def to_json(report: ModelReport, *, indent: int | None = 2) -> str:
    """The same as JSON text."""
    return json.dumps(to_dict(report), indent=indent, ensure_ascii=False)


def to_records(report: ModelReport) -> list[dict[str, Any]]:
    """One flat dict a layer, for `pandas.DataFrame(records)`."""
    return [_layer(row) for row in report.rows]


def _layer(row: ReportRow) -> dict[str, Any]:
    params = row.params
    return {
        "name": row.name,
        "class_name": row.class_name,
        "connected_from": list(row.connected_from),
        "output_shapes": [_listed(shape) for shape in row.output_shapes],
        "params": None if params is None else int(params),
        **_trained(row),
        "params_text": None if params is None else params.text,
        "logical_params": None if row.logical_params is None else int(row.logical_params),
        "macs": None if row.macs is None else int(row.macs),
        "macs_text": _text(row.macs_formula),
        "receptive_field": _listed(row.receptive_field),
        "jump": _listed(row.jump),
        "weights_bytes": dict(row.weights_bytes),
        "params_origin": row.params_origin,
        "macs_origin": row.macs_origin,
        "calls": row.calls,
        "shapes_of_calls": [list(map(_listed, each)) for each in row.shapes_of_calls],
        "depth": row.depth,
        "is_model": row.is_model,
        "shared": row.shared,
        "reason": row.reason,
    }


def _trained(counted: ModelReport | ReportRow) -> dict[str, int | None]:
    """How many parameters are trained, and how many are not, if that is known."""
    params = counted.params if counted.trainable_known else None
    return {
        "trainable_params": None if params is None else int(params.trainable),
        "non_trainable_params": None if params is None else int(params.non_trainable),
    }


def _text(formula: Formula | None) -> str | None:
    return None if formula is None else formula.text


def _listed(values: tuple[Any, ...] | None) -> list[Any] | None:
    return None if values is None else list(values)
