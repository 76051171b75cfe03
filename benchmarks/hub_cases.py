"""What a backbone of KerasHub is made from, as data: see `hub_language.py` and its like."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["Case", "Part"]


@dataclass(frozen=True, slots=True)
class Part:
    """Something that a backbone is given: another backbone, or a layer of KerasHub.

    Attributes:
        name: the class, in `keras_hub.models`, `keras_hub.layers`, or by its module if it is in
            neither.
        arguments: what it is made with.
    """

    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """A small backbone.

    Attributes:
        arguments: what it is made with, `Part`s in the place of what is made first.
        inputs: by name the sizes that its inputs leave open, without the batch.
    """

    arguments: dict[str, Any]
    inputs: dict[str, tuple[int, ...]] = field(default_factory=dict)
