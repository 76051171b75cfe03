"""Models in memory with layers of the user's own: what a trace adds to their report."""

from __future__ import annotations

import json

import pytest

keras = pytest.importorskip("keras")

import kerasbook as kb  # noqa: E402  after Keras is known to be there

layers, ops = keras.layers, keras.ops
pytestmark = pytest.mark.keras


class Mixer(layers.Layer):
    """Attention by hand: layers inside, and products of its own."""

    def __init__(self, units, **options):
        super().__init__(**options)
        self.query, self.value = layers.Dense(units), layers.Dense(units)
        self.norm = layers.LayerNormalization()

    def call(self, inputs):
        """Each position asks all others."""
        query, value = self.query(inputs), self.value(inputs)
        scores = ops.softmax(ops.matmul(query, ops.transpose(value, (0, 2, 1))))
        return self.norm(ops.matmul(scores, value) + inputs)


class Encoder(keras.Model):
    """A subclassed model with one block, called twice."""

    def __init__(self, **options):
        super().__init__(**options)
        self.block = Mixer(8, name="block")
        self.head = layers.Dense(3, name="head")

    def call(self, inputs):
        """The block again and again, and the head on what is left."""
        return self.head(ops.mean(self.block(self.block(inputs)), axis=1))


def encoder():
    """One that was called on ten positions."""
    model = Encoder(name="encoder")
    model(ops.ones((2, 10, 8)))
    return model


ONE_BLOCK = 2 * 10 * 8 * 8 + 2 * 10 * 10 * 8


def test_a_subclassed_model_is_known_whole():
    """Every layer that ran, under its path, with its calls and its origin."""
    model = encoder()
    report = kb.explain(model)
    assert report.params == model.count_params()
    assert report.macs == 2 * ONE_BLOCK + 8 * 3
    assert report.macs_known
    assert report.unknown == ()
    rows = {row.name: row for row in report.rows}
    assert [name for name in rows if name.startswith("block/")] == [
        f"block/{each.name}" for each in (model.block.query, model.block.value, model.block.norm)
    ] + ["block/block"]
    own = rows["block/block"]
    assert (own.macs, own.macs_origin, own.calls) == (2 * 2 * 10 * 10 * 8, "traced", 2)
    query = rows[f"block/{model.block.query.name}"]
    assert (query.macs.text, query.macs_origin) == ("2·10·8·8 = 1,280", "ruled")
    assert query.output_shape == (None, 10, 8)
    assert rows["head"].macs == 24


def test_a_layer_of_the_users_own_in_a_functional_model():
    """The same block between Keras's layers, on the shape that it is called on."""
    inputs = keras.Input((10, 8))
    model = keras.Model(inputs, layers.Dense(2, name="top")(Mixer(8, name="mix")(inputs)))
    report = kb.explain(model)
    assert report.params == model.count_params()
    assert report.macs == ONE_BLOCK + 10 * 8 * 2
    assert {row.name: row.connected_from for row in report.rows}["top"] == ("mix",)
    assert kb.explain(model, trace="never").unknown == ("mix",)


def test_other_sizes_are_traced_anew():
    """A model that leaves sizes open is unknown until they are given."""
    inputs = keras.Input((None, 8))
    model = keras.Model(inputs, Mixer(8, name="mix")(inputs))
    assert not kb.explain(model).macs_known
    report = kb.explain(model, input_shapes=(20, 8))
    assert report.macs == 2 * 20 * 8 * 8 + 2 * 20 * 20 * 8


def test_sizes_that_are_given_reach_what_comes_after():
    """Keras recorded open ones: a layer behind one that was traced is traced on what is given."""
    inputs = keras.Input((None, 8))
    model = keras.Model(inputs, Mixer(8, name="b")(Mixer(8, name="a")(inputs)))
    report = kb.explain(model, input_shapes=(20, 8))
    assert report.macs == 2 * (2 * 20 * 8 * 8 + 2 * 20 * 20 * 8)
    assert report.output_shapes == ((None, 20, 8),)


def test_a_shared_layer_inside_two_layers_counts_once():
    """Its weights once, its products in both."""
    inner = layers.Dense(8, name="inner")

    class Holds(layers.Layer):
        def __init__(self, held, **options):
            super().__init__(**options)
            self.held = held

        def call(self, inputs):
            return self.held(inputs)

    inputs = keras.Input((8,))
    model = keras.Model(inputs, Holds(inner, name="b")(Holds(inner, name="a")(inputs)))
    report = kb.explain(model)
    assert report.params == model.count_params() == 72
    assert report.macs == 2 * 64


def test_weights_that_no_call_reaches_are_counted():
    """In the row of what the model has besides its layers."""

    class Idle(keras.Model):
        def __init__(self):
            super().__init__(name="idle")
            self.used, self.unused = layers.Dense(3), layers.Dense(5)

        def build(self, shape):
            self.used.build(shape)
            self.unused.build(shape)

        def call(self, inputs):
            return self.used(inputs)

    model = Idle()
    model.build((None, 4))
    model(ops.ones((1, 4)))
    report = kb.explain(model)
    assert report.params == model.count_params() == 15 + 25
    assert report.macs == 12


def test_a_loop_of_a_cell_of_the_users_own():
    """A recurrent layer around it: nothing of it is ruled, the loop counts in full."""

    class Cell(layers.Layer):
        def __init__(self, **options):
            super().__init__(**options)
            self.state_size = 6
            self.inner = layers.Dense(6, name="inner")

        def build(self, shape):
            self.inner.build((shape[0], shape[-1] + 6))

        def call(self, inputs, states):
            out = self.inner(ops.concatenate([inputs, states[0]], axis=-1))
            return out, [out]

    inputs = keras.Input((5, 4))
    model = keras.Model(inputs, layers.RNN(Cell(name="cell"), name="rnn")(inputs))
    report = kb.explain(model)
    assert report.params == model.count_params() == (4 + 6 + 1) * 6
    steps = 6 if keras.backend.backend() == "torch" else 5  # Keras itself runs one more there
    assert report.macs == steps * 10 * 6


def test_a_report_says_where_its_figures_come_from():
    """In text and JSON."""
    report = kb.explain(encoder())
    assert "MACs 2·1600 = 3,200, traced" in report.to_text()
    origins = {row["name"]: row["macs_origin"] for row in json.loads(report.to_json())["layers"]}
    assert origins["block/block"] == "traced"
    assert origins["head"] == "ruled"


def test_memory_of_what_was_traced_is_at_least():
    """What its layers keep for the backward pass nobody knows."""
    assert not kb.explain(encoder()).memory().known


def test_what_cannot_be_traced_is_named_with_its_reason():
    """The layer asks for numbers, which a trace has not."""

    class Asks(layers.Layer):
        def call(self, inputs):
            return inputs * float(ops.convert_to_numpy(inputs).sum())

        def compute_output_spec(self, inputs):
            return keras.KerasTensor(inputs.shape, inputs.dtype)

    inputs = keras.Input((4,))
    model = keras.Model(inputs, Asks(name="asks")(inputs))
    (row,) = (row for row in kb.explain(model).rows if row.reason)
    assert row.reason.startswith(
        "Asks is a class of the user's own; give its rule in extra_rules; tracing it failed: "
    )
    assert "\n" not in row.reason


def test_a_wrong_choice_is_refused():
    """The message says what there is."""
    with pytest.raises(kb.errors.ArgumentError) as caught:
        kb.explain(encoder(), trace="always")
    assert str(caught.value) == ("trace must be 'unknown' or 'never'; received trace='always'.")


class Frames(layers.Layer):
    """The frames of each film, one after the other, in the place of the batch."""

    def call(self, films):
        """Nobody downstream is told how many films there are."""
        return ops.reshape(films, (-1, *films.shape[2:]))

    def compute_output_shape(self, shape):
        """What Keras records."""
        return (None, *shape[2:])


class Films(layers.Layer):
    """The frames put back."""

    def __init__(self, frames, **options):
        super().__init__(**options)
        self.frames = frames

    def call(self, frames):
        """So many frames a film."""
        return ops.reshape(frames, (-1, self.frames, *frames.shape[1:]))

    def compute_output_shape(self, shape):
        """What Keras records."""
        return (None, self.frames, *shape[1:])


def test_parts_of_a_sample_in_the_place_of_the_batch_count_all():
    """Four frames meet the dense layer between, though Keras records a batch there."""
    films = keras.Input((4, 6))
    frames = layers.Dense(5, name="of_frames")(Frames(name="frames")(films))
    outputs = layers.Dense(3, name="of_films")(Films(4, name="films")(frames))
    model = keras.Model(films, outputs)
    report = kb.explain(model)
    macs = {row.name: row.macs for row in report.rows}
    assert macs["of_frames"] == 4 * 6 * 5
    assert macs["of_films"] == 4 * 5 * 3
    assert report.macs == 4 * 6 * 5 + 4 * 5 * 3
    unsure = kb.explain(model, trace="never")
    assert unsure.macs_known is False


class Mistaken(layers.Layer):
    """It halves the positions, and says that it does not."""

    def call(self, inputs):
        """Every other position."""
        return inputs[:, ::2]

    def compute_output_shape(self, shape):
        """As if nothing happened."""
        return shape


def test_the_trace_is_believed_where_a_layer_is_wrong_about_its_outputs():
    """Five of ten positions reach the dense layer."""
    inputs = keras.Input((10, 8))
    outputs = layers.Dense(3, name="top")(Mistaken(name="half")(inputs))
    report = kb.explain(keras.Model(inputs, outputs))
    assert report.macs == 5 * 8 * 3


class Half(keras.Model):
    """A functional model that keeps a whole network and calls a part of it."""

    def __init__(self, network, used, **options):
        super().__init__(network.inputs, network.get_layer(used).output, **options)
        self.network = network


def test_what_a_model_keeps_and_never_calls_is_counted():
    """Keras counts its weights; nothing of it runs."""
    inputs = keras.Input((8,))
    hidden = layers.Dense(4, name="hidden")(inputs)
    network = keras.Model(inputs, layers.Dense(3, name="top")(hidden))
    model = Half(network, "hidden")
    report = kb.explain(model)
    assert report.params == model.count_params() == 8 * 4 + 4 + 4 * 3 + 3
    assert report.macs == 8 * 4
    assert report.macs_known
    (idle,) = [row for row in report.rows if row.name == "top"]
    assert (idle.params, idle.macs, idle.output_shape) == (15, 0, None)
    assert "top" in report.to_text()
    assert kb.explain(model, trace="never").params == model.count_params()


def test_two_of_a_sample_in_the_place_of_the_batch_count_both():
    """Both conditions of a guided step go through one network at once, and meet one image."""
    guided, plain = keras.Input((6,), name="guided"), keras.Input((6,), name="plain")
    both = ops.concatenate([guided, plain], axis=0)
    hidden = layers.Dense(5, name="both")(both)
    image = layers.Dense(5, name="once")(guided)
    outputs = layers.Dense(3, name="top")(layers.Add()([hidden, ops.concatenate([image] * 2, 0)]))
    model = keras.Model([guided, plain], outputs)
    report = kb.explain(model)
    macs = {row.name: row.macs for row in report.rows}
    assert (macs["both"], macs["once"], macs["top"]) == (2 * 6 * 5, 6 * 5, 2 * 5 * 3)
    assert report.macs == 2 * 6 * 5 + 6 * 5 + 2 * 5 * 3
    assert report.params == model.count_params()
    assert not kb.explain(model, trace="never").macs_known


class Steps(layers.Layer):
    """Two calls of it call different layers inside."""

    def __init__(self, **options):
        super().__init__(**options)
        self.first = layers.Dense(8, name="first")
        self.more = [layers.Dense(8, name="second"), layers.Dense(8, name="third")]

    def build(self, shape):
        """All of them."""
        for layer in (self.first, *self.more):
            layer.build(shape)

    def call(self, inputs, *, begins):
        """One layer, or the two others."""
        if begins:
            return self.first(inputs)
        return self.more[1](self.more[0](inputs))


def test_calls_that_run_different_layers_inside_count_each_where_it_ran():
    """Every layer has its own weights and products, in whichever call it ran."""

    class Twice(keras.Model):
        def __init__(self):
            super().__init__(name="twice")
            self.steps = Steps(name="steps")

        def call(self, inputs):
            return self.steps(self.steps(inputs, begins=True), begins=False)

    model = Twice()
    model(ops.ones((1, 8)))
    report = kb.explain(model)
    rows = {row.name: (row.macs, row.params, row.calls) for row in report.rows}
    assert rows == {
        "steps": (3 * 64, 3 * 72, 2),
        "steps/first": (64, 72, 1),
        "steps/second": (64, 72, 1),
        "steps/third": (64, 72, 1),
    }
    assert report.params == model.count_params() == 3 * 72
    assert report.macs == report.graph.totals.macs == 3 * 64
    assert report.graph.totals.params == 3 * 72


def test_why_a_subclassed_model_was_not_traced_is_told_of_its_layers():
    """At the top, and inside another model."""

    class Asks(keras.Model):
        def __init__(self, **options):
            super().__init__(**options)
            self.top = layers.Dense(3, name="top")

        def call(self, inputs):
            return self.top(inputs) * float(ops.convert_to_numpy(inputs).sum())

        def compute_output_spec(self, inputs):
            return keras.KerasTensor((inputs.shape[0], 3), inputs.dtype)

    told = "a subclassed model does not record the calls of its layers; tracing it failed: "
    asks = Asks(name="asks")
    asks(ops.ones((1, 4)))
    inputs = keras.Input((4,))
    for model, shapes in ((asks, (4,)), (keras.Model(inputs, asks(inputs)), None)):
        report = kb.explain(model, input_shapes=shapes)
        (row,) = [row for row in report.rows if row.name.endswith("top")]
        assert row.params == 15
        assert row.reason.startswith(told)
        (row,) = [row for row in kb.explain(model, trace="never").rows if row.params == 15][-1:]
        assert row.reason == told.partition(";")[0]


class Sampling(layers.Layer):
    """A draw around each mean, as variational models make it."""

    def __init__(self, **options):
        super().__init__(**options)
        self.seed = keras.random.SeedGenerator(1)

    def call(self, pair):
        """The mean, and noise of that variance."""
        mean, log_var = pair
        noise = keras.random.normal(ops.shape(mean), seed=self.seed)
        return mean + noise * ops.exp(0.5 * log_var)


class Variational(keras.Model):
    """An encoder, a draw, and a decoder."""

    def __init__(self):
        super().__init__()
        self.hidden, self.mean, self.log_var = (layers.Dense(each) for each in (16, 2, 2))
        self.draw = Sampling(name="draw")
        self.decoder = keras.Sequential([keras.Input((2,)), layers.Dense(16), layers.Dense(28)])

    def call(self, inputs):
        """What goes in, drawn anew."""
        hidden = self.hidden(inputs)
        return self.decoder(self.draw([self.mean(hidden), self.log_var(hidden)]))


def test_what_draws_random_numbers_is_counted_in_full():
    """PyTorch draws none for tensors without data, so another kind of them is traced."""
    model = Variational()
    model(ops.ones((1, 28)))
    report = kb.explain(model)
    assert report.macs == 28 * 16 + 2 * 16 * 2 + 2 * 16 + 16 * 28
    assert report.macs_known
    assert report.params == model.count_params()


def test_a_call_that_was_given_up_half_way_counts_what_it_ran():
    """No rule counts it: of the two products of the layer that fails, one was run."""

    class Fails(layers.Layer):
        def __init__(self, **options):
            super().__init__(**options)
            self.inner = layers.Dense(8, name="inner")

        def call(self, inputs):
            self.inner(inputs)
            raise LookupError

    class Tries(layers.Layer):
        def __init__(self, **options):
            super().__init__(**options)
            self.fails, self.other = Fails(name="fails"), layers.Dense(3, name="other")

        def build(self, shape):
            self.fails.inner.build(shape)
            self.other.build(shape)

        def call(self, inputs):
            try:
                return self.fails(inputs)
            except LookupError:
                return self.other(inputs)

    inputs = keras.Input((8,))
    model = keras.Model(inputs, Tries(name="tries")(inputs))
    report = kb.explain(model)
    runs = 64 if keras.backend.backend() == "torch" else 0  # the others run what reaches outputs
    assert report.macs == runs + 24
    assert report.params == model.count_params()
