"""`load_model`: a model from a file that passes the check, loaded with Keras."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from kerasbook.checks import positive_integer, reject, require
from kerasbook.errors import ArgumentError, SourceError
from kerasbook.safety.checking import check_file
from kerasbook.sources.refusal import size_text, unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from typing import Any

__all__ = ["load_model"]

_MOST_SECONDS = 600
# Loads a file in a process whose data may grow by so many bytes, backend and all loaded before.
_TRIAL = """
import json, resource, sys
path, memory_bytes = json.loads(sys.argv[1])
import keras
keras.ops.convert_to_numpy(keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])(
    keras.ops.ones((1, 2))))
with open("/proc/self/status") as status:
    used = next(int(line.split()[1]) for line in status if line.startswith("VmData")) * 1024
resource.setrlimit(resource.RLIMIT_DATA, (used + memory_bytes,) * 2)
keras.saving.load_model(path, compile=False)
"""


def load_model(
    path: str | os.PathLike[str],
    *,
    custom_objects: Mapping[str, object] | None = None,
    memory_bytes: int | None = None,
) -> Any:  # noqa: ANN401  a Keras model
    """The model in a file, loaded with Keras if the file passes `check_file`.

    Args:
        path: a `.keras` file or the folder of one, or an older `.h5` file. Nobody else may be able
            to change it between the check and the loading.
        custom_objects: your own classes and functions that the file may name, by the names under
            which they are registered.
        memory_bytes: the most memory that loading may take. The file is loaded in a process of
            its own first, which may take so much beyond what the backend takes; this costs the
            start of a backend. Linux only, and not together with `custom_objects`.

    Returns:
        The Keras model, compiled as it was saved.

    Raises:
        ArgumentError: an argument is wrong.
        MissingDependencyError: there is no Keras, or no backend for it.
        SourceError: the file does not pass, holds no weights, or takes more memory; the message
            gives the reasons.

    Examples:
        >>> load_model("missing.keras")
        Traceback (most recent call last):
        kerasbook.errors.SourceError: 'missing.keras' must be a file that can be read; received no
            file of this name. Check the path.
    """
    objects = _objects(custom_objects)
    if memory_bytes is not None:
        positive_integer("memory_bytes", memory_bytes)
        _check_limit_works(memory_bytes, objects)
    result = check_file(path, custom_objects=objects)
    if not result.ok:
        raise SourceError(str(result))
    if result.format == "json":
        mend = "Use keras.models.model_from_json on its text."
        raise unreadable(repr(result.path), "hold weights", "the JSON of a model", mend=mend)
    keras: Any = require("keras", extra="tensorflow")
    if memory_bytes is not None:
        _try_within(result.path, memory_bytes)
    return keras.saving.load_model(result.path, custom_objects=objects or None, safe_mode=True)


def _objects(custom_objects: object) -> dict[str, object]:
    if custom_objects is None:
        return {}
    if not isinstance(custom_objects, Mapping):
        expected = "be a dict from names to classes and functions"
        reject("custom_objects", expected, custom_objects)
    return dict(custom_objects)


def _check_limit_works(memory_bytes: int, objects: dict[str, object]) -> None:
    """Refuse a limit that cannot be held."""
    if not Path("/proc/self/status").exists():
        raise ArgumentError(
            "memory_bytes must be None where the system cannot limit a process; received "
            f"memory_bytes={memory_bytes!r} on {sys.platform!r}. Leave it out, or use Linux."
        )
    if objects:
        raise ArgumentError(
            "memory_bytes must be None with custom_objects, which another process does not have; "
            f"received memory_bytes={memory_bytes!r}. Leave one of them out."
        )


def _try_within(path: str, memory_bytes: int) -> None:
    """Load the file in a process of its own.

    Raises:
        SourceError: it needs more memory, or Keras cannot load it.
    """
    done = subprocess.run(  # noqa: S603  our own code
        [sys.executable, "-c", _TRIAL, json.dumps([path, memory_bytes])],
        capture_output=True,
        text=True,
        timeout=_MOST_SECONDS,
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        expected = f"load within {size_text(memory_bytes)}"
        mend = "Give it more memory_bytes if you trust it."
        raise unreadable(repr(path), expected, f"a failure: {last[:200]}", mend=mend)
