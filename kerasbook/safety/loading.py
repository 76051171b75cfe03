"""`load_model`: a model from a file that passes the check, loaded with Keras."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from kerasbook.checks import reject, require
from kerasbook.errors import KerasbookError, SourceError
from kerasbook.files.refusal import unreadable
from kerasbook.safety.checking import examine, result_of
from kerasbook.safety.copying import write_copy

if TYPE_CHECKING:
    import os
    from typing import Any

__all__ = ["load_model"]


def load_model(
    path: str | os.PathLike[str],
    *,
    custom_objects: Mapping[str, object] | None = None,
    memory_bytes: int | None = None,
) -> Any:  # noqa: ANN401  a Keras model
    """The model in a file, loaded with Keras if the file passes `check_file`.

    Keras never reads the file itself. The configuration that was checked and the arrays that were
    found are written anew, into a folder of this process, and Keras loads that: nothing that two
    readers may read differently comes through, and nobody can change the file in between.

    Args:
        path: a `.keras` file or the folder of one, or an older `.h5` file.
        custom_objects: your own classes and functions that the file may name, by the names under
            which they are registered.
        memory_bytes: the most that loading may take beyond Keras and its backend, compiling
            included; 1 GiB and 8 times the size of the file if left out. It is computed before
            anything is made, and a file that takes more is refused. What your own classes allocate
            beyond what they store cannot be known before, nor what a layer allocates on a shape
            that only they know.

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
    found = examine(path, objects, memory_bytes)
    result = result_of(found)
    if not result.ok:
        raise SourceError(str(result))
    where = repr(result.path)
    if result.format == "json":
        mend = "Use keras.models.model_from_json on its text."
        raise unreadable(where, "hold weights", "the JSON of a model", mend=mend)
    keras: Any = require("keras", extra="tensorflow")
    # Only this user may write into the folder, so that what is loaded is what was written.
    with TemporaryDirectory(prefix="kerasbook-") as folder:
        copy = write_copy(found, Path(folder))
        try:
            return keras.saving.load_model(copy, custom_objects=objects or None, safe_mode=True)
        except (KerasbookError, MemoryError, Warning):
            raise
        except Exception as error:
            received = f"{type(error).__name__}: {error}"
            mend = f"Keras {keras.__version__} cannot load it; try the version that saved it."
            raise unreadable(where, "be a model that Keras loads", received, mend=mend) from error


def _objects(custom_objects: object) -> dict[str, object]:
    if custom_objects is None:
        return {}
    if not isinstance(custom_objects, Mapping):
        expected = "be a dict from names to classes and functions"
        reject("custom_objects", expected, custom_objects)
    return dict(custom_objects)
