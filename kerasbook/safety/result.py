"""The result of `check_file`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kerasbook.checks import word
from kerasbook.errors import joined_message
from kerasbook.files.refusal import bytes_text

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FileCheck", "Reason"]


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason not to load a file.

    Attributes:
        code: what kind of reason, as one word for programs: `"runs-code"`.
        where: which part of the file: `"layer 'top'"`, `"model.weights.h5"`.
        expected: what it must be, as the end of the sentence "`where` must …".
        received: what it is instead.
        mend: what to do, as a sentence.
    """

    code: str
    where: str
    expected: str
    received: str
    mend: str

    def __str__(self) -> str:
        return joined_message(self.where, self.expected, self.received, mend=self.mend)


@dataclass(frozen=True, slots=True)
class FileCheck:
    """The contents of a model file, and every reason found not to trust it.

    Made by [`check_file`][kerasbook.safety.check_file].

    Attributes:
        path: the file.
        reasons: why not to load it; none if it is as Keras writes it.
        format: `"keras"`, `"h5"` or `"json"`; `None` if it is none of them.
        size_bytes: how large the file is.
        members: size in bytes of each member of the archive, by name.
        keras_version: the Keras that wrote it, as it says itself.
        date_saved: when it was written, as it says itself.
        model: class and name of the model: `"Functional 'cnn'"`; empty if there is none.
        classes: how many objects of each class the configuration names.
        arrays: how many arrays the weights hold, those of the optimizer among them.
        numbers: how many numbers these hold.
        weights_bytes: bytes of these.
        loading_bytes: the most that loading takes beyond Keras and its backend, as computed from
            what the file says; `None` if it does not pass or holds no weights.
    """

    path: str
    reasons: tuple[Reason, ...]
    format: str | None
    size_bytes: int
    members: Mapping[str, int]
    keras_version: str | None
    date_saved: str | None
    model: str
    classes: Mapping[str, int]
    arrays: int
    numbers: int
    weights_bytes: int
    loading_bytes: int | None

    @property
    def ok(self) -> bool:
        """Whether nothing was found against it."""
        return not self.reasons

    @property
    def summary(self) -> str:
        """One line: the contents of the file and whether it passes."""
        kind = f"a .{self.format} file" if self.format in {"keras", "h5"} else "a file"
        kind = "JSON" if self.format == "json" else kind
        parts = [f"{kind} of {bytes_text(self.size_bytes)}"]
        if self.keras_version:
            parts.append(f"Keras {word(self.keras_version)}")
        if self.model:
            parts.append(self.model)
        if self.arrays:
            parts.append(f"{self.numbers:,} numbers in {self.arrays:,} arrays")
        count = len(self.reasons)
        found = {0: "nothing against it", 1: "1 reason against it"}
        verdict = found.get(count, f"{count} reasons against it")
        return f"{self.path!r}: {', '.join(parts)}; {verdict}"

    def to_dict(self) -> dict[str, object]:
        """The result as plain values, `ok` and `summary` among them."""
        names = FileCheck.__match_args__
        fields: dict[str, object] = {name: getattr(self, name) for name in names}
        reasons = [{n: getattr(each, n) for n in Reason.__match_args__} for each in self.reasons]
        return {"ok": self.ok, "summary": self.summary, **fields, "reasons": reasons}

    def to_json(self) -> str:
        """The result as JSON."""
        return json.dumps(self.to_dict(), indent=1)

    def _repr_html_(self) -> str:
        from kerasbook.report.table import Cell, Table, TableRow, to_html  # noqa: PLC0415  for notebooks

        lines = (TableRow((Cell(each.code), Cell(str(each)))) for each in self.reasons)
        return to_html(Table(self.summary, (("Reason", "words"), ("", "words")), tuple(lines)))

    def __str__(self) -> str:
        return "\n".join([self.summary, *(f"✗ {each.code}: {each}" for each in self.reasons)])
