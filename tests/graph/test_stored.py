"""The weights that a file stores for a layer, in the graph of its model."""

from __future__ import annotations

from dataclasses import replace

import pytest
from graph_samples import entry, member, model

from kerasbook.graph import build_graph, graph_rows
from kerasbook.rules import weight


def own(*trainable):
    """A layer of the user's own whose file stores a weight of 3 numbers for each flag."""
    layer = member("Mine", "mine", "in")
    stored = [replace(weight(str(n), {"n": 3}), trainable=each) for n, each in enumerate(trainable)]
    return replace(
        layer,
        layer=replace(layer.layer, module="shop", registered_name="shop>Mine"),
        stored=tuple(stored),
    )


@pytest.mark.parametrize(
    ("flags", "trained", "known"),
    [((None, None), 0, False), ((None, False), 0, False), ((False, False), 0, True), ((), 0, True)],
)
def test_what_a_file_does_not_say_is_not_known(flags, trained, known):
    """How many parameters there are is; how many of them are trained is at least so many."""
    top = member("Dense", "top", "mine", units=2)
    net = model(entry("in", None, 4), own(*flags), replace(top, stored=()))
    graph = build_graph(net)
    assert graph.totals.trainable_known is known
    (row,) = [row for row in graph_rows(graph) if row.path == "mine"]
    assert row.params.value == 3 * len(flags)
    assert row.node.facts.counts == (trained, 3 * len(flags) - trained)
    assert ("does not say which of its weights are trained" in row.reason) is not known


def test_a_frozen_model_trains_none_of_them():
    """Whatever its layers are."""
    net = model(entry("in", None, 4), own(None))
    totals = build_graph(replace(net, trainable=False)).totals
    assert (totals.params, totals.trainable, totals.trainable_known) == (3, 0, True)
