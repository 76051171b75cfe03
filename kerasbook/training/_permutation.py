"""An order of any number of samples as a function: no list of them is ever held in memory.

A Feistel network is a permutation whatever its rounds do: one half of a number's bits is mixed
into the other, in turns. Numbers beyond the last sample are sent through again until they fall
inside, which keeps it a permutation ("cycle walking"); the bits are the fewest that will do, so
that happens less than once a number on average.
"""

from __future__ import annotations

from hashlib import sha512
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["shuffled"]

# The mixing steps of MurmurHash3's 64-bit finalizer.
_SHIFT = np.uint64(33)
_FIRST, _SECOND = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)


def shuffled(
    positions: NDArray[np.integer], *, count: int, seed: int, epoch: int
) -> NDArray[np.int64]:
    """Which sample stands at each position of an epoch's order, in time and memory of the answer.

    Over all positions from 0 to `count` − 1 it is a permutation; `seed` and `epoch` choose which.
    It depends on nothing else: neither on the backend, nor on what was drawn before.

    Args:
        positions: places in the epoch's order, from 0 to `count` − 1.
        count: how many samples there are, at least 1.
        seed: which family of orders.
        epoch: which order of it.

    Returns:
        Rows of the samples, of the same shape as `positions`.

    Examples:
        >>> shuffled(np.arange(6), count=6, seed=0, epoch=0).tolist()
        [1, 5, 3, 4, 0, 2]
        >>> shuffled(np.arange(6), count=6, seed=0, epoch=1).tolist()
        [0, 3, 2, 1, 5, 4]

    Reference:
        Black and Rogaway, *Ciphers with Arbitrary Finite Domains*, 2002.
    """
    bits = max(2, (count - 1).bit_length())
    # Eight rounds, a key each.
    keys = np.frombuffer(sha512(f"kerasbook order {seed} {epoch}".encode()).digest(), dtype="<u8")
    numbers = _network(np.asarray(positions).astype(np.uint64), keys, bits)
    outside = np.flatnonzero(numbers >= count)
    while outside.size:
        numbers.flat[outside] = _network(numbers.flat[outside], keys, bits)
        outside = outside[numbers.flat[outside] >= count]
    return numbers.astype(np.int64)


def _network(
    numbers: NDArray[np.uint64], keys: NDArray[np.uint64], bits: int
) -> NDArray[np.uint64]:
    low_bits = np.uint64(bits // 2)
    low_mask = (np.uint64(1) << low_bits) - np.uint64(1)
    high_mask = (np.uint64(1) << np.uint64(bits - bits // 2)) - np.uint64(1)
    low, high = numbers & low_mask, numbers >> low_bits
    for even, odd in zip(keys[::2], keys[1::2], strict=True):
        high ^= _mixed(low ^ even) & high_mask
        low ^= _mixed(high ^ odd) & low_mask
    return (high << low_bits) | low


def _mixed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    numbers ^= numbers >> _SHIFT
    numbers *= _FIRST
    numbers ^= numbers >> _SHIFT
    numbers *= _SECOND
    return numbers ^ (numbers >> _SHIFT)
