"""The published tables on KerasHub; tests/hub asks KerasHub itself, where it is installed."""

from __future__ import annotations

import json

import hub
import hub_models
import hub_published
import hub_published_others
import hub_published_pairs
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
    wanted = (
        hub_published.LANGUAGE
        | hub_published_pairs.PAIRS
        | hub_published_others.READERS
        | hub_published_others.IMAGES
    )
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
    "Gemma 3 1B": (
        26,
        2 * 1152 * 1024 + 2 * 1152 * 256 + 3 * 1152 * 6912,
        262_144 * 1152,
        1024,
    ),
    "Gemma 3 27B": (
        62,
        2 * 5376 * 4096 + 2 * 5376 * 2048 + 3 * 5376 * 21_504,
        262_144 * 5376,
        4096,
    ),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_a_token_multiplies_what_the_formula_says(name):
    """Its weights once, and the keys and values of all tokens; a prompt as often as it is long."""
    blocks, matrices, logits, features = BY_HAND[name]
    context = hub_published.LANGUAGE[name].context
    said = SIZES["answers"][name]
    assert said["decode"] == blocks * (matrices + 2 * context * features) + logits
    assert said["prefill"] == context * said["decode"]


def test_gemma_3n_by_hand():
    """Four streams of 2,048, mixed by each block; the last 10 of 30 blocks make no keys."""
    said, hidden, streams, context = SIZES["answers"]["Gemma 3n E2B"], 2048, 4, 32_768
    # Two routers; what predicts all streams from all, and what corrects each.
    mixes = 2 * hidden * streams + streams**3 + streams**2 + hidden * streams**2
    attends = 2 * hidden * 2048 + 2 * context * 2048
    block = attends + 3 * hidden * 8192 + 2 * hidden * 64 + 2 * hidden * 256 + mixes
    around = hidden * 30 * 256 + 2 * 3 * hidden**2 + 262_400 * hidden
    assert said["decode"] == 30 * block + 20 * 2 * hidden * 512 + around
    assert said["prefill"] == context * said["decode"]
    # KerasHub makes room for the keys of all blocks.
    assert said["cache"] == 30 * 2 * context * 512 * 2


def test_gemma_4_by_hand():
    """50 blocks of a window, 10 of all tokens; a step makes the keys of these twice."""
    said, hidden, context = SIZES["answers"]["Gemma 4 31B"], 5376, 262_144
    near = 2 * hidden * 8192 + 2 * hidden * 4096 + 2 * context * 8192
    far = 2 * hidden * 16_384 + hidden * 2048 + 2 * context * 16_384
    token = 50 * near + 10 * far + 60 * 3 * hidden * 21_504 + 262_144 * hidden
    assert said["prefill"] == context * token
    assert said["decode"] == token + 10 * hidden * 2048
    # 16 heads of 512 features for each block, though no block has both.
    assert said["cache"] == 60 * 2 * context * 16 * 512 * 2


def test_qwen_3_5_by_hand():
    """48 blocks with a state, 16 that attend; a prompt takes 64 tokens at a time."""
    said, hidden, context = SIZES["answers"]["Qwen3.5 27B"], 5120, 4096
    heads, size, chunk = 48, 128, 64
    linear = hidden * 10_240 + 2 * hidden * 6144 + 2 * hidden * heads
    attends = 3 * hidden * 6144 + 2 * hidden * 1024 + 2 * context * 6144
    token = 48 * linear + 16 * attends + 64 * 3 * hidden * 17_408 + 248_320 * hidden
    # Its step adds up products element by element, which no product of matrices is.
    assert said["decode"] == token
    chunks = context // chunk
    inside = 5 * chunk**2 * size + sum(row**2 for row in range(chunk)) + 2 * chunk * size**2
    states = (chunks - 1) * chunk * size**2  # the last one's nobody needs
    convolutions = 4 * context * 10_240
    recurrence = heads * (chunks * inside + states)
    assert said["prefill"] == context * token + 48 * (recurrence + convolutions)
    # Keys and values, and states in single precision, of all 64 blocks.
    keys, states = 2 * context * 1024 * 2, heads * size**2 * 4
    assert said["cache"] == 64 * (keys + states + 3 * 10_240 * 2)


def test_rwkv_by_hand():
    """Its state is as large after any context."""
    said, hidden = SIZES["answers"]["RWKV-7 0.1B"], 768
    ranks = 2 * hidden * (64 + 64 + 128)
    block = 4 * hidden**2 + 2 * hidden * 3072 + ranks + 12 * 4 * 64**2
    # The first block's values are their own.
    assert said["decode"] == 12 * block + 11 * 2 * hidden * 32 + 65_536 * hidden
    assert said["prefill"] == 4096 * said["decode"]
    assert said["cache"] == 12 * (12 * 64**2 * 4 + 2 * hidden * 2)


# Blocks, features outside and inside, words; what is read and written; the matrices of what is
# inside in the encoder and the decoder; and what comes before the encoder.
PAIRS_BY_HAND = {
    "BART, base": (6, 768, 3072, 50_265, 1024, 1024, 2, 2, 0),
    "BART, large": (12, 1024, 4096, 50_265, 1024, 1024, 2, 2, 0),
    "T5, base": (12, 768, 3072, 32_128, 512, 512, 2, 2, 0),
    "T5Gemma, base": (12, 768, 2048, 256_000, 8192, 8192, 3, 3, 0),
    "Moonshine, base": (
        *(8, 416, 1664, 32_768, 1248, 512, 2, 3),
        7499 * 127 * 416 + 2498 * 7 * 416 * 832 + 1248 * 3 * 832 * 416,
    ),
    "Whisper, tiny": (
        4,
        384,
        1536,
        51_865,
        1500,
        448,
        2,
        2,
        3000 * 3 * 80 * 384 + 1500 * 3 * 384**2,
    ),
    "Whisper, large": (
        *(32, 1280, 5120, 51_865, 1500, 448, 2, 2),
        3000 * 3 * 80 * 1280 + 1500 * 3 * 1280**2,
    ),
}


@pytest.mark.parametrize("name", PAIRS_BY_HAND)
def test_a_pair_multiplies_what_the_formula_says(name):
    """Its decoder attends to what it wrote and to what was read, whose keys it made once."""
    blocks, hidden, inner, words, read, written, reading, writing, front = PAIRS_BY_HAND[name]

    def token(context):
        attends = 4 * hidden**2 + 2 * context * hidden + 2 * hidden**2 + 2 * read * hidden
        return blocks * (attends + writing * hidden * inner) + words * hidden

    encoder = read * (4 * hidden**2 + 2 * read * hidden + reading * hidden * inner)
    said = SIZES["answers"][name]
    assert said["decode"] == token(written)
    keys = read * 2 * hidden**2
    assert said["prefill"] == front + blocks * (encoder + keys) + token(1)
    assert said["cache"] == blocks * 2 * (read + written) * hidden * 2


def test_t5gemma_2_by_hand():
    """It attends to what is read and written at once, with the same matrices."""
    said, hidden, read, written = SIZES["answers"]["T5Gemma 2 270M"], 640, 8192, 8192

    def block(context):
        matrices = 2 * hidden * 1024 + 2 * hidden * 256 + 3 * hidden * 2048
        return matrices + 2 * context * 1024

    logits, keys = 262_144 * hidden, read * 2 * hidden * 256
    assert said["decode"] == 18 * block(read + written) + logits
    assert said["prefill"] == 18 * (read * block(read) + keys + block(read + 1)) + logits
    assert said["cache"] == 18 * 2 * (read + written) * 256 * 2


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
