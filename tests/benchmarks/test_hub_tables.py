"""The published tables on KerasHub; tests/hub asks KerasHub itself, where it is installed."""

from __future__ import annotations

import json

import hub
import hub_models
import hub_published
import hub_sizes
import pytest

import kerasbook as kb

SIZES = json.loads(hub_sizes.KEPT.read_text(encoding="utf-8"))
KEPT = json.loads(hub.KEPT.read_text(encoding="utf-8"))


def test_published_tables_are_those_of_the_kept_answers():
    """The page shows what is kept, and nothing else."""
    page = (hub.FOLDER / "README.md").read_text(encoding="utf-8")
    assert "\n".join(hub.to_markdown(KEPT)) in page
    assert "\n".join(hub_sizes.to_markdown(SIZES)) in page


def test_every_backbone_is_kept():
    """Each has its answers, and none is left over."""
    assert list(KEPT["answers"]) == hub.built_here()


def test_parameters_are_those_that_keras_counts():
    """Of all of them."""
    assert [n for n, said in KEPT["answers"].items() if said["params"] != said["keras"]] == []


def test_where_pytorch_counts_otherwise_it_is_said_why():
    """Known MACs are those that PyTorch ran, or the reason is in the table."""
    differ = [
        name
        for name, said in KEPT["answers"].items()
        if not said["unknown"] and said["torch"] not in {said["macs"]} | _errors(said)
    ]
    assert sorted(differ) == sorted(hub_models.DIFFERS)


def test_what_is_unknown_is_named():
    """Two networks have a part that no trace can know."""
    unknown = {name: said["unknown"] for name, said in KEPT["answers"].items() if said["unknown"]}
    assert sorted(unknown) == ["FNetBackbone", "StableDiffusion3Backbone"]
    assert all(reason for rows in unknown.values() for reason in rows.values())


def test_every_size_is_kept():
    """Each published model has its answers, and none is left over."""
    wanted = hub_published.LANGUAGE | hub_published.READERS | hub_published.IMAGES
    assert list(SIZES["answers"]) == list(wanted)


# Of each block: its matrices; the matrix before the logits; and the heads together.
BY_HAND = {
    "GPT-2, small": (12, 4 * 768**2 + 2 * 768 * 3072, 50_257 * 768, 768),
    "BLOOM": (70, 4 * 14_336**2 + 2 * 14_336 * 57_344, 250_880 * 14_336, 14_336),
    "Llama 7B": (32, 4 * 4096**2 + 3 * 4096 * 11_008, 32_000 * 4096, 4096),
    "Llama 3 8B": (
        32,
        2 * 4096**2 + 2 * 4096 * 1024 + 3 * 4096 * 14_336,
        128_256 * 4096,
        4096,
    ),
    "Gemma 2B": (18, 2 * 2048**2 + 2 * 2048 * 256 + 3 * 2048 * 16_384, 256_128 * 2048, 2048),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_a_token_multiplies_what_the_formula_says(name):
    """Its weights once, and the keys and values of all tokens; a prompt as often as it is long."""
    blocks, matrices, logits, features = BY_HAND[name]
    context = hub_published.LANGUAGE[name].context
    said = SIZES["answers"][name]
    assert said["decode"] == blocks * (matrices + 2 * context * features) + logits
    assert said["prefill"] == context * said["decode"]


def test_caches_of_published_figures():
    """Llama 3 8B keeps 1 GiB at 8,192 tokens; GPT-2 36 MiB at 1,024."""
    assert SIZES["answers"]["Llama 3 8B"]["cache"] == 2**30
    cache = kb.kv_cache_bytes(
        context=1024, num_layers=12, num_key_value_heads=12, head_dim=64, dtype="bfloat16"
    )
    assert SIZES["answers"]["GPT-2, small"]["cache"] == cache == 36 * 2**20


@pytest.mark.parametrize(
    ("found", "words", "likeness"),
    [
        (124_439_808, "124M", "✓"),
        (6_738_415_616, "6.7B", "✓"),
        (7_241_732_096, "7.3B", "≈"),
        (7_241_732_096, "8B", "≠"),
    ],
)
def test_a_rounded_figure_is_compared_in_its_own_digits(found, words, likeness):
    """7.24 is no 7.3, but near."""
    assert hub_sizes.likeness(found, words) == likeness


def _errors(said):
    """What PyTorch said, if it was an error."""
    return {said["torch"]} if isinstance(said["torch"], str) else set()
