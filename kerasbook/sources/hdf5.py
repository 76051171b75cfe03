"""The texts that an HDF5 file keeps at its root: all that a legacy `.h5` model has to tell.

Keras 2, and Keras 3's `model.save("model.h5")`, keep the configuration as JSON in attributes of
the root group (`model_config`, `training_config`, `keras_version`, `backend`). To find them one
walks superblock → object header → attribute messages → global heap, and no further: groups,
data sets and weights are never touched.

Every address and length comes from the file and is taken as hostile: what lies outside the file
is refused, blocks are visited once, and the work is bounded by the limits below.

Reference:
    The HDF Group, *HDF5 File Format Specification*, version 3.0: III.E global heap,
    IV.A.2.d datatype, IV.A.2.m attribute.
"""

from __future__ import annotations

from kerasbook.sources.hdf5_blocks import damaged, messages, read_layout
from kerasbook.sources.json_text import MAX_TEXT_BYTES
from kerasbook.sources.refusal import size_text, unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from kerasbook.sources.disk import BoundedFile
    from kerasbook.sources.hdf5_blocks import Block, Layout

__all__ = ["read_root_texts"]

_MAX_HEAP_OBJECTS = 2**16  # an object's index has 16 bits

_ATTRIBUTE, _ATTRIBUTE_INFO = 0x0C, 0x15
_SHARED = 0x02
_STRING, _VARIABLE_LENGTH = 3, 9
_NULL_SPACE = 2
_RESAVE = "Load it with Keras and save it with model.save('model.keras')."


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
    texts: dict[str, bytes] = {}
    for kind, flags, body in messages(layout, layout.root):
        if kind == _ATTRIBUTE_INFO and _is_dense(layout, body):
            received = "an HDF5 file that keeps its attributes in dense storage"
            raise unreadable(
                file.where, "be an .h5 model as Keras saves it", received, mend=_RESAVE
            )
        if kind != _ATTRIBUTE or flags & _SHARED:
            continue
        name, text = _attribute(layout, body, names)
        if text is not None:
            if name in texts:
                raise damaged(file.where, f"two attributes named {name!r}")
            texts[name] = text
    return texts


def _attribute(layout: Layout, body: Block, names: Collection[str]) -> tuple[str, bytes | None]:
    """An attribute's name, and its value if that is wanted and a text."""
    version, shared = body.integer(1), body.integer(1)
    if version not in {1, 2, 3}:
        raise damaged(layout.file.where, f"attribute version {version}")
    sizes = [body.integer(2) for _ in range(3)]
    if version == 3:  # noqa: PLR2004  a version number
        body.take(1)  # the name's character set
    aligned = 8 if version == 1 else 1
    label, datatype, dataspace = [body.part(size, aligned=aligned) for size in sizes]
    name = label.take(label.left).rstrip(b"\0").decode("utf-8", "replace")
    # In version 1 the second byte is reserved; later it says that a type is kept elsewhere.
    if name not in names or (version > 1 and shared) or not _is_single(layout, dataspace):
        return name, None
    return name, _string(layout, datatype, body)


def _is_single(layout: Layout, dataspace: Block) -> bool:
    """Whether there is one value: a scalar, or an array of one."""
    version, rank = dataspace.integer(1), dataspace.integer(1)
    dataspace.take(1)  # whether maximum sizes follow
    if version == 1:
        dataspace.take(5)
    elif dataspace.integer(1) == _NULL_SPACE:
        return False
    return all(dataspace.integer(layout.length_bytes) == 1 for _ in range(rank))


def _string(layout: Layout, datatype: Block, value: Block) -> bytes | None:
    """The value if it is a string, of fixed length or kept in the global heap."""
    kind, bits = datatype.integer(1) & 0x0F, datatype.integer(3) & 0x0F
    size = datatype.integer(4)
    if kind == _STRING:
        text = value.take(size)
        # It ends at the first zero, or is padded with zeros or spaces.
        return text.partition(b"\0")[0] if bits == 0 else text.rstrip(b"\0 ")
    if kind == _VARIABLE_LENGTH and bits == 1:
        length, address = value.integer(4), value.integer(layout.offset_bytes)
        return _heap_text(layout, address, value.integer(4), length) if length else b""
    return None


def _heap_text(layout: Layout, address: int, index: int, length: int) -> bytes:  # noqa: PLR0917
    """The first `length` bytes of one object of a global heap collection."""
    where = layout.file.where
    if length > MAX_TEXT_BYTES:
        raise unreadable(
            where, f"hold texts of at most {size_text(MAX_TEXT_BYTES)}", size_text(length)
        )
    prefix_bytes = 8 + layout.length_bytes
    head = layout.block(address, prefix_bytes)
    if head.take(4) != b"GCOL":
        raise damaged(where, f"no heap at {address}")
    head.take(4)  # version, reserved
    end = address + head.integer(layout.length_bytes)
    address += prefix_bytes
    for _ in range(_MAX_HEAP_OBJECTS):
        entry = layout.block(address, prefix_bytes)
        found = entry.integer(2)
        entry.take(6)  # reference count, reserved
        size = entry.integer(layout.length_bytes)
        address += prefix_bytes
        if found in {0, index} or address + size > end:  # 0 is the free space at the end
            break
        address += size + -size % 8
    if found != index or not length <= size <= end - address:
        raise damaged(where, f"no text of {length} bytes at index {index} of its heap")
    return layout.block(address, length).take(length)


def _is_dense(layout: Layout, info: Block) -> bool:
    """Whether attributes are kept outside the header, as new files do with more than eight."""
    info.take(1)  # version
    info.take(2 * (info.integer(1) & 1))  # the highest creation order, if it is kept
    return info.integer(layout.offset_bytes) != layout.undefined
