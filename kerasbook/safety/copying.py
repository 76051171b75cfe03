"""A checked model written anew: nothing of the file itself reaches Keras.

The configuration is the one that was checked, the arrays are those that the reader found, and the
assets are copied byte by byte, all into files of this library's own making. What else a file may
hold, and whatever another reader may see in it, stays behind.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from kerasbook.checks import require
from kerasbook.files.hdf5_arrays import array_bytes
from kerasbook.files.hdf5_types import BFLOAT16
from kerasbook.files.refusal import unreadable
from kerasbook.safety.assets import open_assets
from kerasbook.safety.members import model_weights

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    from kerasbook.files.hdf5_arrays import Arrays
    from kerasbook.files.hdf5_blocks import ByteSource
    from kerasbook.files.model_file import ModelFile
    from kerasbook.safety.checking import Findings
    from kerasbook.safety.result import Reason

__all__ = ["write_copy"]

_PIECE_BYTES = 2**20
_BOOLEAN, _OPAQUE = "|b1", "|V2"
# What Keras reads of the groups of `.h5` files: lists of names, in pieces if they are long.
_LISTS = ("layer_names", "weight_names")
_TEXTS = ("keras_version", "backend")


def write_copy(found: Findings, folder: Path) -> Path:
    """The path of a model that `keras.saving.load_model` loads, written from what was checked.

    Args:
        found: what was read of the file.
        folder: an empty folder that nobody else can write to.

    Raises:
        SourceError: the file has changed since it was checked.
    """
    file, arrays = found.file, found.arrays
    reasons: list[Reason] = []
    if file is None or arrays is None:
        raise unreadable(repr(found.location), "hold a model and its weights", "none")
    with model_weights(found.location, file.format, found={}, reasons=reasons) as weights:
        if weights is None or reasons:
            raise unreadable(repr(found.location), "stay as it was checked", "another file")
        if file.format == "h5":
            path = folder / "model.h5"
            _write_arrays(path, arrays, weights, root=_root_texts(file))
            return path
        path = folder / "model"
        path.mkdir()
        _write_arrays(path / "model.weights.h5", arrays, weights)
    (path / "config.json").write_text(json.dumps(file.config), "utf-8")
    about = {"keras_version": file.keras_version, "date_saved": file.date_saved}
    (path / "metadata.json").write_text(json.dumps(about), "utf-8")
    _write_assets(found.location, path)
    return path


def _root_texts(file: ModelFile) -> dict[str, str]:
    texts = {"model_config": json.dumps(file.config)}
    if file.compile_config is not None:
        texts["training_config"] = json.dumps(file.compile_config)
    about = {"keras_version": file.keras_version, "backend": file.backend}
    return texts | {name: text for name, text in about.items() if text is not None}


def _write_arrays(
    path: Path, arrays: Arrays, source: ByteSource, *, root: Mapping[str, str] | None = None
) -> None:
    """Write an HDF5 file of these arrays, and of the names that their groups list."""
    h5py: Any = require("h5py", extra="tensorflow")
    numpy: Any = require("numpy", extra="tensorflow")
    # The newest layout keeps lists of names of any length.
    with h5py.File(path, "w", libver="latest") as file:
        file.attrs.update(root or {})
        for place, texts in arrays.groups.items():
            group = file.require_group(place)
            for name, values in texts.items():
                if name.rstrip("0123456789") in _LISTS:
                    group.attrs[name] = numpy.array(values, "S" if values else "S1")
                elif name in _TEXTS and len(values) == 1:
                    group.attrs[name] = values[0]
        for place, array in arrays.arrays.items():
            kept = _OPAQUE if array.dtype == BFLOAT16 else array.dtype
            data = numpy.frombuffer(array_bytes(source, array), kept).reshape(array.shape)
            if kept == _BOOLEAN:  # any byte but 0 is true, and 1 is written for it
                data = data.view("u1") != 0
            data = data.astype(data.dtype.newbyteorder("="), copy=False)
            written = file.create_dataset(place, data=data)
            if array.dtype == BFLOAT16:
                written.attrs["dtype"] = BFLOAT16


def _write_assets(location: str, path: Path) -> None:
    with open_assets(location) as assets:
        for name, opened in assets.items():
            target = path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            with opened() as source, target.open("wb") as copy:
                for piece in iter(partial(source.read, _PIECE_BYTES), b""):
                    copy.write(piece)
