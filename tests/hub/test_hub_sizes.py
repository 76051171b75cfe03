"""KerasHub's models at published size, and what one token more costs."""

from __future__ import annotations

import json
from math import prod

import hub_language
import hub_models
import hub_published
import hub_sizes
import pytest

import kerasbook as kb

pytestmark = [pytest.mark.hub, pytest.mark.filterwarnings("ignore::UserWarning")]
KEPT = json.loads(hub_sizes.KEPT.read_text(encoding="utf-8"))["answers"]
AGAIN = "an answer changed: run `python benchmarks/hub_sizes.py --write` and look at it"

# These keep something else than keys and values of one size, or in another order of axes.
OTHER_CACHES = {
    "Gemma3Backbone",
    "Gemma3nBackbone",
    "Gemma4Backbone",
    "Qwen3_5Backbone",
    "Qwen3_5MoeBackbone",
    "RWKV7Backbone",
}
DECODERS = [name for name in hub_language.DECODERS if name not in OTHER_CACHES]


@pytest.mark.parametrize("name", hub_published.LANGUAGE)
def test_a_language_model_is_planned_as_published(name):
    """Its parameters, a prompt, a token more and the cache are those in the table."""
    case = hub_published.LANGUAGE[name]
    assert hub_sizes.written(case.backbone, case.arguments, case.context) == KEPT[name], AGAIN


@pytest.mark.parametrize("name", hub_published.READERS | hub_published.IMAGES)
def test_other_models_are_planned_as_published(name):
    """Likewise what reads and what sees."""
    case = (hub_published.READERS | hub_published.IMAGES)[name]
    assert hub_sizes.read(case) == KEPT[name], AGAIN


@pytest.mark.parametrize("name", DECODERS)
def test_a_prompt_is_as_many_tokens(name):
    """Of small ones: one token with a cache, times their number; and each attends to all."""
    arguments = hub_models.case_of(name).arguments
    short, long = (hub_sizes.written(name, arguments, context) for context in (8, 24))
    assert short["prefill"] == 8 * short["decode"]
    assert long["prefill"] == 24 * long["decode"]
    assert short["params"] == long["params"]
    layers, heads, features = 2, 4, 16
    assert long["decode"] - short["decode"] == layers * 2 * (24 - 8) * heads * features


@pytest.mark.parametrize("name", ["GPT2Backbone", "LlamaBackbone", "GemmaBackbone"])
def test_the_cache_is_what_kerashub_keeps(name):
    """In bytes, of the array that it fills while it writes."""
    import keras  # noqa: PLC0415  other environments need not have it for this file

    arguments = hub_models.case_of(name).arguments
    model = hub_sizes.task(name, arguments)
    _, cache = model._build_cache(keras.ops.ones((1, 12), dtype="int32"))
    layers, _, context, heads, features = hub_sizes.cache_shape(arguments, 12)
    assert prod(cache.shape) * 4 == kb.kv_cache_bytes(
        context=context, num_layers=layers, num_key_value_heads=heads, head_dim=features
    )
