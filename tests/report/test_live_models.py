"""Reports on models in memory: what they were compiled with; nothing about them changes."""

from __future__ import annotations

import pytest

keras = pytest.importorskip("keras")

from dataclasses import replace  # noqa: E402

import numpy as np  # noqa: E402  after Keras is known to be there

import kerasbook as kb  # noqa: E402
from kerasbook.graph import build_graph  # noqa: E402
from kerasbook.report.reading import make_report  # noqa: E402
from kerasbook.sources.live import opened_model  # noqa: E402

layers = keras.layers
pytestmark = pytest.mark.keras


class Warmup(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule that does not know how to write itself down."""

    def __call__(self, _step):
        """Always the same."""
        return 1e-3


def own_loss(target, output):
    """A loss, and a metric."""
    return keras.ops.mean(keras.ops.square(target - output), axis=-1)


class OwnLoss(keras.losses.Loss):
    """A loss that does not know how to write itself down either."""

    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def call(self, target, output):
        """As above."""
        return self.factor * own_loss(target, output)

    def get_config(self):
        """Not written."""
        raise NotImplementedError


@pytest.mark.parametrize(
    "make",
    [
        lambda rate: keras.optimizers.Adam(rate, amsgrad=True),
        lambda rate: keras.optimizers.SGD(rate, momentum=0.9),
        lambda rate: keras.optimizers.RMSprop(rate, centered=True, use_ema=True),
        lambda rate: keras.optimizers.LossScaleOptimizer(
            keras.optimizers.SGD(rate, momentum=0.9, gradient_accumulation_steps=2)
        ),
    ],
)
def test_what_cannot_be_written_down_does_not_hinder_the_report(make):
    """A schedule, a loss and a metric of the user's own: it is the same optimizer all the same."""
    found = []
    for rate in (Warmup(), keras.optimizers.schedules.ExponentialDecay(1e-3, 100, 0.9)):
        inputs = keras.Input((8,))
        model = keras.Model(inputs, layers.Dense(2)(inputs))
        model.compile(
            make(rate), OwnLoss(2.0), metrics=[own_loss, keras.metrics.MeanMetricWrapper(own_loss)]
        )
        report = kb.explain(model)
        assert report.params == 18
        found.append((report.optimizer.class_name, report.memory()))
    assert found[0] == found[1]
    assert found[0][1].optimizer_bytes > 0


# ------------------------------------------------------------- what a report must be right about


class Block(layers.Layer):
    """A layer of the user's own that hands on to a dense one."""

    def __init__(self, units, **options):
        super().__init__(**options)
        self.inner = layers.Dense(units)

    def build(self, shape):
        """Only the layer inside has weights."""
        self.inner.build(shape)

    def call(self, inputs):
        """What the layer inside gives."""
        return self.inner(inputs)


def totals(report):
    """What is said of a whole model."""
    params = report.params
    return int(params), int(params.trainable), report.params_known, report.macs, report.macs_known


def kept(model):
    """Keras's own counts."""
    found = {id(each): each for each in model.weights}.values()
    trained = model.trainable_variables
    return sum(map(size, found)), sum(map(size, trained))


def size(variable):
    """How many numbers it holds."""
    return int(np.prod(variable.shape))


def held(model, macs, **options):
    """The report, held against Keras's counts and a number of MACs that anybody can check."""
    report = kb.explain(model, **options)
    assert totals(report) == (*kept(model)[:1], kept(model)[1], True, macs, True)
    assert report.graph.totals.macs == macs
    return report


def test_a_batch_of_a_fixed_size_counts_one_sample():
    """Whether a training made it so or an input, and whether a rule or a trace counts."""
    fitted = keras.Sequential([Block(8), layers.Dense(8)])
    fitted.compile("sgd", "mse")
    fitted.fit(np.ones((64, 8)), np.ones((64, 8)), batch_size=16, verbose=0)
    held(fitted, 64 + 64)
    inputs = keras.Input(batch_shape=(32, 8))
    report = held(keras.Model(inputs, Block(4)(Block(8)(inputs))), 64 + 32)
    assert report.output_shapes == ((32, 4),)


class Windows(layers.Layer):
    """The halves of each sample, one after the other, in the place of the batch."""

    def call(self, inputs):
        """Twice as many."""
        return keras.ops.reshape(inputs, (-1, inputs.shape[-1] // 2))


def test_parts_of_a_sample_in_a_batch_of_a_fixed_size_count_all():
    """Both halves of each of 16 samples meet the dense layer."""
    inputs = keras.Input(batch_shape=(16, 8))
    held(keras.Model(inputs, layers.Dense(3)(Windows()(inputs))), 2 * 4 * 3)


class Pairs(layers.Layer):
    """Each sample of a batch against each other, and a product that no sample has a part in."""

    def __init__(self, rows, **options):
        super().__init__(**options)
        self.rows = rows

    def build(self, shape):
        """A kernel."""
        self.kernel = self.add_weight(shape=(self.rows, shape[-1]))

    def call(self, inputs):
        """Scores, and a penalty."""
        penalty = keras.ops.matmul(self.kernel, keras.ops.transpose(self.kernel))
        scores = keras.ops.matmul(inputs, keras.ops.transpose(inputs))
        return scores + keras.ops.sum(penalty)


def test_what_a_batch_of_a_fixed_size_does_together_is_shared():
    """Each sample has its share; where there are no equal shares it is unknown."""
    inputs = keras.Input(batch_shape=(4, 6))
    held(keras.Model(inputs, Pairs(2)(inputs)), (4 * 4 * 6 + 2 * 2 * 6) // 4)
    report = kb.explain(keras.Model(inputs, Pairs(3, name="pairs")(inputs)))
    assert not report.macs_known
    (row,) = [row for row in report.rows if row.reason]
    assert row.reason == "it is not known what each of 4 samples multiplies"


class Net(keras.Model):
    """A subclassed model of two layers."""

    def __init__(self, **options):
        super().__init__(**options)
        self.first, self.second = layers.Dense(4), layers.Dense(1)

    def call(self, inputs):
        """One after the other."""
        return self.second(self.first(inputs))


@pytest.mark.filterwarnings("ignore:.build.*was called on layer:UserWarning")
def test_a_model_that_was_built_and_not_called_is_known():
    """Keras makes its weights in the first call; the report counts them, and makes none."""
    model = Net()
    model.build((None, 8))
    for _ in range(2):
        report = kb.explain(model)
        assert totals(report) == (41, 41, True, 36, True)
        assert model.weights == []
    assert kb.count_params(model) == 41
    unsure = kb.explain(model, trace="never")
    assert (unsure.params_known, unsure.macs_known) == (False, False)
    model(np.ones((1, 8)))
    assert totals(kb.explain(model)) == (*kept(model), True, 36, True)


class Pair(keras.Model):
    """A model of two tensors, in one list, one dict, or one after the other."""

    def __init__(self, form):
        super().__init__()
        self.form, self.one, self.two = form, layers.Dense(4), layers.Dense(4)

    def call(self, inputs, right=None):
        """Both together."""
        if self.form == "dict":
            return self.one(inputs["left"]) + self.two(inputs["right"])
        if self.form == "list":
            inputs, right = inputs
        hidden = self.one(inputs)
        return hidden if right is None else hidden + self.two(right)


@pytest.mark.parametrize(
    ("form", "shapes"),
    [
        ("list", [(3,), (5,)]),
        ("dict", {"left": (3,), "right": (5,)}),
        ("optional", {"inputs": (3,), "right": (5,)}),
    ],
)
def test_shapes_are_given_for_a_model_that_was_never_called(form, shapes):
    """In the form that it is called in."""
    if form == "optional":
        assert not kb.explain(Net()).params_known
        assert totals(kb.explain(Net(), input_shapes=(8,))) == (41, 41, True, 36, True)
    model = Pair(form)
    report = kb.explain(model, input_shapes=shapes)
    assert (report.params, report.macs) == (16 + 24, 12 + 20)
    assert (report.params_known, report.macs_known) == (True, form == "optional")
    assert model.weights == []


def test_a_second_tensor_that_may_have_been_passed_is_asked_for():
    """Keras records the first one only."""
    model = Pair("optional")
    model(np.ones((1, 3)), np.ones((1, 5)))
    report = kb.explain(model)
    assert (report.params, report.params_known) == (model.count_params(), True)
    assert not report.macs_known
    (row,) = [row for row in report.rows if row.reason]
    assert row.reason == (
        "it may be called on 'right' too, which is not recorded: give input_shapes"
    )
    assert held(model, 32, input_shapes={"inputs": (3,), "right": (5,)}).unknown == ()


class Transpose(layers.Layer):
    """A decoder that multiplies with the kernel of an encoder, and has a bias of its own."""

    def __init__(self, dense, **options):
        super().__init__(**options)
        self.dense = dense

    def build(self, _shape):
        """The bias."""
        self.bias = self.add_weight(shape=(self.dense.kernel.shape[0],), name="bias")

    def call(self, inputs):
        """Back to where it came from."""
        return keras.ops.matmul(inputs, keras.ops.transpose(self.dense.kernel)) + self.bias


@pytest.mark.parametrize("order", ["after", "before"])
def test_tied_weights_with_a_bias_count_once(order):
    """The encoder's in its row, the bias in that of the decoder, whichever comes first."""
    encoder = layers.Dense(3, name="encoder")
    inputs = keras.Input((10,))
    hidden = encoder(inputs)
    decoded = Transpose(encoder, name="decoder")(hidden)
    outputs = decoded if order == "after" else encoder(decoded)
    report = held(keras.Model(inputs, outputs), 30 * (2 if order == "after" else 3))
    rows = {row.name: row.params for row in report.rows}
    assert (rows["encoder"], rows["decoder"]) == (33, 10)


def test_a_weight_that_a_model_adds_to_its_graph_counts():
    """In a class that derives from a functional model or a sequential one."""

    class Functional(keras.Model):
        def __init__(self):
            inputs = keras.Input((4,))
            super().__init__(inputs, layers.Dense(3)(inputs))
            self.temperature = self.add_weight(shape=(7,), name="temperature")

    class Sequential(keras.Sequential):
        def __init__(self):
            super().__init__([keras.Input((4,)), layers.Dense(3)])
            self.temperature = self.add_weight(shape=(7,), name="temperature", trainable=False)

    for model in (Functional(), Sequential()):
        assert held(model, 12).params == 22


def test_a_layer_in_two_models_inside_counts_once_in_the_row_around_them():
    """Whatever is around that."""
    shared = layers.Dense(8, name="shared")
    parts = [keras.Sequential([keras.Input((8,)), shared], name=name) for name in ("a", "b")]
    inputs, outer_inputs = keras.Input((8,)), keras.Input((8,))
    around = keras.Model(inputs, parts[1](parts[0](inputs)), name="around")
    model = keras.Model(outer_inputs, layers.Dense(2)(around(outer_inputs)))
    report = held(model, 2 * 64 + 16)
    assert {row.name: row.params for row in report.rows}["around"] == 72


def trained(case):
    """A model of which some is frozen, in one of many forms."""
    inputs = keras.Input((8,))
    if case == "argument":
        return keras.Model(inputs, layers.Dense(3)(inputs), trainable=False)
    parts = [keras.Input((8,)), layers.Dense(4), layers.BatchNormalization(), layers.Dense(2)]
    backbone = keras.Sequential(parts, name="backbone")
    model = keras.Model(inputs, layers.Dense(2)(backbone(inputs)))
    frozen = model if case == "thawed layer of a frozen model" else backbone
    frozen.trainable = False
    if case != "frozen":
        backbone.layers[1 if case == "thawed normalisation" else -1].trainable = True
    if case == "argument around":
        around = keras.Input((8,))
        return keras.Model(around, model(around), trainable=False)
    return model


@pytest.mark.parametrize(
    "case",
    [
        "argument",
        "argument around",
        "frozen",
        "thawed layer",
        "thawed layer of a frozen model",
        "thawed normalisation",
    ],
)
def test_what_is_trained_is_what_keras_trains(case):
    """The rules keep their formulas, whatever is frozen."""
    model = trained(case)
    report = kb.explain(model)
    assert totals(report)[:3] == (*kept(model), True)
    assert all(row.params_origin == "ruled" for row in report.rows)


def test_models_inside_one_that_is_never_called_are_known_by_themselves():
    """Each on inputs of its own; how often they are called is not known."""

    class Adversaries(keras.Model):
        def __init__(self):
            super().__init__(name="gan")
            judge = [keras.Input((8,)), layers.Dense(4), Block(2)]
            self.judge = keras.Sequential(judge, name="judge")
            self.maker = keras.Sequential([keras.Input((5,)), layers.Dense(8)], name="maker")

    report = kb.explain(Adversaries())
    models = {row.name: (row.params, row.macs) for row in report.rows if row.is_model}
    assert models["judge"] == (36 + 10, 32 + 8)
    assert models["maker"] == (48, 40)
    assert (report.params, report.params_known, report.macs_known) == (94, True, False)
    reason = "a subclassed model does not record how often it calls the models inside it"
    assert report.reason == reason
    assert f"Unknown          gan: {reason}"[:60] in report.to_text()
    with pytest.raises(kb.errors.UnknownLayerError) as caught:
        kb.explain(Adversaries(), strict=True)
    assert str(caught.value) == (
        f"every layer must be known with strict=True; unknown: gan ({reason})."
    )


def test_a_sequential_model_without_a_graph_is_known():
    """One that was called on a dict, and one whose shapes Keras did not infer."""
    on_dict = keras.Sequential([layers.Lambda(lambda each: each["a"]), layers.Dense(1)])
    on_dict({"a": np.ones((3, 3)), "b": np.ones((3, 2))})
    held(on_dict, 3)

    class Unshaped(layers.Dense):
        def compute_output_spec(self, *_):
            raise NotImplementedError

    open_ended = keras.Sequential([keras.Input((6,)), layers.Dense(4), Unshaped(3)])
    assert open_ended._functional is None
    report = kb.explain(open_ended)
    assert report.macs >= 24
    assert report.params >= 28


def test_rows_that_do_not_come_to_the_weights_are_not_called_known():
    """A check of each report against the list that Keras keeps."""
    inputs = keras.Input((4,))
    model = keras.Model(inputs, layers.Dense(3, name="top")(inputs), name="net")
    with opened_model(model) as data:
        graph = build_graph(replace(data, weights=lambda: data.weights()[:1]))
    report = make_report(graph)
    assert (report.params, report.params_known, report.memory().known) == (15, False, False)
    assert report.reason == (
        "its layers come to 15 parameters, 15 of them trainable, and its weights to 12, 12 of "
        "them trainable"
    )
    assert "at least 15" in report.to_text()
