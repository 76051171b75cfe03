"""What a form says: the library's numbers, all of them with their arithmetic, or its own error."""

from __future__ import annotations

import re
from html import unescape
from inspect import signature

import pytest

import kerasbook as kb
from kerasbook import calculators
from sitebuild.page.answers import answer, read_field, read_fields
from sitebuild.widgets.forms import call_source, example_call, form, read_call

NAMES = [name for name in calculators.__all__ if name.islower()]


def text_of(html):
    """What a reader reads."""
    return unescape(re.sub(r"<[^>]+>", " ", html))


def results_of(value):
    """The numbers in what a calculator returns."""
    if isinstance(value, tuple):
        return [each for item in value for each in results_of(item)]
    return [getattr(value, "output_size", value)]


@pytest.mark.parametrize("name", NAMES)
def test_every_calculator_says_its_numbers_and_their_arithmetic(name):
    """The answer to an example's arguments holds what the call itself returns."""
    call = example_call(name)
    fields = {key: str(value) for key, value in call.arguments.items()}
    said = text_of(answer(name, fields))
    result = getattr(calculators, name)(**call.arguments)
    for number in results_of(result)[:8]:
        assert number.text in said


@pytest.mark.parametrize(
    ("name", "fields", "expected"),
    [
        (
            "conv_output_size",
            {"size": "32, 48", "kernel_size": "4", "strides": "2", "padding": "same"},
            "axis 1, pixels 24 ⌊(48 + 1 + 1 − 4) / 2⌋ + 1 = 24",
        ),
        ("batch_norm_params", {"channels": "32"}, "not trainable 64 2·32 = 64"),
        ("dense_params", {"inputs": "8", "units": "2", "use_bias": "False"}, "16 8·2 = 16"),
        ("training_steps", {"samples": "50000"}, "samples in the last batch 16"),
        ("memory_bytes", {"size": "592554"}, "in words 2.26 MiB"),
        ("solve_conv", {"size": "28", "output_size": "14"}, "5 more give the same size."),
        ("weighted_sum", {"values": "[5]", "weights": "[2]", "bias": "-1"}, "sum 9 5·2 − 1 = 9"),
    ],
)
def test_answers_read_as_sentences_of_numbers(name, fields, expected):
    """Units, axes and further numbers stand beside the result."""
    assert expected in " ".join(text_of(answer(name, fields)).split())


def test_errors_are_the_librarys():
    """A wrong field is refused as the call itself refuses it, and said as text."""
    with pytest.raises(kb.errors.ArgumentError) as raised:
        calculators.dense_params(inputs="<b>3</b>", units=2)
    html = answer("dense_params", {"inputs": "<b>3</b>", "units": "2"})
    assert str(raised.value) in text_of(html)
    assert "<b>" not in html


def test_an_empty_field_is_an_argument_left_out():
    """What has a default takes it; what has none is refused by the library."""
    function = calculators.conv_output_size
    assert read_fields(function, {"size": "32", "kernel_size": "3", "strides": ""}) == {
        "size": 32,
        "kernel_size": 3,
    }
    assert "received size=None" in answer("conv_output_size", {"kernel_size": "3"})


@pytest.mark.parametrize(
    "text", ["__import__('os').getcwd()", "9**9**9", "(" * 500, "[" * 20_000, "\0", "1" * 5000]
)
def test_a_field_is_data(text):
    """Whatever is typed is read as a literal or as the text itself, and never run."""
    assert isinstance(read_field(text), str)


@pytest.mark.parametrize("name", NAMES)
def test_every_calculator_has_a_form_with_a_control_for_each_argument(name):
    """Each argument has a labelled control with what the docstring says of it."""
    html = form(example_call(name), name="here")
    assert "kb-problem" not in html
    for argument in signature(getattr(calculators, name)).parameters:
        assert f'<label for="here-{argument}"><code>{argument}</code></label>' in html
        text = re.search(rf'<small id="here-{argument}-text">(.+?)</small>', html, re.DOTALL)
        assert text, argument
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_a_choice_of_words_is_a_list_and_true_is_too():
    """`Literal` becomes a select, what takes pixels as well a field with suggestions."""
    pool = form(read_call("pool_output_size(28)"), name="a")
    assert '<select id="a-padding"' in pool
    conv = form(read_call("conv_output_size(28, 3)"), name="a")
    assert 'list="a-padding-list"' in conv
    dense = form(read_call("dense_params(3, 2)"), name="a")
    assert '<option value="True" selected>' in dense


def test_a_call_is_read_as_python_reads_it():
    """Positions become names; what is no call of a calculator is refused."""
    call = read_call("kb.conv_output_size(32, (4, 3), padding='same')")
    assert call.arguments == {"size": 32, "kernel_size": (4, 3), "padding": "same"}
    assert read_call(call_source(call)) == call
    for wrong in ("32", "kb.explain(3)", "conv_output_size(open('x'), 3)"):
        with pytest.raises(ValueError, match=r"call|calculator|written out"):
            read_call(wrong)
