"""`LiveHistory`: a training's curves while it runs.

The one module here that needs Keras to be imported: its class is a Keras callback.
"""

from __future__ import annotations

import sys
import time
import warnings
from typing import TYPE_CHECKING, Any, Literal, TextIO

import keras

from kerasbook.checks import choice
from kerasbook.displays.history import HistoryDisplay
from kerasbook.drawing.curves import Recorder
from kerasbook.drawing.saving import picture_path
from kerasbook.drawing.text import significant, sparkline
from kerasbook.drawing.theme import theme_named

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from kerasbook.drawing.theme import ThemeName

__all__ = ["LiveHistory"]

_OUTPUTS = ("auto", "notebook", "terminal", "none")
_PATIENCE = 9  # times as long as a drawing took that training goes on before the next


class LiveHistory(keras.callbacks.Callback):  # type: ignore[misc]  # Keras publishes no types
    """A callback that shows the curves of a training after each epoch.

    In a notebook one picture is replaced again and again; in a terminal there is a line an epoch,
    with the curves in small. Drawing never waits for anybody and takes at most a tenth of the
    time: epochs that are over too soon are drawn together with a later one, the last one always.
    What goes wrong while drawing is warned about, once, and training goes on.

    Attributes:
        display_: the curves so far, a `HistoryDisplay`; `None` before the first epoch is over.
    """

    def __init__(
        self,
        *,
        path: str | os.PathLike[str] | None = None,
        metrics: Sequence[str] | None = None,
        output: Literal["auto", "notebook", "terminal", "none"] = "auto",
        theme: ThemeName = "light",
        stream: TextIO | None = None,
    ) -> None:
        """A callback for `model.fit(…, callbacks=[LiveHistory()])`.

        Args:
            path: a picture to keep up to date; ends in `.png`, `.svg` or `.pdf`.
            metrics: which to show, without `val_`; all if left out.
            output: where to show the curves; `"auto"` sees whether this is a notebook.
            theme: `"light"` or `"dark"`.
            stream: where a terminal's lines go; standard output if left out.

        Raises:
            ArgumentError: an argument is none of these.

        Examples:
            >>> import numpy as np
            >>> model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1)])
            >>> model.compile("sgd", "mean_squared_error")
            >>> live = LiveHistory(output="none")
            >>> _ = model.fit(np.ones((4, 1)), np.ones(4), epochs=3, verbose=0, callbacks=[live])
            >>> live.display_.metrics, len(live.display_.epochs)
            (('loss',), 3)
            >>> LiveHistory(output="window")
            Traceback (most recent call last):
            kerasbook.errors.ArgumentError: output must be 'auto', 'notebook', 'terminal' or 'none';
                received output='window'.
        """
        super().__init__()
        self._path = None if path is None else picture_path(path)
        self._metrics = metrics
        output = choice("output", output, _OUTPUTS)  # type: ignore[assignment]
        self._output = _place() if output == "auto" else output
        self._theme = theme_named(theme).name
        self._stream = stream
        self._start()

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Begin anew: each `fit` has its own curves."""
        del logs
        self._start()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Take in an epoch, and show it."""
        self._recorder.add(epoch, logs or {})
        self._guarded(self._update)

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Draw what was put off."""
        del logs
        if self._behind:
            self._guarded(self._draw)

    def _start(self) -> None:
        self._recorder = Recorder()
        self._handle: Any = None
        self._failed = self._behind = False
        self._next = 0.0
        self.display_: HistoryDisplay | None = None

    def _guarded(self, step: Any) -> None:  # noqa: ANN401  a bound method
        if self._failed:
            return
        try:
            step()
        except Exception as error:  # noqa: BLE001  hours of training must not end for a picture
            self._failed = True
            warnings.warn(f"LiveHistory stopped drawing: {error!r}", RuntimeWarning, stacklevel=2)

    def _update(self) -> None:
        self.display_ = HistoryDisplay.from_history(self._recorder, metrics=self._metrics)
        if self._output == "terminal":
            self._write_line()
        self._behind = True
        if time.monotonic() >= self._next:
            self._draw()

    def _draw(self) -> None:
        if self.display_ is None or (self._output != "notebook" and self._path is None):
            return
        begin = time.monotonic()
        self.display_.plot(theme=self._theme)  # type: ignore[arg-type]  # a name of a theme
        if self._path is not None:
            # A reader of the file sees the old picture or the new one, never half of one.
            part = self._path.with_name(f".{self._path.stem}-part{self._path.suffix}")
            self.display_.save(part)
            part.replace(self._path)
        if self._output == "notebook":
            self._show(self.display_)
        self._behind = False
        end = time.monotonic()
        self._next = end + _PATIENCE * (end - begin)

    def _show(self, display: HistoryDisplay) -> None:
        from IPython.display import display as show  # noqa: PLC0415  only a notebook has it

        if self._handle is None:
            self._handle = show(display, display_id=True)
        else:
            self._handle.update(display)

    def _write_line(self) -> None:
        display = self.display_
        if display is None:
            return
        stream = self._stream or sys.stdout
        curves = [
            f"{name} {significant(float(values[-1]))} {sparkline(values)}"
            for name, values in display.curves.items()
        ]
        line = f"epoch {display.epochs[-1]}: {'; '.join(curves)}; best epoch {display.best_epoch}\n"
        encoding = getattr(stream, "encoding", None) or "utf-8"
        stream.write(line.encode(encoding, "replace").decode(encoding))
        stream.flush()


def _place() -> str:
    """`"notebook"` where IPython runs in a kernel, else `"terminal"`."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return "notebook" if getattr(shell, "kernel", None) is not None else "terminal"
