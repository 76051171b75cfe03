"""Language models of published size: what KerasHub builds them from, and what was published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["KERAS_HUB", "LANGUAGE", "Published", "blocks", "every"]


@dataclass(frozen=True, slots=True)
class Published:
    """A model, and what was published of it.

    Attributes:
        backbone: the class in `keras_hub.models`.
        arguments: what it is made with, as published.
        source: where that was published.
        params: parameters as published: a number where all digits were, or a rounded one in words.
        context: tokens of a prompt, or the length that it was trained on.
        inputs: by name the sizes that inputs leave open, of a pair those of its encoder; tokens and
            a mask of them if left out.
        head: parameters of a classifier that is published with it and no part of the backbone.
        macs: published multiply-accumulates of one image, in billions.
    """

    backbone: str
    arguments: dict[str, Any]
    source: str
    params: int | str
    context: int = 0
    inputs: dict[str, tuple[int, ...]] | None = None
    head: int = 0
    macs: float | None = None


def blocks(layers: int, heads: int, sizes: tuple[int, int], **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """Blocks whose heads share nothing, and their sizes outside and inside."""
    hidden, inner = sizes
    found = {"num_layers": layers, "num_heads": heads, "hidden_dim": hidden}
    return found | {"intermediate_dim": inner} | more


def _shared(layers: int, heads: tuple[int, int], hidden: int, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """Blocks whose heads of queries share those of keys and values."""
    queries, keys = heads
    sizes = {"num_layers": layers, "num_query_heads": queries, "num_key_value_heads": keys}
    return sizes | {"hidden_dim": hidden} | more


def every(count: int, layers: int) -> list[str]:
    """Kinds of attention where every so many-th block sees all tokens, the others a window."""
    return [
        "sliding_attention" if (block + 1) % count else "full_attention" for block in range(layers)
    ]


# KerasHub's own count of the weights that it hands out, which it made when it converted them.
KERAS_HUB = "https://github.com/keras-team/keras-hub/blob/master/keras_hub/src/models"
_GEMMA = "https://arxiv.org/abs/2403.08295"
_GEMMA2 = "https://arxiv.org/abs/2408.00118"
_GEMMA2_MORE = {
    "use_post_ffw_norm": True,
    "use_post_attention_norm": True,
    "attention_logit_soft_cap": 50.0,
    "final_logit_soft_cap": 30.0,
    "use_sliding_window_attention": True,
    "sliding_window_size": 4096,
}
_GEMMA3 = {
    "image_size": None,
    "use_post_ffw_norm": True,
    "use_post_attention_norm": True,
    "use_sliding_window_attention": True,
}
_HUGGING_FACE = "https://huggingface.co"

LANGUAGE = {
    "GPT-2, small": Published(
        "GPT2Backbone",
        blocks(12, 12, (768, 3072), vocabulary_size=50_257, max_sequence_length=1024),
        f"{_HUGGING_FACE}/openai-community/gpt2",
        "124M",
        1024,
    ),
    "BLOOM 560M": Published(
        "BloomBackbone",
        blocks(24, 16, (1024, 4096), vocabulary_size=250_880),
        f"{KERAS_HUB}/bloom/bloom_presets.py",
        559_214_592,
        2048,
    ),
    "BLOOM": Published(
        "BloomBackbone",
        blocks(70, 112, (14_336, 57_344), vocabulary_size=250_880),
        f"{_HUGGING_FACE}/bigscience/bloom",
        176_247_271_424,
        2048,
    ),
    "GPT-NeoX 20B": Published(
        "GPTNeoXBackbone",
        blocks(44, 64, (6144, 24_576), vocabulary_size=50_432, max_sequence_length=2048),
        f"{_HUGGING_FACE}/EleutherAI/gpt-neox-20b",
        20_554_567_680,
        2048,
    ),
    "Llama 7B": Published(
        "LlamaBackbone",
        _shared(32, (32, 32), 4096, intermediate_dim=11_008, vocabulary_size=32_000),
        "https://arxiv.org/abs/2302.13971",
        "6.7B",
        2048,
    ),
    "Llama 3 8B": Published(
        "Llama3Backbone",
        _shared(32, (32, 8), 4096, intermediate_dim=14_336, vocabulary_size=128_256),
        f"{_HUGGING_FACE}/meta-llama/Meta-Llama-3-8B",
        "8B",
        8192,
    ),
    "Llama 3 70B": Published(
        "Llama3Backbone",
        _shared(80, (64, 8), 8192, intermediate_dim=28_672, vocabulary_size=128_256),
        f"{_HUGGING_FACE}/meta-llama/Meta-Llama-3-70B",
        "70B",
        8192,
    ),
    "Llama 3.1 405B": Published(
        "Llama3Backbone",
        _shared(126, (128, 8), 16_384, intermediate_dim=53_248, vocabulary_size=128_256),
        "https://arxiv.org/abs/2407.21783",
        "405B",
        131_072,
    ),
    "Mistral 7B": Published(
        "MistralBackbone",
        _shared(
            32, (32, 8), 4096, intermediate_dim=14_336, vocabulary_size=32_000, sliding_window=4096
        ),
        "https://mistral.ai/news/announcing-mistral-7b",
        "7.3B",
        8192,
    ),
    "Mixtral 8x7B": Published(
        "MixtralBackbone",
        _shared(
            32,
            (32, 8),
            4096,
            intermediate_dim=14_336,
            vocabulary_size=32_000,
            num_experts=8,
            top_k=2,
        ),
        "https://mistral.ai/news/mixtral-of-experts",
        "46.7B",
        32_768,
    ),
    "Gemma 2B": Published(
        "GemmaBackbone",
        _shared(18, (8, 1), 2048, intermediate_dim=32_768, vocabulary_size=256_128, head_dim=256),
        _GEMMA,
        524_550_144 + 1_981_884_416,
        8192,
    ),
    "Gemma 7B": Published(
        "GemmaBackbone",
        _shared(28, (16, 16), 3072, intermediate_dim=49_152, vocabulary_size=256_128, head_dim=256),
        _GEMMA,
        786_825_216 + 7_751_248_896,
        8192,
    ),
    "Gemma 2 9B": Published(
        "GemmaBackbone",
        _shared(42, (16, 8), 3584, intermediate_dim=28_672, vocabulary_size=256_128, head_dim=256)
        | _GEMMA2_MORE,
        _GEMMA2,
        917_962_752 + 8_324_201_984,
        8192,
    ),
    "Phi-3-mini": Published(
        "Phi3Backbone",
        _shared(32, (32, 32), 3072, intermediate_dim=8192, vocabulary_size=32_064),
        "https://arxiv.org/abs/2404.14219",
        "3.8B",
        4096,
    ),
    "Qwen2.5 7B": Published(
        "QwenBackbone",
        _shared(
            28,
            (28, 4),
            3584,
            intermediate_dim=18_944,
            vocabulary_size=152_064,
            tie_word_embeddings=False,
        ),
        f"{_HUGGING_FACE}/Qwen/Qwen2.5-7B",
        "7.61B",
        32_768,
    ),
    "Qwen3 8B": Published(
        "Qwen3Backbone",
        _shared(
            36,
            (32, 8),
            4096,
            intermediate_dim=12_288,
            vocabulary_size=151_936,
            head_dim=128,
            tie_word_embeddings=False,
        ),
        f"{_HUGGING_FACE}/Qwen/Qwen3-8B",
        "8.2B",
        32_768,
    ),
    "gpt-oss-20b": Published(
        "GptOssBackbone",
        _shared(
            24,
            (64, 8),
            2880,
            intermediate_dim=2880,
            vocabulary_size=201_088,
            head_dim=64,
            num_experts=32,
            top_k=4,
            sliding_window=128,
        ),
        "https://arxiv.org/abs/2508.10925",
        "20.9B",
        131_072,
    ),
    "Gemma 3 1B": Published(
        "Gemma3Backbone",
        _shared(26, (4, 1), 1152, intermediate_dim=6912, vocabulary_size=262_144, head_dim=256)
        | _GEMMA3
        | {"sliding_window_size": 512},
        f"{KERAS_HUB}/gemma3/gemma3_presets.py",
        999_885_952,
        32_768,
    ),
    "Gemma 3 27B": Published(
        "Gemma3Backbone",
        _shared(62, (32, 16), 5376, intermediate_dim=21_504, vocabulary_size=262_144, head_dim=128)
        | _GEMMA3
        | {"sliding_window_size": 1024},
        f"{KERAS_HUB}/gemma3/gemma3_presets.py",
        27_009_002_240,
        131_072,
    ),
    # Without what sees and hears, which the published figure counts.
    "Gemma 3n E2B": Published(
        "Gemma3nBackbone",
        {
            "text_vocab_size": 262_400,
            "text_hidden_size": 2048,
            "num_hidden_layers": 30,
            "pad_token_id": 0,
            "num_attention_heads": 8,
            "num_key_value_heads": 2,
            "head_dim": 256,
            "intermediate_size": [8192] * 30,
            "hidden_activation": "gelu_approximate",
            "layer_types": every(5, 30),
            "sliding_window": 512,
            "rope_theta": 1_000_000.0,
            "max_position_embeddings": 32_768,
            "vocab_size_per_layer_input": 262_144,
            "hidden_size_per_layer_input": 256,
            "altup_num_inputs": 4,
            "laurel_rank": 64,
            "num_kv_shared_layers": 10,
        },
        f"{KERAS_HUB}/gemma3n/gemma3n_presets.py",
        5_439_595_456,
        32_768,
    ),
    "Gemma 4 31B": Published(
        "Gemma4Backbone",
        _shared(60, (32, 16), 5376, intermediate_dim=21_504, vocabulary_size=262_144, head_dim=256)
        | {
            "image_size": None,
            "global_head_dim": 512,
            "num_global_key_value_heads": 4,
            "sliding_window_size": 1024,
            "layer_types": every(6, 60),
        },
        "https://ai.google.dev/gemma/docs/core",
        "31B",
        262_144,
    ),
    # Published with 262,144 tokens: KerasHub unrolls a prompt's recurrence, once for each 64 tokens
    # of each block, and a trace of that many had no end within ten minutes.
    "Qwen3.5 27B": Published(
        "Qwen3_5Backbone",
        _shared(
            64,
            (24, 4),
            5120,
            intermediate_dim=17_408,
            vocabulary_size=248_320,
            head_dim=256,
            linear_num_value_heads=48,
        ),
        f"{_HUGGING_FACE}/Qwen/Qwen3.5-27B",
        "27B",
        4096,
    ),
    "RWKV-7 0.1B": Published(
        "RWKV7Backbone",
        {
            "vocabulary_size": 65_536,
            "hidden_size": 768,
            "head_size": 64,
            "num_layers": 12,
            "intermediate_dim": 3072,
        },
        "https://arxiv.org/abs/2503.14456",
        "0.19B",
        4096,
    ),
}
