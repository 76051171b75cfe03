"""The multiply-accumulates of a trace by call, and the formulas that the backends share."""

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

# The marker of a call in the names that backends keep.
_SCOPE = re.compile(r"kbcall(\d+)x")

Scope = AbstractContextManager[object]


@dataclass(slots=True)
class Tally:
    """The multiply-accumulates of a trace, by the number of the call that ran them.

    Attributes:
        macs: multiply-accumulates of each call, without the calls inside it; loops in full.
        unknown: for each call, names of its operations whose multiply-accumulates are unknown.
        times: how often each call runs: more than once inside a loop that was traced once, 0 times
            if the outputs do not depend on it. A call without an entry runs once.
    """

    macs: dict[int, int] = field(default_factory=dict)
    unknown: dict[int, list[str]] = field(default_factory=dict)
    times: dict[int, int] = field(default_factory=dict)

    def add(self, place: int, macs: int) -> None:
        """Add the multiply-accumulates of one operation to a call."""
        self.macs[place] = self.macs.get(place, 0) + macs

    def miss(self, place: int, what: str) -> None:
        """Record an operation of a call whose multiply-accumulates are unknown."""
        names = self.unknown.setdefault(place, [])
        if what not in names:
            names.append(what)

    def ran(self, place: int, times: int) -> None:
        """Record that the operations of a call run `times` times."""
        self.times[place] = max(self.times.get(place, 0), times)

    def choose(self, branches: Sequence[Tally], place: int) -> None:
        """Add a conditional of a call, of which one branch runs.

        The result is known only if all branches multiply equally often.
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
        """Add a loop of unknown length: known only if its body multiplies nothing."""
        for at in body.macs:
            self.miss(at, "a loop of unknown length")
        for at, times in body.times.items():
            self.ran(at, times)
        self._miss_all(body)

    def shared(self, batch_size: int) -> Tally:
        """The tally of one sample of a batch; unknown where it does not divide evenly."""
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
    """The interface of a backend's tracer."""

    def scope(self, place: int) -> Scope:
        """A context whose operations are counted for the call of that number."""
        ...

    def trace(self, function: Callable[..., object], tensors: Sequence[Tensor]) -> Tally:
        """The multiply-accumulates of a function, on tensors that have shapes but no data."""
        ...


def scope_name(place: int) -> str:
    """The name that marks the operations of a call in a backend's names."""
    return f"kbcall{place}x"


def place_of(name: str, otherwise: int) -> int:
    """Number of the innermost call in a backend's name; `otherwise` if it names none.

    Examples:
        >>> place_of("block/kbcall3x/dense/kbcall14x_1/MatMul", 0)
        14
        >>> place_of("MatMul", 3)
        3
    """
    found = _SCOPE.findall(name)
    return int(found[-1]) if found else otherwise


def dot_macs(output_shape: Sequence[int], contracted: Sequence[int]) -> int:
    """Multiply-accumulates of a matrix product: each output sums over the contracted axes.

    Examples:
        >>> dot_macs((1, 10), [3072])
        30720
    """
    return prod(output_shape) * prod(contracted)


def window_macs(
    positions: Sequence[int], kernel: Sequence[int], *, channels: int, filters: int
) -> int:
    """Multiply-accumulates of a convolution: the whole kernel at each position.

    Args:
        positions: batch and spatial sizes of the output; of the input for a transposed convolution.
        kernel: kernel size along each axis.
        channels: input channels per group.
        filters: output channels of all groups together.

    Examples:
        >>> window_macs((1, 16, 16), (4, 4), channels=3, filters=10)
        122880
    """
    return prod(positions) * prod(kernel) * channels * filters
