from __future__ import annotations

import io
import sys
import types
import warnings

import numpy as np
import pytest
from display_samples import refused

from kerasbook.displays import HistoryDisplay

pytestmark = pytest.mark.keras


@pytest.fixture
def live():
    """The callback's class, which needs Keras."""
    from kerasbook.displays import LiveHistory  # noqa: PLC0415  only these tests need it

    return LiveHistory


def fit(callback, *, epochs=3, **options):
    """A short training, watched by a callback; what `model.fit` returns."""
    import keras  # noqa: PLC0415  only these tests need it

    model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mean_squared_error")
    x = np.linspace(0, 1, 8)
    return model.fit(
        x, x, epochs=epochs, verbose=0, callbacks=[callback], validation_data=(x, x), **options
    )


@pytest.mark.parametrize("options", [{}, {"validation_freq": 2}])
def test_the_curves_are_those_of_the_history(live, options):
    """After training the display holds what Keras's own History holds."""
    callback = live(output="none")
    history = fit(callback, epochs=5, **options)
    expected = HistoryDisplay.from_history(history)
    assert callback.display_.epochs.tolist() == expected.epochs.tolist()
    assert callback.display_.curves.keys() == expected.curves.keys()
    for name, values in expected.curves.items():
        np.testing.assert_array_equal(callback.display_.curves[name], values)


def test_a_terminal_gets_a_line_an_epoch(live):
    """Each line has the epoch, each curve's value and shape, and the best epoch."""
    stream = io.StringIO()
    fit(live(output="terminal", stream=stream), epochs=4)
    lines = stream.getvalue().splitlines()
    assert [line.split(":")[0] for line in lines] == ["epoch 1", "epoch 2", "epoch 3", "epoch 4"]
    assert lines[3].startswith("epoch 4: loss ")
    assert "█" in lines[3]
    assert "; val_loss " in lines[3]
    assert lines[3].endswith("; best epoch 4")


def test_a_terminal_without_unicode(live):
    """A stream that has no bars in its encoding gets question marks, not an error."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, "ascii")
    fit(live(output="terminal", stream=stream), epochs=2)
    assert raw.getvalue().startswith(b"epoch 1: loss ")


def test_a_notebook_gets_one_picture_replaced(live, monkeypatch):
    """The first epoch shows a picture, later ones replace it, the last always."""
    shown = []

    class Handle:
        def update(self, display):
            shown.append(len(display.epochs))

    def show(display, *, display_id):
        assert display_id is True
        shown.append(len(display.epochs))
        return Handle()

    module = types.ModuleType("IPython.display")
    module.display = show
    shell = types.SimpleNamespace(kernel=object())
    ipython = types.ModuleType("IPython")
    ipython.get_ipython, ipython.version_info = (lambda: shell), (9, 0)  # Matplotlib asks for both
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", module)
    fit(live(), epochs=6)
    assert shown[0] == 1
    assert shown[-1] == 6
    assert shown == sorted(set(shown))


def test_drawing_takes_little_of_the_time(live, tmp_path, monkeypatch):
    """Epochs that are over too soon are drawn together: nine tenths of the time are training's."""
    clock = iter(np.arange(0, 10_000, 1.0))
    monkeypatch.setattr("kerasbook.displays.live.time.monotonic", lambda: float(next(clock)))
    drawn = []
    callback = live(path=tmp_path / "x.svg", output="none")
    plot = HistoryDisplay.plot
    monkeypatch.setattr(
        HistoryDisplay, "plot", lambda self, **o: drawn.append(len(self.epochs)) or plot(self, **o)
    )
    fit(callback, epochs=30)
    assert drawn[0] == 1
    assert drawn[-1] == 30
    assert len(drawn) <= 5


def test_a_picture_is_kept_up_to_date(live, tmp_path):
    """The file is the whole training at the end, and nothing else is left in its folder."""
    path = tmp_path / "live.svg"
    callback = live(path=path, output="none", theme="dark")
    fit(callback, epochs=3)
    assert path.read_bytes() == callback.display_.plot(theme="dark")._rendered("svg")
    assert list(tmp_path.iterdir()) == [path]


def test_training_goes_on_when_drawing_fails(live, tmp_path):
    """A folder that vanishes costs the picture, with one warning, not the training."""
    folder = tmp_path / "gone"
    folder.mkdir()
    callback = live(path=folder / "x.svg", output="none")
    folder.rmdir()
    with pytest.warns(RuntimeWarning, match=r"^LiveHistory stopped drawing: .*gone") as caught:
        history = fit(callback, epochs=3)
    assert sum("LiveHistory" in str(warning.message) for warning in caught) == 1
    assert len(history.history["loss"]) == 3


def test_each_training_begins_anew(live):
    """A callback that is used twice shows the second training."""
    callback = live(output="none")
    fit(callback, epochs=4)
    fit(callback, epochs=2)
    assert len(callback.display_.epochs) == 2


def test_what_is_no_number_is_left_out(live):
    """Metrics with several numbers, which some callbacks log, do not stop the rest."""
    callback = live(output="none")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        callback.on_epoch_end(0, {"loss": 1.0, "f1": np.array([0.1, 0.2])})
    assert list(callback.display_.curves) == ["loss"]


def test_wrong_arguments(live):
    """Outputs, themes and paths are checked before training."""
    with refused(
        "output must be 'auto', 'notebook', 'terminal' or 'none'; received output='window'."
    ):
        live(output="window")
    with refused("theme must be 'light' or 'dark'; received theme='grey'."):
        live(theme="grey")
    with refused("path must end in .png, .svg or .pdf; received path='x.gif'."):
        live(path="x.gif")
