"""X-ray: what is in a model file, read as data, and every reason not to trust it."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasbook.checks import word
from kerasbook.errors import KerasbookError
from kerasbook.files.refusal import bytes_text
from kerasbook.report import explain
from kerasbook.safety import check_file
from sitebuild.page.answers import read_field
from sitebuild.page.html import lines, problem
from sitebuild.page.ledger import ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kerasbook.safety import FileCheck

__all__ = ["xray"]


def xray(path: str, input_shapes: str = "") -> dict[str, str]:
    """The report on a file, and what speaks against loading it.

    Args:
        path: where the file is. Its name is data too: it is no JSON, whatever it begins with.
        input_shapes: what the reader wrote as sizes of the inputs, `(224, 224, 3)`; `""` for none.

    Returns:
        `html` with a `summary` in one sentence; if the file could be read also the `markdown` and
        the `json` of the report.
    """
    shapes: Any = read_field(input_shapes)  # whatever the reader wrote: the library checks it
    check = check_file(Path(path))
    try:
        report = explain(Path(path), input_shapes=shapes)
    except KerasbookError as error:
        said = "" if check.reasons else problem(error)
        return {"html": f"{_checked(check)}{said}", "summary": f"{type(error).__name__}: {error}"}
    layers = sum(not row.is_model for row in report.rows)
    least = "" if report.params_known else "at least "
    counted = f"{layers} layer{'' if layers == 1 else 's'}"
    return {
        "html": f"{_checked(check)}\n{ledger(report, name='kb-xray')}",
        "summary": f"{report.name}: {counted}, {least}{report.params:,} parameters",
        "markdown": report.to_markdown(),
        "json": report.to_json(),
    }


def _checked(check: FileCheck) -> str:
    """What the file says of itself, and the reasons not to load it."""
    if check.ok:
        said = "As Keras writes it: loading it would run none of its maker's code."
        verdict = f'<p class="kb-safe"><strong>Nothing against it.</strong> {said}</p>'
    else:
        reasons = "".join(
            f"<li><code>{escape(each.code)}</code> {escape(str(each))}</li>"
            for each in check.reasons
        )
        verdict = (
            '<div class="kb-problem"><p><strong>Do not load it without knowing its maker.'
            f"</strong></p><ul>{reasons}</ul></div>"
        )
    return verdict + lines(_facts(check))


def _facts(check: FileCheck) -> Iterator[tuple[str, str]]:
    kind = f".{check.format} of " if check.format else ""
    yield "file", escape(f"{kind}{bytes_text(check.size_bytes)}")
    if check.keras_version:
        saved = f", saved {word(check.date_saved).replace('@', ' ')}" if check.date_saved else ""
        yield "written by", escape(f"Keras {word(check.keras_version)}{saved}")
    if check.arrays:
        yield "weights", f"{check.numbers:,} numbers in {check.arrays:,} arrays"
