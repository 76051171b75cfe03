"""Small configurations of KerasHub's models that see images, by class."""

from __future__ import annotations

from typing import Any

from hub_cases import Case, Part

__all__ = ["IMAGES", "PYRAMIDS", "TRANSFORMERS"]

_IMAGE = {"image_shape": (64, 64, 3)}
_RESNET: dict[str, Any] = {
    "input_conv_filters": [64],
    "input_conv_kernel_sizes": [7],
    "stackwise_num_filters": [64, 64, 64, 64],
    "stackwise_num_blocks": [1, 1, 1, 1],
    "stackwise_num_strides": [1, 2, 2, 2],
    "block_type": "basic_block",
}
_HGNET: dict[str, Any] = {
    "depths": [1, 1, 2, 1],
    "embedding_size": 16,
    "hidden_sizes": [64, 128, 128, 128],
    "stem_channels": [3, 16, 16],
    "hidden_act": "relu",
    "use_learnable_affine_block": True,
    "stackwise_stage_filters": [
        [16, 16, 64, 1, 3, 3],
        [64, 32, 128, 1, 3, 3],
        [128, 32, 128, 2, 3, 5],
        [128, 32, 128, 1, 3, 5],
    ],
    "apply_downsample": [False, True, True, True],
    "use_lightweight_conv_block": [False, False, True, True],
}
_VIT: dict[str, Any] = _IMAGE | {
    "patch_size": 16,
    "num_layers": 2,
    "num_heads": 4,
    "hidden_dim": 64,
    "intermediate_dim": 128,
}
_MIT: dict[str, Any] = _IMAGE | {
    "layerwise_depths": [1, 1, 1, 1],
    "num_layers": 4,
    "layerwise_num_heads": [1, 2, 4, 4],
    "layerwise_sr_ratios": [8, 4, 2, 1],
    "max_drop_path_rate": 0.1,
    "layerwise_patch_sizes": [7, 3, 3, 3],
    "layerwise_strides": [4, 2, 2, 2],
    "hidden_dims": [16, 32, 48, 64],
}

# Convolutions.
IMAGES = {
    "CSPNetBackbone": Case(
        _IMAGE
        | {
            "stem_filters": 16,
            "stem_kernel_size": 3,
            "stem_strides": 1,
            "stackwise_depth": [1, 2, 2],
            "stackwise_strides": [2, 2, 2],
            "stackwise_num_filters": [16, 32, 64],
            "block_type": "dark_block",
            "stage_type": "dark",
        }
    ),
    "DenseNetBackbone": Case(_IMAGE | {"stackwise_num_repeats": [2, 2, 2], "growth_rate": 8}),
    "EfficientNetBackbone": Case(
        {
            "input_shape": (64, 64, 3),
            "stackwise_width_coefficients": [1.0, 1.0, 1.0],
            "stackwise_depth_coefficients": [1.0, 1.0, 1.0],
            "stackwise_kernel_sizes": [3, 3, 5],
            "stackwise_num_repeats": [1, 2, 2],
            "stackwise_input_filters": [16, 16, 24],
            "stackwise_output_filters": [16, 24, 40],
            "stackwise_expansion_ratios": [1, 4, 6],
            "stackwise_squeeze_and_excite_ratios": [0.0, 0.25, 0.25],
            "stackwise_strides": [1, 2, 2],
            "stackwise_block_types": ["fused", "unfused", "unfused"],
            "stackwise_force_input_filters": [0, 0, 0],
            "stackwise_nores_option": [False, False, False],
            "num_features": 64,
        }
    ),
    "HGNetV2Backbone": Case(_IMAGE | _HGNET),
    "MobileNetBackbone": Case(
        _IMAGE
        | {
            "stackwise_expansion": [[40, 56], [64, 144]],
            "stackwise_num_blocks": [2, 2],
            "stackwise_num_filters": [[16, 16], [24, 24]],
            "stackwise_kernel_size": [[3, 3], [5, 5]],
            "stackwise_num_strides": [[2, 1], [2, 1]],
            "stackwise_se_ratio": [[None, None], [0.25, 0.25]],
            "stackwise_activation": [["relu", "relu"], ["hard_swish", "hard_swish"]],
            "stackwise_padding": [[1, 1], [2, 2]],
            "output_num_filters": 64,
            "depthwise_filters": 8,
            "depthwise_stride": 2,
            "depthwise_residual": False,
            "last_layer_filter": 64,
            "squeeze_and_excite": 0.5,
        }
    ),
    "MobileNetV5Backbone": Case(
        _IMAGE
        | {
            "stackwise_block_types": [["er"], ["uir", "mqa"]],
            "stackwise_num_blocks": [1, 2],
            "stackwise_num_filters": [[24], [48, 48]],
            "stackwise_strides": [[2], [2, 1]],
            "stackwise_act_layers": [["relu"], ["relu", "relu"]],
            "stackwise_exp_ratios": [[4.0], [6.0, 0.0]],
            "stackwise_se_ratios": [[0.0], [0.0, 0.0]],
            "stackwise_dw_kernel_sizes": [[0], [5, 3]],
            "stackwise_dw_start_kernel_sizes": [[0], [0, 0]],
            "stackwise_dw_end_kernel_sizes": [[0], [0, 0]],
            "stackwise_exp_kernel_sizes": [[3], [0, 0]],
            "stackwise_pw_kernel_sizes": [[1], [0, 0]],
            "stackwise_num_heads": [[0], [0, 4]],
            "stackwise_key_dims": [[0], [0, 16]],
            "stackwise_value_dims": [[0], [0, 16]],
            "stackwise_kv_strides": [[0], [0, 1]],
            "stackwise_use_cpe": [[False], [False, False]],
            "use_msfa": False,
        }
    ),
    "ResNetBackbone": Case(_IMAGE | _RESNET),
    "VGGBackbone": Case(
        _IMAGE | {"stackwise_num_repeats": [1, 1, 2], "stackwise_num_filters": [16, 32, 64]}
    ),
    "XceptionBackbone": Case(
        _IMAGE
        | {
            "stackwise_conv_filters": [[16, 32], [32, 64], [64, 64]],
            "stackwise_pooling": [True, True, False],
        }
    ),
}

# Patches that attend to each other.
TRANSFORMERS = {
    "DINOV2Backbone": Case(_VIT | {"position_embedding_shape": (64, 64, 3)}),
    "DINOV3Backbone": Case(_VIT),
    "DeiTBackbone": Case(_VIT),
    "MiTBackbone": Case(_MIT),
    "SwinTransformerBackbone": Case(
        _IMAGE | {"embed_dim": 16, "depths": (2, 2), "num_heads": (2, 4), "window_size": 4}
    ),
    "ViTBackbone": Case(
        {key: value for key, value in _VIT.items() if key != "intermediate_dim"} | {"mlp_dim": 128}
    ),
    "ViTDetBackbone": Case(
        _IMAGE
        | {
            "patch_size": 8,
            "hidden_size": 64,
            "num_layers": 2,
            "intermediate_dim": 128,
            "num_heads": 4,
            "global_attention_layer_indices": [1],
            "num_output_channels": 16,
            "window_size": 4,
        }
    ),
    "VideoPrismBackbone": Case(
        _IMAGE
        | {
            "num_frames": 4,
            "patch_size": 16,
            "hidden_dim": 64,
            "intermediate_dim": 128,
            "num_heads": 4,
            "num_spatial_layers": 2,
            "num_temporal_layers": 1,
            "num_auxiliary_layers": 1,
            "vocabulary_size": 100,
            "num_text_layers": 1,
        },
        {"token_ids": (16,), "padding_mask": (16,)},
    ),
}

# What is built on another one's features.
PYRAMIDS = {
    "BASNetBackbone": Case(
        _IMAGE | {"image_encoder": Part("ResNetBackbone", _RESNET), "num_classes": 1}
    ),
    "DFineBackbone": Case(
        {
            "image_shape": (256, 256, 3),
            "backbone": Part(
                "HGNetV2Backbone",
                _HGNET | {"image_shape": (None, None, 3), "out_features": ["stage3", "stage4"]},
            ),
            "decoder_in_channels": [64, 64],
            "encoder_hidden_dim": 64,
            "num_denoising": 0,
            "num_labels": 8,
            "hidden_dim": 64,
            "learn_initial_query": False,
            "num_queries": 30,
            "anchor_image_size": (256, 256),
            "feat_strides": [16, 32],
            "num_feature_levels": 2,
            "encoder_in_channels": [128, 128],
            "encode_proj_layers": [1],
            "num_attention_heads": 4,
            "encoder_ffn_dim": 128,
            "num_encoder_layers": 1,
            "hidden_expansion": 0.5,
            "depth_multiplier": 0.5,
            "eval_idx": -1,
            "num_decoder_layers": 2,
            "decoder_attention_heads": 4,
            "decoder_ffn_dim": 128,
            "decoder_n_points": [4, 4],
            "lqe_hidden_dim": 32,
            "num_lqe_layers": 2,
            "out_features": ["stage3", "stage4"],
        }
    ),
    "DeepLabV3Backbone": Case(
        _IMAGE
        | {
            "image_encoder": Part("ResNetBackbone", _RESNET),
            "spatial_pyramid_pooling_key": "P5",
            "low_level_feature_key": "P2",
            "upsampling_size": 8,
            "dilation_rates": [6, 12, 18],
            "projection_filters": 16,
        }
    ),
    "DepthAnythingBackbone": Case(
        {
            "image_encoder": Part(
                "DINOV2Backbone",
                _VIT
                | {
                    "num_layers": 4,
                    "image_shape": (128, 128, 3),
                    "position_embedding_shape": (128, 128, 3),
                },
            ),
            "reassemble_factors": [4, 2, 1, 0.5],
            "neck_hidden_dims": [16, 16, 32, 32],
            "fusion_hidden_dim": 32,
            "head_hidden_dim": 16,
            "head_in_index": -1,
            "feature_keys": ["stage1", "stage2", "stage3", "stage4"],
        }
    ),
    "RetinaNetBackbone": Case(
        _IMAGE
        | {
            "image_encoder": Part("ResNetBackbone", _RESNET),
            "min_level": 3,
            "max_level": 7,
            "use_p5": False,
        }
    ),
    "SegFormerBackbone": Case(
        {"image_encoder": Part("MiTBackbone", _MIT), "projection_filters": 16}
    ),
}
