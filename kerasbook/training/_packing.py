"""Conversion of Python values to JSON values and arrays, the content of a run's file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from zlib import crc32

import keras
import numpy as np

from kerasbook.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["Packer", "checksum", "fingerprint", "unpack"]

_COLLECTIONS = {"tuple": tuple, "set": set}


class Packer:
    """Converts Python values to JSON values, and collects their arrays in a list."""

    __slots__ = ("arrays",)

    def __init__(self) -> None:
        self.arrays: list[NDArray[Any]] = []

    def pack(self, value: object, name: str) -> Any:  # noqa: ANN401  what JSON can say
        """The value as a JSON value; an array becomes its index in `arrays`.

        Raises:
            TrainingError: the value contains an object that cannot be saved exactly.
        """
        # A NumPy float is a Python float too, but must come back as a NumPy float.
        plain = value is None or isinstance(value, bool | int | float | str)
        if plain and not isinstance(value, np.generic):
            return value
        # Exact types only: a subclass, such as `defaultdict`, would come back as its base class.
        if isinstance(value, list | tuple | set) and type(value) in {list, tuple, set}:
            items = [self.pack(item, f"{name}[{n}]") for n, item in enumerate(value)]
            kind = next((each for each, made in _COLLECTIONS.items() if type(value) is made), None)
            return {kind: items} if kind else items
        if isinstance(value, dict) and type(value) is dict:
            pairs = [
                [self.pack(key, f"a key of {name}"), self.pack(item, f"{name}.{key}")]
                for key, item in value.items()
            ]
            return {"dict": pairs}
        if isinstance(value, np.ndarray | np.generic) and value.dtype != object:
            # A copy: the run goes on while the file is written.
            self.arrays.append(np.array(value))
            return {"array": len(self.arrays) - 1, "scalar": isinstance(value, np.generic)}
        if callable(value) and getattr(keras.ops, str(_name(value)), None) is value:
            return {"operation": _name(value)}
        raise TrainingError(f"{name} is a {type(value).__name__}, which cannot be saved exactly")


def unpack(value: Any, arrays: list[NDArray[Any]]) -> Any:  # noqa: ANN401  what was packed
    """The value that `Packer.pack` was called with."""
    if isinstance(value, list):
        return [unpack(item, arrays) for item in value]
    if not isinstance(value, dict):
        return value
    if "dict" in value:
        return {unpack(key, arrays): unpack(item, arrays) for key, item in value["dict"]}
    for kind, made in _COLLECTIONS.items():
        if kind in value:
            return made(unpack(value[kind], arrays))
    if "operation" in value:
        return getattr(keras.ops, value["operation"])
    array = arrays[value["array"]]
    return array[()] if value["scalar"] else array.copy()


def fingerprint(value: object) -> tuple[int, int]:
    """Two numbers that stand for a value: they differ for values that differ.

    Raises:
        TrainingError: the value cannot be saved.
    """
    packer = Packer()
    return crc32(json.dumps(packer.pack(value, "value")).encode()), checksum(packer.arrays)


def checksum(arrays: Iterable[NDArray[Any]]) -> int:
    """A 32-bit checksum of the dtypes, shapes and contents of arrays."""
    content = 0
    for array in arrays:
        content = crc32(f"{array.dtype} {array.shape}".encode(), content)
        content = crc32(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data, content)
    return content


def _name(function: object) -> str | None:
    return getattr(function, "__name__", None)
