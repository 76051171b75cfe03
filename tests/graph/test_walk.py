from __future__ import annotations

import contextlib
import sys
import time
from dataclasses import replace

import pytest
from graph_samples import chain, entry, member, model

from kerasbook.arithmetic import number
from kerasbook.errors import SourceError
from kerasbook.graph import Call, Reference, build_graph, graph_rows, graph_weights, unknown_paths
from kerasbook.report.tensors import flatten_graph
from kerasbook.rules import LayerFacts, Tensor, weight


def nested(depth, calls=1):
    """A dense layer in a model in a model …, each called some times in a row."""
    inner = member("Dense", "dense", "in", units=8)
    for level in range(depth):
        inside = model(entry("in", None, 8), inner, outputs=[_last(inner)])
        name = f"level_{level}"
        sources = ["in", *(Reference(name, call) for call in range(calls - 1))]
        called = [Call((s if isinstance(s, Reference) else Reference(s),)) for s in sources]
        inner = member("Functional", name, *called, model=inside)
    return model(entry("in", None, 8), inner, outputs=[_last(inner)])


def _last(each):
    return Reference(each.layer.name, len(each.calls) - 1)


def test_a_shared_layer_counts_its_weights_once_and_its_macs_per_call():
    """Two calls, one set of weights."""
    shared = member("Dense", "dense", "in", "other", units=3)
    ends = [Reference("dense", 0), Reference("dense", 1)]
    graph = build_graph(
        model(
            entry("in", None, 4),
            entry("other", None, 5, 4),
            shared,
            inputs=("in", "other"),
            outputs=ends,
        )
    )
    (row,) = [row for row in graph_rows(graph) if row.path == "dense"]
    assert row.calls == 2
    assert row.params.text == "(4 + 1)·3 = 15"
    assert row.macs.text == "4·3 + 5·4·3 = 72"
    assert graph.totals.params == 15
    assert graph.totals.macs == 12 + 60
    assert graph.output_shapes == ((None, 3), (None, 5, 3))


def test_tensors_by_name_keep_the_order_of_the_call():
    """The first is what the layer is called on, whatever the names' order in the alphabet."""
    states = [Reference("state"), Reference("state")]
    call = Call((), {"sequences": Reference("in"), "initial_state": states})
    graph = build_graph(
        model(
            entry("in", None, 5, 3),
            entry("state", None, 6),
            member("LSTM", "lstm", call, units=6),
            inputs=("in", "state"),
        )
    )
    assert graph.output_shapes == ((None, 6),)
    assert graph.totals.params == 4 * (3 + 6 + 1) * 6


def test_attention_to_itself_is_that_also_behind_an_unknown_layer():
    """What is passed twice is one tensor, though only the source says what shape it has."""
    recorded = [Reference("mine", shape=(None, None, 16)) for _ in range(2)]
    heads = {"num_heads": 2, "key_dim": 8, "value_dim": 8}
    graph = build_graph(
        model(
            entry("in", None, None, 16),
            member("Mine", "mine", "in"),
            member("MultiHeadAttention", "heads", Call(tuple(recorded)), **heads),
        )
    )
    assert graph.nodes[-1].facts.macs.symbols == ("tokens",)


def test_a_model_inside_counts_its_layers_per_call():
    """A model that is called twice runs its layers twice and holds them once."""
    graph = build_graph(nested(1, calls=2))
    rows = {row.path: row for row in graph_rows(graph)}
    assert rows["level_0"].params.value == rows["level_0/dense"].params.value == 72
    assert rows["level_0"].macs.value == rows["level_0/dense"].macs.value == 128
    assert rows["level_0/dense"].calls == 2
    assert rows["level_0/dense"].macs.text == "2·8·8 = 128"
    assert rows["level_0/dense"].depth == 1
    assert (graph.totals.params, graph.totals.macs) == (72, 128)


def test_calls_keep_their_numbers_whatever_order_they_run_in():
    """The second call waits for the input alone, the first for a layer that is listed later."""
    narrow = member("Dense", "narrow", "in", units=3)
    again = member("Activation", "again", "narrow", "in", activation="relu")
    graph = build_graph(model(entry("in", None, 8), again, narrow, outputs=("again",)))
    assert [(node.name, call) for node, call in graph.calls()] == [
        ("in", 0),
        ("again", 1),
        ("narrow", 0),
        ("again", 0),
    ]
    node = next(node for node in graph.nodes if node.name == "again")
    assert [step.facts.output_shape for step in node.steps] == [(None, 3), (None, 8)]
    assert graph.output_shapes == ((None, 3),)
    assert [op.inputs for op in flatten_graph(graph).operations] == [(0,), (0,), (2,)]


def test_models_inside_models_multiply_their_calls():
    """Three levels, each called three times: 27 calls of the innermost layer."""
    graph = build_graph(nested(3, calls=3))
    last = list(graph_rows(graph))[-1]
    assert last.calls == 27
    assert last.macs.value == graph.totals.macs == 27 * 64
    assert graph.totals.params == 72


def test_what_is_called_exponentially_often_is_walked_once():
    """60 levels, each called twice: 2⁶⁰ calls, counted without making them."""
    graph = build_graph(nested(60, calls=2))
    assert graph.totals.macs == 2**60 * 64


@pytest.mark.parametrize("depth", [1, 5, 200])
def test_models_may_be_nested_200_deep(depth):
    """As deep as is allowed, nothing changes."""
    graph = build_graph(nested(depth))
    assert graph.totals.params == 72
    assert sum(1 for _ in graph_rows(graph)) == 2 * depth + 2
    assert flatten_graph(graph).known


def test_deeper_models_are_refused():
    """The message says how many are allowed."""
    with pytest.raises(SourceError) as caught:
        build_graph(nested(201))
    assert str(caught.value) == (
        "model 'model' (Functional) must be inside at most 200 models; received 201. "
        "Nest fewer models inside each other."
    )


def test_a_full_stack_is_no_recursion_error():
    """Called where Python's stack is nearly full, the walk still gives its own error."""
    deep = nested(150)

    def dig(levels):
        if levels:
            return dig(levels - 1)
        try:
            return build_graph(deep).totals.params
        except SourceError as refused:
            return str(refused)

    outcomes = set()
    with contextlib.suppress(RecursionError):  # the stack is full before the walk begins
        for levels in range(0, sys.getrecursionlimit(), 50):
            outcomes.add(dig(levels))
    start = (
        "model 'model' (Functional) must be nested no deeper than Python can follow; received "
        "RecursionError: maximum "
    )
    assert {outcome if outcome == 72 else outcome[: len(start)] for outcome in outcomes} == {
        72,
        start,
    }


def test_time_is_linear_in_the_number_of_layers():
    """Ten times the layers take about ten times as long, not a hundred times."""

    def seconds(length):
        layers, found = chain(length), []
        for _ in range(3):
            started = time.process_time()
            assert build_graph(layers).totals.params == length * 72
            found.append(time.process_time() - started)
        return min(found)

    assert seconds(5000) < 40 * seconds(500)


def test_long_chains_are_walked():
    """20,000 layers in a row need no recursion."""
    assert build_graph(chain(20_000)).totals.macs == 20_000 * 64


def test_a_layer_in_two_models_is_counted_once():
    """What two models share has one key, and one set of weights."""
    inside = model(entry("in", None, 8), member("Dense", "dense", "in", units=8, key=7))
    graph = build_graph(
        model(
            entry("in", None, 8),
            member("Functional", "inside", "in", model=inside),
            member("Dense", "dense", "inside", units=8, key=7),
        )
    )
    assert [row.shared for row in graph_rows(graph)] == [False, False, False, False, True]
    assert graph.totals.params == 72
    assert graph.totals.macs == 128
    assert len(graph_weights(graph)) == 2


def test_several_outputs_are_told_apart():
    """A reference says which output it means."""

    def split(spec):
        shape = spec.input_shape
        return LayerFacts((*shape[:-1], 3), more_outputs=((*shape[:-1], shape[-1] - 3),))

    graph = build_graph(
        model(
            entry("in", None, 8),
            member("Split", "split", "in"),
            member("Dense", "dense", Call((Reference("split", 0, 1),)), units=1),
        ),
        extra_rules={"Split": split},
    )
    assert graph.nodes[2].facts.params.text == "(5 + 1)·1 = 6"


def test_an_extra_rule_teaches_a_class():
    """A rule of the user's own comes before what is known."""

    def scale(spec):
        factors = weight("factors", {"features": spec.size(-1)})
        return LayerFacts(spec.input_shape, weights=(factors,), macs=number(0))

    layers = model(entry("in", None, 8), member("Scale", "scale", "in"))
    assert unknown_paths(build_graph(layers)) == ("scale",)
    graph = build_graph(layers, extra_rules={"Scale": scale})
    assert unknown_paths(graph) == ()
    assert graph.totals.params == 8


def test_unknown_is_never_zero():
    """An unknown layer leaves the totals open, and what follows it unknown."""
    graph = build_graph(
        model(
            entry("in", None, 8),
            member("Dense", "first", "in", units=4),
            member("Mine", "mine", "first"),
            member("Dense", "last", "mine", units=2),
        )
    )
    assert graph.totals.params == 36
    assert not graph.totals.params_known
    assert not graph.totals.macs_known
    assert unknown_paths(graph) == ("mine", "last")
    reasons = {row.path: row.reason for row in graph_rows(graph)}
    assert reasons["mine"] == "no rule is known for the class Mine"
    assert reasons["last"] == "the shape of its input is not known"
    assert graph.nodes[3].facts.params is None


def test_recorded_shapes_lead_on_past_an_unknown_layer():
    """Keras writes the shape of a tensor where it is used; that is enough to go on."""
    after = Call((Reference("mine", shape=(None, 6)),))
    graph = build_graph(
        model(
            entry("in", None, 8),
            member("Mine", "mine", "in"),
            member("Dense", "last", after, units=2),
        )
    )
    assert unknown_paths(graph) == ("mine",)
    assert graph.nodes[2].facts.params.value == 14


def test_held_weights_are_what_counts():
    """In memory the weights are known, also where no rule is and where a rule is wrong."""
    held = (weight("w", {"n": 5}), weight("state", {"n": 2}, trainable=False))
    graph = build_graph(
        model(
            entry("in", None, 8),
            member("Mine", "mine", "in", held=held),
            member("Dense", "dense", "in", units=2, held=held),
            outputs=("mine", "dense"),
        )
    )
    assert [node.params.value for node in graph.nodes] == [0, 7, 7]
    assert (graph.totals.params, graph.totals.trainable) == (14, 10)
    assert graph.totals.params_known
    assert not graph.totals.macs_known


def test_a_frozen_model_trains_nothing():
    """`trainable=False` of the whole decides for every layer, whatever the layer says."""
    frozen = model(entry("in", None, 8), member("Dense", "dense", "in", units=8), trainable=False)
    graph = build_graph(frozen)
    assert (graph.totals.params, graph.totals.trainable) == (72, 0)
    assert graph.nodes[1].trainable.value == 0


def test_inside_a_model_each_layer_says_whether_it_is_trained():
    """Freezing a model freezes its layers one by one, and one of them may be thawed again."""
    inside = model(
        entry("in", None, 8),
        member("Dense", "kept", "in", units=8, trainable=False),
        member("Dense", "thawed", "kept", units=8),
        trainable=False,
    )
    graph = build_graph(model(entry("in", None, 8), member("Functional", "i", "in", model=inside)))
    assert (graph.totals.params, graph.totals.trainable) == (144, 72)
    rows = {row.path: row for row in graph_rows(graph)}
    assert rows["i/kept"].node.trainable.value == 0
    assert rows["i/thawed"].node.trainable.value == 72


def test_weights_in_memory_say_which_are_trained():
    """A layer inside another has a flag of its own, which no configuration knows."""
    held = (weight("kernel", {"in": 8, "out": 1}, trainable=False), weight("bias", {"out": 1}))
    dense = member("Dense", "dense", "in", units=1, held=held)
    node = build_graph(model(entry("in", None, 8), dense)).nodes[1]
    assert (node.params.text, node.trainable.value) == ("(8 + 1)·1 = 9", 1)
    assert node.facts.params_origin == "ruled"


def test_what_an_earlier_layer_holds_is_counted_there():
    """A layer that a wrapper holds too is counted in the first of the two."""
    wrapped = {"class_name": "Dense", "config": {"name": "d", "units": 8}, "shared_object_id": 7}
    again = member("TimeDistributed", "again", "steps", layer=wrapped)
    again = replace(again, elsewhere=frozenset([7]))
    first = replace(member("Dense", "d", "in", units=8), key=7)
    graph = build_graph(
        model(
            entry("in", None, 8), entry("steps", None, 5, 8), first, again, inputs=("in", "steps")
        )
    )
    assert [node.params.value for node in graph.nodes] == [0, 0, 72, 0]
    assert graph.totals.params == 72
    assert graph.nodes[3].macs.value == 5 * 64


def test_a_layer_in_two_models_is_counted_once_in_each_and_in_all():
    """In the row of a model that holds both, and in the whole."""
    dense = [replace(member("Dense", "d", "in", units=8), key=7) for _ in range(2)]
    one, other = (model(entry("in", None, 8), each) for each in dense)
    both = model(
        entry("in", None, 8),
        member("Functional", "one", "in", model=one),
        member("Functional", "other", "one", model=other),
    )
    graph = build_graph(
        model(
            entry("in", None, 8),
            member("Functional", "both", "in", model=both),
            member("Dense", "top", "both", units=1),
        )
    )
    rows = {row.path: row.node.params.value for row in graph_rows(graph)}
    assert graph.totals.params == 81
    assert (rows["both"], rows["both/one"], rows["both/other"]) == (72, 72, 72)


def test_loose_layers_hold_what_they_hold():
    """Of a subclassed model the layers are known, and nothing of their calls."""
    held = (weight("w", {"n": 5}),)
    layers = [member("Dense", "dense", units=3, held=held)]
    graph = build_graph(model(*layers, inputs=(), outputs=("dense",), connected=False))
    assert graph.totals.params == 5
    assert not graph.totals.macs_known
    assert unknown_paths(graph) == ("dense",)


def test_unspecified_sizes_are_filled():
    """With the sizes given, what was symbolic has a value."""
    layers = model(
        entry("in", None, None, None, 3),
        member("Conv2D", "conv", "in", filters=8, kernel_size=3, padding="same"),
    )
    open_graph = build_graph(layers)
    assert not open_graph.totals.macs_known
    assert open_graph.nodes[1].macs.text == "h·w·3·3·3·8"
    graph = build_graph(layers, input_shapes=(4, 5, 3))
    assert graph.totals.macs_known
    assert graph.totals.macs == 4 * 5 * 216
    assert graph.output_shapes == ((None, 4, 5, 8),)


def test_constants_among_the_tensors_are_no_layers():
    """A constant has a shape and comes from nowhere."""
    sources = Call(([Tensor((1, 8)), Reference("in")],))
    graph = build_graph(model(entry("in", None, 8), member("Add", "add", sources)))
    assert graph.nodes[1].connected_from == ("in",)
    assert graph.nodes[1].output_shapes == ((1, 8),)


@pytest.mark.parametrize(
    ("members", "outputs", "message"),
    [
        (
            [member("Dense", "dense", "ghost", units=1)],
            None,
            (
                "model 'model': layer 'dense' must be called on outputs of layers of the model; "
                "received one of 'ghost', which it does not have."
            ),
        ),
        (
            [member("Dense", "dense", Call((Reference("in", 3),)), units=1)],
            None,
            (
                "model 'model': layer 'dense' must be called on outputs that exist; "
                "received that of call 3 of 'in', which is called 1 times."
            ),
        ),
        (
            [member("Dense", "dense", Call((Reference("in", 0, 2),)), units=1)],
            None,
            (
                "layer 'dense' (Dense): it must be called on outputs that exist; "
                "received output 2 of 'in'."
            ),
        ),
        (
            [member("Dense", "a", "b", units=8), member("Dense", "b", "a", units=8)],
            None,
            "model 'model': its layers must form no cycle; received one through 'a', 'b'.",
        ),
        (
            [member("Dense", "a", "a", units=8)],
            None,
            "model 'model': its layers must form no cycle; received one through 'a'.",
        ),
        (
            [member("Dense", "a", "in", units=8), member("Dense", "a", "in", units=8)],
            None,
            "model 'model': each layer must have its own name; received 'a' more than once.",
        ),
        (
            [member("Dense", "a", "in", units=8)],
            ["z"],
            (
                "model 'model': its outputs must be those of its layers; "
                "received output 0 of call 0 of 'z', which does not exist."
            ),
        ),
        (
            [member("Dense", "a", "in", units=-8)],
            None,
            "layer 'a' (Dense): units must be an integer of at least 1; received units=-8.",
        ),
    ],
)
def test_what_is_no_graph_is_refused(members, outputs, message):
    """The message says which layer, what must be, and what was received."""
    with pytest.raises(SourceError) as caught:
        build_graph(model(entry("in", None, 8), *members, outputs=outputs))
    assert str(caught.value) == message
