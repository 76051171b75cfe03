"""The arrays of a model file, listed without reading them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasbook.files.hdf5_arrays import read_arrays
from kerasbook.safety.members import model_weights

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kerasbook.files.hdf5_arrays import Array

__all__ = ["list_arrays"]

# Groups and arrays: a layer has a few.
_MOST = 100_000


def list_arrays(location: str, file_format: str) -> Mapping[str, Array] | None:
    """The arrays of a file by path; None if it has none, or keeps some as Keras never does.

    Args:
        location: the path of the file or folder.
        file_format: `"keras"` or `"h5"`.

    Raises:
        SourceError: the weights are damaged, or hold more groups and arrays than any model.
    """
    with model_weights(location, file_format, found={}, reasons=[]) as weights:
        found = read_arrays(weights, most=_MOST, groups="bare") if weights else None
    return None if found is None or found.faults else found.arrays
