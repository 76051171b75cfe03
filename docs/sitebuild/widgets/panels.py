"""The panels that a page holds once: X-ray, stepper and drawing pad, before any script runs."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from sitebuild.widgets import steps
from sitebuild.widgets.models import SAMPLES
from sitebuild.widgets.network import digits_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["draw", "stepper", "xray"]


def xray() -> str:
    """The place to drop a model file, and what its report will be written to."""
    samples = "".join(
        f'<li><button type="button" class="kb-button" data-sample="{sample.name}">'
        f"{escape(sample.label)}</button></li>"
        for sample in SAMPLES
    )
    return _filled("xray", samples=samples)


def stepper() -> str:
    """The convolution stepper, at its first step."""
    first, made = steps.FIRST, json.loads(steps.steps_json())
    choices = (
        _choice("image", {name: f"{name} pixels" for name in steps.IMAGES}, chosen=first.image),
        _choice("kernel", {name: name for name in steps.KERNEL_NAMES}),
        _choice("strides", {str(n): str(n) for n in steps.STRIDES}, chosen=str(first.strides)),
        _choice("padding", {name: name for name in steps.PADDINGS}),
    )
    setting = made["settings"][first.key]
    image, kernel = made["images"][first.image], made["kernels"][first.kernel]
    output = {"rows": setting["output"], "levels": setting["levels"]}
    alt_text, total = steps.first_step()
    return _filled(
        "stepper",
        alt_text=escape(alt_text),
        choices="".join(choices),
        size=setting["size"],
        last=str(sum(map(len, output["rows"])) - 1),
        image=_matrix("image", image, around=setting["around"], padding=setting["padding"]),
        kernel=_matrix("kernel", kernel),
        output=_matrix("output", output),
        sum=escape(total),
        shows=f"Bright where: {kernel['shows']}.",
    )


def draw() -> str:
    """The drawing pad, and the network that looks at it."""
    made = json.loads(digits_json())
    classes = made["classes"]
    layers = [layer for layer in made["layers"] if layer["kind"] == "conv"]
    filters = layers[0]["size"][-1]
    kernels = {"": "as trained"} | {kernel["name"]: kernel["name"] for kernel in made["kernels"]}
    choices = (
        _choice("filter", {str(n): f"filter {n + 1}" for n in range(filters)}),
        _choice("kernel", kernels),
    )
    about = (
        f"The network has {made['params']:,} parameters. It was trained on {made['trained_on']:,} "
        f"handwritten digits when this page was built, and names "
        f"{100 * made['test_accuracy']:.1f} % of {made['tested_on']} others."
    )
    return _filled(
        "draw",
        about=about,
        bars="".join(map(_bar, classes)),
        samples="".join(map(_sample, enumerate(made["samples"][: len(classes)]))),
        maps="".join(map(_maps, enumerate(layers))),
        choices="".join(choices),
        cells=f"<tr>{'<td></td>' * 3}</tr>" * 3,
    )


def _filled(name: str, **parts: str) -> str:
    template = Path(__file__).parent.joinpath("templates", f"{name}.html").read_text("utf-8")
    return Template(template).substitute(parts)


def _bar(name: str) -> str:
    """How probable a class is: a name, a bar and a number."""
    return (
        f'<tr data-class="{name}"><th scope="row">{name}</th>'
        f'<td><meter min="0" max="1" value="0" aria-label="Probability of {name}"></meter></td>'
        "<td><output>–</output></td></tr>"
    )


def _sample(numbered: tuple[int, Any]) -> str:
    """A button with a digit on it."""
    index, sample = numbered
    label = f"A {sample['class']} that the network was not trained on"
    return (
        f'<li><button type="button" class="kb-tile" data-sample="{index}" aria-label="{label}">'
        '<canvas width="8" height="8" aria-hidden="true"></canvas></button></li>'
    )


def _maps(numbered: tuple[int, Any]) -> str:
    """A tile for each map of a layer; those of the first are buttons, which choose the filter."""
    place, layer = numbered
    filters, side = layer["size"][-1], 8 // (place + 1)
    size = f'width="{side}" height="{side}"'
    canvases = [
        f'<canvas {size} role="img" aria-label="Map {index + 1}"></canvas>'
        for index in range(filters)
    ]
    if not place:
        button = '<button type="button" class="kb-tile" aria-pressed="false">'
        canvases = [f"{button}{canvas}</button>" for canvas in canvases]
    return (
        f'<p id="kb-maps-{place}" class="kb-caption">'
        f"<code>{layer['name']}</code>: {filters} maps of {side}×{side}</p>"
        f'<ul class="kb-tiles" data-layer="{layer["name"]}" aria-labelledby="kb-maps-{place}">'
        f"{_items(canvases)}</ul>"
    )


def _items(inside: Iterable[str]) -> str:
    return "".join(f"<li>{each}</li>" for each in inside)


def _choice(name: str, options: dict[str, str], *, chosen: str = "") -> str:
    """A select with its label; the first option is chosen if none is named."""
    inside = "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>'
        f"{escape(text)}</option>"
        for value, text in options.items()
    )
    return (
        f'<div class="kb-field"><label>{name} <select name="{name}">{inside}</select></label></div>'
    )


def _matrix(
    name: str,
    numbers: dict[str, Any],
    *,
    around: str = "",
    padding: Sequence[Sequence[int]] = ((0, 0), (0, 0)),
) -> str:
    """A matrix as a table, with the zeros around it; the script writes the same."""
    rows, levels = numbers["rows"], numbers["levels"]
    (above, below), (before, after) = padding
    zero = '<td class="kb-padding" data-level="0">0</td>'
    empty = [zero * (before + len(rows[0]) + after)]
    filled = [
        zero * before
        + "".join(f'<td data-level="{m}">{n}</td>' for n, m in zip(row, shades, strict=True))
        + zero * after
        for row, shades in zip(rows, levels, strict=True)
    ]
    body = "".join(f"<tr>{row}</tr>" for row in empty * above + filled + empty * below)
    caption = f"{name} {len(rows)}×{len(rows[0])}{f', {around}' if around else ''}"
    return (
        f'<table class="kb-matrix kb-{name}"><caption>{caption}</caption>'
        f"<tbody>{body}</tbody></table>"
    )
