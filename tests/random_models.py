"""Random functional models for Hypothesis: layers of all families, shared, nested and merged.

A model grows from its inputs: each step draws a tensor that is there, and a layer that fits it.
Import it only in tests marked `keras`.
"""

# Each layer takes from the builder and the tensor what it needs:
# ruff: noqa: ARG001

from __future__ import annotations

from hypothesis import strategies as st
from keras_oracle import keras, layers

ops = keras.ops

__all__ = ["random_model"]

ACTIVATIONS = st.sampled_from([None, "relu", "gelu", "softmax"])
ATTENTION = (layers.MultiHeadAttention, layers.GroupQueryAttention)
SIDES = {3: 1, 4: 2, 5: 3}


def random_model(draw, *, steps=8, depth=1):
    """A functional model of a few layers, with models inside it up to some depth.

    Keras draws seeds of its own while it builds, so this is no strategy: pass `data.draw`.
    """
    builder = Builder(draw, depth)
    inputs = [builder.entry() for _ in range(draw(st.integers(1, 2)))]
    builder.tensors = list(inputs)
    for _ in range(draw(st.integers(1, steps))):
        builder.grow()
    grown = builder.tensors[len(inputs) :]
    ends = draw(st.lists(st.integers(0, len(grown) - 1), min_size=1, max_size=2, unique=True))
    model = keras.Model(inputs, [grown[end] for end in ends])
    if draw(st.booleans()):
        for layer in model.layers[:: draw(st.integers(1, 4))]:
            # Of attention that is frozen Keras trains what is inside, once it is loaded.
            if not any(isinstance(each, ATTENTION) for each in layer._flatten_layers()):
                layer.trainable = False
    return model


class Builder:
    """Draws one step after the other; keeps the tensors and layers that there are."""

    def __init__(self, draw, depth):
        self.draw, self.depth = draw, depth
        self.tensors, self.made = [], []

    def entry(self):
        """An input: a vector, a sequence, an image or a volume; some sizes unspecified."""
        rank = self.draw(st.sampled_from([2, 3, 3, 4, 4, 4, 5]))
        sizes = [self.draw(st.integers(3, 9)) for _ in range(rank - 2)]
        if self.draw(st.integers(0, 5)) == 0:
            sizes = [None] * len(sizes)
        return keras.Input((*sizes, self.draw(st.integers(1, 6))))

    def grow(self):
        """One more tensor."""
        tensor = self.draw(st.sampled_from(self.tensors))
        kinds = [self.one, self.one, self.one, self.again, self.merge, self.operation]
        if self.depth:
            kinds.append(self.model)
        grown = self.draw(st.sampled_from(kinds))(tensor)
        self.tensors.append(self.one(tensor) if grown is None else grown)

    def one(self, tensor):
        """A new layer on a tensor."""
        if tensor.shape[-1] is None:  # no weights fit a size that is not specified
            return layers.Activation("tanh")(tensor)
        rank = len(tensor.shape)
        made = self.draw(st.sampled_from(COMMON + BY_RANK.get(rank, [])))(self, tensor)
        layer = layers.Activation("tanh") if made is None else made
        self.made.append((layer, tensor.shape))
        return layer(tensor)

    def again(self, tensor):
        """A layer that is there already, on another tensor of the same shape."""
        fitting = [layer for layer, shape in self.made if shape == tensor.shape]
        return self.draw(st.sampled_from(fitting))(tensor) if fitting else None

    def merge(self, tensor):
        """Several tensors as one."""
        same = [each for each in self.tensors if each.shape == tensor.shape]
        cls = self.draw(
            st.sampled_from([layers.Add, layers.Multiply, layers.Concatenate, layers.Dot])
        )
        others = self.draw(st.lists(st.sampled_from(same), min_size=1, max_size=2))
        if cls is layers.Dot:
            return layers.Dot(axes=-1)([tensor, others[0]]) if len(tensor.shape) < 4 else None
        return cls()([tensor, *others])

    def operation(self, tensor):
        """A raw operation."""
        choice = self.draw(st.integers(0, 3))
        if choice == 0:
            return ops.relu(tensor)
        if choice == 1:
            return tensor * 2 + 1
        if choice == 2:
            return ops.mean(tensor, axis=-1, keepdims=True)
        if tensor.shape[-1] is None:
            return ops.relu(tensor)
        return ops.matmul(tensor, ops.ones((tensor.shape[-1], 3)))

    def model(self, tensor):
        """A model inside, called once or twice."""
        if tensor.shape[0] is not None:
            return None
        inner = Builder(self.draw, self.depth - 1)
        entry = keras.Input(tensor.shape[1:])
        inner.tensors = [entry]
        for _ in range(self.draw(st.integers(1, 3))):
            inner.grow()
        model = keras.Model(entry, inner.tensors[-1])
        first = model(tensor)
        if first.shape == tensor.shape and self.draw(st.booleans()):
            return model(first)
        return first

    def size(self, most=4):
        """A small size."""
        return self.draw(st.integers(1, most))

    def flag(self):
        """Yes or no."""
        return self.draw(st.booleans())


# ------------------------------------------------------------------------ layers for any tensor


def dense(b, tensor):
    return layers.Dense(b.size(8), use_bias=b.flag(), activation=b.draw(ACTIVATIONS))


def normalization(b, tensor):
    channels = tensor.shape[-1]
    made = [
        layers.BatchNormalization(scale=b.flag(), center=b.flag()),
        layers.LayerNormalization(),
        layers.RMSNormalization(),
        layers.UnitNormalization(),
    ]
    if len(tensor.shape) > 2:
        made.append(layers.GroupNormalization(groups=b.draw(st.sampled_from([1, channels]))))
    return b.draw(st.sampled_from(made))


def regularization(b, tensor):
    return b.draw(
        st.sampled_from([layers.Dropout(0.5), layers.GaussianNoise(0.1), layers.AlphaDropout(0.1)])
    )


def activation(b, tensor):
    sizes = tensor.shape[1:]
    made = [layers.LeakyReLU(), layers.Softmax(), layers.Activation("gelu")]
    if None not in sizes:
        made.append(layers.PReLU())
    if len(sizes) > 1 and sizes[-1] is not None:
        made.append(layers.PReLU(shared_axes=list(range(1, len(sizes)))))
    return b.draw(st.sampled_from(made))


def flatten(b, tensor):
    return None if None in tensor.shape[1:] else layers.Flatten()


def reshape(b, tensor):
    sizes = tensor.shape[1:]
    if None in sizes:
        return None
    return layers.Reshape(b.draw(st.sampled_from([(-1, sizes[-1]), (sizes[0], -1), (-1, 1)])))


def permute(b, tensor):
    axes = list(range(1, len(tensor.shape)))
    if None in tensor.shape[1:]:
        return None
    return layers.Permute(b.draw(st.permutations(axes)))


COMMON = [dense, normalization, regularization, activation, flatten, reshape, permute]


# ------------------------------------------------------------- layers for tensors with sides


def windowed(b, tensor, **more):
    """Options of a window that fits the tensor."""
    rank = SIDES[len(tensor.shape)]
    kernel = [b.size(3) for _ in range(rank)]
    fits = all(n is None or n >= k for n, k in zip(tensor.shape[1:-1], kernel, strict=True))
    padding = b.draw(st.sampled_from(["valid", "same"])) if fits else "same"
    return {**more, "kernel_size": tuple(kernel), "padding": padding}


def of_rank(pattern, tensor):
    return getattr(layers, pattern.format(SIDES[len(tensor.shape)]))


def conv(b, tensor):
    channels = tensor.shape[-1]
    groups = b.draw(st.sampled_from([1, 1, channels]))
    options = windowed(b, tensor, filters=groups * b.size(3), groups=groups, use_bias=b.flag())
    options |= {"strides": b.size(3)} if b.flag() else {}
    return of_rank("Conv{}D", tensor)(**options, activation=b.draw(ACTIVATIONS))


def conv_transposed(b, tensor):
    options = windowed(b, tensor, filters=b.size(), strides=b.size(3))
    return of_rank("Conv{}DTranspose", tensor)(**options)


def depthwise(b, tensor):
    options = windowed(b, tensor, strides=b.size(2), depth_multiplier=b.size(2))
    if b.flag():
        return of_rank("SeparableConv{}D", tensor)(filters=b.size(), **options)
    return of_rank("DepthwiseConv{}D", tensor)(**options)


def pooling(b, tensor):
    options = windowed(b, tensor)
    pool = options["kernel_size"]
    pattern = b.draw(st.sampled_from(["MaxPooling{}D", "AveragePooling{}D"]))
    strides = b.draw(st.sampled_from([None, 1, 2]))
    return of_rank(pattern, tensor)(pool, strides=strides, padding=options["padding"])


def global_pooling(b, tensor):
    pattern = b.draw(st.sampled_from(["GlobalMaxPooling{}D", "GlobalAveragePooling{}D"]))
    return of_rank(pattern, tensor)(keepdims=b.flag())


def margins(b, tensor):
    sides = tensor.shape[1:-1]
    made = [
        of_rank("ZeroPadding{}D", tensor)(b.size(2)),
        of_rank("UpSampling{}D", tensor)(b.size(2)),
    ]
    if all(n is None or n > 2 for n in sides):
        made.append(of_rank("Cropping{}D", tensor)(1))
    return b.draw(st.sampled_from(made))


WINDOWS = [conv, conv, conv_transposed, pooling, global_pooling, margins]


# ------------------------------------------------------------------- layers for sequences alone


def recurrent(b, tensor):
    cls = b.draw(st.sampled_from([layers.LSTM, layers.GRU, layers.SimpleRNN]))
    layer = cls(b.size(), return_sequences=b.flag(), use_bias=b.flag())
    return layers.Bidirectional(layer) if b.flag() else layer


def attention(b, tensor):
    return Attending(b.size(3), b.size(3), use_bias=b.flag())


class Attending:
    """Attention of a sequence to itself, called like a layer of one input."""

    def __init__(self, heads, key_dim, **options):
        self.layer = layers.MultiHeadAttention(heads, key_dim, **options)

    def __call__(self, tensor):
        """The sequence, having attended to itself."""
        return self.layer(tensor, tensor)


def each_step(b, tensor):
    return layers.TimeDistributed(layers.Dense(b.size()))


def repeat(b, tensor):
    return layers.RepeatVector(b.size(3))


BY_RANK = {
    2: [repeat],
    3: [*WINDOWS, depthwise, recurrent, attention, each_step],
    4: [*WINDOWS, depthwise],
    5: WINDOWS,
}
