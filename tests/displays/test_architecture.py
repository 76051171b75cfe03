"""Diagrams of models: every layer is there, nothing overlaps, and it fits a page."""

from __future__ import annotations

import json
import re
import sys
import time

import architectures
import matplotlib as mpl
import pytest
from diagram_checks import assert_tidy, boxes, crosses, drawn, labels, words
from display_samples import refused

from kerasbook import explain
from kerasbook.displays import ArchitectureDisplay

KINDS = ("volumes", "graph")
MODELS = {
    name: getattr(architectures, name)
    for name in ("small_cnn", "cnn", "fnn", "residual", "multi", "siamese", "two_by_two")
}
LARGE = {
    name: getattr(architectures, name) for name in ("long_chain", "odd_chain", "tangle", "wide")
}
# ------------------------------------------------------------------------------ all kinds


@pytest.mark.parametrize(("theme", "expand"), [("light", 0), ("dark", 1)])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("model", MODELS)
def test_nothing_overlaps_and_all_is_on_a_page(model, kind, theme, expand):
    """Labels stay apart, in at least 8 points, on a sheet of ordinary proportions."""
    assert_tidy(drawn(MODELS[model](), kind=kind, theme=theme, expand=expand))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("model", LARGE)
def test_a_thousand_layers_stay_bounded(model, kind):
    """Whatever a thousand layers are: on a page, in seconds, every parameter accounted for."""
    start = time.process_time()
    display = drawn(LARGE[model](), kind=kind)
    seconds = time.process_time() - start
    assert seconds < 10
    assert_tidy(display)
    assert len(display.ax_.texts) < 500
    assert len(display.alt_text) < 3000
    assert f"{display.layers:,} layers" in display.title


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("model", ["small_cnn", "cnn", "fnn", "residual"])
def test_numbers_are_those_of_the_report(model, kind):
    """Title and labels hold the report's shapes and parameters."""
    report = explain(MODELS[model]())
    display = drawn(MODELS[model](), kind=kind)
    assert display.params == report.params
    assert f"{report.params:,} parameters" in display.title
    said = words(display)
    for row in report.rows:
        if row.params and row.params > 1000 and not row.name.startswith("block"):
            assert f"{row.params:,}" in said, row.name


@pytest.mark.parametrize("kind", KINDS)
def test_every_layer_of_a_chain_is_drawn(kind):
    """Each layer's class, its size and its settings stand in the picture of the article's CNN."""
    said = words(drawn(architectures.cnn(), kind=kind))
    assert said.count("Conv2D") == 4
    assert said.count("→ BatchNorm") == 5
    assert said.count("→ LeakyReLU") == 5
    for text in ("Input", "Flatten", "Dense, softmax", "→ Dropout 0.5"):
        assert said.count(text) == 1, text
    for text in ("32×32×3", "32×32×32", "16×16×32", "16×16×64", "8×8×64", "4,096", "128", "10"):
        assert text in said
    for name in ("conv_1", "conv_4", "flatten", "dense_1", "probabilities"):
        assert name in said
    assert said.count("3×3, stride 1, same") == 2
    assert said.count("3×3, stride 2, same") == 2
    for count in ("896 + 128", "9,248 + 128", "18,496 + 256", "36,928 + 256", "524,416 + 512"):
        assert count in said


@pytest.mark.parametrize("kind", KINDS)
def test_colours_have_names(kind):
    """The legend names each colour that is in the picture."""
    display = drawn(architectures.residual(), kind=kind)
    assert {"input", "convolution", "merging", "pooling", "dense"} <= set(labels(display))


@pytest.mark.parametrize("kind", ["neurons", "volumes", "graph"])
def test_svg_is_the_same_on_repeat(kind, tmp_path):
    """The same model gives the same bytes, made anew or drawn again."""
    one = drawn(architectures.fnn(), kind=kind).save(tmp_path / "one.svg").read_bytes()
    two = drawn(architectures.fnn(), kind=kind).save(tmp_path / "two.svg").read_bytes()
    assert one == two


def test_a_file_a_text_a_report_and_a_config_give_the_same_picture(tmp_path):
    """What `explain` takes, and what it gives."""
    config = architectures.small_cnn()
    path = tmp_path / "model.json"
    path.write_text(json.dumps(config))
    sources = (config, json.dumps(config), explain(config))
    told = {ArchitectureDisplay.from_model(source).alt_text for source in sources}
    assert len(told) == 1


def test_no_keras_is_needed(monkeypatch):
    """A configuration is drawn where Keras cannot be imported."""
    monkeypatch.setitem(sys.modules, "keras", None)
    for kind in ("neurons", "volumes", "graph"):
        drawn(architectures.fnn(), kind=kind)


def test_no_figure_is_left_behind():
    """No figure is registered with pyplot."""
    drawn(architectures.fnn(), kind="graph")
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or not pyplot.get_fignums()


def test_what_is_not_known_is_a_question_mark():
    """An unspecified size, and a user's own class: nothing is made up."""
    model = architectures.functional(
        "open",
        [
            architectures.entry("image", None, None, 3),
            architectures.layer("Conv2D", "conv", "image", filters=8, kernel_size=3),
            {**architectures.layer("Mine", "mine", "conv"), "module": "mylib"},
        ],
    )
    for kind in KINDS:
        display = drawn(model, kind=kind)
        said = words(display)
        assert "?×?×3" in said
        assert "?×?×8" in said
        assert "? param" in said
        assert "Mine" in said
        assert "at least 224 parameters" in display.title
    assert "?: not known, or not specified." in words(display)


def test_names_are_written_as_they_are():
    """A name is no formula, and a long one is cut in the middle."""
    name = "$a$" + "long_" * 30
    model = architectures.chain(
        "net", architectures.entry("x", 4), ("Dense", {"units": 2, "name": name})
    )
    for kind in ("neurons", "volumes", "graph"):
        display = drawn(model, kind=kind)
        written = [text for text in labels(display) if text.startswith("$a$")]
        assert len(written) == 1
        assert "…" in written[0]


# -------------------------------------------------------------------------------- neurons


def test_units_bias_units_and_counts():
    """The article's FNN: a few units of each layer, what is left out counted, and bias units."""
    display = drawn(architectures.fnn(), kind="neurons")
    said = labels(display)
    for text in ("⋮ 3,064 more", "⋮ 192 more", "⋮ 142 more"):
        assert said.count(text) == 1
    assert said.count("1") == 3  # a bias unit for each Dense layer
    text = words(display)
    for counted in (
        "(3,072 + 1)·200 = 614,600 params",
        "(200 + 1)·150 = 30,150 params",
        "(150 + 1)·10 = 1,510 params",
    ):
        assert counted in text
    # Between 8, 8, 8 and 10 units that are drawn, and from the bias units.
    assert len(display.ax_.lines) == 9 * 8 + 9 * 8 + 9 * 10
    assert_tidy(display)


def test_a_layer_without_bias_has_no_bias_unit():
    """Two inputs, one unit, no bias: two lines, no square."""
    model = architectures.chain(
        "net", architectures.entry("x", 2), ("Dense", {"units": 1, "use_bias": False})
    )
    display = drawn(model, kind="neurons")
    assert len(display.ax_.lines) == 2
    assert "1" not in labels(display)
    assert "2·1 = 2 params" in words(display)


def test_a_deep_network_shows_its_ends():
    """Of thirty layers the first three and the last three; the others are counted."""
    layers = [("Dense", {"units": 12})] * 30
    display = drawn(
        architectures.chain("deep", architectures.entry("x", 12), *layers), kind="neurons"
    )
    assert "⋯ 25 layers" in labels(display)
    assert f"{25 * 13 * 12:,} parameters" in words(display)
    assert_tidy(display)


def test_what_is_no_chain_of_dense_layers_has_no_neurons():
    """Convolutions and branches are refused by name, with what to use instead."""
    message = (
        "kind must be 'volumes' or 'graph' for a model that is no chain of Dense layers; received "
        "kind='neurons', and the Conv2D 'conv_1'."
    )
    with refused(message):
        ArchitectureDisplay.from_model(architectures.small_cnn(), kind="neurons")
    with pytest.raises(ValueError, match=r"the LSTM 'reader'|the InputLayer 'meta'"):
        ArchitectureDisplay.from_model(architectures.multi(), kind="neurons")


# -------------------------------------------------------------------------------- volumes


def test_volumes_are_to_scale():
    """Heights go with the square root of the size: 32 is twice as high as 8."""
    display = drawn(architectures.cnn(), kind="volumes")
    fronts = [
        patch.get_xy()[:4]
        for patch in display.ax_.patches
        if len(patch.get_xy()) == 5 and patch.get_edgecolor() == mpl.colors.to_rgba("#1B1F24")
    ]
    heights = sorted(
        {round(float(corners[:, 1].max() - corners[:, 1].min()), 3) for corners in fronts}
    )
    sides = {size: 1.25 * (size / 32) ** 0.5 for size in (32, 16, 8)}
    for side in sides.values():
        assert any(abs(height - side) < 2e-3 for height in heights), side


def test_an_edge_past_layers_is_drawn_past_them():
    """The shortcut of each residual block, or of the one that is drawn for all."""
    display = drawn(architectures.residual(2), kind="volumes")
    assert words(display).count("Add") == 2
    assert labels(display).count("+") == 2


def test_no_window_is_drawn_on_sides_of_unknown_length():
    """What share of a side a kernel covers is not made up."""
    sizes = {(None, None): 0, (32, 32): 1}
    for shape, windows in sizes.items():
        first = architectures.entry("image", *shape, 3)
        display = drawn(architectures.chain("net", first, architectures.conv(8)), kind="volumes")
        said = words(display)
        assert said.count("what a kernel covers") == windows
        assert said.count("Broken outlines") == 1 - windows
        assert len(display.ax_.lines) == (4 if windows else 1)


def test_branches_beside_the_main_way_are_summed_up():
    """What is not on the longest way is counted on a line, and the picture says where it is."""
    said = words(drawn(architectures.multi(), kind="volumes"))
    assert "3 layers · 163,136 params" in said
    assert "kind='graph' shows their layers" in said


# ---------------------------------------------------------------------------------- graph


@pytest.mark.parametrize("model", [*MODELS, "tangle"])
def test_no_edge_runs_through_a_label(model):
    """Lines go around boxes."""
    make = MODELS.get(model, lambda: architectures.tangle(40))
    display = drawn(make(), kind="graph")
    places = boxes(display)
    for line in display.ax_.lines:
        points = display.ax_.transData.transform(line.get_xydata())
        for text, box in places.items():
            assert not crosses(box, points), text.get_text()


@pytest.mark.parametrize("expand", [0, 1])
@pytest.mark.parametrize("model", [*MODELS, "tangle"])
def test_arrowheads_point_along_their_lines(model, expand):
    """Edges come into boxes from above, however they forked: heads point down, at their ends."""
    make = MODELS.get(model, lambda: architectures.tangle(40))
    display = drawn(make(), kind="graph", expand=expand)
    heads = [patch.get_xy()[:3] for patch in display.ax_.patches if len(patch.get_xy()) == 4]
    ends = {tuple(line.get_xydata()[-1].round(6)) for line in display.ax_.lines}
    assert heads
    for tip, one, two in heads:
        assert one[1] == two[1] < tip[1]  # y points down
        assert one[0] < tip[0] < two[0]
        assert (round(tip[0], 6), round(tip[1] - 0.05, 6)) in ends


def test_repeated_blocks_are_drawn_once():
    """Twenty equal residual blocks are one in a frame, with the parameters of all."""
    report = explain(architectures.residual(20))
    each = sum(row.params for row in report.rows if row.name.startswith("block0"))
    display = drawn(architectures.residual(20), kind="graph")
    said = words(display)
    assert "×20: block0 … block19" in said
    assert f"{20 * each:,} parameters in all" in said
    assert said.count("Add") == 1


def test_models_inside_are_closed_or_opened():
    """Closed: one box with its layers counted. Opened: a frame with the layers in it."""
    closed = drawn(architectures.multi(), kind="graph")
    assert "Functional" in words(closed)
    assert "vision · 6 layers" in words(closed)
    assert "gate_in" not in words(closed)
    opened = drawn(architectures.multi(), kind="graph", expand=1)
    assert "vision · 6 layers · 328 parameters" in words(opened)
    for name in ("pixels", "gate_in", "stem", "pool", "gated"):
        assert name in words(opened)
    assert_tidy(opened)


def test_shared_weights_are_said_once():
    """The second call of a model says that its weights are those of the first."""
    display = drawn(architectures.siamese(), kind="graph")
    said = words(display)
    assert said.count("160 params") == 1
    assert said.count("same weights, call 2") == 1
    assert {patch.get_linestyle() for patch in display.ax_.patches} == {"-", "--"}


def test_a_layer_that_is_called_on_its_own_output():
    """Each call is a box of its own: there are no cycles."""
    model = architectures.functional(
        "again",
        [
            architectures.entry("x", 8),
            architectures.layer("Dense", "twice", "x", "twice", units=8),
            architectures.layer("Dense", "top", "twice@1", units=1),
        ],
    )
    said = words(drawn(model, kind="graph"))
    assert "72 params twice" in said
    assert "same weights, call 2 twice" in said


def test_large_model_says_what_is_left_out():
    """A chain of different layers: the ends drawn, the middle counted with its parameters."""
    display = drawn(architectures.odd_chain(400), kind="graph")
    found = re.search(r"⋮ (\d+) layers", words(display))
    assert found
    assert 0 < int(found[1]) < 400
    assert "⋮: layers that are only counted." in words(display)


# ------------------------------------------------------------------------------- alt text


def test_alt_text_tells_the_network():
    """The article's small CNN in sentences, with every number."""
    assert ArchitectureDisplay.from_model(architectures.small_cnn()).alt_text == (
        "The volumes of 'small_cnn': 5 layers, 15,120 parameters. Input: 32×32×3. "
        "Conv2D 4×4, stride 2, same: 16×16×10, 490 parameters. "
        "Conv2D 3×3, stride 2, same: 8×8×20, 1,820 parameters. Flatten: 1,280. "
        "Dense softmax: 10, 12,810 parameters."
    )


def test_alt_text_tells_branches_and_repetitions():
    """Where a layer reads another than the last it says so; repetitions are told once."""
    told = ArchitectureDisplay.from_model(architectures.residual(70), kind="graph").alt_text
    assert "70 times, 185,920 parameters in all: [" in told
    assert "Add, from the input and block0_out: 32×32×16." in told
    assert told.endswith("Dense: 10, 170 parameters.")


# --------------------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"kind": "volume"},
            (
                "kind must be 'neurons', 'volumes' or 'graph'; received kind='volume'. "
                "Did you mean 'volumes'?"
            ),
        ),
        (
            {"kind": "graph", "weights": "shown"},
            (
                "weights must be 'hidden' with kind='graph'; received weights='shown'. "
                "Use kind='neurons'."
            ),
        ),
        (
            {"kind": "neurons", "weights": "visible"},
            "weights must be 'hidden' or 'shown'; received weights='visible'.",
        ),
        (
            {"kind": "neurons", "weights": "shown"},
            (
                "weights must be 'hidden' for what is no Keras model in memory; received "
                "weights='shown'. Load it with keras.models.load_model."
            ),
        ),
        (
            {"expand": -1},
            "expand must be an integer from 0 to 10; received expand=-1.",
        ),
        ({"expand": True}, "expand must be an integer from 0 to 10; received expand=True."),
    ],
)
def test_wrong_arguments_are_refused(options, message):
    """Each wrong value is named, with what it must be."""
    with refused(message):
        ArchitectureDisplay.from_model(architectures.fnn(), **options)


def test_what_is_no_model_is_refused():
    """The message is that of `explain`."""
    message = (
        "source must be a Keras model, the path of a model file, its JSON, or its config; "
        "received source=3."
    )
    with refused(message):
        ArchitectureDisplay.from_model(3)
