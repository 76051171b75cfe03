"""Models of published size: what KerasHub builds them from, and what was published of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["IMAGES", "LANGUAGE", "READERS", "Published"]


@dataclass(frozen=True, slots=True)
class Published:
    """A model, and what was published of it.

    Attributes:
        backbone: the class in `keras_hub.models`.
        arguments: what it is made with, as published.
        source: where that was published.
        params: parameters as published: a number where all digits were, or a rounded one in words.
        context: tokens of a prompt, or the length that it was trained on.
        inputs: by name the sizes that inputs leave open; tokens and a mask of them if left out.
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


def _blocks(layers: int, heads: int, sizes: tuple[int, int], **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """Blocks whose heads share nothing, and their sizes outside and inside."""
    hidden, inner = sizes
    found = {"num_layers": layers, "num_heads": heads, "hidden_dim": hidden}
    return found | {"intermediate_dim": inner} | more


def _shared(layers: int, heads: tuple[int, int], hidden: int, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """Blocks whose heads of queries share those of keys and values."""
    queries, keys = heads
    sizes = {"num_layers": layers, "num_query_heads": queries, "num_key_value_heads": keys}
    return sizes | {"hidden_dim": hidden} | more


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
_HUGGING_FACE = "https://huggingface.co"

LANGUAGE = {
    "GPT-2, small": Published(
        "GPT2Backbone",
        _blocks(12, 12, (768, 3072), vocabulary_size=50_257, max_sequence_length=1024),
        f"{_HUGGING_FACE}/openai-community/gpt2",
        "124M",
        1024,
    ),
    "BLOOM 560M": Published(
        "BloomBackbone",
        _blocks(24, 16, (1024, 4096), vocabulary_size=250_880),
        f"{_HUGGING_FACE}/bigscience/bloom-560m",
        559_214_592,
        2048,
    ),
    "BLOOM": Published(
        "BloomBackbone",
        _blocks(70, 112, (14_336, 57_344), vocabulary_size=250_880),
        f"{_HUGGING_FACE}/bigscience/bloom",
        176_247_271_424,
        2048,
    ),
    "GPT-NeoX 20B": Published(
        "GPTNeoXBackbone",
        _blocks(44, 64, (6144, 24_576), vocabulary_size=50_432, max_sequence_length=2048),
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
}

_TOKENS = {"token_ids": (512,), "padding_mask": (512,)}
_BERT = _TOKENS | {"segment_ids": (512,)}

READERS = {
    "BERT, base": Published(
        "BertBackbone",
        _blocks(12, 12, (768, 3072), vocabulary_size=30_522),
        "https://arxiv.org/abs/1810.04805",
        "110M",
        inputs=_BERT,
    ),
    "BERT, large": Published(
        "BertBackbone",
        _blocks(24, 16, (1024, 4096), vocabulary_size=30_522),
        "https://arxiv.org/abs/1810.04805",
        "340M",
        inputs=_BERT,
    ),
    "RoBERTa, base": Published(
        "RobertaBackbone",
        _blocks(12, 12, (768, 3072), vocabulary_size=50_265),
        "https://arxiv.org/abs/1907.11692",
        "125M",
        inputs=_TOKENS,
    ),
    "DistilBERT": Published(
        "DistilBertBackbone",
        _blocks(6, 12, (768, 3072), vocabulary_size=30_522),
        "https://arxiv.org/abs/1910.01108",
        "66M",
        inputs=_TOKENS,
    ),
    "ALBERT, base": Published(
        "AlbertBackbone",
        _blocks(12, 12, (768, 3072), vocabulary_size=30_000, embedding_dim=128),
        "https://arxiv.org/abs/1909.11942",
        "12M",
        inputs=_BERT,
    ),
    "Whisper, tiny": Published(
        "WhisperBackbone",
        _blocks(4, 6, (384, 1536), vocabulary_size=51_865),
        "https://arxiv.org/abs/2212.04356",
        "39M",
        inputs={
            "encoder_features": (3000, 80),
            "decoder_token_ids": (448,),
            "decoder_padding_mask": (448,),
        },
    ),
    "Whisper, large": Published(
        "WhisperBackbone",
        _blocks(32, 20, (1280, 5120), vocabulary_size=51_865),
        "https://arxiv.org/abs/2212.04356",
        "1550M",
        inputs={
            "encoder_features": (3000, 80),
            "decoder_token_ids": (448,),
            "decoder_padding_mask": (448,),
        },
    ),
}

_IMAGE = {"image_shape": (224, 224, 3)}
_TORCHVISION = "https://docs.pytorch.org/vision/stable/models.html"

# With a classifier of 1,000 classes and its biases in the published figures.
IMAGES = {
    "ResNet-50": Published(
        "ResNetBackbone",
        _IMAGE
        | {
            "input_conv_filters": [64],
            "input_conv_kernel_sizes": [7],
            "stackwise_num_filters": [64, 128, 256, 512],
            "stackwise_num_blocks": [3, 4, 6, 3],
            "stackwise_num_strides": [1, 2, 2, 2],
            "block_type": "bottleneck_block",
        },
        _TORCHVISION,
        25_557_032,
        head=2048 * 1000 + 1000,
        macs=4.09,
    ),
    "VGG-16": Published(
        "VGGBackbone",
        _IMAGE
        | {
            "stackwise_num_repeats": [2, 2, 3, 3, 3],
            "stackwise_num_filters": [64, 128, 256, 512, 512],
        },
        _TORCHVISION,
        138_357_544,
        head=(25_088 + 1) * 4096 + (4096 + 1) * 4096 + (4096 + 1) * 1000,
        macs=15.47,
    ),
    "DenseNet-121": Published(
        "DenseNetBackbone",
        _IMAGE | {"stackwise_num_repeats": [6, 12, 24, 16]},
        _TORCHVISION,
        7_978_856,
        head=1024 * 1000 + 1000,
        macs=2.83,
    ),
    "ViT-B/16": Published(
        "ViTBackbone",
        _IMAGE
        | {"patch_size": 16, "num_layers": 12, "num_heads": 12, "hidden_dim": 768, "mlp_dim": 3072},
        _TORCHVISION,
        86_567_656,
        head=768 * 1000 + 1000,
        macs=17.56,
    ),
    "Swin-T": Published(
        "SwinTransformerBackbone",
        _IMAGE
        | {"embed_dim": 96, "depths": (2, 2, 6, 2), "num_heads": (3, 6, 12, 24), "window_size": 7},
        _TORCHVISION,
        28_288_354,
        head=768 * 1000 + 1000,
        macs=4.49,
    ),
}
