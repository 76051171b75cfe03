"""Training curves, from Keras's `History`, a dict, or the file that Keras's `CSVLogger` writes."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasbook.checks import positive_integer, reject
from kerasbook.drawing.text import one_line
from kerasbook.errors import ArgumentError, SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Curves", "Recorder", "read_curves"]


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """Metrics over epochs.

    Attributes:
        epochs: (E,) numbers of the epochs, the first of a run being 1.
        values: name → (E,) values; NaN where an epoch has none.
        given: name → (E,) whether an epoch has a value: NaN may be one.
    """

    epochs: NDArray[Any]
    values: dict[str, NDArray[Any]]
    given: dict[str, NDArray[Any]]


class Recorder:
    """The curves of a training while it runs: a value or `None` for each metric and epoch."""

    def __init__(self) -> None:
        self.epoch: list[int] = []
        self.history: dict[str, list[float | None]] = {}

    def add(self, epoch: int, logs: Mapping[str, Any]) -> None:
        """Take in the logs of an epoch; metrics that are no number are left out."""
        for name, value in logs.items():
            try:
                number = float(value)
            except (TypeError, ValueError):
                continue
            # A metric that comes later, as validation may, has no values before.
            self.history.setdefault(name, [None] * len(self.epoch)).append(number)
        self.epoch.append(epoch)
        for values in self.history.values():
            values.extend([None] * (len(self.epoch) - len(values)))


def read_curves(
    history: object, *, validation_freq: int | None = None, metrics: Sequence[str] | None = None
) -> Curves:
    """The curves of a training.

    Args:
        history: a Keras `History`, a mapping from metric to one number an epoch, `None` where an
            epoch has none, or the path of a `CSVLogger`'s file.
        validation_freq: how many epochs pass between validations; told by the numbers of values
            if left out.
        metrics: which to keep, without `val_`; all if left out.

    Raises:
        ArgumentError: it is something else, holds no epoch, or the lengths leave the epochs open.
        SourceError: the file is not one of a `CSVLogger`.
    """
    if isinstance(history, str | os.PathLike):
        logs, epochs = _from_csv(Path(history))
    elif isinstance(history, Mapping):
        logs, epochs = dict(history), None
    elif isinstance(getattr(history, "history", None), dict):
        logs, epochs = dict(history.history), getattr(history, "epoch", None)  # type: ignore[attr-defined]
    else:
        reject("history", "be a Keras History, a dict, or the path of a CSVLogger's file", history)
    import numpy as np  # noqa: PLC0415  loaded on first use

    logs = _chosen(logs, metrics)
    count = max((len(values) for values in logs.values()), default=0)
    if count == 0:
        reject("history", "hold at least one epoch", logs, mend="Train for one first.")
    every = _validation_freq(logs, count, validation_freq)
    aligned = {
        name: _aligned(name, numbers, count=count, every=every) for name, numbers in logs.items()
    }
    return Curves(
        _numbered(epochs, count),
        {name: _numbers(name, column) for name, column in aligned.items()},
        {name: np.array([n is not None for n in column]) for name, column in aligned.items()},
    )


def _chosen(logs: Mapping[str, Any], metrics: Sequence[str] | None) -> dict[str, list[Any]]:
    logs = {
        one_line(str(name)): list(values)
        for name, values in logs.items()
        if _is_sequence(name, values)
    }
    if metrics is None:
        return logs
    known = {name.removeprefix("val_") for name in logs}
    for name in metrics:
        if name not in known:
            reject("metrics", f"be among {', '.join(sorted(known))}", name)
    return {name: values for name, values in logs.items() if name.removeprefix("val_") in metrics}


def _is_sequence(name: object, values: object) -> bool:
    try:
        len(values)  # type: ignore[arg-type]
    except TypeError:
        reject("history", f"have a list for each metric, one number an epoch, {name!r} too", values)
    return True


def _aligned(name: str, numbers: list[Any], *, count: int, every: int) -> list[Any]:
    """The values at their epochs: each, or those of validation, each `every` epochs."""
    if len(numbers) == count:
        return numbers
    if not name.startswith("val_"):
        raise ArgumentError(
            f"history must have one number an epoch ({count}) for {name!r}; "
            f"received {len(numbers)}."
        )
    result: list[Any] = [None] * count
    result[every - 1 :: every] = numbers
    return result


def _numbers(name: str, column: list[Any]) -> NDArray[Any]:
    """The values as numbers, NaN for those that there are not."""
    import numpy as np  # noqa: PLC0415  loaded on first use

    try:
        return np.array([float("nan") if each is None else float(each) for each in column])
    except (TypeError, ValueError):
        mend = "Leave it out: metrics=('loss', …)."
        reject("history", f"have one number an epoch for {name!r}", column[0], mend=mend)


def _validation_freq(logs: Mapping[str, list[Any]], count: int, told: int | None) -> int:
    lengths = {len(values) for name, values in logs.items() if name.startswith("val_")} - {count}
    if not lengths:
        return 1
    validations = min(lengths)
    fitting = [every for every in range(1, count + 1) if count // every == validations]
    if told is not None:
        told = positive_integer("validation_freq", told)
        if told not in fitting:
            mend = f"There are {validations} validations in {count} epochs."
            reject("validation_freq", "fit the history", told, mend=mend)
        return told
    if len(fitting) == 1 and len(lengths) == 1:
        return fitting[0]
    raise ArgumentError(
        "validation_freq must be told where the history leaves it open; "
        f"received {validations} validations in {count} epochs: validation_freq=None. "
        "Say after how many epochs you validated."
    )


def _numbered(epochs: Sequence[int] | None, count: int) -> NDArray[Any]:
    """Keras counts epochs from 0, people from 1; a log with two runs in it is one long run."""
    import numpy as np  # noqa: PLC0415  loaded on first use

    if epochs is not None and len(epochs) == count:
        numbers = np.asarray(epochs, dtype=int) + 1
        if np.all(np.diff(numbers) > 0):
            return numbers
    return np.arange(1, count + 1)


def _logged_last(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """The rows less those of epochs that a run which was started again has logged once more.

    A run that goes on begins after epoch 0, or logs the same again; what begins at 0 with other
    values is another run in the same file.
    """
    kept: list[tuple[int, dict[str, str]]] = []
    for row in rows:
        epoch = int(float(row["epoch"]))
        while kept and kept[-1][0] >= epoch and (epoch > 0 or kept[-1][1] == row):
            kept.pop()
        kept.append((epoch, row))
    return [row for _, row in kept]


def _from_csv(path: Path) -> tuple[dict[str, list[float | None]], list[int]]:
    """What `CSVLogger` wrote: a column `epoch`, then one a metric, in any separator."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{path} cannot be read: {error}.") from error
    header = text.split("\n", 1)[0].rstrip("\r")
    if not header.startswith("epoch") or len(header) <= len("epoch"):
        raise SourceError(
            f"{path} is no file of Keras's CSVLogger: its first line must start with 'epoch'; "
            f"received {header[:60]!r}."
        )
    rows = list(csv.DictReader(text.splitlines(), delimiter=header[len("epoch")]))
    try:
        rows = _logged_last(rows)
        epochs = [int(float(row["epoch"])) for row in rows]
        names = [name for name in rows[0] if name != "epoch"] if rows else []
        # "NA" is what CSVLogger writes for a metric that an epoch lacks.
        logs = {
            name: [None if row[name] in {None, "", "NA"} else float(row[name]) for row in rows]
            for name in names
        }
    except (TypeError, ValueError) as error:
        raise SourceError(f"{path} holds something that is no number: {error}.") from error
    return logs, epochs
