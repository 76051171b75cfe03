"""KerasHub's models at published size, and what one token more costs."""

from __future__ import annotations

import inspect
import json
from math import prod

import hub_language
import hub_models
import hub_published
import hub_published_others
import hub_published_pairs
import hub_sizes
import hub_steps
import pytest

import kerasbook as kb

pytestmark = [pytest.mark.hub, pytest.mark.filterwarnings("ignore::UserWarning")]
KEPT = json.loads(hub_sizes.KEPT.read_text(encoding="utf-8"))["answers"]
AGAIN = "an answer changed: run `python benchmarks/hub_sizes.py --write` and look at it"

# A context says nothing to them, or to one of two blocks only; and their prompts take another way.
RECURRENT = {"Qwen3_5Backbone", "Qwen3_5MoeBackbone", "RWKV7Backbone"}
DECODERS = [name for name in hub_language.DECODERS if name not in RECURRENT]
PAIRS = [*hub_language.PAIRS, "MoonshineBackbone", "WhisperBackbone"]


def small(name, context):
    """The small model of a class, with so many tokens."""
    case = hub_models.case_of(name)
    read = {key: size for key, size in case.inputs.items() if key.startswith("encoder")}
    return hub_published.Published(name, case.arguments, "", "", context, read or None)


@pytest.mark.parametrize("name", hub_published.LANGUAGE | hub_published_pairs.PAIRS)
def test_a_language_model_is_planned_as_published(name):
    """Its parameters, a prompt, a token more and the cache are those in the table."""
    case = (hub_published.LANGUAGE | hub_published_pairs.PAIRS)[name]
    assert hub_sizes.written(case) == KEPT[name], AGAIN


@pytest.mark.parametrize("name", hub_published_others.READERS | hub_published_others.IMAGES)
def test_other_models_are_planned_as_published(name):
    """Likewise what reads and what sees."""
    case = (hub_published_others.READERS | hub_published_others.IMAGES)[name]
    assert hub_sizes.read(case) == KEPT[name], AGAIN


@pytest.mark.parametrize("name", DECODERS)
def test_a_prompt_is_as_many_tokens(name):
    """Of small ones: one token with a cache, times their number; and each attends to all."""
    short, long = (hub_sizes.written(small(name, context)) for context in (8, 24))
    assert short["prefill"] == 8 * short["decode"]
    assert long["prefill"] == 24 * long["decode"]
    assert short["params"] == long["params"]
    layers, heads, features = 2, 4, 16
    assert long["decode"] - short["decode"] == layers * 2 * (24 - 8) * heads * features


@pytest.mark.parametrize("name", sorted(RECURRENT))
def test_a_state_does_not_grow(name):
    """A token more costs RWKV the same after any; Qwen3.5's one block of attention attends."""
    short, long = (hub_sizes.written(small(name, context)) for context in (8, 24))
    attends = 0 if name == "RWKV7Backbone" else 2 * (24 - 8) * 4 * 16
    assert long["decode"] - short["decode"] == attends
    grows = (
        0
        if name == "RWKV7Backbone"
        else kb.kv_cache_bytes(
            context=24 - 8, num_layers=2, num_key_value_heads=2, head_dim=16, dtype="bfloat16"
        )
    )
    assert long["cache"] - short["cache"] == grows


@pytest.mark.parametrize("name", PAIRS)
def test_a_decoder_reads_once(name):
    """What an encoder read costs the same however much is written; each token attends to all."""
    short, long = (hub_sizes.written(small(name, context)) for context in (8, 24))
    assert short["prefill"] == long["prefill"]
    assert long["decode"] - short["decode"] == 2 * 2 * (24 - 8) * 4 * 16
    heads = 2 if "Gemma" in name else 4
    assert long["cache"] - short["cache"] == kb.kv_cache_bytes(
        context=24 - 8, num_layers=2, num_key_value_heads=heads, head_dim=16, dtype="bfloat16"
    )


@pytest.mark.parametrize(
    ("name", "heads"),
    [("GPT2Backbone", 4), ("LlamaBackbone", 2), ("GemmaBackbone", 2), ("Gemma3nBackbone", 2)],
)
def test_the_cache_is_what_kerashub_keeps(name, heads):
    """In bytes, of the array that it fills while it writes, with weights."""
    import keras  # noqa: PLC0415  other environments need not have it for this file

    model = hub_steps.task(name, hub_models.case_of(name).arguments)
    given = {"token_ids": keras.ops.ones((1, 12), dtype="int32")}
    filled = inspect.signature(model._build_cache).parameters
    _, cache = model._build_cache(**dict.fromkeys(filled) | given)
    kept = {"cache": cache}
    assert prod(cache.shape) * 4 == kb.kv_cache_bytes(
        context=12, num_layers=2, num_key_value_heads=heads, head_dim=16
    )
    assert kept.keys() == hub_steps.keep(model, {"token_ids": (12,)}).keys()


@pytest.mark.parametrize("name", ["GPT2Backbone", "Gemma3Backbone", "RWKV7Backbone"])
def test_a_step_says_what_a_prompt_says(name):
    """With weights: of the last token, on what is kept of the others, the logits are the same."""
    import keras  # noqa: PLC0415  other environments need not have it for this file

    model = hub_steps.task(name, hub_models.case_of(name).arguments)
    tokens = keras.ops.convert_to_tensor([[5, 3, 9, 7]], dtype="int32")
    given = {"token_ids": tokens, "padding_mask": keras.ops.ones((1, 4), dtype="int32")}
    wanted = model(given)[:, -1:]
    before = {key: value[:, :-1] for key, value in given.items()}
    if name != "RWKV7Backbone":  # room for the last one, which the step fills
        before = given
    kept = hub_steps.keep_of(model, before)
    said, _ = hub_steps.step(model, {"token": tokens[:, -1:], "kept": kept}, 3)
    assert float(keras.ops.max(keras.ops.abs(said - wanted))) < 1e-4
