"""The search space of a sweep: a list of choices or a range for each builder argument."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kerasbook.checks import boolean, real_number, reject

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Between", "Space", "read_space", "suggest"]

Space = Mapping[str, "Sequence[object] | Between"]


@dataclass(frozen=True, slots=True)
class Between:
    """A range of numbers that a sweep draws from; integers if both ends are integers.

    Attributes:
        low: the smallest value.
        high: the largest value, included.
        log: whether values are drawn evenly on a logarithmic scale, which needs `low` above 0.

    Examples:
        >>> Between(1e-4, 1e-1, log=True)
        Between(low=0.0001, high=0.1, log=True)
        >>> Between(3, 2)
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: high must be at least low=3; received high=2.
    """

    low: float
    high: float
    log: bool = False

    def __post_init__(self) -> None:
        real_number("low", self.low)
        real_number("high", self.high)
        boolean("log", self.log)
        if self.high < self.low:
            reject("high", f"be at least low={self.low!r}", self.high)
        if self.log and self.low <= 0:
            reject("low", "be above 0 with log=True", self.low)


def read_space(space: object) -> dict[str, tuple[object, ...] | Between]:
    """The search space, with its names, choices and ranges checked.

    Examples:
        >>> read_space({"units": [8, 16], "dropout": Between(0.0, 0.5)})
        {'units': (8, 16), 'dropout': Between(low=0.0, high=0.5, log=False)}
        >>> read_space({"units": 8})
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: space['units'] must be a list of choices or a Between;
            received space['units']=8.
    """
    if not isinstance(space, Mapping) or not space:
        reject("space", "be a dict from arguments to what is tried", space)
    read: dict[str, tuple[object, ...] | Between] = {}
    for name, values in space.items():
        if not isinstance(name, str):
            reject("space", "have names of arguments as keys", name)
        if isinstance(values, Between):
            read[name] = values
        elif isinstance(values, list | tuple) and values:
            read[name] = tuple(values)
        else:
            reject(f"space[{name!r}]", "be a list of choices or a Between", values)
    return read


def suggest(trial: Any, space: Mapping[str, tuple[object, ...] | Between]) -> dict[str, object]:  # noqa: ANN401  Optuna's
    """The arguments of one candidate: a value for each name in the space.

    Storages hold only numbers and strings, so any other choice is stored as its `repr`.
    """
    candidate: dict[str, object] = {}
    for name, values in space.items():
        if isinstance(values, tuple):
            written = {repr(value): value for value in values}
            candidate[name] = written[trial.suggest_categorical(name, list(written))]
        elif isinstance(values.low, int) and isinstance(values.high, int):
            candidate[name] = trial.suggest_int(name, values.low, values.high, log=values.log)
        else:
            candidate[name] = trial.suggest_float(name, values.low, values.high, log=values.log)
    return candidate
