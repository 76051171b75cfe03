"""The kind of a file, recognised by its first bytes."""

from __future__ import annotations

from codecs import BOM_UTF8

__all__ = ["HEAD_BYTES", "foreign_kind", "looks_like_json"]

# As far as the signature of a tar archive.
HEAD_BYTES = 512

# What people give by mistake: offset, signature, name.
_FOREIGN = (
    (0, b"version https://git-lfs", "a Git LFS pointer, not the file it points to"),
    (0, b"<!DOCTYPE", "an HTML page"),
    (0, b"<html", "an HTML page"),
    (0, b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (0, b"\xff\xd8\xff", "a JPEG image"),
    (0, b"GIF8", "a GIF image"),
    (0, b"%PDF", "a PDF document"),
    (0, b"\x7fELF", "an ELF program"),
    (0, b"MZ", "a Windows program"),
    (0, b"\x1f\x8b", "a gzip file"),
    (0, b"BZh", "a bzip2 file"),
    (0, b"\xfd7zXZ\0", "an xz file"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (0, b"Rar!", "a RAR archive"),
    (257, b"ustar", "a tar archive"),
    (0, b"\x93NUMPY", "a NumPy array"),
    (0, b"GGUF", "a GGUF file"),
    (4, b"TFL3", "a TensorFlow Lite model"),
    (8, b'{"', "a safetensors file"),
    *(
        (0, bytes([0x80, protocol]), "a pickle, which runs code when loaded")
        for protocol in range(2, 6)
    ),
)


def foreign_kind(head: bytes) -> str:
    r"""The kind of a file that Keras did not write, as a message names it.

    Args:
        head: its first `HEAD_BYTES` bytes.

    Examples:
        >>> foreign_kind(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
        'a PNG image'
        >>> foreign_kind(b"hello, world")
        "a file that begins with b'hello, world'"
    """
    if not head:
        return "an empty file"
    for offset, signature, name in _FOREIGN:
        if head.startswith(signature, offset):
            return name
    return f"a file that begins with {head[:16]!r}"


def looks_like_json(head: bytes) -> bool:
    """Whether a text starts as a JSON object or list does.

    Examples:
        >>> looks_like_json(b'  {"class_name": '), looks_like_json(b"class_name: ")
        (True, False)
    """
    return head.removeprefix(BOM_UTF8).lstrip()[:1] in {b"{", b"["}
