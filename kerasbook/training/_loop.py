"""The running loop of `model.fit`: its callbacks and its data.

Keras gives a callback the model and the number of the epoch. To resume in the middle of an epoch, a
callback also needs the iterator over the batches, to skip the finished ones before any callback is
called for them; and the other callbacks, to save a state after all of them have handled a batch.
Keras has no public access to either, so they are read from the local variables of `fit`.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, Any

from kerasbook.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

__all__ = ["Loop"]


@dataclass(frozen=True, slots=True)
class Loop:
    """The parts of a running `model.fit`.

    Attributes:
        callbacks: Keras's `CallbackList`.
        iterator: Keras's `EpochIterator`; its `data_adapter` is chosen by the kind of data.
        validation: the validation inputs, in the form that was passed to `fit`.
    """

    callbacks: Any
    iterator: Any
    validation: Any

    @classmethod
    def running(cls) -> Loop:
        """The loop of the `model.fit` that is calling this callback.

        Raises:
            TrainingError: the call comes from elsewhere.
        """
        loop = cls.found()
        if loop is None:
            raise TrainingError(
                "ExactResume works within model.fit; received a call from elsewhere. "
                "Train with model.fit(…, callbacks=[ExactResume(path)])."
            )
        return loop

    @classmethod
    def found(cls) -> Loop | None:
        """The loop of the running `model.fit`, or `None`."""
        frame: FrameType | None = sys._getframe(1)  # noqa: SLF001  see the module's docstring
        while frame is not None:
            names = frame.f_locals
            if {"callbacks", "epoch_iterator", "validation_data"} <= names.keys():
                return cls(names["callbacks"], names["epoch_iterator"], names.get("val_x"))
            frame = frame.f_back
        return None

    def pass_over(self, batches: int, then: Callable[[], None]) -> None:
        """Begin the next epoch after its first `batches` batches.

        Keras's loop runs one empty step in place of the skipped batches, so that it has logs even
        if no batch is left in the epoch. `then` is called before that step.
        """
        iterator = self.iterator
        every_step = iterator._enumerate_iterator  # noqa: SLF001  see the module's docstring

        def steps() -> Iterator[Any]:
            del iterator._enumerate_iterator  # noqa: SLF001  the class's own again
            remaining = every_step()
            for begin, end, data in remaining:
                for _ in range(end - begin + 1):
                    next(data, None)
                if end + 1 >= batches:
                    then()
                    yield begin, end, repeat(None)
                    yield from remaining
                    return
            raise TrainingError(
                f"the data has ended before the {batches} batches that the saved run has behind "
                f"it. Train on the data that the run was begun with."
            )

        iterator._enumerate_iterator = steps  # noqa: SLF001  see the module's docstring
