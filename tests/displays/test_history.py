from __future__ import annotations

import csv
import re

import numpy as np
import pytest
from display_samples import refused
from hypothesis import given
from hypothesis import strategies as st

from kerasbook.displays import HistoryDisplay
from kerasbook.errors import ArgumentError, SourceError

NAN, INF = float("nan"), float("inf")
OVERFIT = {
    "accuracy": [0.3, 0.5, 0.6, 0.7, 0.8, 0.9],
    "loss": [2.0, 1.5, 1.0, 0.8, 0.6, 0.4],
    "val_accuracy": [0.3, 0.4, 0.5, 0.5, 0.5, 0.5],
    "val_loss": [2.1, 1.6, 1.4, 1.5, 1.7, 1.9],
}


class StubHistory:
    """What `model.fit` returns, as far as it is read."""

    def __init__(self, history, epoch):
        self.history, self.epoch = history, epoch


def test_curves_are_drawn_as_they_are():
    """One panel a metric, loss first; training solid, validation dashed, from epoch 1."""
    display = HistoryDisplay.from_history(OVERFIT).plot()
    assert display.metrics == ("loss", "accuracy")
    assert [ax.get_title(loc="left") for ax in display.ax_] == ["loss", "accuracy"]
    for ax, metric in zip(display.ax_, display.metrics, strict=True):
        lines = {line.get_label(): line for line in ax.lines}
        for label, name, style in (
            ("training", metric, "-"),
            ("validation", f"val_{metric}", "--"),
        ):
            assert lines[label].get_ydata().tolist() == OVERFIT[name]
            assert lines[label].get_xdata().tolist() == [1, 2, 3, 4, 5, 6]
            assert lines[label].get_linestyle() == style
        assert lines["training"].get_marker() != lines["validation"].get_marker()


def test_the_best_epoch_is_marked_in_each_panel():
    """The epoch with the least validation loss, with the values there."""
    display = HistoryDisplay.from_history(OVERFIT).plot()
    assert display.best_epoch == 3
    labels = [ax.lines[-1].get_label() for ax in display.ax_]
    assert labels == ["best epoch 3: 1.4", "at best epoch 3: 0.5"]
    assert all(list(ax.lines[-1].get_xdata()) == [3, 3] for ax in display.ax_)


def test_overfitting_is_pointed_at():
    """Where validation loss rises while loss falls, from the best epoch on: hatched and named."""
    display = HistoryDisplay.from_history(OVERFIT).plot()
    assert display.overfitting_from == 3
    (span,) = display.ax_[0].patches
    assert span.get_label() == "overfitting: validation loss\nrises while loss falls"
    assert span.get_hatch()
    assert (span.get_x(), span.get_x() + span.get_width()) == (3, 6)
    assert len(display.ax_[1].patches) == 0
    assert display.alt_text == (
        "Training curves over 6 epochs, 1 to 6. Accuracy rises from 0.3 to 0.9. "
        "Loss falls from 2 to 0.4. Validation accuracy rises from 0.3 to 0.5. "
        "Validation loss falls from 2.1 to 1.9. The best epoch is 3, with validation loss 1.4. "
        "From epoch 3 on the model overfits: validation loss rises while loss falls."
    )


@pytest.mark.parametrize(
    ("loss", "val_loss"),
    [
        ([3, 2, 1, 0.5], [3, 2, 1.5, 1.2]),  # still learning
        ([3, 2, 1, 0.5], [3, 2, 2.5, 2]),  # one bad epoch
        ([3, 2, 2.5, 3, 3.5], [3, 2, 2.5, 3, 3.5]),  # diverging: training suffers as well
        ([3, 2, 1], [3, 2, 2.5]),  # too soon to tell
        ([3, 2, 1, 0.5, 0.4], [3, 2, 2.001, 2.002, 2.003]),  # level
        ([3, 2, 1, 0.5], None),
        ([3, np.nan, np.nan, np.nan], [3, np.nan, np.nan, np.nan]),
    ],
)
def test_what_is_no_overfitting(loss, val_loss):
    """Learning, noise, divergence and a level curve are not called overfitting."""
    history = {"loss": loss} if val_loss is None else {"loss": loss, "val_loss": val_loss}
    display = HistoryDisplay.from_history(history)
    assert display.overfitting_from is None
    assert "overfit" not in display.alt_text
    assert "overfit" not in display.title
    assert len(display.plot().ax_[0].patches) == 0


def test_the_best_epoch_without_validation_or_loss():
    """Loss tells where validation loss is missing; without both, or all NaN, there is none."""
    assert HistoryDisplay.from_history({"loss": [3, 1, 2]}).best_epoch == 2
    no_loss = HistoryDisplay.from_history({"accuracy": [0.1, 0.2]})
    assert (no_loss.best_epoch, no_loss.title) == (None, "2 epochs")
    assert [line.get_label() for line in no_loss.plot().ax_[0].lines] == ["training"]
    broken = HistoryDisplay.from_history({"loss": [float("nan")] * 3})
    assert broken.best_epoch is None
    assert broken.alt_text == (
        "Training curves over 3 epochs, 1 to 3. Loss is not a number (NaN) at every epoch."
    )
    diverged = HistoryDisplay.from_history({"loss": [3.0, 2.0, float("nan"), float("inf")]})
    assert diverged.best_epoch == 2


@pytest.mark.parametrize(
    ("values", "sentence", "diverged"),
    [
        (
            [2.3, 1.9, NAN, NAN, NAN],
            "Loss falls from 2.3 to 1.9 at epoch 2; from epoch 3 on it is not a number (NaN).",
            3,
        ),
        ([2, 3, INF], "Loss rises from 2 to 3 at epoch 2; from epoch 3 on it is infinite.", 3),
        (
            [2, INF, NAN],
            "Loss is 2 at epoch 1; from epoch 2 on it is infinite or not a number (NaN).",
            2,
        ),
        ([2, NAN, 1], "Loss falls from 2 to 1; at epoch 2 it is not a number (NaN).", None),
        (
            [2, NAN, 1, INF, NAN],
            "Loss falls from 2 to 1; at epochs 2, 4 and 5 it is infinite or not a number (NaN).",
            4,
        ),
        ([NAN], "Loss is not a number (NaN) at every epoch.", 1),
        ([2, None, 1], "Loss falls from 2 to 1.", None),
    ],
)
def test_a_loss_that_is_no_number_is_told_and_drawn(values, sentence, diverged):
    """Where it is so: in words, as crosses in the panel, which shows every epoch."""
    display = HistoryDisplay.from_history({"loss": values}).plot()
    assert sentence in display.alt_text
    assert display.diverged_from == diverged
    ends = f", loss no finite number from epoch {diverged} on"
    assert display.title.endswith(ends) == (diverged is not None)
    low, high = display.ax_[0].get_xlim()
    assert low < 1 <= len(values) < high
    wrong = [n for n, v in enumerate(values, 1) if v is not None and not np.isfinite(v)]
    crosses = [line for line in display.ax_[0].lines if line.get_marker() == "x"]
    assert [line.get_xdata().tolist() for line in crosses] == ([wrong] if wrong else [])


def test_an_epoch_without_validation_is_no_divergence(tmp_path):
    """Values that are missing are not told as NaN, whichever source says so."""
    path = tmp_path / "log.csv"
    path.write_text("epoch,loss,val_loss\n0,3,NA\n1,2,2.5\n2,1,NA\n")
    for history in (path, {"loss": [3, 2, 1, 1, 1], "val_loss": [2.5, 2.0]}):
        display = HistoryDisplay.from_history(history)
        assert "NaN" not in display.alt_text
        assert display.diverged_from is None
    path.write_text("epoch,loss,val_loss\n0,3,NA\n1,2,nan\n2,1,NA\n")
    display = HistoryDisplay.from_history(path)
    assert "Validation loss is not a number (NaN) at every epoch." in display.alt_text
    assert display.diverged_from == 2


def test_many_metrics_are_bounded():
    """Sixteen panels, and a word on the rest."""
    display = HistoryDisplay.from_history({f"metric_{n}": [1, 2] for n in range(20)}).plot()
    assert len(display.ax_) == 16
    assert display.figure_.get_size_inches()[1] < 30
    assert "4 more metrics are not drawn" in display.ax_[-1].get_xlabel()


def test_keras_counts_epochs_from_zero():
    """A `History` resumed at epoch 10 goes on from 11; without numbers the first is 1."""
    history = StubHistory({"loss": [3, 2]}, [10, 11])
    assert HistoryDisplay.from_history(history).epochs.tolist() == [11, 12]
    assert HistoryDisplay.from_history({"loss": [3, 2]}).epochs.tolist() == [1, 2]


@given(every=st.integers(1, 7), epochs=st.integers(7, 40))
def test_validation_of_every_few_epochs(every, epochs):
    """Values of validation stand at the epochs at which Keras validated."""
    logs = {"loss": list(range(epochs, 0, -1)), "val_loss": list(range(epochs // every))}
    display = HistoryDisplay.from_history(logs, validation_freq=every)
    known = np.flatnonzero(~np.isnan(display.curves["val_loss"])) + 1
    assert known.tolist() == [e for e in range(1, epochs + 1) if e % every == 0]


def test_validation_that_fits_two_ways_is_told():
    """One validation in three epochs can be every second or every third: the user says which."""
    logs = {"loss": [3, 2, 1], "val_loss": [2.5]}
    with refused(
        "validation_freq must be told where the history leaves it open; received 1 validations in "
        "3 epochs: validation_freq=None. Say after how many epochs you validated."
    ):
        HistoryDisplay.from_history(logs)
    curves = HistoryDisplay.from_history(logs, validation_freq=2).curves["val_loss"]
    assert np.isnan(curves).tolist() == [True, False, True]
    with refused(
        "validation_freq must fit the history; received validation_freq=1. "
        "There are 1 validations in 3 epochs."
    ):
        HistoryDisplay.from_history(logs, validation_freq=1)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_log(tmp_path, separator):
    """Keras's `CSVLogger` file, in any separator, with NA where an epoch has no value."""
    path = tmp_path / "log.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file, delimiter=separator)
        writer.writerows([["epoch", "accuracy", "loss"], [0, 0.5, 2.0], [1, "NA", 1.0]])
    display = HistoryDisplay.from_history(path)
    assert display.epochs.tolist() == [1, 2]
    assert display.curves["loss"].tolist() == [2.0, 1.0]
    assert np.isnan(display.curves["accuracy"]).tolist() == [False, True]
    assert HistoryDisplay.from_history(str(path)).title == "2 epochs, best at epoch 2"


@pytest.mark.parametrize(
    ("logged", "epochs", "losses"),
    [
        ("0 1 1 2 3", [1, 2, 3, 4], [0, 2, 3, 4]),
        ("0 1 2 1 2 3", [1, 2, 3, 4], [0, 3, 4, 5]),
        ("0 1 2 0 1 1", [1, 2, 3, 4, 5], [0, 1, 2, 3, 5]),
    ],
)
def test_csv_log_over_a_restart(tmp_path, logged, epochs, losses):
    """An epoch that was logged again, by a run that was killed and went on, is one epoch."""
    rows = [f"{epoch},{loss}" for loss, epoch in enumerate(logged.split())]
    (tmp_path / "log.csv").write_text("\n".join(["epoch,loss", *rows]))
    display = HistoryDisplay.from_history(tmp_path / "log.csv")
    assert display.epochs.tolist() == epochs
    assert display.curves["loss"].tolist() == losses


def test_csv_log_over_a_restart_in_the_first_epoch(tmp_path):
    """The same epoch 0 twice is one; another epoch 0 is another run."""
    for again, epochs in (("0,1.5", [1, 2]), ("0,1.4", [1, 2, 3])):
        (tmp_path / "log.csv").write_text(f"epoch,loss\n0,1.5\n{again}\n1,1.2\n")
        display = HistoryDisplay.from_history(tmp_path / "log.csv")
        assert display.epochs.tolist() == epochs


def test_csv_log_of_two_runs_is_one_long_run(tmp_path):
    """Appended runs that both begin at 0 are counted on."""
    path = tmp_path / "log.csv"
    path.write_text("epoch,loss\n0,3\n1,2\n0,1.5\n1,1\n")
    assert HistoryDisplay.from_history(path).epochs.tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "loss,accuracy\n1,2\n",
            (
                "log.csv is no file of Keras's CSVLogger: its first line must start with 'epoch'; "
                "received 'loss,accuracy'."
            ),
        ),
        (
            "",
            (
                "log.csv is no file of Keras's CSVLogger: its first line must start with 'epoch'; "
                "received ''."
            ),
        ),
        (
            "epoch,loss\n0,high\n",
            "log.csv holds something that is no number: could not convert string to float: 'high'.",
        ),
    ],
)
def test_foreign_csv(tmp_path, monkeypatch, content, message):
    """Another file is told from a log, and a damaged one from a whole one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "log.csv").write_text(content)
    with pytest.raises(SourceError, match=f"^{re.escape(message)}$"):
        HistoryDisplay.from_history("log.csv")


def test_missing_csv():
    """A file that is not there is named."""
    with pytest.raises(SourceError, match=r"^nowhere.csv cannot be read: .*nowhere.csv'\.$"):
        HistoryDisplay.from_history("nowhere.csv")


@pytest.mark.parametrize(
    ("history", "options", "message"),
    [
        (
            [1, 2],
            {},
            (
                "history must be a Keras History, a dict, or the path of a CSVLogger's file; "
                "received history=(1, 2)."
            ),
        ),
        (
            {},
            {},
            "history must hold at least one epoch; received history={}. Train for one first.",
        ),
        (
            {"loss": 3},
            {},
            (
                "history must have a list for each metric, one number an epoch, 'loss' too; "
                "received history=3."
            ),
        ),
        (
            {"f1": [[0.1, 0.2]]},
            {},
            (
                "history must have one number an epoch for 'f1'; received history=(0.1, 0.2). "
                "Leave it out: metrics=('loss', …)."
            ),
        ),
        (
            OVERFIT,
            {"metrics": ["mae"]},
            "metrics must be among accuracy, loss; received metrics='mae'.",
        ),
    ],
)
def test_what_is_no_history(history, options, message):
    """Each message says what a history is."""
    with refused(message):
        HistoryDisplay.from_history(history, **options)


def test_a_curve_with_a_hole_in_it():
    """A metric that has fewer values than epochs, and is no validation, is named."""
    with pytest.raises(
        ArgumentError,
        match=r"^history must have one number an epoch \(3\) for 'accuracy'; received 2\.$",
    ):
        HistoryDisplay.from_history({"loss": [3, 2, 1], "accuracy": [0.1, 0.2]})


def test_chosen_metrics():
    """`metrics` keeps a metric together with its validation."""
    display = HistoryDisplay.from_history(OVERFIT, metrics=("accuracy",))
    assert list(display.curves) == ["accuracy", "val_accuracy"]
    assert len(display.plot().ax_) == 1


def test_every_metric_has_a_panel():
    """Five metrics have five panels, no empty one, and a learning rate is one of them."""
    logs = {name: [2.0, 1.0] for name in ("loss", "mae", "mse", "auc", "learning_rate")}
    display = HistoryDisplay.from_history(logs).plot()
    assert len(display.ax_) == len(display.figure_.axes) == 5


def test_a_loss_over_decades_has_a_log_scale():
    """From 13 to 0.00004 an even scale would hide the end; the panel says what it is."""
    display = HistoryDisplay.from_history({"loss": [13.4237, 1.0, 3.8166e-05]}).plot()
    assert display.ax_[0].get_yscale() == "log"
    assert display.ax_[0].get_title(loc="left") == "loss (log scale)"
    even = HistoryDisplay.from_history({"loss": [13.4, 1.0, 0.0]}).plot()
    assert even.ax_[0].get_yscale() == "linear"


def test_long_trainings_stay_readable():
    """A hundred thousand epochs are a line without markers; one epoch is a point."""
    long = HistoryDisplay.from_history({"loss": np.linspace(2, 1, 100_000)}).plot()
    assert long.ax_[0].lines[0].get_marker() == "None"
    short = HistoryDisplay.from_history({"loss": [2.0]}).plot()
    assert short.ax_[0].lines[0].get_marker() == "o"
    assert short.alt_text == (
        "Training curves over 1 epoch. Loss is 2. The best epoch is 1, with loss 2."
    )
