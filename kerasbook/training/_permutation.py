"""A pseudorandom order of samples that is computed position by position, without a list.

A Feistel network mixes one half of a number's bits into the other half, in alternating rounds, and
is a permutation for any round function. A result beyond the last sample goes through the network
again until it is in range ("cycle walking"), which is still a permutation. The network has the
fewest bits that cover the samples, so a number needs less than one extra pass on average.
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
    """Row of the sample at each position of an epoch's order.

    Over all positions from 0 to `count` − 1 it is a permutation, chosen by `seed` and `epoch`.
    It does not depend on the backend or on earlier random numbers. Time and memory are
    proportional to the number of positions, not to `count`.

    Args:
        positions: positions in the epoch's order, from 0 to `count` − 1.
        count: number of samples, at least 1.
        seed: selects a family of orders.
        epoch: selects an order of that family.

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
    # Eight rounds, each with its own key.
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
