"""What other tools make of ordinary images, labels and models, beside what kerasbook makes of them.

    KERAS_BACKEND=torch python benchmarks/pictures.py           # prints the table
    KERAS_BACKEND=torch python benchmarks/pictures.py --write   # keeps it

The tools are those of the dependency groups `benchmarks` and `interop`; `plot_model` also wants the
program `dot` of graphviz. `--write` keeps the answers in `pictures.json`, which the tests hold new
answers against, and the table in `README.md`.
"""

# Keras and the tools publish no types, and are imported when they are asked:
# ruff: noqa: ANN401, PLC0415

from __future__ import annotations

import argparse
import contextlib
import io
import os
import tempfile
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from answers import dated, keep

import kerasbook as kb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

FOLDER = Path(__file__).parent
KEPT = FOLDER / "pictures.json"
PACKAGES = ("keras", "visualkeras", "pydot", "scikit-learn", "matplotlib")
_LONGEST = 100  # characters of an error


@dataclass(frozen=True, slots=True)
class Case:
    """One question to kerasbook and to another tool, each answered in a few words.

    Attributes:
        asked: what both are given.
        ours: what kerasbook makes of it.
        tool: the other tool, and what of it is called.
        theirs: what that makes of it.
    """

    asked: str
    ours: Callable[[], str]
    tool: str
    theirs: Callable[[], str]


def main() -> None:
    """Ask both sides, print the table, and keep it if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="keep the answers and the table")
    arguments = parser.parse_args()

    answers = {
        case.asked: {"ours": answer(case.ours), "theirs": answer(case.theirs)} for case in CASES
    }
    found = dated(answers, PACKAGES)
    text = "\n".join(to_markdown(found))
    print(text)
    if arguments.write:
        keep(found, KEPT, section="pictures", text=text)


def answer(ask: Callable[[], str]) -> str:
    """What a side makes of it, or the error that it raises."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        try:
            return ask()
        except Exception as error:  # noqa: BLE001  whatever it is, it is the answer
            words = " ".join(str(error).split())
            short = words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"
            return f"{type(error).__name__}: {short}"


def to_markdown(found: dict[str, Any]) -> Iterator[str]:
    """The table, with versions and date."""
    named = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
    yield f"{found['date']}, Python {found['python']}, {named}.\n"
    yield "| given | kerasbook | | another tool |"
    yield "|---|---|---|---|"
    for case in CASES:
        said = found["answers"][case.asked]
        theirs = said["theirs"].replace("|", r"\|").replace("<", "&lt;")
        yield f"| {case.asked} | {said['ours']} | `{case.tool}` | {theirs} |"


# ------------------------------------------------------------------------------------- galleries


def images(count: int = 10) -> NDArray[Any]:
    """Colour images within 0..1, black and white in each."""
    import numpy as np

    return np.tile(np.linspace(0, 1, 8 * 8 * 3).reshape(8, 8, 3), (count, 1, 1, 1))


def labels(count: int = 10) -> NDArray[Any]:
    """A class for each, in a column, as Keras's own loader of CIFAR-10 gives them."""
    import numpy as np

    return np.arange(count)[:, None] % 2


NAMES = ("cat", "dog")


def shown(draw: Callable[[], object]) -> tuple[int, float]:
    """How many pictures are drawn, and how bright the brightest pixel is, in 0..1."""
    from matplotlib.axes import Axes

    drawn = []
    imshow = Axes.imshow

    def recorded(self: Any, picture: Any, *args: Any, **kwargs: Any) -> Any:
        white = 255 if picture.dtype.name == "uint8" else 1
        drawn.append(float(picture.max()) / white)
        return imshow(self, picture, *args, **kwargs)

    with mock.patch.object(Axes, "imshow", recorded):
        draw()
    return len(drawn), max(drawn)


def keras_gallery(pictures: Any, **options: Any) -> None:
    """A gallery of Keras's, into a file that nobody keeps."""
    import keras

    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "gallery.png")
        keras.visualization.plot_image_gallery(pictures, path=path, **options)


def our_gallery(pictures: Any, *given: Any) -> Any:
    """A gallery of ours, drawn."""
    return kb.ImageGridDisplay.from_arrays(pictures, *given, class_names=NAMES).plot()


def count(draw: Callable[[], object]) -> str:
    """How many pictures of ten are drawn."""
    return f"{shown(draw)[0]} drawn"


def brightness(draw: Callable[[], object]) -> str:
    """How bright white is drawn."""
    return f"white is drawn at {100 * shown(draw)[1]:.1f} % brightness"


# -------------------------------------------------------------------------------------- diagrams


@cache
def article_cnn() -> Any:
    """The article's convolutional network."""
    return kb.cnn_classifier(seed=0)


@cache
def resnet50() -> Any:
    """177 layers."""
    import keras

    return keras.applications.ResNet50(weights=None)


def visualkeras_size(view: str, make: Callable[[], Any]) -> str:
    """The size of a picture of visualkeras."""
    import visualkeras

    width, height = getattr(visualkeras, view)(make()).size
    return f"{width:,} × {height:,} pixels, no text"


def plot_model_size(make: Callable[[], Any], *, path: str | None = None) -> str:
    """The size of a picture of `plot_model`, with or without graphviz's programs in the path."""
    import keras
    from PIL import Image

    environment = {} if path is None else {"PATH": path}
    with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ, environment):
        file = Path(folder) / "model.png"
        keras.utils.plot_model(make(), str(file), show_shapes=True)
        with Image.open(file) as image:
            width, height = image.size
    return f"{width:,} × {height:,} pixels, shapes"


def our_diagram(make: Callable[[], Any], kind: Any) -> str:
    """The size of a picture of ours, as `save` writes it, and what it says."""
    display = kb.ArchitectureDisplay.from_model(make(), kind=kind).plot()
    width, height = (round(144 * inches) for inches in display.figure_.get_size_inches())
    words = " ".join(text.get_text() for text in display.ax_.texts).replace("\xa0", " ")
    signs = {"kernels": "3×3", "strides": "stride", "shapes": "×64", "parameters": "params"}
    said = [name for name, sign in signs.items() if sign in words]
    return f"{width:,} × {height:,} pixels, {', '.join(said)}"


# ------------------------------------------------------------------------------- boundaries, text


def points() -> tuple[NDArray[Any], NDArray[Any], Any]:
    """Points in two classes, and a small Keras model of them."""
    import keras
    import numpy as np

    x = np.random.default_rng(0).normal(size=(40, 2)).astype("float32")
    layers = [keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")]
    return x, (x.sum(axis=1) > 0).astype(int), keras.Sequential(layers)


def our_boundary() -> str:
    """The regions of a Keras model."""
    x, y, model = points()
    display = kb.FitDisplay.from_model(model, x, y).plot()
    return f"regions and {len(display.ax_.lines)} classes of points"


def sklearn_boundary() -> str:
    """The regions of a Keras model, as scikit-learn draws them."""
    from sklearn.inspection import DecisionBoundaryDisplay

    x, _, model = points()
    DecisionBoundaryDisplay.from_estimator(model, x)
    return "regions"


def described(draw: Callable[[str], object]) -> str:
    """How many characters of description a PNG holds."""
    from PIL import Image

    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "picture.png")
        draw(path)
        with Image.open(path) as image:
            length = len(image.info.get("Description", ""))
    return f"{length:,} characters of alt text" if length else "no alt text"


def our_confusion(path: str) -> None:
    """A confusion matrix, saved."""
    kb.ConfusionDisplay.from_predictions([0, 0, 1], [0, 1, 1], class_names=NAMES).save(path)


def sklearn_confusion(path: str) -> None:
    """A confusion matrix of scikit-learn's, saved."""
    from sklearn.metrics import ConfusionMatrixDisplay

    display = ConfusionMatrixDisplay.from_predictions([0, 0, 1], [0, 1, 1], display_labels=NAMES)
    display.figure_.savefig(path)


GALLERY = "keras.visualization.plot_image_gallery"
CASES = (
    Case(
        "10 images",
        lambda: count(lambda: our_gallery(images())),
        GALLERY,
        lambda: count(lambda: keras_gallery(images(), value_range=(0, 1))),
    ),
    Case(
        "10 images within 0..1, nothing said of their range",
        lambda: brightness(lambda: our_gallery(images())),
        GALLERY,
        lambda: brightness(lambda: keras_gallery(images())),
    ),
    Case(
        "9 images, labels of shape (9, 1)",
        lambda: count(lambda: our_gallery(images(9), labels(9))),
        GALLERY,
        lambda: count(
            lambda: keras_gallery(images(9), y_true=labels(9), label_map=dict(enumerate(NAMES)))
        ),
    ),
    Case(
        "the article's network, 19 layers, as volumes",
        lambda: our_diagram(article_cnn, "volumes"),
        "visualkeras.layered_view",
        lambda: visualkeras_size("layered_view", article_cnn),
    ),
    Case(
        "ResNet50, 177 layers, as a graph",
        lambda: our_diagram(resnet50, "graph"),
        "visualkeras.graph_view",
        lambda: visualkeras_size("graph_view", resnet50),
    ),
    Case(
        "the article's network as a graph",
        lambda: our_diagram(article_cnn, "graph"),
        "keras.utils.plot_model",
        lambda: plot_model_size(article_cnn),
    ),
    Case(
        "the same where graphviz is not installed",
        lambda: our_diagram(article_cnn, "graph"),
        "keras.utils.plot_model",
        lambda: plot_model_size(article_cnn, path=""),
    ),
    Case(
        "ResNet50 again",
        lambda: our_diagram(resnet50, "volumes"),
        "keras.utils.plot_model",
        lambda: plot_model_size(resnet50),
    ),
    Case(
        "the decision boundary of a Keras model",
        our_boundary,
        "sklearn.inspection.DecisionBoundaryDisplay",
        sklearn_boundary,
    ),
    Case(
        "a confusion matrix as PNG",
        lambda: described(our_confusion),
        "sklearn.metrics.ConfusionMatrixDisplay",
        lambda: described(sklearn_confusion),
    ),
    Case(
        "a gallery as PNG",
        lambda: described(lambda path: our_gallery(images()).save(path)),
        GALLERY,
        lambda: described(_saved_gallery),
    ),
)


def _saved_gallery(path: str) -> None:
    import keras

    keras.visualization.plot_image_gallery(images(), path=path, value_range=(0, 1))


if __name__ == "__main__":
    main()
