"""The page of the article's numbers: what each call gives now, and whether the article agrees."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sitebuild.facts import FACTS, SETUP
from sitebuild.widgets.remembered import remembered

if TYPE_CHECKING:
    from sitebuild.facts import Fact

__all__ = ["Checked", "check_facts", "with_numbers"]

_MARKER = re.compile(r"<!-- numbers: (.+?) -->")
_LONGEST = 60  # an arithmetic that is longer fits no cell
_HEADINGS = ("The article says, and the call", "gives", "They agree")


@dataclass(frozen=True, slots=True)
class Checked:
    """A fact after its call ran.

    Attributes:
        fact: what the article states, and the call.
        given: what the call gives, as text.
        agrees: whether it is what the article has.
    """

    fact: Fact
    given: str
    agrees: bool


def with_numbers(html: str) -> str:
    """A page with the tables of all facts, and what their calls share, at their markers.

    Raises:
        SystemExit: a call gives something else than the article has, or a part has no marker.
    """
    if not _MARKER.search(html):
        return html
    stored = remembered("numbers.json", SETUP + repr(FACTS), _checked_json)
    rows = [
        Checked(fact, given, agrees)
        for fact, (given, agrees) in zip(FACTS, json.loads(stored), strict=True)
    ]
    if wrong := [row.fact.call for row in rows if not row.agrees]:
        raise SystemExit(f"Other numbers than the article's, or than what mends its slips: {wrong}")
    made = {"setup": _setup(), **_tables(rows)}
    if missing := made.keys() - set(_MARKER.findall(html)):
        raise SystemExit(f"No place on the page for the numbers of {sorted(missing)}")
    return _MARKER.sub(lambda match: made[match[1]], html)


def check_facts() -> list[Checked]:
    """Run the call of every fact."""
    names: dict[str, Any] = {}
    exec(SETUP, names)  # noqa: S102  our own text
    return [_check(fact, eval(fact.call, names)) for fact in FACTS]  # noqa: S307  likewise


def _checked_json() -> bytes:
    return json.dumps([(row.given, row.agrees) for row in check_facts()]).encode()


def _check(fact: Fact, value: Any) -> Checked:  # noqa: ANN401  whatever a call gives
    agrees = abs(value - fact.value) <= fact.within if fact.within else value == fact.value
    return Checked(fact, _text(value), bool(agrees))


def _text(value: Any) -> str:  # noqa: ANN401  whatever a call gives
    """A number with its arithmetic, if it knows it."""
    if isinstance(value, float):
        return f"{value:.7g}"
    text = getattr(value, "text", None)
    return text if isinstance(text, str) and len(text) <= _LONGEST else f"{value}"


def _setup() -> str:
    return f'<pre><code class="language-python">{escape(SETUP)}</code></pre>'


def _tables(rows: list[Checked]) -> dict[str, str]:
    """A table for each part of the article."""
    head = f"<thead><tr>{''.join(f'<th>{each}</th>' for each in _HEADINGS)}</tr></thead>"
    return {
        part: f"<table>{head}<tbody>{''.join(map(_row, group))}</tbody></table>"
        for part, group in groupby(rows, key=lambda row: row.fact.part)
    }


def _row(row: Checked) -> str:
    fact = row.fact
    if fact.corrects:
        said = f"✗ {escape(fact.corrects)}"
    elif fact.within:
        said = f"≈ {escape(_shown(fact.value))}"
    else:
        said = f"✓ {escape(_shown(fact.value))}"
    cells = (
        f"{escape(fact.said)}<br><code>{escape(fact.call)}</code>",
        escape(row.given),
        said,
    )
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _shown(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value}"
