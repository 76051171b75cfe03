"""Small configurations of KerasHub's language models, by class."""

from __future__ import annotations

from typing import Any

from hub_cases import Case

__all__ = ["DECODERS", "ENCODERS", "PAIRS"]

# Sixteen tokens, an encoder's twenty.
_TOKENS = {"token_ids": (16,), "padding_mask": (16,)}
_SEGMENTS = _TOKENS | {"segment_ids": (16,)}
_PAIR = {
    "encoder_token_ids": (20,),
    "encoder_padding_mask": (20,),
    "decoder_token_ids": (16,),
    "decoder_padding_mask": (16,),
}
_SIZE: dict[str, Any] = {
    "vocabulary_size": 100,
    "num_layers": 2,
    "hidden_dim": 64,
    "intermediate_dim": 128,
}
_HEADS = _SIZE | {"num_heads": 4}
_PLACES = _HEADS | {"max_sequence_length": 32}
# Four heads of queries share two of keys and values.
_SHARED = _SIZE | {"num_query_heads": 4, "num_key_value_heads": 2}
_EXPERTS = {"num_experts": 4, "top_k": 2}
_LINEAR = {
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 4,
    "linear_key_head_dim": 16,
    "linear_value_head_dim": 16,
}
_SHORT = {"sliding_window": 8}

# They write one token after the other.
DECODERS = {
    "BloomBackbone": Case(_HEADS, _TOKENS),
    "FalconBackbone": Case(_SIZE | {"num_attention_heads": 4}, _TOKENS),
    "GPT2Backbone": Case(_PLACES, _TOKENS),
    "GPTNeoXBackbone": Case(_PLACES, _TOKENS),
    "GemmaBackbone": Case(_SHARED | {"head_dim": 16}, _TOKENS),
    "Gemma3Backbone": Case(
        _SHARED
        | {
            "head_dim": 16,
            "image_size": 16,
            "use_sliding_window_attention": True,
            "sliding_window_size": 8,
        },
        _TOKENS,
    ),
    "Gemma3nBackbone": Case(
        {
            "text_vocab_size": 100,
            "text_hidden_size": 64,
            "num_hidden_layers": 2,
            "pad_token_id": 0,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "head_dim": 16,
            "intermediate_size": [128, 128],
            "hidden_activation": "gelu_approximate",
            "layer_types": ["sliding_attention", "full_attention"],
            "sliding_window": 8,
            "rope_theta": 10_000.0,
            "max_position_embeddings": 32,
            "vocab_size_per_layer_input": 100,
            "hidden_size_per_layer_input": 8,
            "altup_num_inputs": 2,
            "laurel_rank": 4,
        },
        _TOKENS,
    ),
    "Gemma4Backbone": Case(
        _SHARED | {"head_dim": 16, "image_size": 16, "sliding_window_size": 8},
        _TOKENS | {"position_ids": (16,)},
    ),
    "GptOssBackbone": Case(_SHARED | _EXPERTS | {"head_dim": 16} | _SHORT, _TOKENS),
    "LlamaBackbone": Case(_SHARED, _TOKENS),
    "Llama3Backbone": Case(_SHARED, _TOKENS),
    "MistralBackbone": Case(_SHARED | _SHORT, _TOKENS),
    "MixtralBackbone": Case(_SHARED | _EXPERTS | _SHORT, _TOKENS),
    "OPTBackbone": Case(_PLACES, _TOKENS),
    "Phi3Backbone": Case(_SHARED, _TOKENS),
    "QwenBackbone": Case(_SHARED, _TOKENS),
    "Qwen3Backbone": Case(_SHARED | {"head_dim": 16}, _TOKENS),
    "Qwen3MoeBackbone": Case(
        _SHARED | _EXPERTS | {"head_dim": 16, "moe_intermediate_dim": 32}, _TOKENS
    ),
    "Qwen3_5Backbone": Case(
        _SHARED | _LINEAR | {"head_dim": 16, "layer_types": ["linear_attention", "full_attention"]},
        _TOKENS,
    ),
    "Qwen3_5MoeBackbone": Case(
        {key: value for key, value in _SHARED.items() if key != "intermediate_dim"}
        | _LINEAR
        | _EXPERTS
        | {
            "head_dim": 16,
            "moe_intermediate_dim": 32,
            "shared_expert_intermediate_size": 32,
            "layer_types": ["linear_attention", "full_attention"],
        },
        _TOKENS,
    ),
    "QwenMoeBackbone": Case(
        _SHARED | _EXPERTS | {"moe_intermediate_dim": 32, "shared_expert_intermediate_dim": 32},
        _TOKENS,
    ),
    "RWKV7Backbone": Case(
        {
            "vocabulary_size": 100,
            "hidden_size": 64,
            "head_size": 16,
            "num_layers": 2,
            "intermediate_dim": 128,
            "gate_lora": 8,
            "mv_lora": 8,
            "aaa_lora": 8,
            "decay_lora": 8,
        },
        _TOKENS,
    ),
    "SmolLM3Backbone": Case(
        _SIZE
        | {
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "attention_bias": False,
            "attention_dropout": 0.0,
            "rope_layer_enabled_list": [True, False],
            "layer_types": ["full_attention", "full_attention"],
            "mlp_bias": False,
            "layer_norm_epsilon": 1e-5,
            "max_position_embeddings": 32,
            "rope_theta": 10_000.0,
            "partial_rotary_factor": 1.0,
        },
        _TOKENS,
    ),
}

# They read a text at once.
ENCODERS = {
    "AlbertBackbone": Case(_PLACES | {"embedding_dim": 16}, _SEGMENTS),
    "BertBackbone": Case(_PLACES, _SEGMENTS),
    "DebertaV3Backbone": Case(_PLACES | {"bucket_size": 8}, _TOKENS),
    "DistilBertBackbone": Case(_PLACES, _TOKENS),
    "ESMBackbone": Case(_PLACES, {"token_ids": (16,)}),
    "ElectraBackbone": Case(
        {
            "vocab_size": 100,
            "num_layers": 2,
            "num_heads": 4,
            "hidden_dim": 64,
            "embedding_dim": 16,
            "intermediate_dim": 128,
            "max_sequence_length": 32,
        },
        _SEGMENTS,
    ),
    "FNetBackbone": Case(
        _SIZE | {"max_sequence_length": 32}, {"token_ids": (16,), "segment_ids": (16,)}
    ),
    "RobertaBackbone": Case(_PLACES, _TOKENS),
    "RoformerV2Backbone": Case(
        _HEADS | {"head_size": 16}, {"token_ids": (16,), "segment_ids": (16,)}
    ),
    "XLMRobertaBackbone": Case(_PLACES, _TOKENS),
    "XLNetBackbone": Case(_HEADS, _SEGMENTS),
}

_BOTH: dict[str, Any] = {
    f"{side}_{key}": value
    for side in ("encoder", "decoder")
    for key, value in {
        "hidden_dim": 64,
        "intermediate_dim": 128,
        "num_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 16,
        "layer_types": ["sliding_attention", "full_attention"],
    }.items()
}

# An encoder reads, a decoder writes.
PAIRS = {
    "BartBackbone": Case(_PLACES, _PAIR),
    "EdRecBackbone": Case(
        {
            "vocab_size": 100,
            "num_layers_enc": 2,
            "num_layers_dec": 2,
            "hidden_dim": 64,
            "intermediate_dim": 128,
            "num_heads": 4,
        },
        _PAIR,
    ),
    "T5Backbone": Case(_HEADS, _PAIR),
    "T5GemmaBackbone": Case({"vocabulary_size": 100} | _BOTH | _SHORT, _PAIR),
    "T5Gemma2Backbone": Case({"vocabulary_size": 100} | _BOTH | _SHORT, _PAIR),
}
