from __future__ import annotations

import pytest
from flop_counter import counted_macs, needs_torch
from keras_oracle import agree, check, config_of, graph_of, keras, layers, model_of

from kerasbook.graph import build_graph, graph_rows
from kerasbook.sources.config import read_config

pytestmark = pytest.mark.keras

RECURRENT = (layers.SimpleRNN, layers.LSTM, layers.GRU)
GATES = {"SimpleRNN": 1, "LSTM": 4, "GRU": 3}
OPTIONS = (
    {},
    {"use_bias": False},
    {"return_sequences": True},
    {"return_state": True},
    {"return_sequences": True, "return_state": True},
    {"go_backwards": True, "return_sequences": True},
    {"unroll": True},
    {"dropout": 0.2, "recurrent_dropout": 0.1},
    {"activation": "relu"},
    {"trainable": False},
    {"dtype": "mixed_bfloat16"},
)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("kind", RECURRENT)
def test_recurrent_layers_equal_keras(kind, options):
    """Shapes, states and weights are Keras's; each gate runs over inputs and state at each step."""
    row = check(kind(8, **options), (20, 4))
    assert row.macs.value == 20 * GATES[kind.__name__] * (4 + 8) * 8


@pytest.mark.parametrize(
    "options", [{}, {"reset_after": False}, {"reset_after": False, "use_bias": False}]
)
def test_the_bias_of_gru_is_double_where_it_resets_after(options):
    """Inputs and state have a bias each, only if the reset comes after the product."""
    row = check(layers.GRU(8, **options), (20, 4))
    assert row.macs.value == 20 * 3 * (4 + 8) * 8


def test_gru_writes_its_parameters_as_people_do():
    """The formula names the gates, and both biases as a 2."""
    assert check(layers.GRU(8), (20, 4)).node.params.text == "(4 + 8 + 2)·3·8 = 336"


def test_lstm_on_20_steps():
    """The table of cases that counters get wrong: 7,680, not 0 and not 8,960."""
    row = check(layers.LSTM(8), (20, 4))
    assert row.macs.text == "20·4·(4 + 8)·8 = 7,680"
    assert row.node.params.text == "(4 + 8 + 1)·4·8 = 416"


def test_macs_of_an_unknown_length_have_text_but_no_value():
    """What depends on a length that is not specified is a formula in `steps`."""
    row = check(layers.LSTM(8, return_sequences=True), (None, 4))
    assert row.macs.text == "steps·4·(4 + 8)·8"
    assert row.node.facts.output_shape == (None, None, 8)


@pytest.mark.parametrize("kind", RECURRENT)
def test_stateful_layers_hold_no_more_weights(kind):
    """The states that a stateful layer carries from batch to batch are no weights."""
    inputs = keras.Input(batch_shape=(2, 5, 4))
    layer = kind(8, stateful=True)
    model = keras.Model(inputs, layer(inputs))
    row = graph_rows(graph_of(model))
    agree(next(r for r in row if r.node.name == layer.name), layer, [model.output])


@pytest.mark.parametrize("kind", RECURRENT)
def test_initial_states_change_no_shape(kind):
    """States may be passed as tensors, by name or in a list."""
    sequence = keras.Input((6, 4))
    states = [keras.Input((8,)) for _ in range(2 if kind is layers.LSTM else 1)]
    layer = kind(8, return_sequences=True)
    model = keras.Model([sequence, *states], layer(sequence, initial_state=states))
    row = next(r for r in graph_rows(graph_of(model)) if r.node.name == layer.name)
    agree(row, layer, [model.output])
    assert len(row.node.facts.views) == 1 + len(states)


@pytest.mark.parametrize("options", [{}, {"return_sequences": True, "return_state": True}], ids=str)
@pytest.mark.parametrize("cell", [layers.SimpleRNNCell, layers.LSTMCell, layers.GRUCell])
def test_rnn_holds_its_cell(cell, options):
    """`RNN` over a cell is the layer of that cell."""
    row = check(layers.RNN(cell(8), **options), (20, 4))
    alone = check(getattr(layers, cell.__name__.removesuffix("Cell"))(8), (20, 4))
    assert row.macs.value == alone.macs.value
    assert row.node.params.value == alone.node.params.value


@pytest.mark.parametrize("options", [{}, {"return_sequences": True, "return_state": True}], ids=str)
def test_stacked_cells_feed_each_other(options):
    """Each cell's inputs are the units of the one before it; all states are returned."""
    stack = layers.StackedRNNCells([layers.LSTMCell(8), layers.GRUCell(5), layers.SimpleRNNCell(3)])
    row = check(layers.RNN(stack, **options), (20, 4))
    each = 4 * (4 + 8) * 8 + 3 * (8 + 5) * 5 + (5 + 3) * 3
    assert row.macs.value == 20 * each


@pytest.mark.parametrize("states", [1, 2])
def test_a_cell_by_itself_is_one_step(states):
    """A cell called on inputs and states returns its output and the new states."""
    inputs, given = keras.Input((4,)), [keras.Input((8,)) for _ in range(states)]
    layer = (layers.GRUCell if states == 1 else layers.LSTMCell)(8)
    output, new = layer(inputs, given)
    model = keras.Model([inputs, *given], [output, *new])
    row = next(r for r in graph_rows(graph_of(model)) if r.node.name == layer.name)
    agree(row, layer, [output, *new])
    assert row.macs.value == (3 if states == 1 else 4) * (4 + 8) * 8


@pytest.mark.parametrize("merge_mode", ["concat", "sum", "mul", "ave", None])
@pytest.mark.parametrize("return_state", [False, True])
@pytest.mark.parametrize("return_sequences", [False, True])
def test_bidirectional_equals_keras(merge_mode, return_state, return_sequences):
    """Both directions hold weights and run; the outputs are merged, the states all returned."""
    inner = layers.LSTM(8, return_sequences=return_sequences, return_state=return_state)
    row = check(layers.Bidirectional(inner, merge_mode=merge_mode), (20, 4))
    assert row.macs.text == "2·20·4·(4 + 8)·8 = 15,360"


def test_bidirectional_with_a_backward_layer_of_its_own():
    """The backward layer may be another one, if it returns the same."""
    backward = layers.GRU(8, go_backwards=True)
    row = check(layers.Bidirectional(layers.LSTM(8), backward_layer=backward), (20, 4))
    assert row.macs.value == 20 * 4 * 12 * 8 + 20 * 3 * 12 * 8


def test_bidirectional_without_a_backward_layer_in_its_configuration():
    """Files of Keras 2 leave it out where it is the same layer backwards."""
    config = config_of(model_of(layers.Bidirectional(layers.LSTM(8), name="both"), (20, 4)))
    both = config["config"]["layers"][1]["config"]
    del both["backward_layer"]
    row = next(r for r in graph_rows(build_graph(read_config(config))) if r.node.name == "both")
    assert row.node.facts.output_shape == (None, 16)
    assert row.node.params.text == "2·(4 + 8 + 1)·4·8 = 832"


CONV_LSTM = (
    (layers.ConvLSTM1D, (3, 9, 2), {}),
    (layers.ConvLSTM2D, (3, 9, 7, 2), {}),
    (layers.ConvLSTM3D, (3, 5, 4, 6, 2), {}),
    (layers.ConvLSTM2D, (3, 9, 7, 2), {"padding": "same"}),
    (layers.ConvLSTM2D, (3, 9, 7, 2), {"strides": 2, "padding": "same"}),
    (layers.ConvLSTM2D, (3, 9, 7, 2), {"dilation_rate": 2}),
    (layers.ConvLSTM2D, (3, 9, 7, 2), {"use_bias": False}),
    (layers.ConvLSTM2D, (3, 9, 7, 2), {"return_sequences": True, "return_state": True}),
    (layers.ConvLSTM1D, (None, 9, 2), {"return_sequences": True}),
)


@pytest.mark.parametrize(("kind", "shape", "options"), CONV_LSTM, ids=str)
def test_conv_lstm_equals_keras(kind, shape, options):
    """Windows run over inputs and state; the state's window keeps its size."""
    check(kind(5, 3, **options), shape)


@needs_torch  # TensorFlow convolves channels_first on GPUs alone
def test_conv_lstm_with_channels_first():
    """The channels may come before the spatial axes."""
    row = check(layers.ConvLSTM2D(5, 3, data_format="channels_first"), (4, 2, 9, 7))
    assert row.macs.value == 4 * 7 * 5 * 9 * 4 * (2 + 5) * 5


def test_conv_lstm_multiplies_inputs_and_state_at_each_step():
    """Four gates, at each output position each tap of each channel and of each state."""
    row = check(layers.ConvLSTM2D(5, 3), (4, 9, 7, 2))
    assert row.macs.text == "4·7·5·3·3·4·(2 + 5)·5 = 176,400"


WRAPPED = (
    (layers.Dense(7), (6, 4), 6 * 4 * 7),
    (layers.Conv2D(5, 3), (6, 9, 8, 2), 6 * 7 * 6 * 9 * 2 * 5),
    (layers.BatchNormalization(), (6, 4), 0),
    (layers.LSTM(3), (6, 5, 4), 6 * 5 * 4 * 7 * 3),
    (layers.Flatten(), (6, 5, 4), 0),
)


@pytest.mark.parametrize(("inner", "shape", "macs"), WRAPPED, ids=str)
def test_time_distributed_runs_its_layer_at_each_step(inner, shape, macs):
    """The same weights, at every step anew."""
    row = check(layers.TimeDistributed(inner), shape)
    assert row.macs.value == macs


def test_time_distributed_of_an_unknown_length():
    """The steps stay a symbol."""
    row = check(layers.TimeDistributed(layers.Dense(7)), (None, 4))
    assert row.macs.text == "steps·4·7"


def test_wrappers_hand_on_what_they_do_not_know():
    """A layer that nobody knows makes its wrapper unknown, for the same reason."""
    inner = layers.Lambda(lambda x: x, output_shape=(4,), name="mine")
    model = model_of(layers.TimeDistributed(inner, name="outer"), (6, 4))
    row = next(r for r in graph_rows(graph_of(model)) if r.node.name == "outer")
    assert row.node.facts.macs is None
    assert row.node.facts.reason == "it runs a Python function of the user's own"


# ------------------------------------------------------------------------------- what torch runs

RUN = (
    (lambda: layers.LSTM(8), (20, 4), 0),
    (lambda: layers.LSTM(8, return_sequences=True), (20, 4), 0),
    (lambda: layers.GRU(8), (20, 4), 0),
    (lambda: layers.Bidirectional(layers.LSTM(8)), (20, 4), 0),
    (lambda: layers.TimeDistributed(layers.Dense(7)), (6, 4), 0),
    # The torch backend runs these once more on the first step, to learn the shape of the output.
    (lambda: layers.SimpleRNN(8), (20, 4), (4 + 8) * 8),
    (lambda: layers.GRU(8, reset_after=False), (20, 4), 3 * (4 + 8) * 8),
    (lambda: layers.RNN(layers.LSTMCell(8)), (20, 4), 4 * (4 + 8) * 8),
    (lambda: layers.ConvLSTM2D(5, 3), (4, 9, 7, 2), 7 * 5 * 9 * 4 * (2 + 5) * 5),
)


@needs_torch
@pytest.mark.parametrize(("layer", "shape", "more"), RUN)
def test_macs_are_what_torch_runs(layer, shape, more):
    """The products that PyTorch counts while the layer runs, less a step that it runs in vain."""
    assert check(layer(), shape).macs.value == counted_macs(layer(), shape) - more
