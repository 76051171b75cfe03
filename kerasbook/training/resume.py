"""`ExactResume`: kill a training at any moment, start the script again, and lose nothing."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from zlib import crc32

import keras
import numpy as np

from kerasbook.checks import choice, reject
from kerasbook.errors import ArgumentError, SourceError, TrainingError
from kerasbook.training import _position, _state
from kerasbook.training._container import previous, read
from kerasbook.training._lock import Lock
from kerasbook.training._together import others_than_first
from kerasbook.training._writer import Writer

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from kerasbook.training._container import Saved
    from kerasbook.training._ordered import Ordered

__all__ = ["ExactResume"]

_ORDERS = ("own", "fixed")
_SHOWN = 60  # characters of a value in a message
_KERAS_OWN = {"_model", "params"}  # what Keras gives every callback


class ExactResume(keras.callbacks.Callback):  # type: ignore[misc]  # Keras publishes no types
    """A callback that lets a killed training go on as if nothing had happened.

    Start the same script again, and the weights at its end are equal, bit for bit, to those of a
    run that was never killed: weights, optimizer, the seeds of Dropout, metrics, `History`, epoch
    and batch come from one file, and the data goes on at the next batch.

    ```python
    keras.utils.set_random_seed(0)
    model = kerasbook.cnn_classifier((32, 32, 3), 10, labels="integer", dropout=0.5)
    data = Batches(x_train, y_train, batch_size=64)
    model.fit(data, epochs=30, callbacks=[ExactResume("run.state", save_freq=100)])
    ```

    The file is replaced at once or not at all, has a checksum, and its predecessor stays beside it
    as `run.state.previous`. A damaged file is put aside as `run.state.damaged` with a warning, and
    the previous one is used. A run that is over does nothing when it is started again, and goes on
    if `epochs` has grown. To begin anew, remove the files.

    What a step depends on besides must be the same in the script: data, model, compilation,
    versions of Keras and its backend are compared with the file; if one differs, the run is refused
    rather than continued wrong. Random operations of a backend itself (`tf.random`) in a custom
    layer, and callbacks that are not named in `callbacks`, are not seen.
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
            path: the file of this run, in a folder that exists, and that all machines of the run
                share. One run at a time may use it; process 0 writes it, and all read it.
            save_freq: batches between two saves, besides one after each epoch; or `"epoch"`.
                A save that comes due while the last is still being written is left out.
            order: where the data's order comes from. `"own"`: it is a function of (seed, epoch)
                that the data itself knows, as `Batches` and `ImageStore` do. `"fixed"`: you know
                that each epoch gives the same batches in the same order, as
                `fit(x, y, shuffle=False)` does; a resumed run reads past what it has done.
            callbacks: callbacks of this run that remember something, such as `EarlyStopping`:
                what they remember is saved and restored too. They go to `fit` as well.

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
        self._remembering = tuple(callbacks)
        self._path = Path(path).absolute()
        if not self._path.parent.is_dir():
            reject("path", "be in a folder that exists", str(path))
        self._writer = Writer(self._path)
        self._lock = Lock(self._path, self._writer.finish)
        self._clear()

    def _clear(self) -> None:
        """Know nothing yet, as before each training."""
        self._saved: Saved | None = None
        self._remembered = False
        self._epoch: int | None = None
        self._data: dict[str, Any] | None = None
        self._position: _position.Position | None = None
        self._stride = 1  # batches a step, if a step is several
        self._skip_to = self._done = self._unsaved = 0

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Find out where the run stands."""
        del logs
        self._leads = _state.leads()
        if self._leads:
            self._lock.acquire()
        try:
            self._begin()
        except BaseException:
            self._lock.release()
            raise

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Save what the epoch before has left, and tell the data which epoch this is."""
        del logs
        if self._saved is not None and not self._remembered:
            self._remember(self._saved)
        if self._epoch is not None:
            self._save(epoch, 0, {})
        self._epoch, self._done, self._unsaved = epoch, 0, 0
        self._position = _position.Position(epoch, self._skip_to)
        _position.offer(self._position)
        if self._skip_to:
            # Kept: on JAX, `self.model` within a step would bring the state before it back.
            self._stride = self.model.steps_per_execution
            self._train = self.model.train_function
            self.model.train_function = self._pass_over

    def on_train_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Make sure, once an epoch, that the data is where it should be."""
        del batch, logs
        if self._position is not None:
            _position.offer(None)
            self._check_data(self._position.taken_by)
            self._position = None

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Save, if a save is due; or put the state back, in the first epoch of a resumed run."""
        done = batch + 1
        self._unsaved += done - self._done
        self._done = done
        if self._skip_to:
            self._skipped(done)
        elif self._every != "epoch" and self._unsaved >= self._every and not self._writer.busy:
            self._save(self._epoch or 0, done, logs or {})
            self._unsaved = 0

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Save what training has led to, and free the path."""
        del logs
        self.model._initial_epoch = None  # noqa: SLF001  another `fit` begins where it says
        if self._epoch is not None:
            self._save(self._epoch + 1, 0, {}, over=True)
        elif self._saved is not None:
            self._remember(self._saved)
        self._writer.finish()
        self._lock.release()

    def _begin(self) -> None:
        """Begin at the epoch that was saved, if one was."""
        if not self.model.built:
            raise ArgumentError(
                "model must be built before it is trained; received a model without weights. "
                "Begin it with keras.Input, or call it on a batch."
            )
        self._clear()
        _position.offer(None)
        self._identity = _state.identity(self.model)
        self._saved = load(self._path, leads=self._leads)
        refuse_other_states(self._path, self._saved)
        if self._saved is None:
            return
        header = self._saved.header
        refuse_differences(self._path, header["identity"], self._identity)
        epoch, epochs = header["epoch"], self.params["epochs"]
        if header["over"] == "stopped":
            epoch = max(epoch, epochs)  # what stopped training then would have stopped it now
        elif header["over"] and epochs > epoch and getattr(self.model.optimizer, "use_ema", False):
            raise TrainingError(
                f"{self._path} holds a run that is over, and whose weights became averages at its "
                f"end (use_ema=True): it cannot go on from {epoch} to {epochs} epochs. Remove the "
                f"file and train with epochs={epochs}."
            )
        # Keras's own BackupAndRestore sets the first epoch in this way.
        self.model._initial_epoch = epoch  # noqa: SLF001  there is no public way
        self._skip_to = header["batches"]
        if not self._skip_to:
            _state.restore(self.model, self._saved)

    def _pass_over(self, *args: Any) -> Any:  # noqa: ANN401  as Keras's own train function
        """Stands for the model's train function until the batches of a resumed epoch are passed."""
        # The first batch is trained on, so that Keras builds all that it builds on first use, and
        # what it did is undone when the state is put back. So it is after a run was broken off.
        if not self._skip_to or not self._done:
            return self._train(*args)
        if keras.backend.backend() != "torch":  # there the batch itself was read and given
            for _ in range(self._stride):
                next(args[-1], None)
        logs = self._resumed_logs()
        return (logs, args[0]) if keras.backend.backend() == "jax" else logs

    def _skipped(self, done: int) -> None:
        assert self._saved is not None  # noqa: S101  there is no skipping without
        if done <= self._stride:
            _state.restore(self.model, self._saved)
        if done >= self._skip_to:
            _state.restore_generators(self._saved)
            self.model.train_function, self._skip_to, self._unsaved = self._train, 0, 0

    def _resumed_logs(self) -> dict[str, Any]:
        assert self._saved is not None  # noqa: S101  there is no skipping without
        logs: dict[str, Any] = _state.unpack(self._saved.header["logs"], self._saved.arrays)
        return logs

    def _check_data(self, data: Ordered | None) -> None:
        steps = self.params["steps"]
        if data is None and self._order == "own":
            raise TrainingError(
                "the order of this data is not known to ExactResume: a run that is killed could go "
                "on with other batches. Train on kerasbook's Batches or ImageStore; or, if every "
                "epoch gives the same batches in the same order, as fit(x, y, shuffle=False) does, "
                "use order='fixed'."
            )
        if data is not None and steps != data.num_batches:
            raise TrainingError(
                f"steps_per_epoch must be left out: the data has {data.num_batches} batches an "
                f"epoch; received steps_per_epoch={steps}."
            )
        first = self._data is None
        self._data = {"steps": steps, **({} if data is None else data.signature())}
        if first and self._saved is not None:
            refuse_differences(self._path, self._saved.header["data"], self._data)

    def _save(
        self, epoch: int, batches: int, logs: Mapping[str, Any], *, over: bool = False
    ) -> None:
        if not self._leads:
            return
        packer = _state.Packer()
        history = self.model.history
        stopped = over and epoch < self.params["epochs"]
        header = {
            "identity": self._identity,
            "data": self._data,
            "epoch": epoch,
            "batches": batches,
            "over": "stopped" if stopped else over,
            "logs": packer.pack(dict(logs), "logs"),
            "history": packer.pack([history.epoch, history.history], "history"),
            "callbacks": [_memory(each, packer) for each in self._remembering],
            **_state.collect(self.model, packer),
        }
        self._writer.begin(header, packer.arrays)

    def _remember(self, saved: Saved) -> None:
        """Give `History` and other callbacks back what they knew."""
        self._remembered = True
        header, arrays = saved.header, saved.arrays
        history = self.model.history
        history.epoch, history.history = _state.unpack(header["history"], arrays)
        for callback, memory in zip(self._remembering, header["callbacks"], strict=True):
            for name, value in _state.unpack(memory, arrays).items():
                setattr(callback, name, value)


def load(path: Path, *, leads: bool) -> Saved | None:
    """The last good state of a run, or `None` if there is none yet.

    Args:
        path: the file of the run.
        leads: whether this process is the one that puts a damaged file aside.

    Raises:
        SourceError: there are files, and none of them is whole.
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
            if not leads:
                continue
            aside = path.with_name(f"{path.name}.damaged")
            file.replace(aside)  # or the next save would take it for the good one before
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
    """Do nothing if each of several processes goes on from the same state.

    Raises:
        TrainingError: one of them has read another, or none.
    """
    numbers = [0, 0, 0]
    if saved is not None:
        content = crc32(json.dumps(saved.header, sort_keys=True).encode())
        for array in saved.arrays:
            content = crc32(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data, content)
        numbers = [saved.header["epoch"] + 1, saved.header["batches"], content]
    others = others_than_first(numbers)
    if others:
        raise TrainingError(
            f"{path} must be the same file for all processes; process {others[0]} has found "
            f"another state there than process 0. Put it into a folder that all machines share."
        )


def refuse_differences(path: Path, saved: dict[str, Any], now: dict[str, Any]) -> None:
    """Do nothing if both are equal.

    Raises:
        TrainingError: something differs; the message says what.
    """
    now = json.loads(json.dumps(now))
    wrong = [name for name in {**saved, **now} if saved.get(name) != now.get(name)]
    if wrong:
        said = ", ".join(_difference(name, saved.get(name), now.get(name)) for name in wrong)
        raise TrainingError(
            f"{path} was saved by another run: {said}. It cannot be continued exactly: start the "
            f"script and the versions that it was begun with, or remove the file to begin anew."
        )


def _difference(name: str, saved: object, now: object) -> str:
    if max(len(repr(saved)), len(repr(now))) > _SHOWN:
        return f"another {name}"
    return f"{name} was {saved!r} and is {now!r}"


def _memory(callback: keras.callbacks.Callback, packer: _state.Packer) -> Any:  # noqa: ANN401  JSON
    """What a callback remembers, less what Keras gives it and the functions that it was given."""
    name = type(callback).__name__
    kept = {
        key: value
        for key, value in vars(callback).items()
        # Keras's own callbacks choose an operation to compare with when they first need one.
        if key not in _KERAS_OWN and (key == "monitor_op" or not callable(value))
    }
    return packer.pack(kept, name)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1
