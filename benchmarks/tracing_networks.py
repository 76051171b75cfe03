"""Two networks, each twice: of Keras layers that no rule knows, and of PyTorch's own layers.

ResNet50 is that of `keras.applications`; the other is a small decoder in the manner of GPT. Biases
count nothing, so there are none before a normalisation.
"""

# Keras and PyTorch publish no types, and are imported when they are asked; a network is its code:
# ruff: noqa: ANN401, PLC0415

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["NETWORKS", "Network"]

SIZE, CLASSES = 224, 1000
# Of each stage: blocks, channels inside, stride.
STAGES = ((3, 64, 1), (4, 128, 2), (6, 256, 2), (3, 512, 2))
WORDS, TOKENS, WIDTH, HEADS, BLOCKS = 8000, 128, 256, 4, 6


class Network(NamedTuple):
    """One network in both forms.

    Attributes:
        true_macs: multiply-accumulates of one sample.
        keras: makes the Keras model, built, of layers of its own.
        torch: makes the module of PyTorch.
        inputs: makes the input for the module, a batch of 1.
    """

    true_macs: int
    keras: Callable[[], Any]
    torch: Callable[[], Any]
    inputs: Callable[[], Any]


def resnet_macs() -> int:
    """Products of ResNet50: the stem, three convolutions a block and its shortcut, the top."""
    size = SIZE // 2
    total, channels = size * size * 7 * 7 * 3 * 64, 64
    size //= 2
    for blocks, inside, stride in STAGES:
        for block in range(blocks):
            size //= stride if block == 0 else 1
            total += size * size * (channels * inside + 9 * inside * inside + inside * 4 * inside)
            total += size * size * channels * 4 * inside if block == 0 else 0
            channels = 4 * inside
    return total + channels * CLASSES


def decoder_macs() -> int:
    """Products of the decoder: projections and mixing in each block, and the words at the end.

    The mask of the attention saves no product: all pairs of tokens count, as for every tool.
    """
    projections = TOKENS * (4 * WIDTH * WIDTH + 2 * WIDTH * 4 * WIDTH)
    mixing = 2 * TOKENS * TOKENS * WIDTH
    return BLOCKS * (projections + mixing) + TOKENS * WIDTH * WORDS


# --------------------------------------------------------------------------------------- Keras


def keras_layers() -> Any:  # noqa: C901  the methods of its classes are counted
    """Layers of the user's own, as a namespace; Keras's own are not used."""
    import keras

    class Layers:
        class Convolution(keras.layers.Layer):
            def __init__(self, channels: int, taps: int, stride: int = 1) -> None:
                super().__init__()
                self.channels, self.taps, self.stride = channels, taps, stride

            def build(self, shape: Any) -> None:
                taps = (self.taps, self.taps, shape[-1], self.channels)
                self.kernel = self.add_weight(shape=taps, name="kernel")

            def call(self, x: Any) -> Any:
                if self.taps > 1:
                    around = self.taps // 2
                    x = keras.ops.pad(x, [(0, 0), (around, around), (around, around), (0, 0)])
                return keras.ops.conv(x, self.kernel, self.stride, "valid")

        class Normalisation(keras.layers.Layer):
            def build(self, shape: Any) -> None:
                self.scale = self.add_weight(shape=(shape[-1],), initializer="ones", name="scale")
                self.shift = self.add_weight(shape=(shape[-1],), initializer="zeros", name="shift")

            def call(self, x: Any) -> Any:
                return x * self.scale + self.shift

        class LayerNormalisation(Normalisation):
            def call(self, x: Any) -> Any:
                mean = keras.ops.mean(x, axis=-1, keepdims=True)
                spread = keras.ops.std(x, axis=-1, keepdims=True)
                return (x - mean) / (spread + 1e-6) * self.scale + self.shift

        class Linear(keras.layers.Layer):
            def __init__(self, units: int) -> None:
                super().__init__()
                self.units = units

            def build(self, shape: Any) -> None:
                self.kernel = self.add_weight(shape=(shape[-1], self.units), name="kernel")

            def call(self, x: Any) -> Any:
                return keras.ops.matmul(x, self.kernel)

    return Layers


def keras_resnet() -> Any:
    """ResNet50 as a subclassed model."""
    import keras

    own, ops = keras_layers(), keras.ops

    class Block(keras.layers.Layer):
        def __init__(self, inside: int, stride: int, *, first: bool) -> None:
            super().__init__()
            sizes = ((inside, 1, stride), (inside, 3, 1), (4 * inside, 1, 1))
            self.convolutions = [own.Convolution(*each) for each in sizes]
            self.normalisations = [own.Normalisation() for _ in sizes]
            self.shortcut = own.Convolution(4 * inside, 1, stride) if first else None

        def call(self, x: Any) -> Any:
            y = x
            steps = zip(self.convolutions, self.normalisations, strict=True)
            for place, (convolution, normalisation) in enumerate(steps):
                y = normalisation(convolution(ops.relu(y) if place else y))
            return ops.relu(y + (x if self.shortcut is None else self.shortcut(x)))

    class ResNet(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.stem, self.normalisation = own.Convolution(64, 7, 2), own.Normalisation()
            self.blocks = [
                Block(inside, stride if n == 0 else 1, first=n == 0)
                for blocks, inside, stride in STAGES
                for n in range(blocks)
            ]
            self.top = own.Linear(CLASSES)

        def call(self, x: Any) -> Any:
            x = ops.relu(self.normalisation(self.stem(x)))
            x = ops.max_pool(x, 3, 2, "same")
            for block in self.blocks:
                x = block(x)
            return self.top(ops.mean(x, axis=(1, 2)))

    model = ResNet()
    model(ops.zeros((1, SIZE, SIZE, 3)))
    return model


def keras_decoder() -> Any:
    """The decoder as a subclassed model."""
    import keras

    own, ops = keras_layers(), keras.ops

    class Block(keras.layers.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.before, self.between = own.LayerNormalisation(), own.LayerNormalisation()
            self.projection, self.mixed = own.Linear(3 * WIDTH), own.Linear(WIDTH)
            self.wide, self.narrow = own.Linear(4 * WIDTH), own.Linear(WIDTH)

        def call(self, x: Any) -> Any:
            heads = ops.reshape(self.projection(self.before(x)), (-1, TOKENS, 3 * HEADS, 64))
            query, key, value = ops.split(heads, 3, axis=2)
            mixed = ops.dot_product_attention(query, key, value, is_causal=True)
            x = x + self.mixed(ops.reshape(mixed, (-1, TOKENS, WIDTH)))
            return x + self.narrow(ops.gelu(self.wide(self.between(x))))

    class Decoder(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.blocks, self.end = [Block() for _ in range(BLOCKS)], own.LayerNormalisation()
            self.words = own.Linear(WORDS)

        def build(self, shape: Any) -> None:  # noqa: ARG002  Keras passes it
            self.table = self.add_weight(shape=(WORDS, WIDTH), name="table")
            self.places = self.add_weight(shape=(TOKENS, WIDTH), name="places")

        def call(self, tokens: Any) -> Any:
            x = ops.take(self.table, tokens, axis=0) + self.places
            for block in self.blocks:
                x = block(x)
            return self.words(self.end(x))

    model = Decoder()
    model(ops.zeros((1, TOKENS), dtype="int32"))
    return model


# --------------------------------------------------------------------------------------- PyTorch


def torch_resnet() -> Any:
    """ResNet50 of PyTorch's own layers."""
    from torch import nn

    def convolution(before: int, after: int, taps: int, stride: int = 1) -> Any:  # noqa: PLR0917
        return nn.Conv2d(before, after, taps, stride, taps // 2, bias=False)

    class Block(nn.Module):
        def __init__(self, before: int, inside: int, stride: int) -> None:
            super().__init__()
            self.layers = nn.Sequential(
                convolution(before, inside, 1, stride),
                nn.BatchNorm2d(inside),
                nn.ReLU(),
                convolution(inside, inside, 3),
                nn.BatchNorm2d(inside),
                nn.ReLU(),
                convolution(inside, 4 * inside, 1),
                nn.BatchNorm2d(4 * inside),
            )
            self.shortcut = nn.Identity()
            if before != 4 * inside:
                self.shortcut = convolution(before, 4 * inside, 1, stride)
            self.activation = nn.ReLU()

        def forward(self, x: Any) -> Any:
            return self.activation(self.layers(x) + self.shortcut(x))

    blocks, channels = [], 64
    for count, inside, stride in STAGES:
        for n in range(count):
            blocks.append(Block(channels, inside, stride if n == 0 else 1))
            channels = 4 * inside
    return nn.Sequential(
        convolution(3, 64, 7, 2),
        nn.BatchNorm2d(64),
        nn.ReLU(),
        nn.MaxPool2d(3, 2, 1),
        *blocks,
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(channels, CLASSES, bias=False),
    ).eval()


def torch_decoder() -> Any:
    """The decoder of PyTorch's own layers, with its fused attention."""
    import torch
    from torch import nn

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.before, self.between = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
            self.projection = nn.Linear(WIDTH, 3 * WIDTH, bias=False)
            self.mixed = nn.Linear(WIDTH, WIDTH, bias=False)
            self.wide = nn.Linear(WIDTH, 4 * WIDTH, bias=False)
            self.narrow = nn.Linear(4 * WIDTH, WIDTH, bias=False)
            self.activation = nn.GELU()

        def forward(self, x: Any) -> Any:
            heads = self.projection(self.before(x)).view(-1, TOKENS, 3 * HEADS, WIDTH // HEADS)
            query, key, value = heads.transpose(1, 2).chunk(3, dim=1)
            mixed = nn.functional.scaled_dot_product_attention(query, key, value, is_causal=True)
            x = x + self.mixed(mixed.transpose(1, 2).reshape(-1, TOKENS, WIDTH))
            return x + self.narrow(self.activation(self.wide(self.between(x))))

    class Decoder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table = nn.Embedding(WORDS, WIDTH)
            self.places = nn.Parameter(torch.zeros(TOKENS, WIDTH))
            self.blocks = nn.Sequential(*(Block() for _ in range(BLOCKS)))
            self.end = nn.LayerNorm(WIDTH)
            self.words = nn.Linear(WIDTH, WORDS, bias=False)

        def forward(self, tokens: Any) -> Any:
            return self.words(self.end(self.blocks(self.table(tokens) + self.places)))

    return Decoder().eval()


def image() -> Any:
    """One image, channels first."""
    import torch

    return torch.zeros(1, 3, SIZE, SIZE)


def tokens() -> Any:
    """One sequence of words."""
    import torch

    return torch.zeros(1, TOKENS, dtype=torch.long)


NETWORKS = {
    "ResNet50": Network(resnet_macs(), keras_resnet, torch_resnet, image),
    "decoder of 6 blocks": Network(decoder_macs(), keras_decoder, torch_decoder, tokens),
}
