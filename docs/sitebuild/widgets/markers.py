"""A page's `<!-- kb:… -->` comments, and what stands in their place on the site.

```markdown
<!-- kb:calculator conv_output_size(32, 4, strides=2, padding="same") -->
<!-- kb:ledger kb.cnn_classifier() -->
<!-- kb:xray -->
<!-- kb:stepper -->
<!-- kb:draw -->
```

`help()` and a plain Markdown reader show nothing there.
"""

from __future__ import annotations

import re
from html import escape, unescape
from typing import TYPE_CHECKING

from sitebuild.page.ledger import ledger
from sitebuild.widgets import panels
from sitebuild.widgets.forms import form, read_call
from sitebuild.widgets.models import SAMPLES, sample_file
from sitebuild.widgets.network import digits_json
from sitebuild.widgets.remembered import remembered
from sitebuild.widgets.runtime import source_archive
from sitebuild.widgets.steps import steps_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["MARKER", "marker", "with_widgets", "write_assets"]

MARKER = re.compile(r"<!-- kb:(\w+)(?: (?!-->)(.*?))? -->", re.DOTALL)


def marker(kind: str, text: str = "") -> str:
    """The comment that stands for a widget."""
    return f"<!-- kb:{kind}{f' {text}' if text else ''} -->"


def with_widgets(html: str) -> str:
    """The page with its widgets; `site.js` loads each script when it is needed.

    Raises:
        ValueError: a comment names no widget, or is no call of a calculator.
    """
    kinds: list[str] = []

    def widget(match: re.Match[str]) -> str:
        kind, text = match[1], unescape(match[2] or "")
        if kind not in _MAKERS:
            raise ValueError(f"no widget is named {kind!r}; there are {', '.join(_MAKERS)}")
        kinds.append(kind)
        return _MAKERS[kind](text, f"kb-{kind}-{len(kinds)}")

    return MARKER.sub(widget, html)


def write_assets(site: Path) -> None:
    """Write what the widgets fetch: the library's source, sample models, digits and steps."""
    files = {
        "python/kerasbook.zip": source_archive(),
        "data/digits.json": digits_json(),
        "data/steps.json": steps_json(),
        **{f"models/{sample.name}": sample_file(sample) for sample in SAMPLES},
    }
    for name, content in files.items():
        path = site / "assets" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _calculator(text: str, name: str) -> str:
    return form(read_call(text), name=name)


def _folded(text: str, name: str) -> str:
    """A calculator in the reference, where the text about it comes first."""
    summary = f"<summary>Try <code>{escape(read_call(text).name)}</code></summary>"
    return f'<details class="kb-try">{summary}{_calculator(text, name)}</details>'


def _ledger(text: str, name: str) -> str:
    """The ledger of the model that an expression of the book gives."""

    def make() -> bytes:
        import kerasbook as kb  # noqa: PLC0415  only if it is not remembered

        model = eval(text, {"kb": kb})  # noqa: S307  the text of our own book
        return ledger(kb.explain(model), name=name).encode()

    return remembered("ledger.html", f"{text} {name}", make).decode()


_MAKERS: dict[str, Callable[[str, str], str]] = {
    "calculator": _calculator,
    "draw": lambda _text, _name: panels.draw(),
    "ledger": _ledger,
    "stepper": lambda _text, _name: panels.stepper(),
    "try": _folded,
    "xray": lambda _text, _name: panels.xray(),
}
