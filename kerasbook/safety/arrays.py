"""The arrays of a model file, listed without reading them."""

from __future__ import annotations

import os

from kerasbook.safety.members import open_weights
from kerasbook.sources.archive import read_archive
from kerasbook.sources.disk import open_file
from kerasbook.sources.hdf5_arrays import read_arrays

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from kerasbook.sources.hdf5_arrays import Array

__all__ = ["list_arrays"]

# Groups and arrays: a layer has a few.
_MOST = 200_000


def list_arrays(location: str, file_format: str) -> Mapping[str, Array] | None:
    """The arrays of a file by path; None if it has none, or keeps some as Keras never does.

    Args:
        location: the path of the file or folder.
        file_format: `"keras"` or `"h5"`.

    Raises:
        SourceError: the weights are damaged, or hold more groups and arrays than any model.
    """
    if file_format == "keras" and os.path.isdir(location):
        location, file_format = os.path.join(location, "model.weights.h5"), "h5"
        if not os.path.exists(location):
            return None
    with open_file(location) as file:
        part = file if file_format == "h5" else open_weights(file, read_archive(file).members, [])
        found = None if part is None else read_arrays(part, most=_MOST)
    return None if found is None or found.faults else found.arrays
