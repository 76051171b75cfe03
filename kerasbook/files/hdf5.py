"""The texts that an HDF5 file keeps at its root: all that a legacy `.h5` model has to tell.

Keras 2, and Keras 3's `model.save("model.h5")`, keep the configuration as JSON in attributes of
the root group (`model_config`, `training_config`, `keras_version`, `backend`). To find them one
walks superblock → object header → attribute messages → global heap, and no further: groups,
data sets and weights are never touched.

Every address and length comes from the file and is taken as hostile: what lies outside the file
is refused, blocks are visited once, and the work is bounded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasbook.files.hdf5_attributes import AttributeReader
from kerasbook.files.hdf5_blocks import messages, read_layout

if TYPE_CHECKING:
    from collections.abc import Collection

    from kerasbook.files.disk import BoundedFile

__all__ = ["read_root_texts"]


def read_root_texts(file: BoundedFile, names: Collection[str]) -> dict[str, bytes]:
    """The values of the root's text attributes.

    Args:
        file: the open HDF5 file.
        names: which attributes are wanted.

    Returns:
        The bytes of each wanted attribute that is there and is a single string, of fixed or
        variable length.

    Raises:
        SourceError: the file is truncated or damaged, or keeps its attributes in a way that
            Keras never does.
    """
    layout = read_layout(file)
    found = AttributeReader(layout).read(messages(layout, layout.root), names=names)
    return {name: texts[0] for name, texts in found.items() if len(texts) == 1}
