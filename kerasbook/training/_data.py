"""The data of a run: whether training on it can resume at any batch, and how it does."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import repeat
from types import GeneratorType
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from kerasbook.errors import TrainingError
from kerasbook.training._generators import Generators
from kerasbook.training._packing import checksum, fingerprint
from kerasbook.training._shuffled_batches import SeededBatches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kerasbook.training._loop import Loop

__all__ = ["Data"]


class Data:
    """The training and validation data of `fit`, and the random generators they draw from."""

    def __init__(self, loop: Loop, others: Iterable[object]) -> None:
        """The data of a loop; random generators are searched for in `others` too."""
        self._loop = loop
        self._adapter = loop.iterator.data_adapter
        # Only a `PyDataset` can be asked for a batch by its index.
        self._dataset: Any = getattr(self._adapter, "py_dataset", None)
        self._generators = Generators(self._dataset, [loop.validation, *others])
        self._passed = 0
        self._states: dict[str, Any] | None = None
        self._only_first = False
        self._noted: dict[int, dict[str, Any]] = {}
        self._in_order = (
            self._dataset is not None
            and self._adapter.enqueuer is None
            and self._dataset.num_batches is not None
        )
        if self._in_order:
            self._adapter._finite_generator = self._batches  # noqa: SLF001  Keras has no public way

    def check(self, order: str) -> None:
        """Check that a run on this data can be resumed.

        Raises:
            TrainingError: it cannot; the message says why, and what to do.
        """
        own = isinstance(self._dataset, SeededBatches)
        if type(self._adapter).__name__ == "GeneratorDataAdapter":
            raise _one_time("x")
        if isinstance(self._loop.validation, GeneratorType):
            raise _one_time("validation_data")
        if not own and order == "own":
            raise TrainingError(
                "the order of this data is not known to ExactResume: a run that is killed could go "
                "on with other batches. Train on kerasbook's Batches or ImageStore; or, if every "
                "epoch gives the same batches in the same order, as fit(x, y, shuffle=False) does, "
                "use order='fixed'."
            )
        self._check_steps()
        if not own and getattr(self._adapter, "shuffle", getattr(self._adapter, "_shuffle", False)):
            raise TrainingError(
                "order='fixed' needs the same batches in every epoch; received shuffle=True, which "
                "is the default of fit. Use fit(…, shuffle=False), or kerasbook's Batches, "
                "which are shuffled in an order that is known."
            )
        for dataset in (self._dataset, self._loop.validation):
            _check_hooks(dataset)
        self._check_first_batch()
        _check_validation(self._loop.validation)
        self._check_drawn_ahead()

    def _check_steps(self) -> None:
        batches, steps = self._adapter.num_batches, self._loop.iterator.steps_per_epoch
        if steps in {None, batches}:
            return
        why = (
            f"the data has {batches} batches an epoch"
            if batches is not None
            else "an epoch is once through the data, which must have an end"
        )
        raise TrainingError(
            f"steps_per_epoch must be left out: {why}; received steps_per_epoch={steps}."
        )

    def _check_first_batch(self) -> None:
        """Check that the first batch is equal when read twice; all generators keep their states."""
        run, before = self._generators.of_run(), self._generators.of_data()
        first = _content(self._adapter)
        drawn = fingerprint(before) != fingerprint(self._generators.of_data())
        if self._dataset is not None:
            self._generators.put_data(before)
        second = _content(self._adapter)
        self._generators.put_run(run)
        self._generators.put_data(before)
        name = type(self._dataset).__name__
        if first != second and self._dataset is None:
            raise _another_each_time("x")
        if first != second:
            raise TrainingError(
                f"the first batch of {name} differs each time it is read, and what it depends "
                f"on is not known to ExactResume. Draw from random, from numpy.random, or from a "
                f"NumPy generator that is an attribute of the data; or, in __getitem__, from "
                f"numpy.random.default_rng((seed, self.epoch, index))."
            )
        if drawn and self._dataset is not None and not self._in_order:
            raise TrainingError(
                f"{name} draws random numbers in workers, in an order that changes each time. "
                f"Use workers=1 and use_multiprocessing=False."
            )
        self._first = None if drawn or isinstance(self._dataset, SeededBatches) else first

    def _check_drawn_ahead(self) -> None:
        """Refuse validation data that draws random numbers where the backend prefetches it."""
        validation = self._loop.validation
        ahead = keras.backend.backend() == "tensorflow"
        if not ahead or not isinstance(validation, keras.utils.PyDataset):
            return
        run, data = self._generators.of_run(), self._generators.of_data()
        validation[0]
        drawn = fingerprint((run, data)) != fingerprint(
            (self._generators.of_run(), self._generators.of_data())
        )
        self._generators.put_run(run)
        self._generators.put_data(data)
        if drawn:
            raise TrainingError(
                "validation_data draws random numbers, and TensorFlow reads it ahead, at other "
                "times in each run. In its __getitem__ draw from "
                "numpy.random.default_rng((seed, index)): the same for each epoch."
            )

    def signature(self, steps: int | None) -> dict[str, Any]:
        """The values that must be equal for two runs to see the same batches."""
        weights = getattr(self._adapter, "class_weight", None)
        return {
            "steps": steps,
            **(self._dataset.signature() if isinstance(self._dataset, SeededBatches) else {}),
            **({} if self._first is None else {"first batch": self._first}),
            **({} if weights is None else {"class_weight": sorted(map(repr, weights.items()))}),
        }

    def begin(self, epoch: int) -> None:
        """Make `epoch` the next epoch, from its first batch."""
        self._passed, self._states = 0, None
        self._noted.clear()
        if isinstance(self._dataset, SeededBatches):
            self._dataset.next_epoch = epoch

    def pass_over(self, batches: int, states: dict[str, Any]) -> None:
        """Make the next epoch start after `batches` batches, with the generators in `states`."""
        self._passed, self._states = batches, states

    def put_generators(self, states: dict[str, Any]) -> None:
        """Restore the states of all generators, and the order of the next validation."""
        self._generators.put_run(states)
        validation = self._loop.validation
        if isinstance(validation, SeededBatches) and validation is not self._dataset:
            validation.next_epoch = states["validation"]
        # Where batches were skipped, the first one after them has set its own generators, maybe in
        # another thread that runs ahead.
        if not (self._in_order and self._passed):
            self._generators.put_data(states)

    def generators(self, done: int) -> dict[str, Any]:
        """The states of all generators after `done` batches of the epoch."""
        states = {**self._generators.of_run(), **self._generators.of_data()}
        states["validation"] = getattr(self._loop.validation, "next_epoch", None)
        if max(list(self._noted), default=-1) >= done > 0:  # batches were read ahead
            states |= self._noted[done - 1]
        return states

    def forget(self, done: int) -> None:
        """Drop the states that were noted before the last finished batch."""
        for batch in [each for each in list(self._noted) if each < done - 1]:
            del self._noted[batch]

    @contextmanager
    def first_batches(self) -> Iterator[Any]:
        """Keras's iterator over an epoch, in which a `PyDataset` repeats its first batch."""
        if self._dataset is not None and not self._in_order:
            # Keras's workers would hand out every batch of the epoch.
            yield repeat(keras.tree.map_structure(keras.ops.convert_to_tensor, self._read(0)))
            return
        self._only_first = True
        try:
            yield iter(self._loop.iterator._get_iterator())  # noqa: SLF001  Keras has no public way
        finally:
            self._only_first = False

    def _batches(self) -> Iterator[Any]:
        """The batches of an epoch, in place of the generator of Keras's adapter.

        It may run in another thread.
        """
        count = self._dataset.num_batches
        passed, states = (count, None) if self._only_first else (self._passed, self._states)
        # Skipped batches are discarded: the first batch stands in for all, and no other is read.
        batch = self._read(0) if passed else None
        for index in range(min(passed, count)):
            if index == passed - 1 and states is not None:
                self._generators.put_data(states)
            yield batch
        for index in range(passed, count):
            batch = self._read(index)
            self._noted[index] = self._generators.of_data()
            yield batch

    def _read(self, index: int) -> Any:  # noqa: ANN401  what Keras takes as a batch
        return self._adapter._standardize_batch(self._dataset[index])  # noqa: SLF001  Keras has no public way


def _check_hooks(dataset: object) -> None:
    base = SeededBatches if isinstance(dataset, SeededBatches) else keras.utils.PyDataset
    for name in ("on_epoch_begin", "on_epoch_end"):
        if isinstance(dataset, base) and getattr(type(dataset), name) is not getattr(base, name):
            raise TrainingError(
                f"{type(dataset).__name__}.{name} changes the data with the epochs, and a run that "
                f"goes on in a later one has not called it. Leave it out: in __getitem__ of a "
                f"subclass of kerasbook's Batches, self.epoch says which epoch it is."
            )


def _check_validation(validation: object) -> None:
    from keras.src.trainers import data_adapters  # noqa: PLC0415  Keras has no public name

    if isinstance(validation, keras.utils.PyDataset) or not hasattr(validation, "__iter__"):
        return
    if not data_adapters.array_data_adapter.can_convert_arrays(validation):
        adapter = data_adapters.get_data_adapter(validation)
        if _content(adapter) != _content(adapter):
            raise _another_each_time("validation_data")


def _one_time(name: str) -> TrainingError:
    return TrainingError(
        f"{name} must be data that can be read again from the start; received a generator, and the "
        f"batches that a killed run has taken from it are gone. Use kerasbook's Batches, or "
        f"another keras.utils.PyDataset."
    )


def _another_each_time(name: str) -> TrainingError:
    return TrainingError(
        f"{name} must give the same batches in every epoch; the first one differs each time it "
        f"is read, as after dataset.shuffle() or in DataLoader(shuffle=True). Leave that out, or "
        f"use kerasbook's Batches."
    )


def _content(adapter: Any) -> int:  # noqa: ANN401  one of Keras's
    """The checksum of the first batch."""
    dataset = getattr(adapter, "py_dataset", None)
    if dataset is None:
        batch = next(iter(adapter.get_numpy_iterator()))
    else:
        batch = adapter._standardize_batch(dataset[0])  # noqa: SLF001  Keras has no public way
    leaves = [each for each in keras.tree.flatten(batch) if each is not None]
    arrays = [np.asarray(each.cpu() if hasattr(each, "cpu") else each) for each in leaves]
    return checksum(each for each in arrays if each.dtype != object)
