"""Recurrent layers: a cell that runs at every step, and what runs it.

The rule of a cell answers for one step: its output, then its states. What runs it over a sequence
holds the cell's weights and multiplies what the cell multiplies, at every step anew.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kerasbook.arithmetic import number, plus, product
from kerasbook.checks import shown
from kerasbook.rules.common import elements, per_sample, use_bias
from kerasbook.rules.conv import conv
from kerasbook.rules.facts import Buffer, LayerFacts, Weight, prefixed, unknown, weight
from kerasbook.rules.layer import Tensor
from kerasbook.rules.views import SAME, WHOLE, Whole, Window, everything

if TYPE_CHECKING:
    from kerasbook.arithmetic import Formula, Term
    from kerasbook.rules.facts import Saved
    from kerasbook.rules.spec import LayerSpec, Rule
    from kerasbook.rules.views import Shape, View, Views

__all__ = [
    "bidirectional",
    "conv_lstm",
    "gru_cell",
    "lstm_cell",
    "recurrent",
    "rnn",
    "simple_rnn_cell",
    "stacked_cells",
    "time_distributed",
]

# How many numbers each unit of a cell keeps at each step for the backward pass, as PyTorch does:
# the gates after their activation, the new state, and what was multiplied with them.
_KEPT_BY_RNN, _KEPT_BY_LSTM, _KEPT_BY_GRU, _KEPT_BY_GRU_RESET_BEFORE = 1, 7, 8, 6
# A convolution copies what it reads: the gates of a convolutional LSTM copy inputs and state.
_COPIES = 4


# ----------------------------------------------------------------------------------- one step


def simple_rnn_cell(spec: LayerSpec) -> LayerFacts:
    """`SimpleRNNCell`: each unit weighs all inputs and all units of the last state."""
    return _cell(spec, gates=1, states=1, kept=_KEPT_BY_RNN)


def lstm_cell(spec: LayerSpec) -> LayerFacts:
    """`LSTMCell`: four gates weigh inputs and state; state and carry go on."""
    return _cell(spec, gates=4, states=2, kept=_KEPT_BY_LSTM)


def gru_cell(spec: LayerSpec) -> LayerFacts:
    """`GRUCell`: three gates; with `reset_after` inputs and state have a bias each."""
    if spec.flag("reset_after", default=True):
        return _cell(spec, gates=3, states=1, kept=_KEPT_BY_GRU, biases=2)
    return _cell(spec, gates=3, states=1, kept=_KEPT_BY_GRU_RESET_BEFORE)


def _cell(spec: LayerSpec, *, gates: int, states: int, kept: int, biases: int = 1) -> LayerFacts:
    """A cell of some gates, each of which weighs the inputs and the state."""
    shape = spec.of_rank(2)
    inputs, size = number(spec.size(-1), "inputs"), spec.positive("units")
    units = number(size, "units")
    columns = units if gates == 1 else product(number(gates, "gates"), units)
    bias: dict[str, Term] = {"units": columns}
    if biases > 1:
        bias = {"biases": biases, "units": columns}
    state = (shape[0], size)
    return LayerFacts(
        state,
        more_outputs=(state,) * states,
        weights=(
            weight("kernel", {"inputs": inputs, "units": columns}),
            weight("recurrent_kernel", {"state": units, "units": columns}),
            *use_bias(spec, bias),
        ),
        macs=product(*((number(gates, "gates"),) * (gates > 1)), plus(inputs, units), units),
        views=everything(*spec.input_shapes),
        saved=("inputs", Buffer(product(kept, units))),
    )


def stacked_cells(spec: LayerSpec) -> LayerFacts:
    """`StackedRNNCells`: each cell takes the output of the one before it."""
    cells = spec.get("cells")
    if not isinstance(cells, list | tuple) or not cells:
        spec.fail("cells", "be a list of at least one cell", f"cells={shown(cells)}")
    shape: Shape = spec.input_shape
    inner, steps = [], []
    for value in cells:
        cell = spec.nested("cells", value)
        step = cell.called(shape)
        if step.output_shape is None:
            return unknown(step.reason)
        shape = step.output_shape
        inner.append(cell)
        steps.append(step)
    weights = [
        None if s.weights is None else prefixed(c.name, s.weights)
        for c, s in zip(inner, steps, strict=True)
    ]
    return LayerFacts(
        shape,
        more_outputs=tuple(state for step in steps for state in step.more_outputs),
        weights=None if None in weights else tuple(w for each in weights for w in each or ()),
        macs=_sum([step.macs for step in steps]),
        views=everything(*spec.input_shapes),
        saved=tuple(kept for step in steps for kept in step.saved if isinstance(kept, Buffer)),
        reason=next((step.reason for step in steps if step.reason), ""),
    )


# ----------------------------------------------------------------------------- a whole sequence


def recurrent(cell: Rule, name: str) -> Rule:
    """The rule of `SimpleRNN`, `LSTM` or `GRU`: their cell of that name, at every step."""

    def rule(spec: LayerSpec) -> LayerFacts:
        batch, _, features = spec.of_rank(3)
        step = replace(spec, arguments=(Tensor((batch, features)),), keywords={})
        return _sequence(spec, _with_cell(spec, cell(step), name))

    return rule


def rnn(spec: LayerSpec) -> LayerFacts:
    """`RNN`: the cell that it holds, at every step of the sequence."""
    batch, _, *sizes = spec.of_rank(3, 4, 5, 6)
    cell = spec.nested("cell")
    step = cell.called((batch, *sizes))
    if step.weights is not None:
        step = replace(step, weights=prefixed(cell.name, step.weights))
    return _sequence(spec, step)


def conv_lstm(rank: int) -> Rule:
    """The rule of `ConvLSTM1D`, `ConvLSTM2D` or `ConvLSTM3D`.

    Four gates convolve the inputs, and the state in a window that keeps its size.
    """
    convolution = conv(rank)

    def rule(spec: LayerSpec) -> LayerFacts:
        batch, steps, *sizes = spec.of_rank(rank + 3)
        one = convolution(replace(spec, arguments=(Tensor((batch, *sizes)),), keywords={}))
        state, (kernel, *_) = one.output_shape or (), one.weights or ()
        *taps, channels, filters = kernel.sizes
        positions = per_sample((None, *(state[2:] if spec.channels_first else state[1:-1])))
        columns = product(number(4, "gates"), filters)
        step = LayerFacts(
            state,
            more_outputs=(state, state),
            weights=(
                Weight("kernel", (*taps, channels, columns)),
                Weight("recurrent_kernel", (*taps, filters, columns)),
                *use_bias(spec, {"filters": columns}),
            ),
            macs=product(*positions, *taps, 4, plus(channels, filters), filters),
            views=_grown(one.views, steps),
            saved=(
                Buffer(product(_KEPT_BY_LSTM + _COPIES, *positions, filters)),
                Buffer(product(_COPIES, elements((batch, *sizes)))),
            ),
        )
        return _sequence(spec, _with_cell(spec, step, "conv_lstm_cell"))

    return rule


def _with_cell(spec: LayerSpec, step: LayerFacts, name: str) -> LayerFacts:
    """One step whose weights are its cell's, frozen with the layer."""
    step = step if spec.trainable else step.frozen()
    return replace(step, weights=prefixed(name, step.weights or ()))


def _grown(views: Views | None, steps: int | None) -> Views | None:
    """The windows of one step, which the state widens at each further step by its own taps."""
    if views is None or steps is None:
        return None
    grown: list[View] = []
    for view in views[0]:
        if not isinstance(view, Window):
            grown.append(view)
            continue
        if view.dilation_rate != 1 or view.padding is None:
            return None  # holes that the state fills step by step are no window
        more, (before, after) = max(steps - 1, 0) * view.strides, view.padding
        first = (view.kernel_size - 1) // 2
        last = view.kernel_size - 1 - first
        grown.append(
            Window(
                view.kernel_size + more * (first + last),
                view.strides,
                (before + more * first, after + more * last),
            )
        )
    return (tuple(grown),)


def _sequence(spec: LayerSpec, step: LayerFacts) -> LayerFacts:
    """What one step does, at every step of the sequence; the last output, or all of them."""
    if step.output_shape is None:
        return unknown(step.reason, weights=step.weights)
    steps, length = per_sample(spec.input_shape[:2]), spec.input_shape[1]
    returned = spec.flag("return_sequences", default=False)
    outputs = step.output_shape
    if returned:
        outputs = (outputs[0], length, *outputs[1:])
    return LayerFacts(
        outputs,
        more_outputs=step.more_outputs if spec.flag("return_state", default=False) else (),
        weights=step.weights,
        macs=None if step.macs is None else product(*steps, step.macs),
        views=_sequence_views(spec, step, returned=returned),
        saved=("inputs", *_one_by_one(step.saved, product(*steps))),
        reason=step.reason,
    )


def _sequence_views(spec: LayerSpec, step: LayerFacts, *, returned: bool) -> Views | None:
    """The steps up to its own are what a returned step sees; the last one sees them all."""
    if step.views is None:
        return None
    length = spec.input_shape[1]
    time: View = WHOLE
    if returned and length and not spec.flag("go_backwards", default=False):
        time = Window(length, padding=(length - 1, 0))
    inside = _shifted(step.views[0], 1 if returned else 0)
    return ((time, *inside), *everything(*spec.input_shapes[1:]))


def _shifted(views: tuple[View, ...], outputs: int) -> tuple[View, ...]:
    """Views of a step's axes as views of the sequence's, which has the time axis before them."""
    shifted: list[View] = []
    for axis, view in enumerate(views, start=1):
        if isinstance(view, Whole):
            shifted.append(view)
        else:
            shifted.append(replace(view, axis=(view.axis or axis) + outputs))
    return tuple(shifted)


def _one_by_one(saved: tuple[Saved, ...], steps: Formula) -> tuple[Saved, ...]:
    """What a step keeps, at every step; only one step runs at a time."""
    buffers = [kept for kept in saved if isinstance(kept, Buffer)]
    return tuple(
        replace(kept, elements=product(steps, kept.elements), step=kept.step or kept.elements)
        for kept in buffers
    )


# ---------------------------------------------------------------------------------- wrappers


def bidirectional(spec: LayerSpec) -> LayerFacts:
    """`Bidirectional`: a layer forwards, another backwards, and their outputs merged."""
    forward = spec.nested("layer")
    backward = spec.nested("backward_layer") if spec.config.get("backward_layer") else forward
    sequence = spec.tensors[0]
    one, other = forward.called(sequence), backward.called(sequence)
    if one.output_shape is None or other.output_shape is None:
        return unknown(one.reason or other.reason)
    mode = spec.config.get("merge_mode", "concat")
    if mode is not None:
        mode = spec.choice("merge_mode", "sum", "mul", "ave", "concat", default="concat")
    outputs = one.output_shape
    if mode == "concat":
        width = outputs[-1]
        outputs = (*outputs[:-1], None if width is None else 2 * width)
    states = (*one.more_outputs, *other.more_outputs)
    known = one.weights is not None and other.weights is not None
    return LayerFacts(
        outputs,
        more_outputs=states if mode else (other.output_shape, *states),
        weights=(
            *prefixed(f"forward_{forward.name.removeprefix('forward_')}", one.weights or ()),
            *prefixed(f"backward_{backward.name.removeprefix('backward_')}", other.weights or ()),
        )
        if known
        else None,
        macs=_sum([one.macs, other.macs]),
        views=_both_ways(spec, one.views),
        saved=_together(one.saved, other.saved),
        reason=one.reason or other.reason,
    )


def _both_ways(spec: LayerSpec, views: Views | None) -> Views | None:
    """What one direction does not see of the sequence, the other sees."""
    if views is None:
        return None
    return ((WHOLE, *views[0][1:]), *everything(*spec.input_shapes[1:]))


def _together(one: tuple[Saved, ...], other: tuple[Saved, ...]) -> tuple[Saved, ...]:
    buffers = [kept for kept in (*one, *other) if isinstance(kept, Buffer)]
    return ("inputs", *buffers)


def time_distributed(spec: LayerSpec) -> LayerFacts:
    """`TimeDistributed`: the layer inside, at each step by itself, with the same weights."""
    shape = spec.input_shape
    if not shape[2:]:
        spec.fail("its input", "have at least 3 axes", f"the shape {shape}")
    layer = spec.nested("layer")
    step = layer.called((shape[0], *shape[2:]))
    weights = None if step.weights is None else prefixed(layer.name, step.weights)
    if step.output_shape is None:
        return unknown(step.reason, weights=weights)
    batch, *outputs = step.output_shape
    steps = product(*per_sample(shape[:2]))
    kept = [each for each in step.saved if not isinstance(each, Buffer)]
    return LayerFacts(
        (batch, shape[1], *outputs),
        weights=weights,
        macs=None if step.macs is None else product(steps, step.macs),
        views=None if step.views is None else ((SAME, *_shifted(step.views[0], 1)),),
        saved=(*kept, *_side_by_side(step.saved, steps)),
        logical=step.logical,
        reason=step.reason,
    )


def _side_by_side(saved: tuple[Saved, ...], steps: Formula) -> tuple[Saved, ...]:
    """What a layer keeps, at every step; all steps run at once."""
    buffers = [kept for kept in saved if isinstance(kept, Buffer)]
    return tuple(
        replace(
            kept,
            elements=product(steps, kept.elements),
            step=None if kept.step is None else product(steps, kept.step),
        )
        for kept in buffers
    )


def _sum(macs: list[Formula | None]) -> Formula | None:
    """The terms together, equal ones as one product; unknown if one is."""
    known = [each for each in macs if each is not None]
    if len(known) < len(macs):
        return None
    if all(each == known[0] for each in known[1:]):
        return product(len(known), known[0]) if len(known) > 1 else known[0]
    return plus(*known)
