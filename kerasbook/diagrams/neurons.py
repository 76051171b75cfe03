"""A fully connected network as columns of units, with its connections."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from kerasbook.checks import reject
from kerasbook.diagrams.words import shape_label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kerasbook.diagrams.block_words import Look
    from kerasbook.diagrams.network import Network, Part

__all__ = ["UnitLayer", "shown_units", "unit_layers"]

_MOST_UNITS = 10  # of a layer, that are all drawn
_ENDS = 4  # drawn at each end of a larger one
_ANNOTATES = frozenset({"normalization", "activation", "dropout"})


@dataclass(frozen=True, slots=True)
class UnitLayer:
    """A column of units: the input, or a Dense layer with what follows it.

    Attributes:
        parts: the layers.
        units: how many; `None` where unknown.
        inputs: units of the layer before; `None` for the input, and where unknown.
    """

    parts: tuple[Part, ...]
    units: int | None
    inputs: int | None = None

    @property
    def head(self) -> Part:
        """The Dense layer, or the input."""
        return self.parts[0]

    @property
    def words(self) -> list[tuple[str, Look]]:
        """The lines below the column, each with how it looks."""
        lines: list[tuple[str, Look]] = [(_text(self.head), "heading")]
        lines += [(f"→\xa0{_text(part)}", "text") for part in self.parts[1:]]
        if self.head.family == "input" and len(self.head.extent):
            lines.insert(1, (shape_label(self.head.shape), "text"))
        units = "?" if self.units is None else f"{self.units:,}"
        lines.append((f"{units} unit" if self.units == 1 else f"{units} units", "text"))
        lines += [(text, "text") for text in self._counts()]
        return [*lines, (self.head.name, "muted")]

    def _counts(self) -> Iterator[str]:
        """The parameters, with the arithmetic of the Dense layer."""
        counts = [part.params for part in self.parts]
        known = [count for count in counts if count is not None]
        if not any(known) and None not in counts:
            return
        head = counts[0]
        if self.inputs is not None and self.units is not None and not self.head.shared:
            terms = f"({self.inputs:,} + 1)" if self.head.bias else f"{self.inputs:,}"
            if head == (self.inputs + self.head.bias) * self.units:
                yield f"{terms}·{self.units:,} ="
        texts = ["?" if count is None else f"{count:,}" for count in counts if count != 0]
        yield f"{' + '.join(texts)} params"


def unit_layers(network: Network) -> list[UnitLayer]:
    """The columns of a network.

    Raises:
        ArgumentError: it is no chain of Dense layers.
    """
    found: list[UnitLayer] = []
    for part in _chain(network):
        size = part.channels if len(part.shape or ()) == 1 else None
        if part.family == "input" and not found:
            shape = part.shape or (None,)
            units = None if None in shape else prod(s for s in shape if s is not None)
            found.append(UnitLayer((part,), units))
        elif _is_dense(part) and found and not _unflattened(found[-1]):
            found.append(UnitLayer((part,), size, found[-1].units))
        elif found and (part.class_name == "Flatten" or part.family in _ANNOTATES):
            last = found[-1]
            found[-1] = UnitLayer((*last.parts, part), last.units, last.inputs)
        else:
            _refuse(part)
    return found


def shown_units(units: int | None) -> tuple[int, ...]:
    """Which units of a layer are drawn: all of few; of many the first and the last.

    Examples:
        >>> shown_units(3), shown_units(3072)
        ((0, 1, 2), (0, 1, 2, 3, 3068, 3069, 3070, 3071))
    """
    if units is None:
        return tuple(range(2 * _ENDS))
    if units <= _MOST_UNITS:
        return tuple(range(units))
    return (*range(_ENDS), *range(units - _ENDS, units))


def _chain(network: Network) -> Iterator[Part]:
    """The layers one after the other, those of models inside in their place."""
    for number, part in enumerate(network.parts):
        before = tuple(source.part for source in part.sources)
        if not network.connected or before != ((number - 1,) if number else ()):
            _refuse(part)
        if part.inside is None:
            yield part
        else:
            yield from (each for each in _chain(part.inside) if each.family != "input")


def _is_dense(part: Part) -> bool:
    return part.class_name == "Dense" and part.family == "dense"  # not a user's own class


def _unflattened(layer: UnitLayer) -> bool:
    """Whether a Dense layer would not see all units of the layer before."""
    shape = layer.parts[-1].shape
    return shape is not None and len(shape) != 1


def _refuse(part: Part) -> None:
    reject(
        "kind",
        "be 'volumes' or 'graph' for a model that is no chain of Dense layers",
        "neurons",
        note=f", and the {part.class_name} {part.name!r}",
    )


def _text(part: Part) -> str:
    return f"{part.text}, {part.activation}" if part.activation else part.text
