"""What an optimizer keeps beside the weights it trains, from its configuration alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from kerasbook.checks import choice, printable
from kerasbook.dtypes import width_bytes
from kerasbook.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kerasbook.report.rows import ReportRow

__all__ = [
    "OPTIMIZERS",
    "Optimizer",
    "TrainedWeight",
    "choose_optimizer",
    "optimizer_bytes",
    "read_optimizer",
    "trained_weights",
]

# The step counter and the learning rate, one number of four bytes each.
_SCALARS_BYTES = 8


@dataclass(frozen=True, slots=True)
class Optimizer:
    """An optimizer as Keras serialises it.

    Attributes:
        class_name: `"Adam"`.
        config: its `get_config()`; what is missing has Keras's default.
    """

    class_name: str
    config: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class TrainedWeight:
    """A weight that the optimizer changes.

    Attributes:
        path: its name after its layer's, as in `variable.path`: `"embedding/embeddings"`.
        shape: its shape.
        dtype: its type.
    """

    path: str
    shape: tuple[int, ...]
    dtype: str

    @property
    def size_bytes(self) -> int:
        """What the weight itself takes."""
        return prod(self.shape) * width_bytes(self.dtype)


_Slots: TypeAlias = Callable[[TrainedWeight, Mapping[str, object]], int]


def _times(count: int) -> _Slots:
    """As many numbers of the weight's shape."""
    return lambda weight, _config: count * weight.size_bytes


def _sgd(weight: TrainedWeight, config: Mapping[str, object]) -> int:
    """A momentum, if it is not 0."""
    return weight.size_bytes if config.get("momentum") else 0


def _adam(weight: TrainedWeight, config: Mapping[str, object]) -> int:
    """Two moments; with `amsgrad` also the largest second one."""
    return (3 if config.get("amsgrad") else 2) * weight.size_bytes


def _rmsprop(weight: TrainedWeight, config: Mapping[str, object]) -> int:
    """A mean square; a momentum and a mean gradient if asked for."""
    return (1 + bool(config.get("momentum")) + bool(config.get("centered"))) * weight.size_bytes


def _adafactor(weight: TrainedWeight, _config: Mapping[str, object]) -> int:
    """The second moment whole, and as rows and columns of the last two axes."""
    if len(weight.shape) < 2:  # noqa: PLR2004  a vector has no rows and columns
        return weight.size_bytes + 2 * width_bytes("int32")
    rows, columns = weight.shape[:-1], (*weight.shape[:-2], weight.shape[-1])
    return weight.size_bytes + (prod(rows) + prod(columns)) * width_bytes(weight.dtype)


def _muon(weight: TrainedWeight, config: Mapping[str, object]) -> int:
    """One momentum for matrices, two moments for all else."""
    patterns = _excluded(config)
    matrix = (
        len(weight.shape) == 2  # noqa: PLR2004  a matrix has two axes
        and not (config.get("exclude_embeddings", True) and "embedding" in weight.path.lower())
        and not any(re.search(str(each), weight.path) for each in patterns)
    )
    return (1 if matrix else 2) * weight.size_bytes


def _excluded(config: Mapping[str, object]) -> Sequence[object]:
    """Patterns for the paths of weights that Muon treats as Adam does."""
    excluded = config.get("exclude_layers")
    return excluded if isinstance(excluded, list | tuple) else ()


def _is_quick(pattern: object) -> bool:
    """Whether a pattern can be looked for in bounded time: a file may hold any.

    With a group or a second repetition it may take a time that grows without bound.
    """
    text = str(pattern)
    if "(" in text or sum(map(text.count, "*+?{")) > 1:
        return False
    try:
        re.compile(text)
    except re.error:
        return False
    return True


# class name: bytes that it keeps for one weight
OPTIMIZERS: Mapping[str, _Slots] = MappingProxyType(
    {
        "Adadelta": _times(2),
        "Adafactor": _adafactor,
        "Adagrad": _times(1),
        "Adam": _adam,
        "AdamW": _adam,
        "Adamax": _times(2),
        "Ftrl": _times(2),
        "Lamb": _times(2),
        "Lion": _times(1),
        "Muon": _muon,
        "Nadam": _times(2),
        "RMSprop": _rmsprop,
        "SGD": _sgd,
        "ScheduleFreeAdamW": _times(2),
    }
)
_BY_LOWER_NAME = {name.lower(): name for name in OPTIMIZERS}


def optimizer_bytes(optimizer: Optimizer, weights: Sequence[TrainedWeight]) -> int | None:
    """Bytes that an optimizer keeps for the weights it trains; `None` if they are not known.

    They are not of a user's own optimizer, nor where a pattern that is not followed leaves layers
    out.

    Args:
        optimizer: which.
        weights: what it trains.

    Examples:
        >>> kernel = TrainedWeight("dense/kernel", (3072, 200), "float32")
        >>> optimizer_bytes(Optimizer("Adam", {}), [kernel])
        4915208
        >>> optimizer_bytes(Optimizer("SGD", {}), [kernel])
        8
    """
    scalars_bytes = _SCALARS_BYTES
    config = optimizer.config
    while optimizer.class_name == "LossScaleOptimizer":  # it holds another, and two numbers more
        inner = read_optimizer(config.get("inner_optimizer"))
        if inner is None:
            return None
        optimizer, config = inner, inner.config
        scalars_bytes += 2 * _SCALARS_BYTES
    slots = OPTIMIZERS.get(optimizer.class_name)
    if slots is None or not all(map(_is_quick, _excluded(config))):
        return None
    if optimizer.class_name == "Nadam":  # the running product of its momenta
        scalars_bytes += 4
    if isinstance(config.get("learning_rate"), Mapping):  # a schedule is computed, not kept
        scalars_bytes -= 4
    copies = bool(config.get("use_ema")) + bool(config.get("gradient_accumulation_steps"))
    copied = copies * sum([weight.size_bytes for weight in weights]) if copies else 0
    return scalars_bytes + copied + sum([slots(weight, config) for weight in weights])


def read_optimizer(value: object) -> Optimizer | None:
    """An optimizer from what a file or a user gives; `None` if there is none.

    Args:
        value: a name in any case, a serialised optimizer, or `None`.

    Raises:
        ArgumentError: it is none of these.

    Examples:
        >>> read_optimizer("adam").class_name
        'Adam'
        >>> read_optimizer({"class_name": "SGD", "config": {"momentum": 0.9}}).config
        {'momentum': 0.9}
    """
    if value is None or isinstance(value, Optimizer):
        return value
    if isinstance(value, str):
        return Optimizer(_BY_LOWER_NAME.get(value.lower(), printable(value)), {})
    if isinstance(value, Mapping):
        name, config = value.get("class_name"), value.get("config")
        if isinstance(name, str) and isinstance(config, Mapping):
            # Keras 2 wrote some names in lower case.
            return Optimizer(_BY_LOWER_NAME.get(name.lower(), printable(name)), config)
    raise ArgumentError(
        where="optimizer",
        expected="be a name or a serialised optimizer",
        received=f"a value of type {type(value).__name__}",
        mend="Give optimizer='adam' or keras.optimizers.serialize(optimizer).",
    )


def choose_optimizer(value: object, *, compiled: Optimizer | None) -> Optimizer:
    """The optimizer that a user names, else the one a model was compiled with, else Adam.

    Args:
        value: a name or a serialised optimizer; `None` for the model's own.
        compiled: the model's own, if it has one.

    Raises:
        ArgumentError: it is an optimizer that is not known.
    """
    chosen = read_optimizer(value) or compiled or Optimizer("Adam", {})
    if value is not None and chosen.class_name != "LossScaleOptimizer":
        choice("optimizer", chosen.class_name, OPTIMIZERS)
    return chosen


def trained_weights(
    rows: Iterable[ReportRow], *, name: str, class_name: str
) -> Iterator[TrainedWeight]:
    """The weights that the optimizer changes, under the paths that Keras gives them.

    A `Sequential` puts its name before those of its layers, a functional model none.

    Args:
        rows: the layers of a model.
        name: of the model.
        class_name: its class.
    """
    above = [_prefix(class_name, name)]
    for row in rows:
        del above[row.depth + 1 :]
        if row.is_model:
            above.append(_prefix(row.class_name, row.own_name))
        for weight in row.weights:
            if weight.trainable:
                path = f"{above[row.depth]}{row.own_name}/{weight.name}"
                yield TrainedWeight(path, weight.shape, weight.dtype or "float32")


def _prefix(class_name: str, name: str) -> str:
    return f"{name}/" if class_name == "Sequential" else ""
