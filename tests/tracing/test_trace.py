"""What layers run on the backend, against sums of products that anybody can check."""

from __future__ import annotations

from typing import Any

import pytest

keras = pytest.importorskip("keras")

from kerasbook.rules import Tensor  # noqa: E402  after Keras is known to be there
from kerasbook.tracing import TraceError, trace_call  # noqa: E402

layers, ops = keras.layers, keras.ops
pytestmark = pytest.mark.keras
BACKEND = keras.backend.backend()

# Layer, shapes of its inputs, multiply-accumulates; on PyTorch something else where given.
CASES = [
    (lambda: layers.Dense(7), [(5, 10)], 5 * 10 * 7),
    (lambda: layers.EinsumDense("abc,cde->abde", (None, 3, 4)), [(5, 12)], 5 * 12 * 3 * 4),
    (lambda: layers.TimeDistributed(layers.Dense(7)), [(5, 10)], 5 * 10 * 7),
    (lambda: layers.Conv1D(4, 3, padding="causal", dilation_rate=2), [(16, 4)], 16 * 3 * 4 * 4),
    (lambda: layers.Conv2D(10, 3, padding="same"), [(14, 14, 4)], 14 * 14 * 9 * 4 * 10),
    (lambda: layers.Conv2D(10, 3, groups=2), [(14, 14, 4)], 12 * 12 * 9 * 2 * 10),
    (lambda: layers.Conv3D(2, 2, strides=2), [(4, 4, 4, 3)], 8 * 8 * 3 * 2),
    (lambda: layers.DepthwiseConv2D(3, depth_multiplier=2), [(14, 14, 4)], 144 * 9 * 4 * 2),
    (lambda: layers.SeparableConv2D(10, 3), [(14, 14, 4)], 144 * 9 * 4 + 144 * 4 * 10),
    (lambda: layers.Conv2DTranspose(10, 3, strides=2), [(14, 14, 4)], 14 * 14 * 9 * 4 * 10),
    (lambda: layers.Conv3DTranspose(5, 3, strides=2), [(4, 5, 6, 3)], 120 * 27 * 3 * 5),
    (lambda: layers.LSTM(8), [(20, 4)], 20 * 4 * (4 * 8 + 8 * 8)),
    (lambda: layers.GRU(8), [(20, 4)], 20 * 3 * (4 * 8 + 8 * 8)),
    (lambda: layers.Bidirectional(layers.LSTM(8)), [(20, 4)], 2 * 20 * 4 * (4 * 8 + 8 * 8)),
    (lambda: layers.MultiHeadAttention(2, 8), [(10, 16)] * 2, 4 * 10 * 256 + 2 * 2 * 100 * 8),
    (layers.MaxPooling2D, [(4, 4, 3)], 0),
    (layers.BatchNormalization, [(5,)], 0),
    (lambda: layers.Embedding(1000, 16), [(12,)], 0),
]


def traced(layer: Any, *shapes: tuple[int, ...], **keywords: Any) -> Any:
    """The trace of a layer on inputs of these shapes without the batch."""
    layer(*[keras.Input(shape) for shape in shapes], **keywords)
    return trace_call(layer, tuple(Tensor((None, *shape)) for shape in shapes), keywords)


@pytest.mark.parametrize(("make", "shapes", "macs"), CASES)
def test_products_are_counted_in_full(make, shapes, macs):
    """Loops, groups, transposed and grouped convolutions, and attention included."""
    assert traced(make(), *shapes).macs == macs


@pytest.mark.parametrize(("units", "steps"), [(8, 20), (3, 1)])
def test_a_loop_counts_as_often_as_it_runs(units, steps):
    """On PyTorch Keras itself runs one step more."""
    macs = traced(layers.SimpleRNN(units), (steps, 4)).macs
    runs = steps + (BACKEND == "torch")
    assert macs == runs * (4 * units + units * units)


def test_calls_inside_are_seen_with_what_each_multiplies():
    """A layer's own products are told from those of the layers inside it."""

    class Block(layers.Layer):
        def __init__(self):
            super().__init__()
            self.inner = layers.Dense(6, name="inner")

        def call(self, inputs):
            hidden = self.inner(inputs)
            return ops.matmul(hidden, ops.transpose(hidden, (0, 2, 1)))

    trace = traced(Block(), (5, 4))
    (inner,) = trace.call.inside
    assert inner.layer.name == "inner"
    assert [each.shape for each in inner.outputs] == [(None, 5, 6)]
    assert trace.tally.macs[inner.place] == 5 * 4 * 6
    assert trace.tally.macs[trace.call.place] == 5 * 5 * 6
    assert trace.macs == 5 * 4 * 6 + 5 * 5 * 6


class Chosen(layers.Layer):
    """One of two products."""

    def __init__(self, units, others):
        super().__init__()
        self.one, self.two = layers.Dense(units), layers.Dense(others)

    def build(self, shape):
        """Both, since one of them alone would not know its shape in a choice."""
        self.one.build(shape)
        self.two.build(shape)

    def call(self, inputs):
        """By the sign of the sum."""
        return ops.cond(
            ops.sum(inputs) > 0,
            lambda: ops.sum(self.one(inputs)),
            lambda: ops.sum(self.two(inputs)),
        )


class Sized(Chosen):
    """One of two layers, by how many there are."""

    def __init__(self, least):
        super().__init__(3, 5)
        self.least = least

    def call(self, inputs):
        """By a size, and by what is put together from sizes."""
        many = ops.logical_and(
            ops.greater_equal(ops.shape(inputs)[1], self.least),
            ops.not_equal(ops.size(inputs), 0),
        )
        return ops.cond(many, lambda: ops.sum(self.one(inputs)), lambda: ops.sum(self.two(inputs)))


def test_what_was_wrong_is_told_and_not_what_keras_made_of_it():
    """How many numbers there are is asked of a number that is not there."""

    class Spread(layers.Layer):
        def call(self, inputs):
            return ops.linspace(0, 1, inputs[0])

    layer = Spread()
    layer.build((None,))
    with pytest.raises(TraceError) as caught:
        trace_call(layer, (Tensor((None,), "int32"),))
    assert "_error_repr" not in str(caught.value)
    if BACKEND == "jax":
        assert str(caught.value).startswith("ConcretizationTypeError: Abstract tracer value enc")


@pytest.mark.skipif(BACKEND != "torch", reason="the others trace both ways")
@pytest.mark.parametrize("choice", [lambda: Chosen(3, 5), lambda: Sized(5)])
def test_pytorch_chooses_before_it_runs(choice):
    """By numbers that are not there: nobody guesses which way it goes."""
    with pytest.raises(TraceError, match=r"^DataDependentOutputException: "):
        traced(choice(), (4,))


@pytest.mark.skipif(BACKEND == "torch", reason="PyTorch chooses before it runs: nothing to trace")
def test_a_choice_is_known_if_both_ways_multiply_alike():
    """Nobody knows which way it goes."""
    assert traced(Chosen(3, 3), (4,)).macs == 4 * 3
    different = traced(Chosen(3, 5), (4,))
    assert different.macs is None
    assert different.unknown == ("a choice between branches that multiply differently",)


@pytest.mark.skipif(BACKEND == "torch", reason="PyTorch chooses before it runs: nothing to trace")
def test_a_choice_by_sizes_is_known():
    """The way that it goes is counted, though the ways multiply differently."""
    assert traced(Sized(4), (4,)).macs == 4 * 3
    assert traced(Sized(5), (4,)).macs == 4 * 5


class Angles(layers.Layer):
    """Each position times each frequency, as rotary positions are made."""

    def call(self, positions):
        """Nothing is summed."""
        return ops.einsum("bi,j->bij", positions, ops.arange(8, dtype="float32"))


def test_a_product_that_sums_nothing_counts_nothing():
    """By the convention of the rules, though a backend may call it a matrix product."""
    assert traced(Angles(), (4,)).macs == 0


class Outer(layers.Layer):
    """Each number of one vector times each of another."""

    def call(self, inputs):
        """Of one sample."""
        return ops.einsum("i,j->ij", inputs[0], ops.arange(8, dtype="float32"))


def test_two_vectors_are_matrices_to_tensorflow():
    """With an axis of one between them, so that it cannot be told from a sum."""
    assert traced(Outer(), (4,)).macs == (4 * 8 if BACKEND == "tensorflow" else 0)


class Written(layers.Layer):
    """A part of the inputs is put in another place."""

    def call(self, inputs):
        """Nothing is multiplied."""
        return ops.slice_update(inputs, (0, 1), inputs[:, :2])


def test_moving_numbers_multiplies_nothing():
    """Whatever the backend calls it."""
    assert traced(Written(), (4,)).macs == 0


class Repeated(layers.Layer):
    """A product again and again."""

    def __init__(self, how):
        super().__init__()
        self.how = how

    def call(self, inputs):
        """So often, or until the sum is large."""
        if self.how == "counted":
            return ops.fori_loop(0, 7, lambda _, state: ops.matmul(state, state), inputs)
        return ops.while_loop(
            lambda state: ops.sum(state) < 9, lambda state: (ops.matmul(state, state),), (inputs,)
        )[0]


def test_a_loop_that_counts_is_known():
    """Seven products of 3×3 by 3×3."""
    assert traced(Repeated("counted"), (3, 3)).macs == 7 * 27


@pytest.mark.skipif(BACKEND == "torch", reason="PyTorch loops in Python, on numbers it has not")
def test_a_loop_until_something_holds_is_unknown():
    """How often it runs depends on the numbers."""
    trace = traced(Repeated("until"), (3, 3))
    assert trace.macs is None
    assert trace.unknown == ("a loop of unknown length",)


def test_what_no_product_describes_is_unknown_and_named():
    """A decomposition computes with matrices in ways of its own."""

    class Inverse(layers.Layer):
        def call(self, inputs):
            return ops.inv(inputs)

    trace = traced(Inverse(), (3, 3))
    assert trace.macs is None
    assert trace.unknown


def test_nothing_changes():
    """Not the weights, the seeds, the moving averages, the losses, nor the layer's `call`."""
    model = keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(3, activity_regularizer="l2"),
            layers.BatchNormalization(),
            layers.Dropout(0.5, seed=1),
        ]
    )
    before = [ops.convert_to_numpy(each) for each in model.variables]
    trace = trace_call(model, (Tensor((None, 4)),), {"training": True})
    assert trace.macs == 12
    after = [ops.convert_to_numpy(each) for each in model.variables]
    assert all((one == other).all() for one, other in zip(before, after, strict=True))
    assert model.losses == []
    assert not any("call" in vars(each) for each in model._flatten_layers())
    assert model(ops.ones((2, 4))).shape == (2, 3)


def test_a_call_that_fails_says_why_and_leaves_the_layer_as_it_was():
    """In a line, without the backend's stack."""
    layer = layers.Dense(3)
    layer.build((None, 4))
    with pytest.raises(TraceError) as caught:
        trace_call(layer, (Tensor((None, 5)),))
    assert "\n" not in str(caught.value)
    assert "call" not in vars(layer)


def test_a_size_that_is_not_specified_cannot_be_traced():
    """The message names the layer."""
    layer = layers.Dense(3, name="top")
    layer.build((None, None, 4))
    with pytest.raises(TraceError) as caught:
        trace_call(layer, (Tensor((None, None, 4)),))
    assert str(caught.value) == (
        "the input of 'top' has a size that is not specified: give input_shapes"
    )
