"""The layers and networks of the comparison, with what each of them really multiplies.

Each true value is a sum of products that anybody can check by hand. It counts what the conventions
of kerasbook count: positions in the padding are multiplied; biases, activations and normalisation
are not. No layer has a bias, so that nobody loses by that convention.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["LAYERS", "NETWORKS", "Case", "model_of"]


@dataclass(frozen=True, slots=True)
class Case:
    """One layer, or a few, on one input.

    Attributes:
        name: what it is.
        shape: of the input, without the batch; channels last.
        products: the true multiply-accumulates, a sum of products.
        keras_layer: makes the output from the input; `None` where Keras has no such layer.
        torch_module: makes an equivalent module of PyTorch's own; `None` where it has none.
        dtype: of the input.
    """

    name: str
    shape: tuple[int, ...]
    products: tuple[tuple[int, ...], ...]
    keras_layer: Callable[[Any, Any], Any] | None
    torch_module: Callable[[Any], Any] | None = None
    dtype: str = "float32"

    @property
    def macs(self) -> int:
        """The true multiply-accumulates of one sample."""
        return sum(map(prod, self.products))

    @property
    def arithmetic(self) -> str:
        """How to get there: `20·4·4·8 + 20·4·8·8`."""
        return " + ".join("·".join(map(str, factors)) for factors in self.products)


def model_of(case: Case) -> Any:  # noqa: ANN401  Keras publishes no types
    """A new Keras model of the case's layers."""
    import keras  # noqa: PLC0415  the cases are read where Keras is not

    x = keras.Input(case.shape, dtype=case.dtype)
    return keras.Model(x, case.keras_layer(keras, x))


def _recurrent(layer: Callable[..., Any]) -> Callable[..., Any]:
    """A recurrent layer of PyTorch without bias, batch first as in Keras."""
    return layer(4, 8, bias=False, batch_first=True)


def _torch_attention(nn: Any) -> Any:  # noqa: ANN401  PyTorch is imported late
    class SelfAttention(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.attention = nn.MultiheadAttention(16, 2, bias=False, batch_first=True)

        def forward(self, x: Any) -> Any:  # noqa: ANN401  likewise
            return self.attention(x, x, x)[0]

    return SelfAttention()


def _dense_twice(keras: Any, x: Any) -> Any:  # noqa: ANN401  Keras is imported late
    dense = keras.layers.Dense(16, use_bias=False)
    return dense(dense(x))


# k: Keras, x: the input, nn: torch.nn, whose modules take channels first.
LAYERS = (
    Case(
        "`Dense(7)` on (10)",
        (10,),
        ((10, 7),),
        lambda k, x: k.layers.Dense(7, use_bias=False)(x),
        lambda nn: nn.Linear(10, 7, bias=False),
    ),
    Case(
        "`Dense(7)` on (5, 10)",
        (5, 10),
        ((5, 10, 7),),
        lambda k, x: k.layers.Dense(7, use_bias=False)(x),
        lambda nn: nn.Linear(10, 7, bias=False),
    ),
    Case(
        "`TimeDistributed(Dense(7))` on (5, 10)",
        (5, 10),
        ((5, 10, 7),),
        lambda k, x: k.layers.TimeDistributed(k.layers.Dense(7, use_bias=False))(x),
    ),
    Case("`Dense(16)` on (16), called twice", (16,), ((2, 16, 16),), _dense_twice),
    Case(
        "`EinsumDense`, abc,cde→abde, on (5, 12) to (5, 3, 4)",
        (5, 12),
        ((5, 12, 3, 4),),
        lambda k, x: k.layers.EinsumDense("abc,cde->abde", (None, 3, 4))(x),
    ),
    Case(
        "`Conv2D` 3×3, 4→10 channels, on 14×14",
        (14, 14, 4),
        ((12, 12, 3, 3, 4, 10),),
        lambda k, x: k.layers.Conv2D(10, 3, use_bias=False)(x),
        lambda nn: nn.Conv2d(4, 10, 3, bias=False),
    ),
    Case(
        '`Conv2D` 3×3, `padding="same"`',
        (14, 14, 4),
        ((14, 14, 3, 3, 4, 10),),
        lambda k, x: k.layers.Conv2D(10, 3, padding="same", use_bias=False)(x),
        lambda nn: nn.Conv2d(4, 10, 3, padding="same", bias=False),
    ),
    Case(
        "`Conv2D` 3×3, 2 groups",
        (14, 14, 4),
        ((12, 12, 3, 3, 2, 10),),
        lambda k, x: k.layers.Conv2D(10, 3, groups=2, use_bias=False)(x),
        lambda nn: nn.Conv2d(4, 10, 3, groups=2, bias=False),
    ),
    Case(
        "`DepthwiseConv2D` 3×3, `depth_multiplier=2`",
        (14, 14, 4),
        ((12, 12, 3, 3, 4, 2),),
        lambda k, x: k.layers.DepthwiseConv2D(3, depth_multiplier=2, use_bias=False)(x),
        lambda nn: nn.Conv2d(4, 8, 3, groups=4, bias=False),
    ),
    Case(
        "`SeparableConv2D` 3×3, 4→10 channels",
        (14, 14, 4),
        ((12, 12, 3, 3, 4), (12, 12, 4, 10)),
        lambda k, x: k.layers.SeparableConv2D(10, 3, use_bias=False)(x),
        lambda nn: nn.Sequential(
            nn.Conv2d(4, 4, 3, groups=4, bias=False), nn.Conv2d(4, 10, 1, bias=False)
        ),
    ),
    Case(
        "`Conv2DTranspose` 3×3, strides 2, 4→10 channels",
        (14, 14, 4),
        ((14, 14, 3, 3, 4, 10),),
        lambda k, x: k.layers.Conv2DTranspose(10, 3, strides=2, use_bias=False)(x),
        lambda nn: nn.ConvTranspose2d(4, 10, 3, stride=2, bias=False),
    ),
    Case(
        "the same with 2 groups, which Keras has not",
        (14, 14, 4),
        ((14, 14, 3, 3, 4, 5),),
        None,
        lambda nn: nn.ConvTranspose2d(4, 10, 3, stride=2, groups=2, bias=False),
    ),
    Case(
        "`Conv3DTranspose` 3×3×3, strides 2, 3→5 channels, on 4×5×6",
        (4, 5, 6, 3),
        ((4, 5, 6, 3, 3, 3, 3, 5),),
        lambda k, x: k.layers.Conv3DTranspose(5, 3, strides=2, use_bias=False)(x),
        lambda nn: nn.ConvTranspose3d(3, 5, 3, stride=2, bias=False),
    ),
    Case(
        "`SimpleRNN(8)`, 20 steps of 4",
        (20, 4),
        ((20, 4, 8), (20, 8, 8)),
        lambda k, x: k.layers.SimpleRNN(8, use_bias=False)(x),
        lambda nn: _recurrent(nn.RNN),
    ),
    Case(
        "`LSTM(8)`, 20 steps of 4",
        (20, 4),
        ((20, 4, 4, 8), (20, 4, 8, 8)),
        lambda k, x: k.layers.LSTM(8, use_bias=False)(x),
        lambda nn: _recurrent(nn.LSTM),
    ),
    Case(
        "`GRU(8)`, 20 steps of 4",
        (20, 4),
        ((20, 3, 4, 8), (20, 3, 8, 8)),
        lambda k, x: k.layers.GRU(8, use_bias=False)(x),
        lambda nn: _recurrent(nn.GRU),
    ),
    Case(
        "`Bidirectional(LSTM(8))`, 20 steps of 4",
        (20, 4),
        ((2, 20, 4, 4, 8), (2, 20, 4, 8, 8)),
        lambda k, x: k.layers.Bidirectional(k.layers.LSTM(8, use_bias=False))(x),
        lambda nn: nn.LSTM(4, 8, bias=False, batch_first=True, bidirectional=True),
    ),
    Case(
        "`ConvLSTM2D` 3×3, 2→4 channels, 3 steps of 8×8",
        (3, 8, 8, 2),
        ((3, 4, 6, 6, 3, 3, 2, 4), (3, 4, 6, 6, 3, 3, 4, 4)),
        lambda k, x: k.layers.ConvLSTM2D(4, 3, use_bias=False)(x),
    ),
    Case(
        "`Embedding(1000, 16)`, 12 tokens: looked up, not multiplied",
        (12,),
        ((0,),),
        lambda k, x: k.layers.Embedding(1000, 16)(x),
        lambda nn: nn.Embedding(1000, 16),
        dtype="int32",
    ),
    Case(
        "`MultiHeadAttention`, 2 heads of 8, 10 tokens of 16",
        (10, 16),
        ((4, 10, 16, 16), (2, 2, 10, 10, 8)),
        lambda k, x: k.layers.MultiHeadAttention(2, 8, use_bias=False)(x, x),
        _torch_attention,
    ),
    Case(
        "`GroupQueryAttention`, 4 query and 2 key heads of 8, 10 tokens of 16",
        (10, 16),
        ((2, 10, 16, 32), (2, 10, 16, 16), (2, 4, 10, 10, 8)),
        lambda k, x: k.layers.GroupQueryAttention(8, 4, 2, use_bias=False)(x, x),
    ),
    Case(
        "`Attention`, 5 queries on 12 values of 16",
        (12, 16),
        ((2, 5, 12, 16),),
        lambda k, x: k.layers.Attention()([k.layers.Cropping1D((0, 7))(x), x]),
    ),
    Case(
        "`keras.ops.matmul`, (10, 16) by (16, 10)",
        (10, 16),
        ((10, 16, 10),),
        lambda k, x: k.ops.matmul(x, k.layers.Permute((2, 1))(x)),
    ),
)

# Whole networks, by their names in `keras.applications`. Their layers are plain convolutions and
# products, which PyTorch's own counter has right.
NETWORKS = {
    "VGG16": 15_470_264_320,
    "ResNet50": 3_857_973_248,
    "MobileNet": 568_740_352,
    "EfficientNetB0": 385_814_752,
}
