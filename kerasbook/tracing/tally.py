"""What a trace multiplies, call by call, and the sizes of products that backends share."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kerasbook.rules import Tensor

__all__ = ["Backend", "Scope", "Tally", "dot_macs", "place_of", "scope_name", "window_macs"]

# What the calls of a trace are told apart by in the names that backends keep.
_SCOPE = re.compile(r"kbcall(\d+)x")

Scope = AbstractContextManager[object]


@dataclass(slots=True)
class Tally:
    """The multiply-accumulates of a trace, by the place of the call that ran them.

    Attributes:
        macs: what each call multiplies itself, without the calls inside it; loops in full.
        unknown: for each call, names of the operations in it of which nobody knows what they
            multiply.
        times: how often each call runs: more than once in a loop that was traced once, never where
            nothing of it reaches the outputs. A call that is left out runs once.
    """

    macs: dict[int, int] = field(default_factory=dict)
    unknown: dict[int, list[str]] = field(default_factory=dict)
    times: dict[int, int] = field(default_factory=dict)

    def add(self, place: int, macs: int) -> None:
        """Count what one operation of a call multiplies."""
        self.macs[place] = self.macs.get(place, 0) + macs

    def miss(self, place: int, what: str) -> None:
        """Note an operation of a call of which nobody knows what it multiplies."""
        names = self.unknown.setdefault(place, [])
        if what not in names:
            names.append(what)

    def ran(self, place: int, times: int) -> None:
        """Note that operations of a call run so often."""
        self.times[place] = max(self.times.get(place, 0), times)

    def choose(self, branches: Sequence[Tally], place: int) -> None:
        """Add what one of several branches of a call runs, nobody knows which.

        It is known if they all multiply as much.
        """
        first, *others = branches
        if any(sum(each.macs.values()) != sum(first.macs.values()) for each in others):
            self.miss(place, "a choice between branches that multiply differently")
            return
        for at, macs in first.macs.items():
            self.add(at, macs)
        for each in branches:
            for at, times in each.times.items():
                self.ran(at, times)
            self._miss_all(each)

    def repeat(self, body: Tally) -> None:
        """Add what a loop runs, nobody knows how often: known if it multiplies nothing."""
        for at in body.macs:
            self.miss(at, "a loop of which nobody knows how often it runs")
        for at, times in body.times.items():
            self.ran(at, times)
        self._miss_all(body)

    def shared(self, batch_size: int) -> Tally:
        """One sample's share of what a batch multiplies; unknown where the shares are not equal."""
        found = Tally(unknown=self.unknown, times=self.times)
        for place, macs in self.macs.items():
            if macs % batch_size:
                found.miss(place, f"each of {batch_size} samples")
            found.add(place, macs // batch_size)
        return found

    def _miss_all(self, other: Tally) -> None:
        for at, names in other.unknown.items():
            for name in names:
                self.miss(at, name)


class Backend(Protocol):
    """How one backend traces."""

    def scope(self, place: int) -> Scope:
        """A context in which what runs is noted as that call's."""
        ...

    def trace(self, function: Callable[..., object], tensors: Sequence[Tensor]) -> Tally:
        """What a function multiplies, on tensors of which only the shapes are there."""
        ...


def scope_name(place: int) -> str:
    """The name under which a backend keeps what a call runs."""
    return f"kbcall{place}x"


def place_of(name: str, otherwise: int) -> int:
    """The innermost call in a name that a backend kept.

    Examples:
        >>> place_of("block/kbcall3x/dense/kbcall14x_1/MatMul", 0)
        14
        >>> place_of("MatMul", 3)
        3
    """
    found = _SCOPE.findall(name)
    return int(found[-1]) if found else otherwise


def dot_macs(output_shape: Sequence[int], contracted: Sequence[int]) -> int:
    """Multiply-accumulates of a matrix product: each output sums over what is contracted.

    Examples:
        >>> dot_macs((1, 10), [3072])
        30720
    """
    return prod(output_shape) * prod(contracted)


def window_macs(
    positions: Sequence[int], kernel: Sequence[int], *, channels: int, filters: int
) -> int:
    """Multiply-accumulates of a convolution: each position meets the whole kernel.

    Args:
        positions: batch and spatial sizes of the output; of the input, for a transposed one.
        kernel: taps along each axis.
        channels: input channels of each group.
        filters: all output channels.

    Examples:
        >>> window_macs((1, 16, 16), (4, 4), channels=3, filters=10)
        122880
    """
    return prod(positions) * prod(kernel) * channels * filters
