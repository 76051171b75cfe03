"""How wide a text is once it is drawn, and the lines that fit a width."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Ruler", "wrapped_to"]

_MARGIN = 1.03  # what a text is wider on one backend than on another
_FULL = 0.45  # the share of a width that a line must have to end with a clause
_NARROWEST = 0.1  # inches a line for each point of its size, however little room there is


@dataclass(slots=True)
class Ruler:
    """How wide texts are, in the user's font."""

    _known: dict[tuple[str, float, bool], float] = field(default_factory=dict)

    def width(self, text: str, points: float, *, bold: bool = False) -> float:
        """The width of a line of text, in inches."""
        key = text, points, bold
        if key not in self._known:
            from matplotlib.font_manager import FontProperties  # noqa: PLC0415  only drawing
            from matplotlib.textpath import text_to_path  # noqa: PLC0415  likewise

            font = FontProperties(size=points, weight="bold" if bold else "normal")
            width, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
            self._known[key] = _MARGIN * width / 72
        return self._known[key]

    def lines(
        self, words: Sequence[str], points: float, *, most: float, bold: bool = False
    ) -> list[str]:
        """Words in lines of at most a width in inches; what is wider stands alone."""
        found: list[str] = []
        for word in self.loosened(words, points, most=most, bold=bold):
            longer = f"{found[-1]} {word}" if found else word
            if found and self.width(longer, points, bold=bold) <= most:
                found[-1] = longer
            else:
                found.append(word)
        return found

    def loosened(
        self, words: Sequence[str], points: float, *, most: float, bold: bool = False
    ) -> list[str]:
        """The words; those that should stay on a line but are too wide for one, apart."""
        return [
            part
            for word in words
            for part in (
                [word] if self.width(word, points, bold=bold) <= most else word.split("\xa0")
            )
        ]

    def broken(self, word: str, points: float, *, most: float) -> list[str]:
        """A word, in pieces if it is wider than a width in inches: as many letters as fit."""
        pieces = [word]
        while len(pieces[-1]) > 1 and self.width(pieces[-1], points) > most:
            rest = pieces.pop()
            fits = (n for n in range(len(rest) - 1, 1, -1) if self.width(rest[:n], points) <= most)
            count = next(fits, 1)
            pieces += [rest[:count], rest[count:]]
        return pieces

    def first(self, texts: Sequence[str], points: float, *, most: float, bold: bool = False) -> str:
        """The first of some texts, ever shorter, that fits a width in inches."""
        fits = (text for text in texts if self.width(text, points, bold=bold) <= most)
        return next(fits, None) or self.fitted(texts[-1], points, most=most, bold=bold)

    def fitted(self, text: str, points: float, *, most: float, bold: bool = False) -> str:
        """The text, its middle left out if it is wider than a width in inches."""
        if self.width(text, points, bold=bold) <= most:
            return text
        for count in range(len(text) - 2, 1, -1):
            tail = count // 2
            short = f"{text[: count - tail]}…{text[len(text) - tail :]}"
            if self.width(short, points, bold=bold) <= most:
                return short
        return "…"


def wrapped_to(text: str, *, inches: float, points: float) -> str:
    r"""The text in lines that fit a width, broken after a clause rather than within it.

    A number and its unit stay on one line.

    Args:
        text: what to write.
        inches: how wide a line may be.
        points: the size of the text.

    Examples:
        >>> wrapped_to("6 of 10 right here; 71.7 % on all 10,000", inches=2.2, points=12)
        '6 of 10 right here;\n71.7\xa0% on all 10,000'
    """
    ruler, most = Ruler(), max(inches, _NARROWEST * points)
    lines = []
    for paragraph in text.replace(" %", "\N{NO-BREAK SPACE}%").split("\n"):
        words = [
            piece
            for word in ruler.loosened(paragraph.split(" "), points, most=most)
            for piece in ruler.broken(word, points, most=most)
        ]
        while words:
            count = _words_of_line(words, ruler, points=points, most=most)
            lines.append(" ".join(words[:count]))
            words = words[count:]
    return "\n".join(lines)


def _words_of_line(words: Sequence[str], ruler: Ruler, *, points: float, most: float) -> int:
    """How many words come on the next line: as many as fit, or up to the end of a clause."""
    widths = [ruler.width(" ".join(words[:end]), points) for end in range(1, len(words) + 1)]
    fitting = max(1, sum(width <= most for width in widths))
    if fitting == len(words):
        return fitting
    ends = (
        end
        for end in range(fitting, 0, -1)
        if words[end - 1].endswith((";", ":", ",")) and widths[end - 1] >= _FULL * most
    )
    return next(ends, fitting)
