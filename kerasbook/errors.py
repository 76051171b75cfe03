"""The error tree: everything that kerasbook raises on purpose.

```text
KerasbookError
├── ArgumentError            (ValueError)   an argument is wrong
├── SourceError              (ValueError)   a file or configuration cannot be read
├── UnknownLayerError        (ValueError)   strict=True met a layer that no rule knows
├── TrainingError            (RuntimeError) a training would go wrong without a word
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


class KerasbookError(Exception):
    """Base of every error that kerasbook raises on purpose."""


class ArgumentError(KerasbookError, ValueError):
    """An argument is wrong: the message says what is expected, what came, and the mend."""


class SourceError(KerasbookError, ValueError):
    """A file or a configuration cannot be read: truncated, foreign, damaged or hostile."""


class UnknownLayerError(KerasbookError, ValueError):
    """A strict report met a layer that no rule knows."""


class TrainingError(KerasbookError, RuntimeError):
    """A training would go wrong without a word: the message says why, and how to mend it."""


class MissingDependencyError(KerasbookError, ImportError):
    """An optional package is not installed: the message gives the command that installs it."""
