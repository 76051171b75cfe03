"""What a block says of itself, line by line."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal, TypeAlias

from kerasbook.diagrams.scene import Block
from kerasbook.diagrams.words import params_text, shape_label
from kerasbook.drawing.text import counted, listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kerasbook.diagrams.network import Part
    from kerasbook.diagrams.scene import Frame

__all__ = [
    "Look",
    "Words",
    "beside_words",
    "block_words",
    "frame_words",
    "total_text",
    "volume_words",
]

Look: TypeAlias = Literal["heading", "text", "muted"]
# A line as words that it may be broken between, each with how it looks.
Words: TypeAlias = "list[tuple[str, Look]]"

_MOST_SHAPES = 2
_USUAL = frozenset({"stride 1", "same", "valid"})  # not said in a list


def block_words(block: Block) -> list[Words]:
    """The lines of a block: what it does, to which size, and with how many parameters."""
    if block.elided:
        return _elided(block)
    count = parameters(block)
    name: Words = [(_named(block), "muted")]
    if len(block.groups) > 1:
        size = f"→ {result(block)} · {count}" if count else f"→ {result(block)}"
        return [*map(_row, block.groups), _all(size, "text"), name]
    settings = ", ".join(block.head.settings)
    size = f"{settings} → {result(block)}" if settings else result(block)
    if count and not settings:
        return [_heading(block), _all(f"{size} · {count}", "text"), name]
    if count:
        return [_heading(block), _all(size, "text"), _all(count, "text"), name]
    if not settings:
        return [_heading(block), [*_all(size, "text"), *name]]
    return [_heading(block), _all(size, "text"), name]


def volume_words(block: Block) -> list[tuple[str, Look]]:
    """The same for the narrow column below a volume: lines, each as one text."""
    if block.elided:
        return [(" ".join(word for word, _ in words), words[0][1]) for words in block_words(block)]
    count = parameters(block)
    below: list[tuple[str, Look]] = [(result(block), "heading")]
    below += [(" ".join(word for word, _ in _all(count, "text")), "text")] if count else []
    # A name stays on a line, which it should not have to share.
    below += [(part, "muted") for part in _named(block).split(" · ")]
    if len(block.groups) > 1:
        rows = (" ".join(word for word, _ in _row(group)) for group in block.groups)
        return [*((row, "text") for row in rows), *below]
    lines: list[tuple[str, Look]] = []
    for part in block.parts:
        text = f"{part.text}, {part.activation}" if part.activation else part.text
        lines.append(
            (f"→\xa0{text}" if lines else text, "heading" if part is block.head else "text")
        )
        if part is block.head and part.settings:
            lines.append((", ".join(part.settings).replace("stride ", "stride\xa0"), "text"))
    return [*lines, *below]


def beside_words(blocks: Sequence[Block]) -> list[str]:
    """What is on a branch, in a line: in full, and ever shorter."""
    total = total_text(part.params for block in blocks for part in block.parts)
    layers = counted(sum(part.layers for block in blocks for part in block.parts), "layer")
    texts = [layers]
    groups = [group for block in blocks for group in block.groups]
    if len(groups) == 1 and not blocks[0].elided:
        words = [word for word, _ in _row(groups[0])]
        words += [result(blocks[0])] if blocks[0].family == "input" else []
        texts = [" ".join(words), " ".join(words[: len(words) - len(groups[0]) + 1]), layers]
    short = total.replace("parameter", "param")
    return [*(f"{text} · {short}" if short else text for text in texts), layers]


def frame_words(frame: Frame) -> tuple[list[str], list[str]]:
    """The title of a frame, and what it comes to: each in full, and ever shorter."""
    first = frame.parts[0]
    total = total_text(part.params for part in frame.parts) or "no parameters"
    total = _again(first) if first.shared else total
    short = total.replace("parameter", "param")
    if frame.times > 1:
        often = frame.title.partition(":")[0]  # without the names
        return [frame.title, often], [f"{total} in all", total, short]
    layers = counted(first.layers, "layer")
    return [frame.title], [f"{layers} · {total}", f"{layers} · {short}", layers]


def result(block: Block) -> str:
    """The sizes of what comes out."""
    shapes = block.parts[-1].shapes
    more = " …" if len(shapes) > _MOST_SHAPES else ""
    return " and ".join(map(shape_label, shapes[:_MOST_SHAPES])) + more


def parameters(block: Block) -> str:
    """The parameters of a block, as a sum of those of its layers; `""` if it has none."""
    head, counts = block.head, [part.params for part in block.parts]
    if head.shared:
        return _again(head)
    if len(block.groups) > 1 or block.elided or not any(counts):
        return total_text(counts).replace("parameter", "param")
    return f"{params_text(counts)} params"


def total_text(counts: Iterable[int | None]) -> str:
    """How many parameters there are in all; at least, if some are unknown; `""` for none.

    Examples:
        >>> total_text([896, 128]), total_text([896, None]), total_text([None]), total_text([0])
        ('1,024 parameters', 'at least 896 parameters', '? parameters', '')
    """
    every = list(counts)
    known = sum(count for count in every if count is not None)
    if None in every:
        return f"at least {known:,} parameters" if known else "? parameters"
    return counted(known, "parameter") if known else ""


def _again(part: Part) -> str:
    """What is said instead of parameters that an earlier part has counted."""
    return f"same weights, call {part.call + 1}" if part.call else "same weights"


def _heading(block: Block) -> Words:
    """The class of each layer, that which the block is about first of all."""
    words: Words = []
    for part in block.parts:
        text = f"{part.text}, {part.activation}" if part.activation else part.text
        if part is block.head:
            words += [("→", "text")] if words else []
            words.append((text, "heading"))
        else:
            words.append((f"→\xa0{text}" if words else text, "text"))
    return words


def _row(group: tuple[Part, ...]) -> Words:
    """A line of a list: `Conv2D 3×3, 64 → BN → relu`."""
    words: Words = []
    for part in group:
        settings = [s for s in (*part.settings, part.activation) if s and s not in _USUAL]
        if part.params and part.channels is not None and part.family != "normalization":
            settings.append(f"{part.channels:,}")
        text = "BN" if part.text == "BatchNorm" else part.text
        look: Look = "heading" if part is Block((group,)).head else "text"
        if look == "text" and words:
            text = f"→\xa0{text}"
        elif words:
            words.append(("→", "text"))
        words.append((text, look))
        words += _all(", ".join(settings), "text")
    return words


def _named(block: Block) -> str:
    """The name of the layer that a block is about; of several, of the first and the last."""
    name = block.head.name
    if len(block.groups) > 1:
        return f"{name} … {block.groups[-1][0].name}"
    return f"{name} · {counted(block.head.layers, 'layer')}" if block.head.layers > 1 else name


def _elided(block: Block) -> list[Words]:
    count = sum(part.layers for part in block.parts if part.call == 0)
    classes = Counter(part.text for part in block.parts)
    kinds = [f"{number:,} {text}" for text, number in classes.most_common()]
    layers = counted(count, "layer")
    heading = f"{block.title}, {layers}" if block.title else f"⋮ {layers}"
    lines = [
        _all(heading, "heading"),
        _all(listed(kinds, most=3), "text"),
        _all(total_text(part.params for part in block.parts), "text"),
    ]
    return [line for line in lines if line]


def _all(text: str, look: Look) -> Words:
    """The words of a text; a number and its unit stay together, and an arrow and its size."""
    for before, after in (
        (" param", "\xa0param"),
        ("· ", "·\xa0"),
        ("→ ", "→\xa0"),
        ("+ ", "+\xa0"),
        ("stride ", "stride\xa0"),
    ):
        text = text.replace(before, after)
    return [(word, look) for word in text.split(" ") if word]
