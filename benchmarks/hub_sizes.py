"""Models of published size from KerasHub, planned without a weight, beside what was published.

    KERAS_BACKEND=jax python benchmarks/hub_sizes.py            # prints the tables
    KERAS_BACKEND=jax python benchmarks/hub_sizes.py --write    # keeps the answers, and the tables
    python benchmarks/hub_sizes.py --kept                       # asks nobody: prints what is kept

A language model is asked twice: for a whole prompt, and for one token more with what KerasHub keeps
of the others. What an encoder reads is the prompt of a pair, and the first token of its decoder.
"""

# Keras publishes no types:
# ruff: noqa: ANN401

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from answers import dated
from answers import keep as keep_answers
from hub_cases import Part
from hub_models import case_of, made
from hub_published import LANGUAGE
from hub_published_others import IMAGES, READERS
from hub_published_pairs import PAIRS
from hub_steps import decode_step, keep, kept_bytes, task

import kerasbook as kb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub_published import Published

FOLDER = Path(__file__).parent
KEPT = FOLDER / "hub_sizes.json"
PACKAGES = ("keras-hub", "keras", "jax")
_UNITS = {"M": 10**6, "B": 10**9}
_NEAR = 0.05


def main() -> None:
    """Ask all, print the tables, and keep them if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kept", action="store_true", help="ask nobody: print what is kept")
    parser.add_argument("--write", action="store_true", help="keep the answers and the tables")
    arguments = parser.parse_args()

    found = json.loads(KEPT.read_text(encoding="utf-8")) if arguments.kept else ask_all()
    text = "\n".join(to_markdown(found))
    print(text)
    if arguments.write:
        keep_answers(found, KEPT, section="hub sizes", text=text)


# ------------------------------------------------------------------------------------- asking


def ask_all() -> dict[str, Any]:
    """What is known of every model, with versions and date."""
    writers = {name: written(case) for name, case in (LANGUAGE | PAIRS).items()}
    others = {name: read(case) for name, case in (READERS | IMAGES).items()}
    return dated(writers | others, PACKAGES)


def written(case: Published) -> dict[str, int]:
    """What a language model multiplies for a prompt, and for one token with what is kept."""
    counted = {}

    def step() -> Any:
        model = task(case.backbone, case.arguments)
        kept = keep(model, sizes(case, case.context))
        counted["cache"] = kept_bytes(kept)
        return decode_step(model, kept, case.context)

    first = 1 if case.inputs else case.context
    prompt = kb.plan(lambda: task(case.backbone, case.arguments), input_shapes=sizes(case, first))
    more = kb.plan(step, dtype="bfloat16")
    unknown = [*prompt.unknown, *more.unknown]
    if unknown:
        raise SystemExit(f"{case.backbone}: {unknown} are unknown")
    return {"params": int(prompt.params), "prefill": int(prompt.macs), "decode": int(more.macs)} | (
        counted
    )


def sizes(case: Published, tokens: int) -> dict[str, tuple[int, ...]]:
    """Of a language model's inputs by name: so many tokens of the text that it writes."""
    return dict.fromkeys(case_of(case.backbone).inputs, (tokens,)) | (case.inputs or {})


def read(case: Published) -> dict[str, int]:
    """What a backbone multiplies for one text or image."""
    report = kb.plan(lambda: made(Part(case.backbone, case.arguments)), input_shapes=case.inputs)
    if report.unknown:
        raise SystemExit(f"{case.backbone}: {report.unknown} are unknown")
    return {
        "params": int(report.params),
        "trainable": int(report.params.trainable),
        "macs": int(report.macs),
    }


# ------------------------------------------------------------------------------------ printing


def to_markdown(found: dict[str, Any]) -> Iterator[str]:
    """The tables, with versions and date."""
    named = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
    answers = found["answers"]
    yield f"{found['date']}, Python {found['python']}, {named}."
    yield ""
    yield "| writes | parameters | published | tokens | prompt | one token more | its cache |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    yield from (language_row(name, case, answers[name]) for name, case in LANGUAGE.items())
    heads = ["reads, then writes", "parameters", "published", "reads", "writes"]
    heads += ["what it reads, and a first token", "one token more", "its cache"]
    yield f"\n| {' | '.join(heads)} |"
    yield "|---|---:|---:|---|---:|---:|---:|---:|"
    yield from (language_row(name, case, answers[name]) for name, case in PAIRS.items())
    yield "\n| reads | parameters | published | on | MACs |"
    yield "|---|---:|---:|---|---:|"
    for name, case in READERS.items():
        said = answers[name]
        yield (
            f"| {name} | {said['params']:,} | {published(case, said['params'])} "
            f"| {on(case)} | {amount(said['macs'])} |"
        )
    yield "\n| sees | trained | published, less its classifier | MACs | published with it |"
    yield "|---|---:|---:|---:|---:|"
    for name, case in IMAGES.items():
        said = answers[name]
        yield (
            f"| {name} | {said['trainable']:,} | {published(case, said['trainable'])} "
            f"| {amount(said['macs'])} | [{case.macs} G]({case.source}) |"
        )


def language_row(name: str, case: Published, said: dict[str, int]) -> str:
    """One language model."""
    cells = [
        name,
        f"{said['params']:,}",
        published(case, said["params"]),
        *([on(case)] if case.inputs else []),
        f"{case.context:,}",
        amount(said["prefill"]),
        amount(said["decode"]),
        kb.memory_bytes(said["cache"], dtype="int8").human,
    ]
    return f"| {' | '.join(cells)} |"


def published(case: Published, found: int) -> str:
    """The published parameters, with a link, and whether they are those that were found."""
    if isinstance(case.params, str):
        return f"[{case.params}]({case.source}) {likeness(found, case.params)}"
    less = f"{case.params:,} − {case.head:,} = " if case.head else ""
    number = case.params - case.head
    return f"[{less}{number:,}]({case.source}) {'✓' if number == found else '≠'}"


def likeness(found: int, words: str) -> str:
    """`✓` if a number is what a rounded one says, `≈` if it is near."""
    digits, unit = words[:-1], _UNITS[words[-1]]
    places = len(digits.partition(".")[2])
    if f"{found / unit:.{places}f}" == digits:
        return "✓"
    return "≈" if abs(found - float(digits) * unit) < _NEAR * found else "≠"


def on(case: Published) -> str:
    """What a backbone is explained on, without masks and segments."""
    minor = ("mask", "segment_ids")
    return ", ".join(
        f"{' × '.join(f'{each:,}' for each in size)} {name.replace('_', ' ')}"
        for name, size in (case.inputs or {}).items()
        if not name.endswith(minor)
    )


def amount(macs: int) -> str:
    """Multiply-accumulates in four digits: `7.505 G`."""
    for power, unit in ((15, "P"), (12, "T"), (9, "G"), (6, "M")):
        if macs >= 10**power:
            return f"{macs / 10**power:.4g} {unit}"
    return f"{macs:,}"


if __name__ == "__main__":
    main()
