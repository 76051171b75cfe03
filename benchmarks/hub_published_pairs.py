"""Pairs of an encoder and a decoder, of published size: see `hub_published.py`."""

from __future__ import annotations

from typing import Any

from hub_published import KERAS_HUB, Published, blocks, every

__all__ = ["PAIRS"]


def _both(layers: int, heads: tuple[int, int], hidden: int, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """An encoder and a decoder that are alike."""
    queries, keys = heads
    sizes = {"num_layers": layers, "num_attention_heads": queries, "num_key_value_heads": keys}
    side = sizes | {"hidden_dim": hidden} | more
    return {
        f"{name}_{key}": value for name in ("encoder", "decoder") for key, value in side.items()
    }


def _reads(tokens: int) -> dict[str, tuple[int, ...]]:
    """The inputs of an encoder of text."""
    return {"encoder_token_ids": (tokens,), "encoder_padding_mask": (tokens,)}


_WHISPER = "https://arxiv.org/abs/2212.04356"
_T5 = {"vocabulary_size": 32_128, "key_value_dim": 64, "use_gated_activation": False}
_SECONDS = 16_000

PAIRS = {
    "BART, base": Published(
        "BartBackbone",
        blocks(6, 12, (768, 3072), vocabulary_size=50_265),
        f"{KERAS_HUB}/bart/bart_presets.py",
        139_417_344,
        1024,
        _reads(1024),
    ),
    "BART, large": Published(
        "BartBackbone",
        blocks(12, 16, (1024, 4096), vocabulary_size=50_265),
        f"{KERAS_HUB}/bart/bart_presets.py",
        406_287_360,
        1024,
        _reads(1024),
    ),
    "T5, base": Published(
        "T5Backbone",
        blocks(12, 12, (768, 3072), **_T5),
        f"{KERAS_HUB}/t5/t5_presets.py",
        222_903_552,
        512,
        _reads(512),
    ),
    "T5Gemma, base": Published(
        "T5GemmaBackbone",
        _both(12, (12, 12), 768, intermediate_dim=2048, head_dim=64, layer_types=every(2, 12))
        | {
            "vocabulary_size": 256_000,
            "sliding_window": 4096,
            "cross_attention_hidden_size": 768,
        },
        f"{KERAS_HUB}/t5gemma/t5gemma_presets.py",
        591_490_560,
        8192,
        _reads(8192),
    ),
    # Published with one embedding for both sides; KerasHub makes one for each, 262,144·640.
    "T5Gemma 2 270M": Published(
        "T5Gemma2Backbone",
        _both(18, (4, 1), 640, intermediate_dim=2048, head_dim=256, layer_types=every(6, 18))
        | {
            "vocabulary_size": 262_144,
            "sliding_window": 512,
            "cross_attention_hidden_size": 640,
        },
        "https://arxiv.org/abs/2512.14856",
        "370M",
        8192,
        _reads(8192),
    ),
    # Thirty seconds, as Whisper hears.
    "Moonshine, base": Published(
        "MoonshineBackbone",
        {
            "vocabulary_size": 32_768,
            "filter_dim": 416,
            "encoder_num_layers": 8,
            "decoder_num_layers": 8,
            "hidden_dim": 416,
            "intermediate_dim": 1664,
            "encoder_num_heads": 8,
            "decoder_num_heads": 8,
        },
        f"{KERAS_HUB}/moonshine/moonshine_presets.py",
        "61.51M",
        512,
        {
            "encoder_input_values": (30 * _SECONDS, 1),
            "encoder_padding_mask": (30 * _SECONDS,),
        },
    ),
    "Whisper, tiny": Published(
        "WhisperBackbone",
        blocks(4, 6, (384, 1536), vocabulary_size=51_865),
        _WHISPER,
        "39M",
        448,
        {"encoder_features": (3000, 80)},
    ),
    "Whisper, large": Published(
        "WhisperBackbone",
        blocks(32, 20, (1280, 5120), vocabulary_size=51_865),
        _WHISPER,
        "1550M",
        448,
        {"encoder_features": (3000, 80)},
    ),
}
