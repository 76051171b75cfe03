"""Learn Keras by building it: plain models, numbers that show their arithmetic, pictures.

`import kerasbook` loads nothing but this table of names; a module, and what it needs, is imported
when the first of its names is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

# Where each public name lives. The tests hold this table against each module's `__all__`, the
# imports below (which type checkers read) and the documentation.
_HOME = {
    "ArgumentError": "errors",
    "KerasbookError": "errors",
    "MissingDependencyError": "errors",
    "SourceError": "errors",
    "UnknownLayerError": "errors",
}
_MODULES = ("datasets", "displays", "filters", "formula")

__all__ = [*_HOME, *_MODULES]  # noqa: PLE0604

if TYPE_CHECKING:
    from kerasbook.errors import (
        ArgumentError,
        KerasbookError,
        MissingDependencyError,
        SourceError,
        UnknownLayerError,
    )


def __getattr__(name: str) -> object:
    if name in _HOME:
        return getattr(import_module(f"kerasbook.{_HOME[name]}"), name)
    if name in _MODULES:
        return import_module(f"kerasbook.{name}")
    raise AttributeError(f"module 'kerasbook' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
