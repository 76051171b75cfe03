"""The error tree: everything that kerasbook raises on purpose.

```text
KerasbookError
├── ArgumentError            (ValueError)   an argument is wrong
├── SourceError              (ValueError)   a file or configuration cannot be read
├── UnknownLayerError        (ValueError)   a layer that no rule knows, with strict=True
├── TrainingError            (RuntimeError) training would silently go wrong
└── MissingDependencyError   (ImportError)  an optional package is not installed
```

Catch `KerasbookError` for all of them, or the built-in class in brackets.
"""

__all__ = [
    "ArgumentError",
    "KerasbookError",
    "MissingDependencyError",
    "SourceError",
    "TrainingError",
    "UnknownLayerError",
]


_MOST_CHARACTERS = 1000  # of one part of a message


class KerasbookError(Exception):
    """Base of every error that kerasbook raises on purpose.

    Args:
        message: the whole message, if it is not joined from the parts.
        where: the thing that is wrong: an argument, a file or a part of one.
        expected: the end of the sentence "`where` must …".
        received: the value received instead.
        mend: how to correct it, as a sentence.

    Examples:
        >>> raise KerasbookError(
        ...     where="units", expected="be at least 1", received="units=0", mend="Use units=1."
        ... )
        Traceback (most recent call last):
        kerasbook.errors.KerasbookError: units must be at least 1; received units=0. Use units=1.
    """

    def __init__(
        self,
        message: str = "",
        *,
        where: str = "",
        expected: str = "",
        received: str = "",
        mend: str = "",
    ) -> None:
        super().__init__(message or joined_message(where, expected, received, mend=mend))
        self.where, self.expected, self.received, self.mend = where, expected, received, mend


class ArgumentError(KerasbookError, ValueError):
    """An argument is wrong; the message says what is expected, what was received and the mend."""


class SourceError(KerasbookError, ValueError):
    """A file or a configuration cannot be read: truncated, foreign, damaged or hostile."""


class UnknownLayerError(KerasbookError, ValueError):
    """A report with `strict=True` has a layer that no rule knows."""


class TrainingError(KerasbookError, RuntimeError):
    """Training would silently go wrong; the message says why, and how to mend it."""


class MissingDependencyError(KerasbookError, ImportError):
    """An optional package is not installed; the message gives the command that installs it.

    Args:
        message: the whole message.
        name: the missing package, as in `ImportError`.
    """

    def __init__(self, message: str = "", *, name: str | None = None) -> None:
        super().__init__(message)
        self.name = name


def joined_message(where: str, expected: str, received: str, *, mend: str) -> str:
    r"""The message made of its parts, on one line and of bounded length.

    Examples:
        >>> joined_message("file 'a.keras'", "be a model", "a text", mend="Save it again.")
        "file 'a.keras' must be a model; received a text. Save it again."
        >>> print(joined_message("a\nname", "be one line", "\x1b[2J", mend=""))
        a name must be one line; received \x1b[2J.
    """
    where, expected, received, mend = map(_line, (where, expected, received, mend))
    received = f"; received {received}" if received else ""
    return f"{where} must {expected}{received}." + (f" {mend}" if mend else "")


def _line(text: str) -> str:
    """The text on one line, with its middle cut out if it is very long."""
    if len(text) > _MOST_CHARACTERS:
        half = _MOST_CHARACTERS // 2
        text = f"{text[:half]}…{text[-half:]}"
    if text.isprintable():
        return text
    return printable(" ".join(map(str.strip, text.splitlines())))


def printable(text: str) -> str:
    r"""The text with line breaks and control characters escaped.

    Examples:
        >>> printable("dense_1"), printable("clear\x1b[2J")
        ('dense_1', 'clear\\x1b[2J')
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)
