"""X-ray: what is in a model file, read as data."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from kerasbook.errors import KerasbookError
from kerasbook.report import explain
from sitebuild.page.answers import read_field
from sitebuild.page.html import problem
from sitebuild.page.ledger import ledger

__all__ = ["xray"]


def xray(path: str, input_shapes: str = "") -> dict[str, str]:
    """The report on a file, or the library's own error.

    Args:
        path: where the file is. Its name is data too: it is no JSON, whatever it begins with.
        input_shapes: what the reader wrote as sizes of the inputs, `(224, 224, 3)`; `""` for none.

    Returns:
        `html`, `markdown` and `json` of the report with a `summary` in one sentence; or `html` and
        `summary` of the error.
    """
    shapes: Any = read_field(input_shapes)  # whatever the reader wrote: the library checks it
    try:
        report = explain(Path(path), input_shapes=shapes)
    except KerasbookError as error:
        return {"html": problem(error), "summary": f"{type(error).__name__}: {error}"}
    layers = sum(not row.is_model for row in report.rows)
    least = "" if report.params_known else "at least "
    counted = f"{layers} layer{'' if layers == 1 else 's'}"
    summary = f"{report.name}: {counted}, {least}{report.params:,} parameters"
    return {
        "html": f"<p><strong>{escape(summary)}</strong></p>\n{ledger(report, name='kb-xray')}",
        "summary": summary,
        "markdown": report.to_markdown(),
        "json": report.to_json(),
    }
