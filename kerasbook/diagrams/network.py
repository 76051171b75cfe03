"""A report as diagrams need it: what is called, in which order, on what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kerasbook.diagrams.words import (
    activation_of,
    class_text,
    family_of,
    kernel_of,
    settings_of,
)
from kerasbook.drawing.text import one_line
from kerasbook.graph import graph_rows

if TYPE_CHECKING:
    from kerasbook.diagrams.words import Family
    from kerasbook.graph import Graph, Node, Step
    from kerasbook.report import ModelReport
    from kerasbook.rules import Shape

__all__ = ["Network", "Part", "Source", "read_network"]


@dataclass(frozen=True, slots=True)
class Source:
    """A tensor that a part is called on: which output of which part, by its number."""

    part: int
    output: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """One call of a layer.

    Attributes:
        name: the layer's name in its model.
        class_name: its class.
        text: its class in short.
        family: which kind of layer it is.
        shapes: of its outputs, without the batch; `None` where unknown.
        params: its parameters; 0 if an earlier part counted them, `None` if unknown.
        settings: kernel, stride, padding, as short texts.
        activation: what it applies itself; `""` if nothing.
        kernel: positions that its window covers along each axis.
        sources: what it is called on.
        call: which of its calls this is, from 0.
        calls: how often it is called in this model.
        shared: whether it has the weights of an earlier part.
        channels_first: whether images have their channels first here.
        bias: whether it adds a bias.
        layers: how many layers it is: more than 1 for a model.
        inside: the model that it is, if that is to be opened.
    """

    name: str
    class_name: str
    text: str
    family: Family
    shapes: tuple[Shape | None, ...]
    params: int | None
    settings: tuple[str, ...]
    activation: str
    kernel: tuple[int, ...]
    sources: tuple[Source, ...]
    call: int
    calls: int
    shared: bool
    channels_first: bool
    bias: bool
    layers: int = 1
    inside: Network | None = None

    @property
    def shape(self) -> Shape | None:
        """Shape of its first output, without the batch."""
        return self.shapes[0]

    @property
    def channels(self) -> int | None:
        """Channels of its first output, or units; `None` where unknown."""
        if not self.shape:
            return None
        return self.shape[0 if self.channels_first else -1]

    @property
    def extent(self) -> Shape:
        """Sizes of its first output without the channels; `()` for units, and where unknown."""
        shape = self.shape or (None,)
        return shape[1:] if self.channels_first else shape[:-1]


@dataclass(frozen=True, slots=True)
class Network:
    """A model as diagrams show it.

    Attributes:
        name: the model's name.
        class_name: `"Functional"`, `"Sequential"`, or a user's class.
        parts: calls of layers, each after those that it is called on.
        inputs: numbers of the parts that are its inputs, in order.
        outputs: what it puts out.
        connected: whether it is known which layer is called on what.
    """

    name: str
    class_name: str
    parts: tuple[Part, ...]
    inputs: tuple[int, ...]
    outputs: tuple[Source, ...]
    connected: bool

    @property
    def layers(self) -> int:
        """How many layers it has, those of models inside included, each once."""
        return sum(part.layers for part in self.parts if part.call == 0)


def read_network(report: ModelReport, *, expand: int) -> Network:
    """The network of a report.

    Args:
        report: of a model.
        expand: how many levels of models inside are opened.
    """
    shared = {row.name for row in report.rows if row.shared}
    return _Reader(shared).read(report.graph, above="", expand=expand)


@dataclass(frozen=True, slots=True)
class _Reader:
    shared: set[str]
    channels_first: bool = False

    def read(self, graph: Graph, *, above: str, expand: int, again: bool = False) -> Network:
        """A model, and those inside that are to be opened."""
        calls = list(graph.calls())
        formats = (node.member.layer.config.get("data_format") for node in graph.nodes)
        reader = replace(self, channels_first=self.channels_first or "channels_first" in formats)
        places = {(node.name, call): place for place, (node, call) in enumerate(calls)}
        parts = tuple(
            reader.part(node, call, places, above=above, expand=expand, again=again)
            for node, call in calls
        )
        return Network(
            name=one_line(graph.name),
            class_name=graph.class_name,
            parts=parts,
            inputs=tuple(places[name, 0] for name in graph.inputs),
            outputs=tuple(Source(places[r.layer, r.call], r.output) for r in graph.outputs),
            connected=bool(graph.outputs),
        )

    def part(
        self,
        node: Node,
        call: int,
        places: dict[tuple[str, int], int],
        *,
        above: str,
        expand: int,
        again: bool,
    ) -> Part:
        """One call of a layer."""
        layer, step = node.member.layer, node.steps[call]
        path = f"{above}{node.name}"
        params = _params(node)
        shared = params != 0 and (again or call > 0 or path in self.shared)
        inside = None
        if step.inner is not None and expand:
            inside = self.read(step.inner, above=f"{path}/", expand=expand - 1, again=shared)
        return Part(
            name=one_line(node.name),
            class_name=node.class_name,
            text=node.class_name if step.inner is not None else class_text(layer),
            family="model" if step.inner is not None else family_of(layer),
            shapes=tuple(None if s is None else s[1:] for s in step.facts.output_shapes),
            params=0 if shared else params,
            settings=() if step.inner is not None else settings_of(layer),
            activation="" if step.inner is not None else activation_of(layer),
            kernel=kernel_of(layer),
            sources=_sources(step, places),
            call=call,
            calls=len(node.steps),
            shared=shared,
            channels_first=self.channels_first,
            bias=bool(layer.config.get("use_bias", layer.class_name == "Dense")),
            layers=1 if step.inner is None else _layers(step.inner),
            inside=inside,
        )


def _layers(graph: Graph) -> int:
    """How many layers a model has, those of models inside included, each once."""
    return sum(1 for row in graph_rows(graph) if row.node.inner is None and not row.shared)


def _params(node: Node) -> int | None:
    params = node.params
    return None if params is None else params.value


def _sources(step: Step, places: dict[tuple[str, int], int]) -> tuple[Source, ...]:
    return tuple(Source(places[ref.layer, ref.call], ref.output) for ref in step.inputs)
