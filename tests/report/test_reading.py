"""`explain` and `count_params`: what they take, what they say, what they refuse."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from nets import CONV, IMAGE_NET, MINE, TOP, layer, sequential

import kerasbook as kb
from kerasbook.arithmetic import product
from kerasbook.errors import ArgumentError, SourceError, UnknownLayerError
from kerasbook.rules import LayerFacts, weight


def test_numbers_show_their_arithmetic():
    """Each row and each total carries the arithmetic that it came from."""
    report = kb.explain(IMAGE_NET)
    conv = report.rows[1]
    assert (conv.name, conv.class_name, conv.output_shape) == ("conv", "Conv2D", (None, 16, 16, 10))
    assert conv.params == 490
    assert conv.params.text == "(4·4·3 + 1)·10 = 490"
    assert conv.params.trainable == 490
    assert conv.params.non_trainable == 0
    assert conv.macs.text == "16·16·4·4·3·10 = 122,880"
    assert (conv.receptive_field, conv.jump) == ((4, 4), (2, 2))
    assert [(each.name, each.shape, each.dtype) for each in conv.weights] == [
        ("kernel", (4, 4, 3, 10), "float32"),
        ("bias", (10,), "float32"),
    ]
    assert conv.weights_bytes == {"float32": 1960}
    assert report.params == 490 + (2560 + 1) * 3
    assert report.params.text == "(4·4·3 + 1)·10 + (2560 + 1)·3 = 8,173"
    assert report.flops == 2 * report.macs == 2 * (122_880 + 7680)


def test_a_layer_without_a_name_is_a_layer():
    """A file may leave it empty; what the layer keeps is counted all the same."""
    report = kb.explain(sequential(layer("Dense", "", units=3)))
    assert report.memory().saved_bytes == 16
    assert not kb.explain({"class_name": "", "config": {"layers": 3}}).memory().known


def test_every_form_of_a_model_gives_the_same_report(tmp_path):
    """A dict, its JSON, and a file of it are the same model."""
    path = tmp_path / "net.json"
    path.write_text(json.dumps(IMAGE_NET))
    reports = [kb.explain(form) for form in (IMAGE_NET, json.dumps(IMAGE_NET), path, str(path))]
    assert len({report.to_json() for report in reports}) == 1
    assert reports[0].params == kb.count_params(path)


def test_unknown_is_never_zero():
    """A user's own layer is unknown, named, and makes the totals a least value."""
    report = kb.explain(sequential(TOP, MINE))
    mine = report.rows[2]
    assert mine.params is None
    assert mine.macs is None
    assert report.unknown == ("mine",)
    assert (report.params_known, report.macs_known) == (False, False)
    assert report.params == 15
    assert "at least 15" in str(report)
    assert not report.memory().known


def test_strict_refuses_what_is_unknown():
    """With `strict=True` an unknown layer is an error with its reason."""
    with pytest.raises(UnknownLayerError) as caught:
        kb.explain(sequential(MINE), strict=True)
    assert str(caught.value) == (
        "every layer must be known with strict=True; unknown: mine "
        "(Mine is a class of the user's own; give its rule in extra_rules)."
    )
    with pytest.raises(UnknownLayerError) as caught:
        kb.count_params(sequential(MINE))
    assert str(caught.value) == (
        "the parameters of every layer must be known; unknown: mine (Mine is a class of the "
        "user's own; give its rule in extra_rules). Use explain(source).params for those that are."
    )


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        (["Mine"], "extra_rules must be a dict of functions by class name; received"),
        ({1: len}, "extra_rules must be a dict of functions by class name; received"),
        (
            {"Mine": 3},
            "extra_rules['Mine'] must be a function from LayerSpec to LayerFacts; received",
        ),
        (
            {"Mine": lambda _: 3},
            "the rule in extra_rules for Mine must return LayerFacts; received 3 for layer 'mine'.",
        ),
    ],
)
def test_extra_rules_that_are_none_are_told(rules, told):
    """Of the wrong type, or with a wrong answer."""
    with pytest.raises(ArgumentError) as caught:
        kb.explain(sequential(MINE, TOP), extra_rules=rules)
    assert str(caught.value).startswith(told)


def test_extra_rules_teach_a_layer():
    """A rule of the user's own in a few lines makes its layer known."""

    def mine(spec):
        inputs = spec.size(-1)
        return LayerFacts(
            spec.input_shape, weights=(weight("gates", {"inputs": inputs}),), macs=product(inputs)
        )

    report = kb.explain(sequential(MINE, TOP), extra_rules={"Mine": mine}, strict=True)
    assert report.params == 4 + 15
    assert report.macs == 4 + 12


def test_unspecified_sizes_stay_symbols_until_filled():
    """A size that is not specified is a symbol in the arithmetic; `input_shapes` fills it."""
    net = sequential(CONV, shape=(None, None, 3))
    open_report = kb.explain(net)
    conv = open_report.rows[1]
    assert conv.output_shape == (None, None, None, 10)
    assert conv.params == 490
    assert conv.macs is None
    assert conv.macs_formula.expression == "h·w·4·4·3·10"
    assert open_report.unspecified == ("conv",)
    assert open_report.unknown == ()
    assert not open_report.macs_known
    filled = kb.explain(net, input_shapes=(32, 32, 3))
    assert filled.rows[1].macs == 122_880
    assert filled.macs_known


def test_nothing_but_the_standard_library_is_imported(tmp_path):
    """Reading a file imports neither Keras, NumPy, h5py nor matplotlib."""
    path = tmp_path / "net.json"
    path.write_text(json.dumps(IMAGE_NET))
    heavy = {"keras", "numpy", "h5py", "matplotlib", "rich"}
    code = (
        "import sys, kerasbook as kb; print(kb.explain(sys.argv[1]).to_json(), file=sys.stderr); "
        f"print(sorted({heavy!r} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  ours
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("source", "error", "message"),
    [
        (
            42,
            ArgumentError,
            (
                "source must be a Keras model, the path of a model file, its JSON, or its config; "
                "received source=42."
            ),
        ),
        (
            {"units": 3},
            SourceError,
            (
                "a configuration must be that of a model, a dict with 'class_name' and 'config' or "
                "with 'layers'; received {'units': 3}."
            ),
        ),
    ],
)
def test_bad_sources_are_named(source, error, message):
    """What holds no model is refused with what was expected."""
    with pytest.raises(error) as caught:
        kb.explain(source)
    assert str(caught.value) == message


def refusing(spec):
    """The rule of a layer that does not take what it is given."""
    spec.fail("the input", "have 3 axes", f"{len(spec.input_shape)}")


@pytest.mark.parametrize(
    ("wrong", "rules", "reason"),
    [
        (
            layer("Dense", "wrong", units=-3),
            {},
            "layer 'wrong' (Dense): units must be an integer of at least 1; received units=-3.",
        ),
        (
            layer("Conv2D", "wrong", filters=2, kernel_size=3),
            {},
            "layer 'wrong' (Conv2D): its input must have 4 axes; received the shape (None, 3).",
        ),
        (
            layer("Mine", "wrong", module="shop"),
            {"Mine": refusing},
            "layer 'wrong' (Mine): the input must have 3 axes; received 2.",
        ),
    ],
    ids=["configuration", "input", "extra rule"],
)
def test_a_layer_that_its_rule_refuses_is_unknown(wrong, rules, reason):
    """The other layers are reported all the same; `strict=True` refuses the model."""
    net = sequential(layer("Dense", "first", units=3), wrong)
    report = kb.explain(net, extra_rules=rules)
    assert report.params == report.rows[1].params > 0
    assert report.rows[2].params is None
    assert report.rows[2].reason == f"its rule refuses it: {reason}"
    assert (report.unknown, report.params_known, report.macs_known) == (("wrong",), False, False)
    with pytest.raises(UnknownLayerError) as caught:
        kb.explain(net, extra_rules=rules, strict=True)
    assert str(caught.value) == (
        "every layer must be known with strict=True; unknown: wrong (its rule refuses it: "
        f"{reason})."
    )


def test_strict_is_true_or_false():
    """`strict` takes a boolean only."""
    with pytest.raises(ArgumentError) as caught:
        kb.explain(IMAGE_NET, strict="yes")
    assert str(caught.value) == "strict must be True or False; received strict='yes'."


def test_a_layer_of_no_type_leaves_the_rest_of_the_report():
    """A `dtype` that is none makes its layer unknown; memory, quantisation and exports remain."""
    report = kb.explain(sequential(layer("Dense", name="odd", units=3, dtype="float99")))
    assert report.unknown == ("odd",)
    assert not report.memory().known
    assert not report.quantization()["int8"].known
    for export in (report.to_text, report.to_json, report.to_html, report.to_markdown):
        assert export()


def test_a_model_without_an_input_asks_for_its_shape():
    """The row of the input says how to mend it, and doing so does."""
    net = {"name": "n", "layers": [{"class_name": "Dense", "config": {"name": "top", "units": 3}}]}
    assert (
        kb.explain(net).rows[0].reason == "the shape of its input is not known: give input_shapes="
    )
    assert kb.explain(net, input_shapes=(4,)).params == 15
