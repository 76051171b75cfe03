"""Receptive fields against what really reaches a unit.

All kernels are ones, so a larger input makes everything that sees it larger: which outputs change
when one row or column of the input does is exactly who sees it. Gradients say the same but where
maxima hide them.
"""

from __future__ import annotations

from math import ceil

import numpy as np
import pytest
from graph_samples import entry, member, model
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from keras_oracle import forget_models, graph_of, keras, layers

from kerasbook.graph import build_graph, graph_rows

CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
needs_keras = pytest.mark.keras


def changes(net, axis):
    """For each layer, which numbers of its output change with which position of an input axis.

    Arrays of booleans, the position first.
    """
    shape = net.input_shape[1:]
    # A model inside has an output of its own, apart from those of its calls.
    outputs = [layer._inbound_nodes[-1].output_tensors[0] for layer in net.layers]
    inputs = np.ones((shape[axis] + 1, *shape), "float32")
    for position in range(shape[axis]):
        index = [slice(None)] * len(shape)
        index[axis] = position
        inputs[(position + 1, *index)] = 50.0
    found = keras.Model(net.inputs, outputs).predict(inputs, verbose=0, batch_size=len(inputs))
    names = [layer.name for layer in net.layers]
    flat = keras.tree.flatten(found)
    return {
        name: ~np.isclose(output[1:], output[:1], rtol=1e-4)
        for name, output in zip(names, flat, strict=True)
    }


def spans_of(changed, along):
    """First and last position that reach each unit along an axis, or all units together."""
    others = tuple(n for n in range(1, changed.ndim) if n != along)
    reached = changed.any(axis=others).reshape(len(changed), -1).T  # (units, positions)
    return [
        (int(np.argmax(row)), int(len(row) - 1 - np.argmax(row[::-1]))) if row.any() else None
        for row in reached
    ]


def agree(net):
    """Assert that each unit of each layer sees what the graph says, along each spatial axis.

    Near the border a unit may see less: a layer in between ends there, and padding takes its place,
    all the nearer if the layer before it was cropped. Away from it, it sees exactly that; of units
    in no order only the reach is known.
    """
    for weight in net.weights:
        if weight.path.endswith(("kernel", "gamma", "moving_variance")):
            weight.assign(np.ones(weight.shape, "float32"))
    rows = {row.path: row for row in graph_rows(graph_of(net))}
    exact = 0
    for axis in range(len(net.input_shape) - 2):
        size = net.input_shape[1 + axis]
        sights = {name: row.field[0][axis] for name, row in rows.items() if not row.depth}
        moving = [sight for sight in sights.values() if sight.axis]
        cropped = sum("Cropping" in type(layer).__name__ for layer in net.layers)
        border = max(sight.size or 0 for sight in moving)
        border += cropped * ceil(max(sight.jump or 0 for sight in moving))
        for name, changed in changes(net, axis).items():
            sight = sights[name]
            for unit, span in enumerate(spans_of(changed, sight.axis)):
                low, high = sight.field.of(unit) or (size, -1)
                if span is not None:
                    assert low <= span[0] <= span[1] <= high, (name, axis, unit)
                moves = sight.axis is not None and not sight.scattered
                if moves and border <= low <= high < size - border:
                    assert span == (low, high), (name, axis, unit)
                    exact += 1
    event(f"exact units: {'none' if not exact else 'some'}")


class Draws:
    """Layers with windows, and layers that merge, for a sequence or an image of one channel."""

    def __init__(self, draw, tensor):
        self.tensor, self.sizes = tensor, tensor.shape[1:-1]
        self.rank = len(self.sizes)
        self.kernel = tuple(draw(st.integers(1, min(4, n))) for n in self.sizes)
        self.strides = draw(st.integers(1, 3))
        self.padding = draw(st.sampled_from(["valid", "same"]))
        self.amount = draw(st.integers(0, 2))

    def of(self, pattern):
        """The class for so many spatial axes."""
        return getattr(layers, pattern.format(self.rank))

    def conv(self):
        """A convolution, dilated where Keras allows it."""
        dilated = self.strides == 1 and self.padding == "same"
        options = {"strides": self.strides, "padding": self.padding, "use_bias": False}
        rate = 1 + self.amount if dilated else 1
        return self.of("Conv{}D")(1, self.kernel, dilation_rate=rate, **options)(self.tensor)

    def transposed(self):
        """A transposed convolution, unless the tensor is large already."""
        if max(self.sizes) > 80 // self.rank:
            return self.tensor
        options = {"strides": self.strides, "padding": self.padding, "use_bias": False}
        return self.of("Conv{}DTranspose")(1, self.kernel, **options)(self.tensor)

    def pooled(self):
        """Maxima or means."""
        cls = self.of("MaxPooling{}D" if self.amount else "AveragePooling{}D")
        return cls(self.kernel, strides=self.strides, padding=self.padding)(self.tensor)

    def enlarged(self):
        """Each position twice, unless the tensor is large already."""
        return (
            self.tensor
            if max(self.sizes) > 80 // self.rank
            else self.of("UpSampling{}D")(2)(self.tensor)
        )

    def padded(self):
        """Zeros around."""
        return self.of("ZeroPadding{}D")(self.amount)(self.tensor)

    def cropped(self):
        """A margin cut away, if there is enough."""
        return self.of("Cropping{}D")(1)(self.tensor) if min(self.sizes) > 4 else self.tensor

    def residual(self):
        """A branch that is added."""
        branch = self.of("Conv{}D")(1, self.kernel, padding="same", use_bias=False)
        return layers.Add()([self.tensor, branch(self.tensor)])

    def squeezed(self):
        """Channels weighted by what all positions say."""
        pooled = self.of("GlobalAveragePooling{}D")(keepdims=True)(self.tensor)
        return layers.Multiply()([self.tensor, layers.Dense(1, use_bias=False)(pooled)])

    def inside(self):
        """A model inside."""
        inner = keras.Input(self.tensor.shape[1:])
        options = {"strides": self.strides, "padding": "same", "use_bias": False}
        model = keras.Model(inner, self.of("Conv{}D")(1, self.kernel, **options)(inner))
        return model(self.tensor)

    def normalized(self):
        """What changes no place."""
        return layers.BatchNormalization()(self.tensor)


KINDS = [
    name for name, each in vars(Draws).items() if callable(each) and name not in ("of", "__init__")
]


def random_net(draw):
    """A chain of a few such layers, sometimes with a head."""
    rank = draw(st.sampled_from([1, 1, 2]))
    sizes = st.integers(20, 60 if rank == 1 else 24)
    tensor = inputs = keras.Input((*(draw(sizes) for _ in range(rank)), 1))
    for _ in range(draw(st.integers(1, 5))):
        tensor = getattr(Draws(draw, tensor), draw(st.sampled_from(KINDS)))()
    if draw(st.booleans()):
        tensor = layers.Dense(2, use_bias=False)(layers.Flatten()(tensor))
    return keras.Model(inputs, layers.Activation("linear")(tensor))


@needs_keras
@given(data=st.data())
@settings(max_examples=30, deadline=None, suppress_health_check=CHECKS)
def test_units_see_what_reaches_them(data):
    """Unit by unit, for random networks."""
    agree(random_net(data.draw))


@needs_keras
@pytest.mark.slow
@pytest.mark.timeout(3600)
@given(data=st.data())
@settings(max_examples=1500, deadline=None, suppress_health_check=CHECKS)
def test_units_of_many_networks_see_what_reaches_them(data):
    """The same, for many more."""
    agree(random_net(data.draw))
    forget_models()


def test_the_last_pool_of_vgg16_sees_212_pixels():
    """The published number, with a jump of 32."""
    name, members = "in", [entry("in", None, 224, 224, 3)]
    for block, convs in enumerate((2, 2, 3, 3, 3)):
        for conv in range(convs):
            options = {"filters": 1, "kernel_size": 3, "padding": "same"}
            members.append(member("Conv2D", f"conv_{block}_{conv}", name, **options))
            name = f"conv_{block}_{conv}"
        members.append(member("MaxPooling2D", f"pool_{block}", name, pool_size=2))
        name = f"pool_{block}"
    last = list(graph_rows(build_graph(model(*members))))[-1]
    assert [(extent.size, extent.jump) for extent in last.receptive_field] == [(212, 32)] * 2


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ([member("Dense", "d", "in", units=3)], [(1, 1, 0), (1, 1, 0)]),
        ([member("Flatten", "f", "in")], None),
        ([member("GlobalAveragePooling2D", "g", "in")], [(8, 0, 0), (6, 0, 0)]),
        (
            [member("Flatten", "f", "in"), member("Dense", "d", "f", units=3)],
            [(8, 0, 0), (6, 0, 0)],
        ),
        ([member("Permute", "p", "in", dims=[2, 1, 3])], [(1, 1, 0), (1, 1, 0)]),
        ([member("Mine", "m", "in")], None),
    ],
)
def test_what_ends_an_image_is_told_apart(members, expected):
    """A pool sees all, a flattened image has no order, an unknown layer is unknown."""
    graph = build_graph(model(entry("in", None, 8, 6, 3), *members))
    field = list(graph_rows(graph))[-1].receptive_field
    found = field and [(extent.size, extent.jump, extent.start) for extent in field]
    assert found == expected


def test_channels_first_images_have_their_axes_after_the_channels():
    """The extents are those of height and width."""
    conv = member("Conv2D", "c", "in", filters=2, kernel_size=[3, 5], data_format="channels_first")
    graph = build_graph(model(entry("in", None, 3, 20, 30), conv))
    assert [e.size for e in list(graph_rows(graph))[-1].receptive_field] == [3, 5]


def test_unspecified_sizes_are_seen_whole():
    """A pool over an image of any size sees all of it, however large."""
    pool = member("GlobalAveragePooling2D", "g", "in")
    graph = build_graph(model(entry("in", None, None, None, 3), pool))
    assert [e.size for e in list(graph_rows(graph))[-1].receptive_field] == [None, None]


@pytest.mark.parametrize(
    ("shape", "target", "expected"),
    [
        ((6, 5, 1), [6, 5], [3, 3]),
        ((6, 5, 1), [6, -1], [3, 3]),
        ((1, 6, 5), [6, 5], [1, 3]),
        ((6, 1, 5), [6, 5], [3, 1]),
    ],
)
def test_axes_of_one_position_may_go(shape, target, expected):
    """What is left moves as before; flattened then, it has no order."""
    conv = member("Conv2D", "c", "in", filters=shape[-1], kernel_size=3, padding="same")
    reshape = member("Reshape", "r", "c", target_shape=target)
    graph = build_graph(
        model(entry("in", None, *shape), conv, reshape, member("Flatten", "f", "r"))
    )
    seen = {row.path: row.receptive_field for row in graph_rows(graph)}
    assert [extent.size for extent in seen["r"]] == expected
    assert seen["f"] is None


def test_a_line_of_units_sees_one_place_across():
    """Two units one below the other, flattened: the width is the same for both."""
    conv = member("Conv2D", "c", "in", filters=1, kernel_size=[1, 3], strides=[3, 3])
    graph = build_graph(model(entry("in", None, 5, 5, 1), conv, member("Flatten", "f", "c")))
    field = list(graph_rows(graph))[-1].field
    down, across, _ = field[0]
    assert [down.field.of(unit) for unit in range(2)] == [(0, 0), (3, 3)]
    assert [across.field.of(unit) for unit in range(2)] == [(0, 2), (0, 2)]
    assert (down.axis, across.axis) == (1, None)


def test_permuted_axes_carry_their_fields():
    """A window along the height stays one along the height, wherever the axis goes."""
    conv = member("Conv2D", "c", "in", filters=3, kernel_size=[3, 1])
    turned = member("Permute", "p", "c", dims=[2, 1, 3])
    again = member("Conv2D", "d", "p", filters=3, kernel_size=[1, 5])
    graph = build_graph(model(entry("in", None, 20, 20, 3), conv, turned, again))
    assert [e.size for e in list(graph_rows(graph))[-1].receptive_field] == [7, 1]
