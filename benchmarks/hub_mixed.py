"""Small configurations of KerasHub's models of images with text, of sound, and of made images."""

from __future__ import annotations

from typing import Any

from hub_cases import Case, Part

__all__ = ["IMAGES_AND_TEXT", "MADE", "SOUND"]

_TOKENS = {"token_ids": (16,), "padding_mask": (16,)}
_BLOCKS: dict[str, Any] = {
    "num_layers": 2,
    "num_heads": 4,
    "hidden_dim": 64,
    "intermediate_dim": 128,
}
_SEES: dict[str, Any] = _BLOCKS | {"patch_size": 16, "image_shape": (64, 64, 3)}
_READS: dict[str, Any] = _BLOCKS | {
    "vocabulary_size": 100,
    "embedding_dim": 64,
    "max_sequence_length": 16,
}
_SAM3: dict[str, Any] = {"hidden_dim": 32, "num_heads": 2}
_SAM3_BLOCKS = _SAM3 | {"num_layers": 2, "intermediate_dim": 64}

IMAGES_AND_TEXT = {
    "BLIP2Backbone": Case(
        {
            "vision_encoder": Part(
                "keras_hub.src.models.blip2.blip2_vision_encoder.BLIP2VisionEncoder",
                _BLOCKS
                | {
                    "image_size": 64,
                    "patch_size": 16,
                    "use_patch_bias": True,
                    "use_class_token": True,
                    "use_mha_bias": True,
                    "use_mlp_bias": True,
                    "dropout_rate": 0.0,
                    "layer_norm_epsilon": 1e-6,
                    "initializer_range": 0.02,
                },
            ),
            "qformer": Part(
                "keras_hub.src.models.blip2.blip2_qformer.BLIP2QFormer",
                _BLOCKS
                | {
                    "num_query_tokens": 8,
                    "vision_dim": 64,
                    "cross_attention_frequency": 2,
                    "dropout": 0.0,
                    "layer_norm_epsilon": 1e-6,
                },
            ),
            "language_model": Part(
                "keras_hub.src.models.blip2.blip2_custom_opt.BLIP2CustomOPT",
                _BLOCKS
                | {
                    "vocabulary_size": 100,
                    "num_query_tokens": 8,
                    "dropout": 0.0,
                    "max_sequence_length": 32,
                    "qformer_hidden_dim": 64,
                },
            ),
        },
        _TOKENS,
    ),
    "CLIPBackbone": Case(
        {
            "vision_encoder": Part("CLIPVisionEncoder", _SEES),
            "text_encoder": Part("CLIPTextEncoder", _READS),
            "projection_dim": 32,
        },
        {"token_ids": (16,)},
    ),
    "CLIPTextEncoder": Case(_READS, {"token_ids": (16,)}),
    "CLIPVisionEncoder": Case(_SEES),
    "MetaCLIP2Backbone": Case(
        {
            "vision_encoder": Part("MetaCLIP2VisionEncoder", _SEES),
            "text_encoder": Part("MetaCLIP2TextEncoder", _READS),
            "projection_dim": 32,
        },
        {"token_ids": (16,)},
    ),
    "MetaCLIP2TextEncoder": Case(_READS, {"token_ids": (16,)}),
    "MetaCLIP2VisionEncoder": Case(_SEES),
    "PARSeqBackbone": Case(
        {
            "image_encoder": Part(
                "ViTBackbone",
                {
                    "image_shape": (32, 64, 3),
                    "patch_size": (4, 8),
                    "num_layers": 2,
                    "num_heads": 4,
                    "hidden_dim": 64,
                    "mlp_dim": 128,
                    "use_class_token": False,
                },
            ),
            "vocabulary_size": 40,
            "max_label_length": 25,
            "decoder_hidden_dim": 64,
            "num_decoder_layers": 1,
            "num_decoder_heads": 4,
            "decoder_mlp_dim": 128,
        },
        {"token_ids": (10,), "padding_mask": (10,)},
    ),
    "PaliGemmaBackbone": Case(
        {
            "vocabulary_size": 100,
            "image_size": 64,
            "num_layers": 2,
            "num_query_heads": 4,
            "num_key_value_heads": 2,
            "hidden_dim": 64,
            "intermediate_dim": 128,
            "head_dim": 16,
            "vit_patch_size": 16,
            "vit_num_heads": 4,
            "vit_hidden_dim": 64,
            "vit_num_layers": 2,
            "vit_intermediate_dim": 128,
        },
        _TOKENS | {"response_mask": (16,)},
    ),
    "SAMBackbone": Case(
        {
            "image_encoder": Part(
                "ViTDetBackbone",
                {
                    "image_shape": (128, 128, 3),
                    "patch_size": 16,
                    "hidden_size": 32,
                    "num_layers": 2,
                    "intermediate_dim": 64,
                    "num_heads": 4,
                    "global_attention_layer_indices": [1],
                    "num_output_channels": 32,
                    "window_size": 2,
                },
            ),
            "prompt_encoder": Part(
                "SAMPromptEncoder",
                {
                    "hidden_size": 32,
                    "image_embedding_size": (8, 8),
                    "input_image_size": (128, 128),
                    "mask_in_channels": 16,
                },
            ),
            "mask_decoder": Part(
                "SAMMaskDecoder",
                {
                    "num_layers": 2,
                    "hidden_size": 32,
                    "intermediate_dim": 64,
                    "num_heads": 4,
                    "embedding_dim": 32,
                    "num_multimask_outputs": 3,
                    "iou_head_depth": 3,
                    "iou_head_hidden_dim": 32,
                },
            ),
        },
        {"points": (1, 2), "labels": (1,), "boxes": (1, 2, 2), "masks": (1, 32, 32, 1)},
    ),
    "SAM3PromptableConceptBackbone": Case(
        {
            "vision_encoder": Part(
                "SAM3VisionEncoder",
                _SAM3_BLOCKS
                | {
                    "image_shape": (112, 112, 3),
                    "patch_size": 14,
                    "fpn_hidden_dim": 32,
                    "fpn_scale_factors": [4.0, 2.0, 1.0, 0.5],
                    "pretrain_image_shape": (112, 112, 3),
                    "window_size": 2,
                    "global_attn_indexes": [1],
                },
            ),
            "text_encoder": Part(
                "SAM3TextEncoder", _SAM3_BLOCKS | {"vocabulary_size": 100, "embedding_dim": 32}
            ),
            "geometry_encoder": Part("SAM3GeometryEncoder", _SAM3_BLOCKS | {"roi_size": 7}),
            "detr_encoder": Part("SAM3DetrEncoder", _SAM3_BLOCKS),
            "detr_decoder": Part(
                "SAM3DetrDecoder",
                _SAM3_BLOCKS | {"image_shape": (112, 112, 3), "patch_size": 14, "num_queries": 20},
            ),
            "mask_decoder": Part("SAM3MaskDecoder", _SAM3 | {"num_upsampling_stages": 3}),
        },
        _TOKENS | {"boxes": (1, 5), "box_labels": (1,)},
    ),
    "SigLIPBackbone": Case(
        {
            "vision_encoder": Part("SigLIPVisionEncoder", _SEES),
            "text_encoder": Part("SigLIPTextEncoder", _READS),
        },
        {"token_ids": (16,)},
    ),
    "SigLIPTextEncoder": Case(_READS, {"token_ids": (16,)}),
    "SigLIPVisionEncoder": Case(_SEES),
}

SOUND = {
    "MoonshineBackbone": Case(
        {
            "vocabulary_size": 100,
            "filter_dim": 64,
            "encoder_num_layers": 2,
            "decoder_num_layers": 2,
            "hidden_dim": 64,
            "intermediate_dim": 128,
            "encoder_num_heads": 4,
            "decoder_num_heads": 4,
        },
        {
            "encoder_input_values": (16_000, 1),
            "encoder_padding_mask": (16_000,),
            "decoder_token_ids": (16,),
            "decoder_padding_mask": (16,),
        },
    ),
    "WhisperBackbone": Case(
        _BLOCKS
        | {
            "vocabulary_size": 100,
            "max_encoder_sequence_length": 128,
            "max_decoder_sequence_length": 32,
        },
        {
            "encoder_features": (128, 80),
            "decoder_token_ids": (16,),
            "decoder_padding_mask": (16,),
        },
    ),
}

_CLIP = _READS | {"intermediate_output_index": 0}

MADE = {
    "FluxBackbone": Case(
        {
            "input_channels": 64,
            "hidden_size": 64,
            "mlp_ratio": 2.0,
            "num_heads": 4,
            "depth": 2,
            "depth_single_blocks": 2,
            "axes_dim": [4, 6, 6],
            "theta": 10_000,
            "use_bias": True,
            "guidance_embed": True,
            "image_shape": (32, 64),
            "text_shape": (16, 32),
            "image_ids_shape": (32, 3),
            "text_ids_shape": (16, 3),
            "y_shape": (64,),
        }
    ),
    "StableDiffusion3Backbone": Case(
        {
            "mmdit_patch_size": 2,
            "mmdit_hidden_dim": 64,
            "mmdit_num_layers": 2,
            "mmdit_num_heads": 4,
            "mmdit_position_size": 64,
            "mmdit_qk_norm": None,
            "mmdit_dual_attention_indices": None,
            "vae": Part(
                "keras_hub.src.models.vae.vae_backbone.VAEBackbone",
                {
                    "encoder_num_filters": [32, 32, 32, 32],
                    "encoder_num_blocks": [1, 1, 1, 1],
                    "decoder_num_filters": [32, 32, 32, 32],
                    "decoder_num_blocks": [1, 1, 1, 1],
                },
            ),
            "clip_l": Part("CLIPTextEncoder", _CLIP | {"name": "clip_l"}),
            "clip_g": Part("CLIPTextEncoder", _CLIP | {"name": "clip_g"}),
            "image_shape": (64, 64, 3),
        },
        {
            f"clip_{size}_{kind}token_ids": (16,)
            for size in ("l", "g")
            for kind in ("", "negative_")
        },
    ),
}
