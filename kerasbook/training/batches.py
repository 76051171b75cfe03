"""`Batches`: batches of arrays in memory, in an order that depends on (seed, epoch) alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zlib import crc32

import keras
import numpy as np

from kerasbook.errors import ArgumentError
from kerasbook.training._shuffled_batches import SeededBatches

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kerasbook.training._shuffled_batches import Remainder

__all__ = ["Batches"]

_SAMPLED = 256  # rows whose content enters a run's signature


class Batches(SeededBatches):
    """Batches of arrays for `model.fit`, in a new order each epoch, equal on every backend.

    Keras shuffles arrays with the backend's global generator; on TensorFlow, after
    `keras.utils.set_random_seed`, the order is the same in every epoch. Here the order depends on
    `seed` and the epoch's number alone: all backends see the same batches, a resumed run continues
    with the next batch, and several processes can share each batch.

    Attributes:
        samples: number of rows.
        epoch: the epoch whose order is in use, from 0.
    """

    def __init__(
        self,
        x: Any,  # noqa: ANN401  an array, or arrays in a structure
        y: Any = None,  # noqa: ANN401  likewise
        sample_weight: Any = None,  # noqa: ANN401  likewise
        *,
        batch_size: int = 32,
        seed: int | None = 0,
        remainder: Remainder = "keep",
    ) -> None:
        """Batches for `model.fit(Batches(x, y), epochs=…)`.

        Args:
            x: as for `model.fit`: an array, or a tuple or dict of arrays, with one row per
                sample.
            y: likewise, with as many rows.
            sample_weight: likewise.
            batch_size: rows per batch, over all processes together.
            seed: selects the orders, at least 0; `None` keeps the rows as they are, for `evaluate`
                and `predict`.
            remainder: `"keep"` ends an epoch with an incomplete batch, `"drop"` leaves its rows
                out; they differ from epoch to epoch.

        Raises:
            ArgumentError: the arrays differ in length, or an argument is wrong.

        Examples:
            >>> data = Batches(np.arange(6), np.arange(6) * 10, batch_size=4)
            >>> len(data)
            2
            >>> data[0]
            (array([1, 5, 3, 4]), array([10, 50, 30, 40]))
            >>> Batches(np.arange(6), batch_size=4, seed=None)[1]
            (array([4, 5]),)
            >>> Batches(np.arange(6), np.arange(5))
            Traceback (most recent call last):
            kerasbook.errors.ArgumentError: x, y and sample_weight must have one row a sample each;
                received arrays of 6 and 5 rows.
        """
        parts = [each for each in (x, y, sample_weight) if each is not None]
        self._parts = keras.tree.map_structure(np.asarray, tuple(parts))
        leaves = keras.tree.flatten(self._parts)
        lengths = sorted({len(each) if each.ndim else 0 for each in leaves}, reverse=True)
        if len(lengths) != 1 or not lengths[0]:
            raise ArgumentError(
                f"x, y and sample_weight must have one row a sample each; "
                f"received arrays of {' and '.join(map(str, lengths)) or 'no'} rows."
            )
        super().__init__(lengths[0], batch_size=batch_size, seed=seed, remainder=remainder)

    def signature(self) -> dict[str, Any]:
        """The values that must be equal for two runs to see the same batches."""
        rows = np.linspace(0, self.samples - 1, min(self.samples, _SAMPLED), dtype=np.int64)
        content = 0
        for leaf in keras.tree.flatten(self._parts):
            content = crc32(f"{leaf.dtype} {leaf.shape[1:]}".encode(), content)
            content = crc32(np.ascontiguousarray(leaf[rows]).tobytes(), content)
        return {**super().signature(), "content": content}

    def _read(self, rows: NDArray[np.int64]) -> Any:  # noqa: ANN401  what Keras takes as a batch
        return keras.tree.map_structure(lambda each: each[rows], self._parts)
