"""`ArchitectureDisplay`: a model as units, as volumes, or as a graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self

from kerasbook.checks import choice, integer, reject
from kerasbook.diagrams.graph import graph_picture
from kerasbook.diagrams.network import read_network
from kerasbook.diagrams.neurons import unit_layers
from kerasbook.diagrams.neurons_drawing import neurons_picture
from kerasbook.diagrams.picture import with_legend
from kerasbook.diagrams.sentences import tell_network
from kerasbook.diagrams.sketch import draw_sketch
from kerasbook.diagrams.volumes import volumes_picture
from kerasbook.diagrams.weights import read_weights
from kerasbook.drawing.base import Display, open_axes
from kerasbook.drawing.ruler import Ruler, wrapped_to
from kerasbook.drawing.settings import in_own_settings
from kerasbook.drawing.text import counted, shortened
from kerasbook.drawing.theme import add_title
from kerasbook.report import ModelReport, explain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from kerasbook.diagrams.network import Network
    from kerasbook.diagrams.neurons_drawing import Weights
    from kerasbook.diagrams.picture import Picture
    from kerasbook.drawing.theme import ThemeName

__all__ = ["ArchitectureDisplay"]

_KINDS = ("neurons", "volumes", "graph")
_DEEPEST = 10  # levels of nested models that can be opened
_LONGEST_NAME = 40
_MARGIN = 0.22  # inches around the sketch
_POINTS, _TITLE, _BELOW = (
    12.0,
    0.21,
    0.18,
)  # of the title: text size in points, line height and margin below in inches


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ArchitectureDisplay(Display["Axes"]):
    """A diagram of a model on one page: its units, the volumes between its layers, or its graph.

    A model too large for a page is drawn in less detail, and the diagram says so: repetitions
    once, in a frame "×5"; layers in sequence as lines of one box; at last the middle as "⋮ 940
    layers". An unknown size or count is `?`.

    Attributes:
        kind: `"neurons"`, `"volumes"` or `"graph"`.
        network: the calls of the layers and how they are connected.
        params: number of parameters; a lower bound if `params_known` is False.
        params_known: whether the parameters of every layer are known.
        weights: the weights between the drawn units, layer by layer; `None` if hidden.
    """

    kind: Literal["neurons", "volumes", "graph"]
    network: Network
    params: int
    params_known: bool
    weights: tuple[Weights, ...] | None = None

    @classmethod
    def from_model(
        cls,
        model: object,
        *,
        kind: Literal["neurons", "volumes", "graph"] = "volumes",
        weights: Literal["hidden", "shown"] = "hidden",
        expand: int = 0,
    ) -> Self:
        """A diagram of a model.

        Args:
            model: anything `explain` takes (a Keras model, the path of a saved one, its JSON or
                its config), or a `ModelReport`. Files are read without Keras.
            kind: `"neurons"`, columns of units for a chain of Dense layers; `"volumes"`, the
                layers' outputs drawn to scale; or `"graph"`, boxes and arrows for any model.
            weights: whether lines between units show them; needs `kind="neurons"` and a model in
                memory.
            expand: how many levels of nested models are opened, from 0 to 10; `kind="neurons"`
                opens all.

        Raises:
            ArgumentError: an argument is invalid or does not fit the model.
            SourceError: the file or configuration is damaged, foreign or hostile.

        Examples:
            >>> dense = {"class_name": "Dense", "config": {"name": "top", "units": 10}}
            >>> net = {"name": "net", "layers": [dense], "build_input_shape": [None, 128]}
            >>> display = ArchitectureDisplay.from_model(net, kind="neurons")
            >>> display
            <ArchitectureDisplay: net: 2 layers, 1,290 parameters>
            >>> display.alt_text
            "The units of 'net': 2 layers, 1,290 parameters. Input: 128. Dense: 10, 1,290
            parameters."
            >>> ArchitectureDisplay.from_model(net, kind="neurons", weights="shown")
            Traceback (most recent call last):
            kerasbook.errors.ArgumentError: weights must be 'hidden' for what is no Keras model in
                memory; received weights='shown'. Load it with keras.models.load_model.
        """
        choice("kind", kind, _KINDS)
        choice("weights", weights, ("hidden", "shown"))
        expand = integer("expand", expand, minimum=0, maximum=_DEEPEST)
        if weights == "shown" and kind != "neurons":
            reject(
                "weights", f"be 'hidden' with kind={kind!r}", weights, mend="Use kind='neurons'."
            )
        report = model if isinstance(model, ModelReport) else explain(model)
        network = read_network(report, expand=_DEEPEST if kind == "neurons" else expand)
        layers = unit_layers(network) if kind == "neurons" else []
        held = read_weights(model, layers) if weights == "shown" else None
        return cls(kind, network, int(report.params), report.params_known, held)

    @property
    def layers(self) -> int:
        """The number of layers, including those of nested models."""
        return self.network.layers

    @property
    def title(self) -> str:
        """The name of the model, its layers and its parameters."""
        return f"{shortened(self.network.name, _LONGEST_NAME)}: {self._counts}"

    @property
    def alt_text(self) -> str:
        """The layers in order with sizes and parameters; only both ends of a long model."""
        what = {"neurons": "units", "volumes": "volumes", "graph": "graph"}[self.kind]
        name = shortened(self.network.name, _LONGEST_NAME)
        known = "" if self.network.connected else " How they are connected is not recorded."
        return f"The {what} of {name!r}: {self._counts}.{known} {tell_network(self.network)}"

    @in_own_settings
    def plot(self, *, ax: Axes | None = None, theme: ThemeName = "light") -> Self:
        """Draw the model.

        Args:
            ax: axes to draw on; a new figure's if left out, as large as the model needs but at
                most a page.
            theme: `"light"` or `"dark"`.

        Returns:
            The display itself, with `figure_` and `ax_`.

        Raises:
            ArgumentError: `ax` is no axes, or there is no such theme.
        """
        ruler = Ruler()
        sketch = with_legend(self._picture(ruler), ruler)
        lines = 1 + wrapped_to(self.title, inches=sketch.width, points=_POINTS).count("\n")
        size = sketch.width + _MARGIN, sketch.height + _MARGIN + _BELOW + _TITLE * lines
        page = open_axes(ax, size=size, theme=theme, frame="none")
        add_title(page.ax, page.theme, self.title, inches=sketch.width)
        draw_sketch(page, sketch)
        return self._drawn(page)

    @property
    def _counts(self) -> str:
        least = "" if self.params_known else "at least "
        layers, params = counted(self.layers, "layer"), counted(self.params, "parameter")
        return f"{layers}, {least}{params}"

    def _picture(self, ruler: Ruler) -> Picture:
        if self.kind == "neurons":
            return neurons_picture(unit_layers(self.network), self.weights, ruler)
        draw = volumes_picture if self.kind == "volumes" else graph_picture
        return draw(self.network, ruler)
