"""A Matplotlib figure as an SVG inside the page, in the colours that the reader chose.

The displays draw with the colours of a theme. Here they draw with colours that stand for a role
(`--kb-text`, `--kb-color-0`, …), and the SVG names the role in place of the colour.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from matplotlib.colors import to_hex, to_rgb

from kerasbook.drawing import theme
from sitebuild.vectors import lighten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.figure import Figure

    from kerasbook.drawing.theme import Theme

__all__ = ["inline_svg", "palette_css", "roles", "themed"]

_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_ROLES = ("background", "text", "muted", "grid")
# A display decides by these whether black or white text stands out: they look like what they
# stand for, and yet no display uses them otherwise.
_STAND_INS = {"background": "#FFFFFE", "#000000": "#000001"}
# Diagrams fill their boxes with a color that is mixed into the background, in shares of these.
_SHARES = range(5, 100, 5)  # percent
_UNWANTED = {f"{{{_SVG}}}metadata", f"{{{_SVG}}}style"}
_HASH = re.compile(r"url\(#([^)]+)\)")
# Fonts and joins are the page's; the rest of a style is a presentation attribute of SVG.
_DROPPED = {"font-family", "font-stretch", "font-variant", "font-style"}


def roles(theme: Theme) -> dict[str, str]:
    """Each custom property of the site's figures, and its colour in a theme."""
    named = {f"--kb-{role}": str(getattr(theme, role)) for role in _ROLES}
    return named | {f"--kb-color-{index}": color for index, color in enumerate(theme.colors)}


def palette_css() -> str:
    """The style sheet that gives each role its colour, light and dark."""
    light, dark = (roles(theme.theme_named(name)) for name in ("light", "dark"))
    return _rule(":root", light) + _rule('[data-md-color-scheme="slate"]', dark)


@contextmanager
def themed() -> Iterator[dict[str, str]]:
    """Let displays draw in stand-in colours meanwhile; yields what each stands for, as CSS."""
    light = theme.theme_named("light")
    drawn = replace(
        light,
        background=_STAND_INS["background"],
        colors=tuple(_STAND_INS.get(color, color) for color in light.colors),
    )
    theme._THEMES["light"] = drawn  # noqa: SLF001  the only way to draw every display by role
    try:
        named = {name: color.lower() for name, color in roles(drawn).items()}
        plain = {color: f"var({name}, {color})" for name, color in named.items()}
        yield _mixtures(named) | plain
    finally:
        theme._THEMES["light"] = light  # noqa: SLF001  likewise


def _mixtures(named: dict[str, str]) -> dict[str, str]:
    """Each colour of a diagram's box, and the mixture that it stands for.

    Greys are left out: they are pixels.
    """
    under = named["--kb-background"]
    found = {}
    for name, color in named.items():
        for percent in _SHARES:
            pairs = zip(to_rgb(color), to_rgb(under), strict=True)
            share = percent / 100  # and the same sum as the displays': rounding counts
            red, green, blue = (share * one + (1 - share) * two for one, two in pairs)
            mixed = to_hex((red, green, blue))
            if len({mixed[1:3], mixed[3:5], mixed[5:7]}) > 1:
                found[mixed] = (
                    f"color-mix(in srgb, var({name}, {color}) {percent}%, "
                    f"var(--kb-background, {under}))"
                )
    return found


def inline_svg(figure: Figure, key: str, *, title: str, description: str) -> str:
    """A figure that was drawn while `themed`, as an SVG element on one line.

    Args:
        figure: what to show.
        key: begins every id, so that a page can hold several figures.
        title: a few words: the name of the image.
        description: the image in sentences, for who cannot see it.
    """
    root = ET.fromstring(_drawn(figure, key))  # noqa: S314  Matplotlib wrote it
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in _UNWANTED:
                parent.remove(child)
    with themed() as colors:
        for element in root.iter():
            _restyle(element, colors)
            _rename(element, key)
    _describe(root, key, title=title, description=description)
    lighten(root)
    return _text(root)


def _rule(selector: str, values: dict[str, str]) -> str:
    return f"{selector} {{\n" + "".join(f"  {k}: {v};\n" for k, v in values.items()) + "}\n"


def _drawn(figure: Figure, key: str) -> str:
    import matplotlib as mpl  # noqa: PLC0415  only drawing needs it

    buffer = BytesIO()
    # Text stays text: readers select it, and it has the page's font.
    settings = {"svg.hashsalt": key, "svg.fonttype": "none"}
    with mpl.rc_context(settings):  # type: ignore[arg-type]  # the stubs list other keys
        figure.savefig(buffer, format="svg", dpi=144, metadata={"Date": None})
    return buffer.getvalue().decode()


def _restyle(element: ET.Element, colors: dict[str, str]) -> None:
    """Turn `style`, which the policy of the page forbids, into attributes; name the roles."""
    for declaration in element.attrib.pop("style", "").split(";"):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        if name and name not in _DROPPED:
            element.set(name, value)
    for name in ("fill", "stroke", "stop-color"):
        color = element.get(name, "").lower()
        if color in colors:
            element.set(name, colors[color])


def _rename(element: ET.Element, key: str) -> None:
    """Let the element's id, and the ids it refers to, begin with the figure's key."""
    if "id" in element.attrib:
        element.set("id", f"{key}-{element.attrib['id']}")
    for name, value in element.attrib.items():
        if name in {"href", f"{{{_XLINK}}}href"} and value.startswith("#"):
            element.set(name, f"#{key}-{value[1:]}")
        elif "url(#" in value:
            element.set(name, _HASH.sub(rf"url(#{key}-\1)", value))


def _describe(root: ET.Element, key: str, *, title: str, description: str) -> None:
    for name, text in reversed((("title", title), ("desc", description))):
        element = ET.Element(f"{{{_SVG}}}{name}", id=f"{key}-{name}")
        element.text = text
        root.insert(0, element)
    root.set("role", "img")
    root.set("aria-labelledby", f"{key}-title {key}-desc")
    root.set("stroke-linejoin", "round")
    root.set("stroke-linecap", "butt")
    root.set("class", "kb-svg")


def _text(root: ET.Element) -> str:
    ET.register_namespace("", _SVG)
    ET.register_namespace("xlink", _XLINK)
    for element in root.iter():
        element.tail = None
        if element.text is not None and not element.text.strip():
            element.text = None
        if "d" in element.attrib:
            element.set("d", " ".join(element.attrib["d"].split()))
    return ET.tostring(root, encoding="unicode").replace("\n", " ")
