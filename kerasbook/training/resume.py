"""`ExactResume`: a training that is killed at any moment continues exactly when restarted."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from zlib import crc32

import keras

from kerasbook.checks import choice, reject
from kerasbook.errors import ArgumentError, SourceError, TrainingError
from kerasbook.training import _state
from kerasbook.training._collective import others_than_first
from kerasbook.training._container import previous, read
from kerasbook.training._data import Data
from kerasbook.training._identity import refuse_differences, run_identity
from kerasbook.training._lock import Lock
from kerasbook.training._loop import Loop
from kerasbook.training._memory import CallbackMemory, refuse_conflicts
from kerasbook.training._packing import Packer, checksum, unpack
from kerasbook.training._writer import Writer

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from kerasbook.training._container import Saved

__all__ = ["ExactResume"]

_ORDERS = ("own", "fixed")


class ExactResume(keras.callbacks.Callback):  # type: ignore[misc]  # Keras publishes no types
    """A callback that makes a killed training continue exactly where it stopped.

    Start the same script again, and its final weights are equal, bit for bit, to those of a run
    that was never killed: weights, optimizer, Dropout seeds, metrics, `History`, epoch and batch
    come from one file, and the data continues with the next batch.

    ```python
    keras.utils.set_random_seed(0)
    model = kerasbook.cnn_classifier((32, 32, 3), 10, labels="integer", dropout=0.5)
    data = Batches(x_train, y_train, batch_size=64)
    model.fit(data, epochs=30, callbacks=[ExactResume("run.state", save_freq=100)])
    ```

    The file is replaced atomically, has a checksum, and its predecessor stays beside it as
    `run.state.previous`. A damaged file is renamed to `run.state.damaged` with a warning, and the
    previous one is used. A finished run does nothing when it is started again, and continues if
    `epochs` has grown. To start over, remove the files.

    Saved and restored are: all variables of the model, of its metrics and of all its optimizers;
    numbers and strings in attributes of your own layers; numbers, lists, dicts and arrays in
    attributes of the callbacks; the generators of `random`, `numpy.random` and PyTorch, and NumPy
    generators in attributes of data, callbacks or layers. Callbacks are not called for skipped
    batches. Lines that a `CSVLogger(…, append=True)` wrote after the last save are removed.

    A run that could not be resumed is refused before it begins, with the reason: data whose order
    is unknown, that `fit` shuffles, or whose first batch differs when it is read again; Python
    generators; a `steps_per_epoch` other than one pass through the data; random numbers drawn in
    several workers; data with its own `on_epoch_end`; one of PyTorch's own optimizers.

    The rest must be the same in the script. The model, the arguments of `compile`, a sample of the
    data, and the versions of Keras and its backend are compared with the file; if one differs, the
    run is refused. Numbers that Keras appends to names, as in `dense_3`, may differ, so that a
    notebook's cell can be run again. Not saved are: random operations of TensorFlow's own
    (`tf.random`) in a custom layer; state of a callback outside its attributes or in other kinds of
    objects (with a warning where it is detected); and changes that training makes to the data.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        save_freq: int | Literal["epoch"] = "epoch",
        order: Literal["own", "fixed"] = "own",
        callbacks: Sequence[keras.callbacks.Callback] = (),
    ) -> None:
        """A callback for `model.fit(…, callbacks=[ExactResume(path)])`.

        Args:
            path: the file of this run, in an existing folder that all machines of the run share.
                One run at a time may use it; process 0 writes it, and all processes read it.
            save_freq: number of batches between two saves, in addition to one after each epoch; or
                `"epoch"`. A save is left out while the previous one is still being written.
            order: where the data's order comes from. `"own"`: the data computes it from (seed,
                epoch), as `Batches` and `ImageStore` do. `"fixed"`: you guarantee that each epoch
                gives the same batches in the same order, as `fit(x, y, shuffle=False)` does; a
                resumed run reads and skips the finished batches.
            callbacks: the callbacks of `fit` that must be saved completely: the run is refused if
                one has state that cannot be saved. Others are saved as far as possible.

        Raises:
            ArgumentError: an argument is wrong; or, when training begins, the folder cannot be
                written or the model is not built.
            TrainingError: when training begins: another run uses the path, or the run cannot be
                continued exactly.
            SourceError: when training begins: the file and the one before are both damaged.

        Examples:
            >>> ExactResume("run.state", save_freq=0)
            Traceback (most recent call last):
            kerasbook.errors.ArgumentError: save_freq must be 'epoch' or an integer of at least 1;
                received save_freq=0.
        """
        super().__init__()
        if save_freq != "epoch" and not _is_count(save_freq):
            reject("save_freq", "be 'epoch' or an integer of at least 1", save_freq)
        self._every = save_freq
        self._order = choice("order", order, _ORDERS)
        self._strict = tuple(callbacks)
        self._path = Path(path).absolute()
        if not self._path.parent.is_dir():
            reject("path", "be in a folder that exists", str(path))
        self._writer = Writer(self._path)
        self._lock = Lock(self._path, self._writer.finish)
        self._clear()

    def _clear(self) -> None:
        """Reset to the state before a training."""
        self._epoch: int | None = None  # the current epoch
        self._memory: CallbackMemory | None = None  # made when the first epoch begins
        self._muted: tuple[Any, Any] | None = None
        self._done = self._unsaved = self._weights = 0

    def set_params(self, params: dict[str, Any]) -> None:
        """Receive the parameters of `fit`, and refuse callbacks that prevent resuming."""
        super().set_params(params)
        loop = Loop.found()
        if loop is not None:  # a `CSVLogger` empties its file when training begins
            refuse_conflicts(keras.tree.flatten(loop.callbacks))

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Read the saved state, and start the training there."""
        del logs
        self._is_first = _state.is_first_process()
        if self._is_first:
            self._lock.acquire()
        try:
            self._begin(Loop.running())
        except BaseException:
            self._lock.release()
            raise

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Save if a save is due, after all other callbacks have handled the batch."""
        done, before = batch + 1, self._done
        self._done = done
        if self._muted is not None:
            self.model.train_function, self._loop.callbacks.callbacks = self._muted
            self._muted = None
            return
        self._unsaved += done - before
        if self._every != "epoch" and self._unsaved >= self._every and not self._writer.busy:
            self._save(self._epoch or 0, done, logs or {})
            self._unsaved = 0
        self._data.forget(done)

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Save the final state, and release the path."""
        del logs
        self.model._initial_epoch = None  # noqa: SLF001  another `fit` begins where it says
        if self._epoch is not None:
            self._save(
                self._epoch + 1, 0, {}, over="stopped" if self.model.stop_training else "end"
            )
        self._writer.finish()
        self._lock.release()

    def _begin(self, loop: Loop) -> None:
        """Begin at the saved epoch, if there is one."""
        if not _is_built(self.model):
            raise ArgumentError(
                "model must be built before it is trained; received a model without weights. "
                "Begin it with keras.Input, or call it on a batch."
            )
        _state.build_optimizer(self.model)
        others = [each for each in loop.callbacks.callbacks if each is not self]
        _state.refuse_others(self.model)
        layers = self.model._flatten_layers()  # noqa: SLF001  no public walk
        self._loop, self._others = loop, others
        self._data = Data(loop, [*others, *layers])
        self._clear()
        self._data.check(self._order)
        self._identity = run_identity(self.model)
        self._signature = self._data.signature(self.params["steps"])
        self._saved = load(self._path, is_first=self._is_first)
        refuse_other_states(self._path, self._saved)
        if self._saved is not None:
            refuse_differences(self._path, self._saved.header["identity"], self._identity)
            refuse_differences(self._path, self._saved.header["data"], self._signature)
            self._take_up(self._saved)
        # First at all beginnings, last at all ends: a state is saved between two batches.
        loop.callbacks.callbacks = [_FirstCallback(self), *others, self]

    def _take_up(self, saved: Saved) -> None:
        """Make `fit` begin at the saved epoch, with a model that has all saved variables."""
        epoch, epochs = saved.header["epoch"], self.params["epochs"]
        over, exchanged = saved.header["over"], saved.header["exchanged"]
        if over == "stopped":
            epoch = max(epoch, epochs)  # a training that was stopped early is over
        elif over and epochs > epoch and exchanged:
            raise TrainingError(
                f"{self._path} holds a run that is finished, and whose weights were replaced at "
                f"its end ({exchanged}): it cannot go on from {epoch} to {epochs} epochs. Remove "
                f"the file and train with epochs={epochs}."
            )
        # Keras's own BackupAndRestore sets the first epoch like this.
        self.model._initial_epoch = epoch  # noqa: SLF001  there is no public way
        if epoch < epochs and not _state.complete(self.model, saved):
            with self._data.first_batches() as batches:
                _state.train_once(self.model, batches)
        self._restore(saved)

    def _restore(self, saved: Saved) -> None:
        """Restore the saved variables, generators and callbacks."""
        _state.restore(self.model, saved)
        self._data.put_generators(unpack(saved.header["generators"], saved.arrays))
        history = self.model.history
        history.epoch, history.history = unpack(saved.header["history"], saved.arrays)
        if self._memory is not None:
            self._memory.put(saved.header["callbacks"], saved.arrays)

    def begin_epoch(self, epoch: int) -> None:
        """Save the state after the previous epoch, before any other callback begins this one."""
        first, saved = self._memory is None, self._saved
        if first:
            self._memory = CallbackMemory([*self._others, *self._strict], self._strict)
        self._data.begin(epoch)
        if first and saved is not None:
            self._restore(saved)
        else:
            self._save(epoch, 0, {})
        self._epoch, self._done, self._unsaved = epoch, 0, 0
        if first and saved is not None and saved.header["batches"]:
            self._data.pass_over(
                saved.header["batches"], unpack(saved.header["generators"], saved.arrays)
            )
            self._loop.pass_over(saved.header["batches"], self._arrive)

    def _arrive(self) -> None:
        """Restore the saved state inside the epoch, after its finished batches."""
        saved = self._saved
        assert saved is not None  # noqa: S101  there is no passing over without
        self._restore(saved)
        self._muted = self._model.train_function, self._loop.callbacks.callbacks
        logs = unpack(saved.header["logs"], saved.arrays)
        jax = keras.backend.backend() == "jax"
        # The step that stands for the skipped batches in Keras's loop trains on nothing.
        self._model.train_function = lambda *args: (logs, args[0]) if jax else logs
        self._loop.callbacks.callbacks = [self]

    def end_epochs(self) -> None:
        """Record the weights before other callbacks end the training."""
        if (
            self._memory is None and self._saved is not None
        ):  # the run was finished, and no epoch was run
            self._memory = CallbackMemory([*self._others, *self._strict], self._strict)
            self._restore(self._saved)
        self._weights = _state.checksum_of(self.model)

    def _save(
        self, epoch: int, batches: int, logs: Mapping[str, Any], *, over: str | None = None
    ) -> None:
        assert self._memory is not None  # noqa: S101  it is there from the first epoch on
        if not self._is_first:
            return
        packer = Packer()
        history = self.model.history
        header = {
            "identity": self._identity,
            "data": self._signature,
            "epoch": epoch,
            "batches": batches,
            "over": over,
            "exchanged": self._exchanged() if over else None,
            "logs": packer.pack(dict(logs), "logs"),
            "history": packer.pack([history.epoch, history.history], "history"),
            "callbacks": self._memory.pack(packer),
            "generators": packer.pack(self._data.generators(batches), "generators"),
            **_state.collect(self.model, packer),
        }
        self._writer.begin(header, packer.arrays)

    def _exchanged(self) -> str | None:
        """The cause of a change of weights after training, as a phrase; `None` if unchanged."""
        if any(each.use_ema for each in _state.innermost_optimizers(self.model)):
            return "use_ema=True"
        if self._weights != _state.checksum_of(self.model):
            return "by a callback, as EarlyStopping(restore_best_weights=True) does"
        return None


class _FirstCallback(keras.callbacks.Callback):  # type: ignore[misc]  # Keras publishes no types
    """The first callback: it calls `ExactResume`, the last one, when something begins."""

    def __init__(self, resume: ExactResume) -> None:
        super().__init__()
        self._resume = resume

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        del logs
        self._resume.begin_epoch(epoch)

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        del logs
        self._resume.end_epochs()


def load(path: Path, *, is_first: bool) -> Saved | None:
    """The last good state of a run, or `None` if there is none yet.

    Args:
        path: the file of the run.
        is_first: whether this is process 0, which renames a damaged file.

    Raises:
        SourceError: there are files, and all of them are damaged.
    """
    damaged: list[tuple[Path, SourceError]] = []
    for each in (path, previous(path)):
        try:
            saved = read(each)
        except FileNotFoundError:
            continue
        except SourceError as error:
            damaged.append((each, error))
            continue
        for file, reason in damaged:
            if not is_first:
                continue
            aside = path.with_name(f"{path.name}.damaged")
            file.replace(aside)  # otherwise the next save would keep it as the previous good file
            warnings.warn(
                f"{reason}. It was put aside as {aside.name}, and the run goes on from the state "
                f"before it.",
                RuntimeWarning,
                stacklevel=2,
            )
        return saved
    if damaged:
        reasons = "; ".join(str(error) for _, error in damaged)
        raise SourceError(f"{reasons}. No good state is left: remove these files to begin anew.")
    return None


def refuse_other_states(path: Path, saved: Saved | None) -> None:
    """Check that all processes have read the same state.

    Raises:
        TrainingError: one of them has read another state, or none.
    """
    numbers = [0, 0, 0]
    if saved is not None:
        content = crc32(json.dumps(saved.header, sort_keys=True).encode())
        numbers = [saved.header["epoch"] + 1, content, checksum(saved.arrays)]
    others = others_than_first(numbers)
    if others:
        raise TrainingError(
            f"{path} must be the same file for all processes; process {others[0]} has found "
            f"another state there than process 0. Put it into a folder that all machines share."
        )


def _is_built(model: Any) -> bool:  # noqa: ANN401  a Keras model
    """Whether a model has its weights; a model that only contains others is never built."""
    return bool(model.built or model.weights) and all(
        each.built
        for each in model._flatten_layers(include_self=False)  # noqa: SLF001  no public walk
    )


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1
