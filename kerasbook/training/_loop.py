"""The loop of `model.fit` that a callback is called from: its callbacks and its data.

Keras gives a callback the model and the epoch's number. To take up a run in the middle of an epoch
takes more: the iterator over the batches, so that those that are done are passed over before any
callback hears of them; and the other callbacks, so that a state is saved after all of them have
seen a batch. Keras has no public name for either, so they are looked up where `fit` keeps them.
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
    """What `model.fit` trains with.

    Attributes:
        callbacks: Keras's `CallbackList`.
        iterator: Keras's `EpochIterator`; its `data_adapter` says what kind of data there is.
        validation: the inputs that `fit` validates on, in whatever form they were given.
    """

    callbacks: Any
    iterator: Any
    validation: Any

    @classmethod
    def running(cls) -> Loop:
        """The loop that has called the callback that asks.

        Raises:
            TrainingError: there is none.
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
        """The loop of the `model.fit` that is running, if one is; its callbacks as they are yet."""
        frame: FrameType | None = sys._getframe(1)  # noqa: SLF001  see the module's docstring
        while frame is not None:
            names = frame.f_locals
            if {"callbacks", "epoch_iterator", "validation_data"} <= names.keys():
                return cls(names["callbacks"], names["epoch_iterator"], names.get("val_x"))
            frame = frame.f_back
        return None

    def pass_over(self, batches: int, then: Callable[[], None]) -> None:
        """Begin the next epoch after so many batches.

        Keras's loop is given one step for all of them, with nothing in it, so that it has logs
        where the epoch has no further batch. `then` is called before that step.
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
