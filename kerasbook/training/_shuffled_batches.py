"""The base class of `Batches` and `ImageStore`: batches in an order set by (seed, epoch)."""

from __future__ import annotations

import sys
from copy import copy
from typing import TYPE_CHECKING, Any, Literal, Self

import keras
import numpy as np

from kerasbook.checks import choice, integer, positive_integer, reject
from kerasbook.errors import ArgumentError, TrainingError
from kerasbook.training._permutation import shuffled

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Remainder", "SeededBatches"]

Remainder = Literal["keep", "drop"]


class SeededBatches(keras.utils.PyDataset):  # type: ignore[misc]  # Keras publishes no types
    """Batches of `samples` rows, in an order that depends on (seed, epoch) alone.

    A subclass implements `_read(rows)` and `signature`.
    """

    def __init__(
        self, samples: int, *, batch_size: int, seed: int | None, remainder: Remainder
    ) -> None:
        # Workers would begin an epoch before they know its number.
        super().__init__(workers=1, use_multiprocessing=False)
        self.samples = samples
        self.batch_size = positive_integer("batch_size", batch_size)
        self.seed = None if seed is None else integer("seed", seed, minimum=0)
        self.remainder = choice("remainder", remainder, ("keep", "drop"))
        self.process, self.of = 0, 1
        self.epoch = 0
        self.next_epoch = 0  # the epoch that begins next

    @property
    def num_batches(self) -> int:
        """Number of batches in an epoch, the same on every process."""
        full, rest = divmod(self.samples, self.batch_size)
        return full + bool(rest and self.remainder == "keep")

    def __len__(self) -> int:
        return self.num_batches

    def __getitem__(self, index: int) -> Any:  # noqa: ANN401  what Keras takes as a batch
        if not -self.num_batches <= index < self.num_batches:
            raise IndexError(f"batch {index} is out of range: there are {self.num_batches} batches")
        return self._read(self.rows(index % self.num_batches))

    def rows(self, batch: int) -> NDArray[np.int64]:
        """Rows of the samples in a batch of the current epoch, on this process.

        Args:
            batch: number of the batch, from 0.

        Returns:
            Rows, from 0 to `samples` − 1, in the order of the batch.
        """
        start = batch * self.batch_size
        stop = min(start + self.batch_size, self.samples)
        share = self.batch_size // self.of
        first = min(start + self.process * share, stop)
        places = np.arange(first, min(first + share, stop), dtype=np.int64)
        if self.seed is None:
            return places
        return shuffled(places, count=self.samples, seed=self.seed, epoch=self.epoch)

    def shard(self, process: int, of: int) -> Self:
        """This process's slice of every batch: `batch_size / of` rows, in the same order.

        All processes together see the batches that a single process would see. An incomplete last
        batch cannot be divided equally and is left out; its samples differ from epoch to epoch.

        Args:
            process: the number of this process, from 0 to `of` − 1.
            of: the number of processes; must divide `batch_size`.

        Raises:
            ArgumentError: `process` is out of range, or the slices would differ in size.
        """
        of = positive_integer("of", of)
        process = integer("process", process, minimum=0, maximum=of - 1)
        if self.of != 1:
            raise ArgumentError(
                f"shard must be called on the whole data; received process {self.process} of "
                f"{self.of}. Keep the whole, and take each slice from it."
            )
        if self.batch_size % of:
            near = max(of, round(self.batch_size / of) * of)
            reject(
                "of",
                f"divide the batch size, {self.batch_size}",
                of,
                mend=f"Use batch_size={near}, for example.",
            )
        part = copy(self)
        part.process, part.of, part.remainder = process, of, "drop" if of > 1 else self.remainder
        if part.num_batches == 0:
            raise ArgumentError(
                f"batch_size must be at most the number of samples, {self.samples}, on several "
                f"processes; received batch_size={self.batch_size}. Use smaller batches."
            )
        return part

    def signature(self) -> dict[str, Any]:
        """The values that must be equal for two runs to see the same batches."""
        return {
            "class": type(self).__name__,
            "samples": self.samples,
            "batch_size": self.batch_size,
            "seed": self.seed,
            "remainder": self.remainder,
        }

    def on_epoch_begin(self) -> None:
        """Switch to the order of the next epoch."""
        self._check_distribution()
        self.epoch = self.next_epoch

    def on_epoch_end(self) -> None:
        """Count the finished epoch, unless Keras only resets the data."""
        adapter = sys._getframe(1)  # noqa: SLF001  see `_own_order`
        _own_order(adapter.f_locals.get("self"))
        # Keras may read a first batch, and then resets the data before it trains.
        if adapter.f_back is None or adapter.f_back.f_code.co_name != "reset":
            self.next_epoch = self.epoch + 1

    def _check_distribution(self) -> None:
        """Refuse data on which Keras's JAX trainer would silently go wrong, or fail later."""
        if keras.backend.backend() != "jax" or keras.distribution.distribution() is None:
            return
        import jax  # noqa: PLC0415  only on this backend

        if self.of != jax.process_count():
            raise TrainingError(
                f"each process must train on its slice of every batch; this one was given the "
                f"slice of one of {self.of}, and there are {jax.process_count()}. "
                f"Use start_distributed().shard(data)."
            )
        devices = len(keras.distribution.list_devices())
        rest = self.samples % self.batch_size if self.remainder == "keep" else 0
        if self.batch_size % devices or rest % devices:
            raise TrainingError(
                f"JAX wants batches that the {devices} devices divide; batch_size="
                f"{self.batch_size} leaves batches of {self.batch_size} and {rest}. Use a multiple "
                f"of {devices}, and remainder='drop' for training."
            )

    def _read(self, rows: NDArray[np.int64]) -> Any:  # noqa: ANN401  what Keras takes as a batch
        raise NotImplementedError


def _own_order(adapter: object) -> None:
    """Prevent `model.fit` from shuffling the batches again with Python's global generator.

    `fit(data)` implies `shuffle=True`, which Keras applies to the batch indices of a `PyDataset`
    (keras/src/trainers/data_adapters/py_dataset_adapter.py). The adapter that does so calls
    `on_epoch_end` before the first batch, and shuffling is switched off there.
    """
    if type(adapter).__name__ == "PyDatasetAdapter" and hasattr(adapter, "shuffle"):
        adapter.shuffle = False
