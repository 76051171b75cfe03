"""What reads and what sees, of published size: see `hub_published.py`."""

from __future__ import annotations

from hub_published import Published, blocks

__all__ = ["IMAGES", "READERS"]

_TOKENS = {"token_ids": (512,), "padding_mask": (512,)}
_BERT = _TOKENS | {"segment_ids": (512,)}

READERS = {
    "BERT, base": Published(
        "BertBackbone",
        blocks(12, 12, (768, 3072), vocabulary_size=30_522),
        "https://arxiv.org/abs/1810.04805",
        "110M",
        inputs=_BERT,
    ),
    "BERT, large": Published(
        "BertBackbone",
        blocks(24, 16, (1024, 4096), vocabulary_size=30_522),
        "https://arxiv.org/abs/1810.04805",
        "340M",
        inputs=_BERT,
    ),
    "RoBERTa, base": Published(
        "RobertaBackbone",
        blocks(12, 12, (768, 3072), vocabulary_size=50_265),
        "https://arxiv.org/abs/1907.11692",
        "125M",
        inputs=_TOKENS,
    ),
    "DistilBERT": Published(
        "DistilBertBackbone",
        blocks(6, 12, (768, 3072), vocabulary_size=30_522),
        "https://arxiv.org/abs/1910.01108",
        "66M",
        inputs=_TOKENS,
    ),
    "ALBERT, base": Published(
        "AlbertBackbone",
        blocks(12, 12, (768, 3072), vocabulary_size=30_000, embedding_dim=128),
        "https://arxiv.org/abs/1909.11942",
        "12M",
        inputs=_BERT,
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
