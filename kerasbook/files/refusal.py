"""The form of every message about a file: what it must be, what it is, what to do."""

from __future__ import annotations

from kerasbook.errors import SourceError

__all__ = ["SAVE_AGAIN", "bytes_text", "unreadable"]

SAVE_AGAIN = "Save the model again with model.save('model.keras')."
_UNITS = ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))


def unreadable(where: str, expected: str, received: str, *, mend: str = SAVE_AGAIN) -> SourceError:
    """The error for one file or a part of it, its parts in the order every message has.

    Args:
        where: the file, or the part and the file: "'m.keras'", "config.json in 'm.keras'".
        expected: what it must be, as the end of the sentence "`where` must …".
        received: what was found instead.
        mend: what to do, as a sentence.

    Returns:
        The error, to be raised.

    Examples:
        >>> raise unreadable("'cat.png'", "be a model that Keras saved", "a PNG image")
        Traceback (most recent call last):
        kerasbook.errors.SourceError: 'cat.png' must be a model that Keras saved; received a PNG
            image. Save the model again with model.save('model.keras').
    """
    return SourceError(where=where, expected=expected, received=received, mend=mend)


def bytes_text(size_bytes: int) -> str:
    """A size in bytes as a message shows it.

    Examples:
        >>> bytes_text(8 * 2**20), bytes_text(1536), bytes_text(17)
        ('8 MiB', '1.5 KiB', '17 bytes')
    """
    for unit, name in _UNITS:
        if size_bytes >= unit:
            return f"{size_bytes / unit:.4g} {name}"
    return f"{size_bytes} bytes"
