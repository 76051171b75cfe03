"""What the programs here share: answers with versions and date, kept beside tables in a README."""

from __future__ import annotations

import datetime as dt
import json
import platform
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["README", "dated", "keep", "replace_section"]

README = Path(__file__).with_name("README.md")


def dated(answers: dict[str, Any], packages: Iterable[str]) -> dict[str, Any]:
    """Answers, with the versions of what was asked and the date."""
    return {
        "date": dt.datetime.now(tz=dt.UTC).date().isoformat(),
        "python": platform.python_version(),
        # A build's own part, as in `2.13.0+cpu`, is no part of the version.
        "versions": {name: version(name).partition("+")[0] for name in packages},
        "answers": answers,
    }


def keep(found: dict[str, Any], kept: Path, *, section: str, text: str) -> None:
    """Keep the answers, which the tests hold new ones against, and their tables in the README."""
    kept.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    replace_section(section, text)


def replace_section(name: str, text: str) -> None:
    """Put a text between the marks of a section of the README."""
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
    before, _, rest = README.read_text(encoding="utf-8").partition(begin)
    _, _, after = rest.partition(end)
    README.write_text(f"{before}{begin}{text}\n{end}{after}", encoding="utf-8")
