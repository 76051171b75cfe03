"""What is run: the examples of one docstring."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Task"]


@dataclass(frozen=True, slots=True)
class Task:
    """The examples of one docstring.

    Attributes:
        key: names what comes of it in the cache, and begins the ids of its figures.
        path: the object's path, for messages.
        module: the module whose names the examples see.
        docstring: the text.
    """

    key: str
    path: str
    module: str
    docstring: str
