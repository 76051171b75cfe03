"""The three acts of the tour: the line, the fully connected network, the convolutional one.

Each act takes the same five steps: create, inspect, compile, fit, then evaluate and predict.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from kerasbook.builders import cnn_classifier, fnn_classifier, linear_regressor
from kerasbook.datasets import line
from kerasbook.displays import FitDisplay, HistoryDisplay, PredictionGridDisplay
from kerasbook.drawing.text import percent
from kerasbook.report import explain

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kerasbook.datasets import Dataset
    from kerasbook.report import ModelReport

__all__ = ["LINE_EPOCHS", "Act", "Figure", "Stage", "classifier_act", "line_act"]

LINE_EPOCHS = 500
_THEMES = ("light", "dark")


class _Display(Protocol):
    """What the tour needs of a display."""

    @property
    def alt_text(self) -> str: ...

    def plot(self, *, theme: Any) -> Any: ...  # noqa: ANN401  each display returns itself


@dataclass(frozen=True, slots=True)
class Stage:
    """Where an act plays.

    Attributes:
        folder: where figures and models are written.
        say: receives each line of the story.
        check: called at safe places; raises `KeyboardInterrupt` if the user wants to stop.
        verbose: Keras's own progress: 0 silent, 1 bars, 2 a line an epoch.
        seed: of weights, dropout and the order of training.
        epochs: passes over the training data for the two classifiers.
    """

    folder: Path
    say: Callable[[str], None]
    check: Callable[[], None]
    verbose: int
    seed: int
    epochs: int


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture in the folder, once a theme: `figures/NAME-light.svg` and `-dark.svg`."""

    name: str
    caption: str
    alt_text: str


@dataclass(frozen=True, slots=True)
class Act:
    """What one act left behind.

    Attributes:
        name: of the model's file, `NAME.keras`.
        title: for people.
        code: the calls that repeat it.
        report: the model's arithmetic.
        compiled: what step 3 chose: optimizer, loss, metrics.
        facts: numbers for `metrics.json`.
        story: what came out, in sentences.
        figures: the pictures, in order.
    """

    name: str
    title: str
    code: str
    report: ModelReport
    compiled: str
    facts: dict[str, Any]
    story: tuple[str, ...]
    figures: tuple[Figure, ...]


def line_act(stage: Stage) -> Act:
    """The line: one neuron learns y = 2x − 1 from six points."""
    data = line()
    code = f"model = kb.linear_regressor(seed={stage.seed})"
    stage.say(f"\n── The line ──\n1. Create     {code}")
    model = linear_regressor(seed=stage.seed)
    report = _inspect(model, stage)
    compiled = _compiled(model, stage)
    stage.say(f"4. Fit        {LINE_EPOCHS} epochs on {len(data.x_train)} points")
    history, seconds = _fit(
        model, data, stage=stage, epochs=LINE_EPOCHS, verbose=0, progress=_every_hundred(stage)
    )
    weight, bias = (float(value.ravel()[0]) for value in model.get_weights())
    predictions = [float(value) for value in model.predict(data.x_test, verbose=0).ravel()]
    losses = history.history["loss"]
    story = (
        f"The loss fell from {losses[0]:.4f} to {losses[-1]:.4e} in {seconds:.0f} s.",
        f"It learned y = {weight:.4f}·x {'−' if bias < 0 else '+'} {abs(bias):.4f}.",
        "The truth is y = 2·x − 1.",
        *(
            f"At x = {float(x):g} it says {y:.3f}; the truth is {float(truth):g}."
            for x, y, truth in zip(
                data.x_test.ravel(), predictions, data.y_test.ravel(), strict=True
            )
        ),
    )
    _tell("5. Predict    ", story, stage)
    fit = FitDisplay.from_model(model, data.x_train, data.y_train, new=data.x_test)
    facts = {
        **_counts(report),
        "epochs": LINE_EPOCHS,
        "loss_first": float(losses[0]),
        "loss_last": float(losses[-1]),
        "weight": weight,
        "bias": bias,
        "predictions": dict(zip(map(float, data.x_test.ravel()), predictions, strict=True)),
        "fit_seconds": seconds,
    }
    model.save(stage.folder / "line.keras")
    figures = (_figure(fit, "line-fit", "The six points, the line, and new points.", stage=stage),)
    return Act("line", "The line", code, report, compiled, facts, story, figures)


# name: (title, builder, the builder's name)
_CLASSIFIERS: dict[str, tuple[str, Callable[..., Any]]] = {
    "fnn": ("The fully connected network (FNN)", fnn_classifier),
    "cnn": ("The convolutional network (CNN)", cnn_classifier),
}


def classifier_act(name: str, data: Dataset, stage: Stage) -> Act:
    """One classifier on the images: `"fnn"` or `"cnn"`."""
    title, builder = _CLASSIFIERS[name]
    shape, classes = data.input_shape, data.num_classes
    code = f"model = kb.{builder.__name__}({shape}, {classes}, seed={stage.seed})"
    stage.say(f"\n── {title} ──\n1. Create     {code}")
    model = builder(shape, classes, seed=stage.seed)
    report = _inspect(model, stage)
    compiled = _compiled(model, stage)
    stage.say(f"4. Fit        {stage.epochs} epochs on {len(data.x_train):,} images")
    history, seconds = _fit(
        model,
        data,
        stage=stage,
        epochs=stage.epochs,
        verbose=stage.verbose,
        validation_data=(data.x_test, data.y_test),
    )
    loss, _ = map(float, model.evaluate(data.x_test, data.y_test, verbose=0))
    probabilities = model.predict(data.x_test, verbose=0)
    # Keras's own figure is a float32; the share itself is what the pictures say too.
    accuracy = float((probabilities.argmax(axis=-1) == data.test_classes).mean())
    chance = 1 / classes
    story = (
        f"It is right on {percent(accuracy)} of {len(data.x_test):,} test images.",
        f"Chance would be {percent(chance)}.",
        f"Training took {seconds:.0f} s for {stage.epochs} epochs.",
        f"On the images it trained on it ended at {percent(history.history['accuracy'][-1])}.",
    )
    _tell("5. Evaluate   ", story, stage)
    grid = PredictionGridDisplay.from_predictions(
        data.x_test, data.y_test, probabilities, class_names=data.class_names, rng=stage.seed
    )
    facts = {
        **_counts(report),
        "epochs": stage.epochs,
        "test_loss": loss,
        "test_accuracy": accuracy,
        "chance": chance,
        "history": {
            key: [float(value) for value in values] for key, values in history.history.items()
        },
        "fit_seconds": seconds,
    }
    model.save(stage.folder / f"{name}.keras")
    curves = HistoryDisplay.from_history(history)
    figures = (
        _figure(curves, f"{name}-history", "Loss and accuracy, epoch by epoch.", stage=stage),
        _figure(grid, f"{name}-predictions", "Test images and what the model says.", stage=stage),
    )
    return Act(name, title, code, report, compiled, facts, story, figures)


def _inspect(model: Any, stage: Stage) -> ModelReport:  # noqa: ANN401  a Keras model
    report = explain(model)
    stage.say(f"2. Inspect\n{report.to_text()}")
    return report


def _compiled(model: Any, stage: Stage) -> str:  # noqa: ANN401  a Keras model
    config = model.get_compile_config()
    parts = [
        f"optimizer {type(model.optimizer).__name__}",
        f"learning rate {float(model.optimizer.learning_rate):g}",
        f"loss {config['loss']}",
        *(f"metric {metric}" for metric in config["metrics"] or ()),
    ]
    stage.say(f"3. Compile    {', '.join(parts)}")
    return ", ".join(parts)


def _fit(
    model: Any,  # noqa: ANN401  a Keras model
    data: Dataset,
    *,
    stage: Stage,
    epochs: int,
    progress: Callable[[int, dict[str, float]], None] | None = None,
    **options: Any,  # noqa: ANN401  handed to `fit` as they are
) -> tuple[Any, float]:
    """The history, and the seconds it took."""
    import keras  # noqa: PLC0415  a Keras model is at hand, so Keras is loaded

    # `fit` draws the order of the images from Keras's global generator.
    keras.utils.set_random_seed(stage.seed)
    callbacks = [
        keras.callbacks.LambdaCallback(
            on_train_batch_end=lambda *_, **__: stage.check(),
            on_epoch_end=progress,
        )
    ]
    start = time.perf_counter()
    history = model.fit(data.x_train, data.y_train, epochs=epochs, callbacks=callbacks, **options)
    stage.check()
    return history, time.perf_counter() - start


def _every_hundred(stage: Stage) -> Callable[[int, dict[str, float]], None]:
    def say_loss(epoch: int, logs: dict[str, float]) -> None:
        if (epoch + 1) % 100 == 0:
            stage.say(f"              epoch {epoch + 1}: loss {logs['loss']:.4e}")

    return say_loss


def _tell(heading: str, story: tuple[str, ...], stage: Stage) -> None:
    stage.say(heading + f"\n{' ' * len(heading)}".join(story))


def _counts(report: ModelReport) -> dict[str, int]:
    return {
        "params": int(report.params),
        "trainable_params": int(report.params.trainable),
        "non_trainable_params": int(report.params.non_trainable),
        "macs": int(report.macs),
    }


def _figure(display: _Display, name: str, caption: str, *, stage: Stage) -> Figure:
    folder = stage.folder / "figures"
    folder.mkdir(exist_ok=True)
    for theme in _THEMES:
        display.plot(theme=theme).save(folder / f"{name}-{theme}.svg")
    return Figure(name, caption, display.alt_text)
