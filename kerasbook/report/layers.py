"""One layer of a report as a line of its table and as a record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kerasbook.report.table import Cell, TableRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kerasbook.arithmetic import Number, Params
    from kerasbook.report.rows import ReportRow
    from kerasbook.report.table import Kind
    from kerasbook.rules import Shape

__all__ = [
    "COLUMNS",
    "as_list",
    "cells",
    "count",
    "layer_lines",
    "layer_record",
    "shape_text",
    "trained_record",
]

COLUMNS: tuple[tuple[str, Kind], ...] = (
    ("Layer (class)", "words"),
    ("Output", "words"),
    ("Parameters", "number"),
    ("MACs", "number"),
    ("Sees", "words"),
)


def layer_lines(rows: Iterable[ReportRow]) -> Iterator[TableRow]:
    """The lines of a table for the layers of a model."""
    previous = ""
    for row in rows:
        name, output, params, macs, field = cells(row)
        params_working = worked(row) if row.params and not row.is_model and not row.shared else ""
        formula = row.macs_formula
        macs_working = "" if formula is None or formula.value == 0 else formula.text
        if row.is_model and macs_working == macs:
            macs_working = ""  # the sum of its layers
        yield TableRow(
            (
                Cell(name, "; ".join(_folded(row))),
                Cell(output),
                Cell(params, params_working),
                Cell(macs, macs_working),
                Cell(field),
            ),
            below=tuple(_below(row, previous, params=params_working, macs=macs_working)),
            depth=row.depth,
        )
        previous = row.own_name


def cells(row: ReportRow) -> tuple[str, str, str, str, str]:
    """The texts of one layer for the five columns."""
    return (
        f"{row.own_name} ({row.class_name})",
        " ".join(map(shape_text, row.output_shapes)),
        "shared" if row.shared else count(row.params),
        _macs_cell(row),
        field_text(row.receptive_field),
    )


def _below(row: ReportRow, previous: str, *, params: str, macs: str) -> Iterator[tuple[str, str]]:
    """The lines under a layer: where it comes from, and its arithmetic."""
    if row.connected_from not in ((), (previous,)):
        yield "from ", ", ".join(row.connected_from)
    if row.calls > 1:
        yield "called ", called(row)
    if params:
        yield (
            "params ",
            params if row.params_origin == "ruled" else f"{params}, {row.params_origin}",
        )
        if row.logical_params is not None:
            yield "stands for ", f"{row.logical_params:,} of the plain layer"
    if macs and not row.is_model:
        yield "MACs ", macs if row.macs_origin == "ruled" else f"{macs}, {row.macs_origin}"
    if row.reason:
        yield "unknown: ", row.reason


def _folded(row: ReportRow) -> Iterator[str]:
    """The notes on a layer that a page unfolds below its name."""
    if row.connected_from:
        yield f"from {', '.join(row.connected_from)}"
    if row.calls > 1:
        yield f"called {called(row)}"
    if row.jump is not None and any(row.jump) and row.receptive_field is not None:
        yield f"jump {'×'.join(f'{each:g}' for each in row.jump)}"
    if row.logical_params is not None:
        yield f"stands for {row.logical_params:,} parameters of the plain layer"
    if row.reason:
        yield f"unknown: {row.reason}"


def count(value: Number | None) -> str:
    """A number with separators; a question mark if it is unknown."""
    return "?" if value is None else f"{value:,}"


def shape_text(shape: Shape | None) -> str:
    """A shape without its batch: `32×32×3`; a question mark for what is not known."""
    return "?" if shape is None else _sizes_text(shape[1:], "?") or "1"


def field_text(receptive_field: tuple[int | None, ...] | None) -> str:
    """A receptive field: `7×7`; nothing where no window describes it."""
    return _sizes_text(receptive_field or (), "all")


def _sizes_text(sizes: Sequence[int | None], unspecified: str) -> str:
    return "×".join(map(str, sizes)).replace("None", unspecified)


def _macs_cell(row: ReportRow) -> str:
    if row.macs_formula is None:
        return "?"
    return "symbolic" if row.macs is None else count(row.macs)


def called(row: ReportRow) -> str:
    """How often a layer is called, and what it puts out each time if that differs."""
    shapes = (" ".join(map(shape_text, each)) for each in row.shapes_of_calls)
    text = f"{row.calls} times"
    return f"{text}, to {', '.join(shapes)}" if row.shapes_of_calls else text


def worked(row: ReportRow) -> str:
    """The arithmetic of a layer's parameters, and how many of them are not trained."""
    params = row.params
    if params is None:
        return "?"
    if not row.trainable_known:
        return f"{params.text}, which of them are trained is not known"
    rest = params.non_trainable
    return f"{params.text}, {rest:,} not trainable" if rest else params.text


def layer_record(row: ReportRow) -> dict[str, Any]:
    """One flat dict of a layer's values; what is unknown is `None`."""
    params = row.params
    return {
        "name": row.name,
        "class_name": row.class_name,
        "connected_from": list(row.connected_from),
        "output_shapes": [as_list(shape) for shape in row.output_shapes],
        "params": None if params is None else int(params),
        **trained_record(row.params, known=row.trainable_known),
        "params_text": None if params is None else params.text,
        "logical_params": None if row.logical_params is None else int(row.logical_params),
        "macs": None if row.macs is None else int(row.macs),
        "macs_text": None if row.macs_formula is None else row.macs_formula.text,
        "receptive_field": as_list(row.receptive_field),
        "jump": as_list(row.jump),
        "weights_bytes": dict(row.weights_bytes),
        "params_origin": row.params_origin,
        "macs_origin": row.macs_origin,
        "calls": row.calls,
        "shapes_of_calls": [list(map(as_list, each)) for each in row.shapes_of_calls],
        "depth": row.depth,
        "is_model": row.is_model,
        "shared": row.shared,
        "reason": row.reason,
    }


def trained_record(params: Params | None, *, known: bool) -> dict[str, int | None]:
    """How many parameters are trained, and how many are not, if that is known."""
    return {
        "trainable_params": int(params.trainable) if known and params is not None else None,
        "non_trainable_params": int(params.non_trainable) if known and params is not None else None,
    }


def as_list(values: tuple[Any, ...] | None) -> list[Any] | None:
    """A tuple as JSON has it."""
    return None if values is None else list(values)
