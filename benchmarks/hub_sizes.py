"""Models of published size from KerasHub, planned without a weight, beside what was published.

    KERAS_BACKEND=jax python benchmarks/hub_sizes.py            # prints the tables
    KERAS_BACKEND=jax python benchmarks/hub_sizes.py --write    # keeps the answers, and the tables
    python benchmarks/hub_sizes.py --kept                       # asks nobody: prints what is kept

A language model is asked twice: for a whole prompt, and for one token more with the keys and values
of the others in a cache.
"""

# Keras publishes no types, and is imported when it is asked:
# ruff: noqa: ANN401, PLC0415

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from answers import dated, keep
from hub_cases import Part
from hub_models import made
from hub_published import IMAGES, LANGUAGE, READERS

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
        keep(found, KEPT, section="hub sizes", text=text)


# ------------------------------------------------------------------------------------- asking


def ask_all() -> dict[str, Any]:
    """What is known of every model, with versions and date."""
    writers = {
        name: written(case.backbone, case.arguments, case.context)
        for name, case in LANGUAGE.items()
    }
    others = {name: read(case) for name, case in (READERS | IMAGES).items()}
    return dated(writers | others, PACKAGES)


def written(backbone: str, arguments: dict[str, Any], context: int) -> dict[str, int]:
    """What a language model multiplies for a prompt, and for one token with a cache.

    Args:
        backbone: its class.
        arguments: what the backbone is made with.
        context: tokens of the prompt; those in the cache, the new one among them.
    """
    tokens = {"token_ids": (context,), "padding_mask": (context,)}
    prompt = kb.plan(lambda: task(backbone, arguments), input_shapes=tokens)
    step = kb.plan(lambda: decode_step(task(backbone, arguments), cache_shape(arguments, context)))
    unknown = [*prompt.unknown, *step.unknown]
    if unknown:
        raise SystemExit(f"{backbone}: {unknown} are unknown")
    layers, _, length, heads, features = cache_shape(arguments, context)
    cache = kb.kv_cache_bytes(
        context=length,
        num_layers=layers,
        num_key_value_heads=heads,
        head_dim=features,
        dtype="bfloat16",
    )
    return {
        "params": int(prompt.params),
        "prefill": int(prompt.macs),
        "decode": int(step.macs),
        "cache": int(cache),
    }


def task(backbone: str, arguments: dict[str, Any]) -> Any:
    """The language model on a backbone; not compiled, since its optimizer would have weights."""
    import keras_hub

    model = getattr(keras_hub.models, backbone.replace("Backbone", "CausalLM"))
    plain = type(model.__name__, (model,), {"compile": _compile_nothing})
    return plain(backbone=made(Part(backbone, arguments)), preprocessor=None)


def _compile_nothing(*_: Any, **__: Any) -> None:
    """What takes the place of `compile`."""


def cache_shape(arguments: dict[str, Any], context: int) -> tuple[int, int, int, int, int]:
    """Blocks, key and value, tokens, heads, and features of a head, as KerasHub keeps them."""
    heads = arguments.get("num_heads", arguments.get("num_attention_heads"))
    queries, shared = (arguments.get(f"num_{of}_heads", heads) for of in ("query", "key_value"))
    features = arguments.get("head_dim", arguments["hidden_dim"] // queries)
    return arguments["num_layers"], 2, context, shared, features


def decode_step(model: Any, cache_shape: tuple[int, ...]) -> Any:
    """A model of one token and a cache: logits, and the cache with this one in it."""
    import keras

    class Step(keras.layers.Layer):  # type: ignore[misc]  # Keras publishes no types
        def __init__(self) -> None:
            super().__init__(name="step")
            self.model = model

        def call(self, token: Any, cache: Any) -> tuple[Any, Any]:
            last = keras.ops.convert_to_tensor(cache.shape[3] - 1, dtype="int32")
            logits, _, cache = self.model.call_with_cache(token, cache, last)
            return logits, cache

    token = keras.Input(batch_shape=(1, 1), dtype="int32", name="token")
    cache = keras.Input(batch_shape=(1, *cache_shape), name="cache")
    return keras.Model([token, cache], Step()(token, cache))


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
    for name, case in LANGUAGE.items():
        said = answers[name]
        yield (
            f"| {name} | {said['params']:,} | {published(case, said['params'])} "
            f"| {case.context:,} | {amount(said['prefill'])} | {amount(said['decode'])} "
            f"| {kb.memory_bytes(said['cache'], dtype='int8').human} |"
        )
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
    sizes = (case.inputs or {}).items()
    minor = ("mask", "segment_ids")
    return ", ".join(
        f"{' × '.join(f'{each:,}' for each in size)} {name.replace('_', ' ')}"
        for name, size in sizes
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
