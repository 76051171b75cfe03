"""Traces as graphs: from traces made by hand, without Keras."""

from __future__ import annotations

from dataclasses import replace

import pytest
from graph_samples import entry, member, model

from kerasbook.graph import Call, Reference, TracedCall, build_graph, graph_rows, unknown_paths
from kerasbook.rules import Layer, Tensor, weight


def called(class_name, name, shape, *, out, macs=0, module="keras.layers", **options):
    """A call of a layer of the user's own or of Keras, on one tensor."""
    held = options.pop("held", ())
    layer = Layer(class_name, name, options.pop("config", {}), module=module, where=name)
    return TracedCall(
        replace(member(class_name, name), layer=layer, held=held, key=options.pop("key", name)),
        Call((Tensor(shape),)),
        (Tensor(out),),
        macs=macs,
        times=options.pop("times", 1),
        inside=options.pop("inside", ()),
        reason=options.pop("reason", ""),
    )


def mine(**options):
    """A call of a class of the user's own."""
    return called("Mine", "mine", (None, 4), module="mylib", **options)


def dense(name="dense", shape=(None, 4), *, macs, units=3, **options):
    """A call of a dense layer, with its weights in memory."""
    kernel = weight("kernel", {"inputs": shape[-1], "units": units})
    held = (kernel, weight("bias", {"units": units}))
    config = {"units": units}
    out = (*shape[:-1], units)
    return called("Dense", name, shape, out=out, macs=macs, held=held, config=config, **options)


def traced(call, *, trace="unknown", **options):
    """The graph of a model of one layer of the user's own, which is traced as that call."""
    own = member("Mine", "mine", "in", held=(), key="mine")
    own = replace(own, layer=replace(own.layer, module="mylib"))
    return build_graph(
        model(entry("in", None, 4), own, trace=lambda _member, _spec, _batch_size: call, **options),
        trace=trace,
    )


def test_a_layer_without_layers_inside_has_the_number_of_its_trace():
    """Its weights and its products were counted, not ruled."""
    held = (weight("kernel", {"a": 4, "b": 3}),)
    node = traced(mine(out=(None, 3), macs=12, held=held)).nodes[1]
    assert node.macs.value == 12
    assert node.facts.macs_origin == "traced"
    assert node.facts.params_origin == "counted from weights"
    assert node.params.value == 12
    assert node.output_shapes == ((None, 3),)


def test_layers_inside_that_a_rule_knows_keep_their_formula():
    """And what the layer does besides them has a row of its own."""
    call = mine(out=(None, 3), macs=5, inside=(dense(macs=12),))
    graph = traced(call)
    rows = [(row.path, row.macs.text, row.facts.macs_origin) for row in graph_rows(graph)][1:]
    assert rows == [
        ("mine", "17", "traced"),
        ("mine/dense", "4·3 = 12", "ruled"),
        ("mine/mine", "5", "traced"),
    ]
    assert graph.totals.macs == 17
    assert graph.totals.params == 15


def test_a_rule_counts_as_often_as_its_layer_runs():
    """In a loop that was traced once."""
    graph = traced(mine(out=(None, 3), inside=(dense(macs=7 * 12, times=7),)))
    assert graph.totals.macs == 84
    assert [row.macs.text for row in graph_rows(graph)][2] == "7·4·3 = 84"


def test_a_trial_of_a_loop_does_not_count():
    """What multiplies nothing, though its rule says otherwise, was tried out and thrown away."""
    calls = (dense(macs=0), dense(macs=5 * 12, times=5))
    assert traced(mine(out=(None, 3), inside=calls)).totals.macs == 60


def test_the_trace_is_believed_where_the_batch_is_not_first():
    """A rule leaves the first axis out, which here is no batch."""
    graph = traced(mine(out=(None, 3), inside=(dense(shape=(6, 4), macs=72),)))
    (row,) = (row for row in graph_rows(graph) if row.path == "mine/dense")
    assert row.macs.value == 72
    assert row.facts.macs_origin == "traced"


def test_layers_of_one_name_are_told_apart_and_calls_of_one_layer_kept_together():
    """Two layers, three calls."""
    one, two = dense(macs=12, key=1), dense(macs=12, key=2)
    graph = traced(mine(out=(None, 3), inside=(one, two, one)))
    rows = [(row.path, row.calls, row.params.value) for row in graph_rows(graph)][2:]
    assert rows == [("mine/dense", 2, 15), ("mine/dense (2)", 1, 15)]
    assert graph.totals.params == 30
    assert graph.totals.macs == 36


def test_layers_of_the_users_own_inside_are_opened_too():
    """As deep as they go."""
    inner = called(
        "Inner", "inner", (None, 4), out=(None, 3), module="mylib", inside=(dense(macs=12),)
    )
    paths = [row.path for row in graph_rows(traced(mine(out=(None, 3), inside=(inner,))))]
    assert paths == ["in", "mine", "mine/inner", "mine/inner/dense"]


def test_what_a_trace_does_not_know_stays_unknown():
    """With its reason, and the totals at least."""
    call = mine(out=(None, 3), macs=None, reason="nobody knows what svd multiplies")
    graph = traced(replace(call, inside=(dense(macs=12),)))
    assert not graph.totals.macs_known
    assert graph.totals.macs == 12
    assert unknown_paths(graph) == ("mine/mine",)


def test_why_there_is_no_trace_is_said():
    """After why there is no rule."""
    (row,) = (row for row in graph_rows(traced("tracing it failed: ValueError: no")) if row.reason)
    assert row.reason == (
        "Mine is a class of the user's own; give its rule in extra_rules; "
        "tracing it failed: ValueError: no"
    )


@pytest.mark.parametrize("trace", ["unknown", "never"])
def test_nothing_is_traced_if_nobody_wants_it(trace):
    """Then what no rule knows is unknown."""
    graph = traced(mine(out=(None, 3), macs=12), trace=trace)
    assert graph.totals.macs_known == (trace == "unknown")


def test_a_layer_that_a_rule_knows_is_not_traced():
    """Rules come first."""

    def never(*_):
        raise AssertionError

    layer = member("Dense", "dense", "in", units=3)
    assert build_graph(model(entry("in", None, 4), layer, trace=never)).totals.macs == 12


def test_a_subclassed_model_is_traced_as_a_whole():
    """On the shapes that it was built on; its layers are then in the order they ran."""
    first, second = dense("one", macs=12), dense("two", (None, 3), macs=9)
    whole = called("Net", "net", (None, 4), out=(None, 3), module="m", inside=(first, second))
    net = replace(
        model(whole.member, inputs=(), outputs=None),
        inputs=((Reference("inputs", shape=(None, 4)),), {}),
        outputs=(),
        connected=False,
        whole=whole.member,
        trace=lambda _member, _spec, _batch_size: whole,
    )
    graph = build_graph(net)
    assert [row.path for row in graph_rows(graph)] == ["one", "two"]
    assert graph.totals.macs == 21
    assert graph.output_shapes == ((None, 3),)
    assert not build_graph(net, trace="never").totals.macs_known


def test_a_layer_whose_output_nobody_uses_keeps_its_weights():
    """It multiplies nothing that reaches the outputs."""
    graph = traced(mine(out=(None, 3), inside=(dense(macs=0), dense("used", macs=12))))
    assert graph.totals.params == 30
    assert graph.totals.macs == 12
