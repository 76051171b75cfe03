"""The state of a run's callbacks, saved and restored with it, and the logs they write."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import keras

from kerasbook.errors import TrainingError
from kerasbook.training._packing import Packer, fingerprint, unpack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["CallbackMemory", "refuse_conflicts"]

_KERAS_OWN = {"_model", "params"}  # what Keras gives every callback

# Callbacks that a training in this process has already used; a notebook may use them again.
_USED: WeakSet[Any] = WeakSet()


class CallbackMemory:
    """The state of all callbacks of a training, as far as it is numbers, strings and arrays.

    A callback's state is the attributes that have changed since training began. Attributes that
    have not changed are set by the script.
    """

    __slots__ = ("_before", "_callbacks", "_strict", "_used", "_warned")

    def __init__(
        self,
        callbacks: Sequence[keras.callbacks.Callback],
        strict: Sequence[keras.callbacks.Callback],
    ) -> None:
        """Record the callbacks' attributes when the first epoch begins.

        Args:
            callbacks: all callbacks of the training.
            strict: the callbacks that must be saved completely, or the run is refused.
        """
        shown = (keras.callbacks.History, keras.callbacks.ProgbarLogger)
        self._callbacks = [each for each in callbacks if not isinstance(each, shown)]
        self._strict = list(strict)
        self._used = [each in _USED for each in self._callbacks]
        _USED.update(self._callbacks)
        self._before = [
            {name: _fingerprint(value) for name, value in _attributes(each).items()}
            for each in self._callbacks
        ]
        self._warned: set[str] = set()

    def pack(self, packer: Packer) -> list[Any]:
        """The state of all callbacks, as JSON values.

        Raises:
            TrainingError: a callback that must be saved completely cannot be.
        """
        return [
            [type(each).__name__, self._pack(each, before, packer), _log_size(each)]
            for each, before in zip(self._callbacks, self._before, strict=True)
        ]

    def put(self, packed: list[Any], arrays: list[NDArray[Any]]) -> None:
        """Restore the state of callbacks, which must have the same classes in the same order."""
        left = list(packed)
        for callback, used in zip(self._callbacks, self._used, strict=True):
            name = type(callback).__name__
            found = next((each for each in left if each[0] == name), None)
            if found is None:
                continue
            left.remove(found)
            for key, (value, changed) in found[1].items():
                if changed or used:
                    setattr(callback, key, unpack(value, arrays))
            _cut_log(callback, found[2])

    def _pack(
        self, callback: keras.callbacks.Callback, before: dict[str, object], packer: Packer
    ) -> dict[str, Any]:
        packed = {}
        for name, value in _attributes(callback).items():
            changed = name not in before or before[name] != _fingerprint(value)
            apart, place = Packer(), f"{type(callback).__name__}.{name}"
            try:
                apart.pack(value, place)
            except TrainingError:
                if any(callback is each for each in self._strict):
                    raise
                if changed:
                    self._warn(callback, place)
                continue
            if changed or not apart.arrays:  # arrays that have not changed come from the script
                packed[name] = [packer.pack(value, place), changed]
        return packed

    def _warn(self, callback: keras.callbacks.Callback, place: str) -> None:
        # Keras's own callbacks also have writers and files, which they open again.
        if place in self._warned or type(callback).__module__.startswith("keras."):
            return
        self._warned.add(place)
        warnings.warn(
            f"{place} has changed and cannot be saved: after a kill it is as the script makes it. "
            f"If weights depend on it, keep it in numbers, lists, dicts or arrays; to have it "
            f"refused, name the callback in ExactResume(callbacks=…).",
            RuntimeWarning,
            stacklevel=2,
        )


def refuse_conflicts(callbacks: Sequence[keras.callbacks.Callback]) -> None:
    """Check that no callback prevents resuming.

    Raises:
        TrainingError: one does; the message names it.
    """
    for each in callbacks:
        if isinstance(each, keras.callbacks.BackupAndRestore):
            raise TrainingError(
                "BackupAndRestore and ExactResume both say where a run begins; received both. "
                "Leave BackupAndRestore out."
            )
        if isinstance(each, keras.callbacks.CSVLogger) and not each.append:
            raise TrainingError(
                f"CSVLogger must go on with its file when a run goes on; received append=False for "
                f"{each.filename!r}, which a restart would empty. "
                f"Use CSVLogger({each.filename!r}, append=True)."
            )


def _attributes(callback: keras.callbacks.Callback) -> dict[str, Any]:
    """A callback's attributes, without those that Keras sets and without functions."""
    return {
        key: value
        for key, value in vars(callback).items()
        # Keras's own callbacks create their comparison function on first use.
        if key not in _KERAS_OWN
        and (key == "monitor_op" or not callable(value))
        and not isinstance(value, keras.callbacks.Callback)
    }


def _fingerprint(value: object) -> object:
    """A fingerprint of the value if it can be saved, otherwise the identity of the object."""
    try:
        return fingerprint(value)
    except TrainingError:
        return id(value)


def _log_size(callback: keras.callbacks.Callback) -> int | None:
    """Length in bytes of the log that one of Keras's callbacks appends to; `None` without one."""
    if not isinstance(callback, keras.callbacks.CSVLogger):
        return None
    return os.path.getsize(callback.filename) if os.path.exists(callback.filename) else 0  # noqa: PTH110, PTH202  it is a name


def _cut_log(callback: keras.callbacks.Callback, size: int | None) -> None:
    """Remove the log lines that were written after the state was saved; they come again."""
    if size is None:
        return
    if (_log_size(callback) or 0) > size:
        os.truncate(callback.filename, size)
    callback.append_header = _log_size(callback) == 0
