"""The tour: the whole article, trained and measured on the reader's own machine.

`kerasbook tour` on the command line, `run_tour()` in Python.
"""

from __future__ import annotations

import json
import time
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Literal

from kerasbook import datasets
from kerasbook.checks import choice, integer, positive_integer, reject
from kerasbook.tour.acts import Stage, classifier_act, line_act
from kerasbook.tour.folder import MARKER, replaced_folder
from kerasbook.tour.page import lesson, page
from kerasbook.tour.stopping import StopRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from os import PathLike

    from kerasbook.datasets import Dataset
    from kerasbook.tour.acts import Act

__all__ = ["run_tour"]

# data: training images at each pace
_SAMPLES = {
    "photos": {"full": 8000, "quick": 4000},
    "digits": {"full": 1437, "quick": 1437},
    "cifar10": {"full": 50_000, "quick": 4000},
}
_EPOCHS = {"full": 5, "quick": 4}


def run_tour(
    *,
    data: Literal["photos", "digits", "cifar10"] = "photos",
    path: str | PathLike[str] | None = None,
    epochs: int | None = None,
    samples: int | None = None,
    seed: int = 0,
    out: str | PathLike[str] = "tour",
    pace: Literal["full", "quick"] = "full",
    say: Callable[[str], None] | None = None,
    verbose: Literal[0, 1, 2] = 0,
) -> dict[str, Any]:
    """The metrics of a whole tour, which leaves a report and three models in a folder.

    Trains a line, a fully connected network and a convolutional one, in five steps each, and
    compares them. The folder gets `index.html` (self-contained), `metrics.json`, `figures/`,
    `line.keras`, `fnn.keras` and `cnn.keras`; it appears whole or not at all. Ctrl-C finishes the
    report with what there is, and then is raised again.

    Keras's global random seed is set, so that a run can be repeated.

    Args:
        data: which images: `"photos"`, `"digits"` or `"cifar10"`.
        path: the CIFAR-10 archive, for `data="cifar10"` without a network.
        epochs: passes over the images for the two classifiers; 5, or 4 at the quick pace.
        samples: how many training images; 8,000 photos or all of the others, at the quick pace
            4,000 at most.
        seed: of the data, the weights, dropout and the order of training; at least 0.
        out: the folder to make, or an earlier tour's to replace.
        pace: `"quick"` takes under a minute on two cores, and teaches less.
        say: receives each line of the story: `print`, for example.
        verbose: Keras's own progress: 0 silent, 1 bars, 2 a line an epoch.

    Returns:
        What `metrics.json` holds: versions, settings, and for each model its counts, its loss or
        accuracy beside chance, and seconds.

    Raises:
        ArgumentError: a value is out of range, or `out` holds somebody's other files.

    Examples:
        >>> from tempfile import mkdtemp
        >>> metrics = run_tour(data="digits", epochs=1, samples=100, out=mkdtemp())
        >>> metrics["models"]["line"]["params"]
        2
        >>> run_tour(data="cats")
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: data must be 'photos', 'digits' or 'cifar10';
            received data='cats'.
    """
    choice("data", data, _SAMPLES)
    choice("pace", pace, _EPOCHS)
    if path is not None and data != "cifar10":
        reject("path", "be left out unless data='cifar10'", str(path))
    epochs = positive_integer("epochs", _EPOCHS[pace] if epochs is None else epochs)
    samples = positive_integer("samples", _SAMPLES[data][pace] if samples is None else samples)
    seed = integer("seed", seed, minimum=0)
    tell = say or _silence
    load = partial(_load, data, path=path, samples=samples, seed=seed)
    with StopRequest() as stop, replaced_folder(out) as folder:
        stage = Stage(
            folder=folder, say=tell, check=stop.check, verbose=verbose, seed=seed, epochs=epochs
        )
        metrics, interrupt = _play(stage, data, load)
    tell(f"\nThe report is {out}/index.html.")
    if interrupt is not None:
        raise interrupt
    return metrics


def _play(
    stage: Stage, name: str, load: Callable[[], Dataset]
) -> tuple[dict[str, Any], KeyboardInterrupt | None]:
    """Play the acts, and write page and metrics even if Ctrl-C ends them early."""
    import keras  # noqa: PLC0415  only who takes the tour waits for Keras

    start = time.perf_counter()
    acts: list[Act] = []
    metrics: dict[str, Any] = {
        "kerasbook": version("kerasbook"),
        "keras": keras.__version__,
        "backend": keras.backend.backend(),
        "seed": stage.seed,
        "complete": False,
        "data": {"name": name},
        "models": {},
    }
    interrupt = None
    try:
        images = load()
        metrics["data"] |= _described(images)
        stage.say(f"{images}\nSource: {images.source}")
        for act in _acts(images, stage):
            acts.append(act)
            metrics["models"][act.name] = act.facts
        metrics["complete"] = True
        stage.say(f"\n── Comparison ──\n{lesson(metrics)}")
    except KeyboardInterrupt as stopped:
        interrupt = stopped
        stage.say("\nStopped. Writing the report of what is done …")
    metrics["seconds"] = time.perf_counter() - start
    (stage.folder / MARKER).write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
    (stage.folder / "index.html").write_text(page(acts, metrics, stage.folder), encoding="utf-8")
    return metrics, interrupt


def _load(name: str, *, path: str | PathLike[str] | None, samples: int, seed: int) -> Dataset:
    if name == "cifar10":
        return datasets.cifar10(path=path, samples=samples)
    if name == "digits":
        return datasets.digits(samples=samples, seed=seed)
    return datasets.photos(samples=samples, seed=seed)


def _described(images: Dataset) -> dict[str, Any]:
    return {
        "source": images.source,
        "train_samples": len(images.x_train),
        "test_samples": len(images.x_test),
        "num_classes": images.num_classes,
    }


def _acts(images: Dataset, stage: Stage) -> Iterator[Act]:
    yield line_act(stage)
    yield classifier_act("fnn", images, stage)
    yield classifier_act("cnn", images, stage)


def _silence(_text: str) -> None:
    """Say nothing."""
