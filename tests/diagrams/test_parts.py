"""What diagrams are made of: folding, layering, positions, rows."""

from __future__ import annotations

from itertools import pairwise

import architectures
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasbook import explain
from kerasbook.diagrams.candidates import candidates
from kerasbook.diagrams.condensing import elide, levels_of, stack_blocks
from kerasbook.diagrams.folding import fold
from kerasbook.diagrams.layering import Edge, layer, nearest
from kerasbook.diagrams.main_path import main_way
from kerasbook.diagrams.network import read_network
from kerasbook.diagrams.scene import make_scene

MODELS = (
    *("cnn", "fnn", "residual", "multi", "siamese", "two_by_two"),
    *("long_chain", "odd_chain", "tangle", "wide"),
)


def network(name, *, expand=0):
    """A model of the samples as a network."""
    return read_network(explain(getattr(architectures, name)()), expand=expand)


def names(parts):
    """Names and calls of parts, sorted."""
    return sorted((part.name, part.call) for part in parts)


@pytest.mark.parametrize("name", MODELS)
def test_no_layer_is_lost_however_little_is_drawn(name):
    """Each candidate accounts for every call of every layer, once."""
    whole = network(name)
    for scene in candidates(whole):
        assert names(scene.parts) == names(whole.parts)


@pytest.mark.parametrize("name", MODELS)
def test_items_come_after_what_they_read(name):
    """In every candidate, at every depth."""
    for scene in candidates(network(name)):
        pending = [scene]
        while pending:
            each = pending.pop()
            for number, item in enumerate(each.items):
                assert all(-each.inputs <= source.part < number for source in item.sources)
            pending += [frame.scene for frame in each.frames]


@pytest.mark.parametrize("blocks", [2, 3, 50])
def test_equal_blocks_are_folded_with_all_their_layers(blocks):
    """The frame holds one block, and the layers of all."""
    report = explain(architectures.residual(blocks))
    scene = fold(make_scene(read_network(report, expand=0)))
    (frame,) = scene.frames
    assert frame.times == blocks
    assert len(frame.parts) == 5 * blocks
    assert frame.scene.size == 3
    assert not frame.alike


def test_blocks_of_other_sizes_are_alike_and_not_equal():
    """They are folded only where that is asked for, and the frame says so."""
    layers = [architectures.conv(8 * 2**n) for n in range(6)]
    model = architectures.chain("growing", architectures.entry("image", 32, 32, 3), *layers)
    scene = make_scene(read_network(explain(model), expand=0))
    assert not list(fold(scene).frames)
    (frame,) = fold(scene, loose=True).frames
    assert (frame.times, frame.alike) == (6, True)
    assert frame.title.startswith("×6 alike: ")


def test_a_block_that_is_an_output_is_not_folded():
    """What leaves the model in the middle must be drawn."""
    model = architectures.residual(4)
    model["config"]["output_layers"].append(["block1_add", 0, 0])
    scene = fold(make_scene(read_network(explain(model), expand=0)))
    heads = {block.head.name for block in scene.blocks}
    assert "block1_add" in heads


def test_lists_hold_layers_in_their_order():
    """Stacked blocks have the layers that they are made of, first to last."""
    (block,) = (
        b
        for b in stack_blocks(make_scene(network("small_cnn"))).blocks
        if len(b.groups) > 1 and b.groups[0][0].family == "convolution"
    )
    assert [part.name for part in block.parts] == ["conv_1", "conv_2"]


@pytest.mark.parametrize(("long", "wide"), [(12, 4), (6, 2), (4, 1)])
@pytest.mark.parametrize("name", ["odd_chain", "tangle", "wide"])
def test_what_is_left_out_leaves_no_more_than_asked(name, long, wide):
    """So many levels and the middle; so many blocks a level."""
    scene = elide(make_scene(network(name)), long=long, wide=wide)
    assert max(levels_of(scene)) + 1 <= long + 1
    assert scene.size <= wide * (long + 1)


@given(
    st.lists(st.tuples(st.floats(-50, 50), st.floats(0.1, 9)), min_size=1, max_size=9),
    st.floats(0, 3),
    st.floats(-2, 2),
)
def test_positions_keep_their_gaps_and_cannot_be_better(pairs, gap, step):
    """Gaps hold, and moving any run of positions to either side costs more."""
    wanted, weights = zip(*pairs, strict=True)
    gaps = [gap] * (len(wanted) - 1)
    found = nearest(wanted, weights, gaps)

    def cost(places):
        return sum(w * (p - t) ** 2 for p, t, w in zip(places, wanted, weights, strict=True))

    def allowed(places):
        return all(b - a >= gap - 1e-9 for a, b in pairwise(places))

    assert allowed(found)
    for start in range(len(found)):
        for end in range(start + 1, len(found) + 1):
            moved = [p + step * (start <= n < end) for n, p in enumerate(found)]
            if allowed(moved):
                assert cost(moved) >= cost(found) - 1e-5  # what a gap of 1e-9 too little saves


@st.composite
def graphs(draw):
    """Nodes with widths, and edges from earlier to later ones."""
    count = draw(st.integers(1, 14))
    widths = draw(st.lists(st.floats(0.3, 3), min_size=count, max_size=count))
    pairs = [(a, b) for b in range(count) for a in range(b)]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=20)) if pairs else []
    return widths, [Edge(start, end) for start, end in chosen]


@given(graphs())
def test_nodes_of_a_rank_stay_apart_and_edges_go_down(graph):
    """Every edge goes down rank by rank; no two nodes of a rank touch."""
    widths, edges = graph
    layered = layer(widths, edges)
    rank_of = {node: rank for rank, nodes in enumerate(layered.ranks) for node in nodes}
    assert sorted(rank_of) == list(range(len(layered.x)))
    for edge, path in zip(edges, layered.paths, strict=True):
        assert (path[0], path[-1]) == (edge.start, edge.end)
        assert [rank_of[node] for node in path] == list(
            range(rank_of[edge.start], rank_of[edge.end] + 1)
        )
    for nodes in layered.ranks:
        real = [node for node in nodes if node < len(widths)]
        for left, right in pairwise(real):
            apart = layered.x[right] - layered.x[left]
            assert apart >= (widths[left] + widths[right]) / 2


@pytest.mark.parametrize("name", MODELS)
def test_the_way_and_what_is_beside_it_are_all_of_it(name):
    """Blocks of the way and of what leads past it are the blocks of the scene."""
    for scene in candidates(network(name)):
        way = main_way(scene)
        beside = [block for bypass in way.bypasses for block in bypass.blocks]
        held = [part for block in (*way.blocks, *beside) for part in block.parts]
        assert {part.name for part in held} <= {part.name for part in scene.parts}
        on_frames = sum(block.parts[0].name in {p.name for p in held} for block in scene.blocks)
        assert on_frames == scene.size
        for bypass in way.bypasses:
            if bypass.starts and bypass.ends:
                assert bypass.starts[-1] < bypass.ends[-1]
                assert bypass.starts[0] < bypass.ends[0]


def test_a_branch_leads_from_output_to_input():
    """The second output of one model goes to the second input of the next, past the first ones."""
    way = main_way(make_scene(network("two_by_two", expand=1)))
    assert [block.head.name for block in way.blocks] == ["in0", "in1", "narrow", "in2_1", "joined"]
    (branch,) = way.bypasses
    assert [block.head.name for block in branch.blocks] == ["broad", "in2_2"]
    assert (branch.starts, branch.ends) == ((1,), (4,))
    assert [(span.frame.title, span.start, span.end) for span in way.spans] == [
        ("first", 1, 3),
        ("second", 3, 5),
    ]


def test_a_branch_has_all_its_sources_and_targets():
    """What reads two blocks of the way, or is read by two, leads from both and to both."""
    way = main_way(make_scene(network("multi", expand=1)))
    place = {block.head.name: number for number, block in enumerate(way.blocks)}
    found = {branch.blocks[-1].head.name: branch for branch in way.bypasses}
    assert found["price"].starts == (place["pool"], place["hidden"])
    assert found["gate"].ends == (place["gated"], place["joined"])


def test_a_model_called_twice_on_one_tensor_reads_it_twice():
    """Each input of a model inside has a source, also where two have the same."""
    two = architectures.functional(
        "two",
        [
            architectures.entry("a", 4),
            architectures.entry("b", 4),
            architectures.layer("Add", "sum", ["a", "b"]),
        ],
    )
    whole = architectures.functional(
        "whole", [architectures.entry("x", 4), architectures.inside(two, ["x", "x"])]
    )
    way = main_way(make_scene(read_network(explain(whole), expand=1)))
    (branch,) = way.bypasses
    assert (branch.starts, branch.ends) == ((0,), (2,))
