"""The commands `kerasbook conv` and `kerasbook solve-conv`."""

from __future__ import annotations

import json

import pytest

from kerasbook import conv_output_size, solve_conv
from kerasbook.cli import main


def run(capsys, line):
    """The exit status, output and errors of a command line."""
    status = main(line.split())
    out, err = capsys.readouterr()
    return status, out, err


def test_conv_prints_the_arithmetic(capsys):
    """`conv` prints a line per axis, and with channels and filters also parameters and MACs."""
    line = "conv 32x16 4x3 --strides 2 --padding same --channels 3 --filters 10"
    assert run(capsys, line) == (
        0,
        (
            "output_size  ⌊(32 + 1 + 1 − 4) / 2⌋ + 1 = 16   padding 1 before, 1 after\n"
            "output_size  ⌊(16 + 0 + 1 − 3) / 2⌋ + 1 = 8   padding 0 before, 1 after\n"
            "params       (4·3·3 + 1)·10 = 370\n"
            "macs         16·8·4·3·3·10 = 46,080\n"
        ),
        "",
    )


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("conv 5 3", "⌊(5 − 3) / 1⌋ + 1 = 3"),
        ("conv 9 3 --dilation-rate 2", "⌊(9 − ((3 − 1)·2 + 1)) / 1⌋ + 1 = 5"),
        ("conv 9 3 --padding 2,0", "⌊(9 + 2 + 0 − 3) / 1⌋ + 1 = 9   padding 2 before, 0 after"),
        ("conv 9 3 --padding causal", "⌊(9 + 2 + 0 − 3) / 1⌋ + 1 = 9   padding 2 before, 0 after"),
    ],
)
def test_conv_takes_the_settings_of_the_calculator(capsys, line, text):
    """Each option of the command is the argument of the same name."""
    assert run(capsys, line) == (0, f"output_size  {text}\n", "")


def test_conv_as_json(capsys):
    """`conv --json` prints lists of values, texts and paddings, one per axis."""
    line = "conv 16,8 3 --strides 2 --padding same --channels 4 --filters 6 --groups 2 --json"
    status, out, _ = run(capsys, line)
    sizes = conv_output_size((16, 8), 3, strides=2, padding="same")
    assert status == 0
    assert json.loads(out) == {
        "output_size": [
            {"value": size, "text": size.text, "padding": list(size.padding)} for size in sizes
        ],
        "params": [{"value": 114, "text": "(3·3·(4/2) + 1)·6 = 114"}],
        "macs": [{"value": 3456, "text": "8·4·3·3·(4/2)·6 = 3,456"}],
    }


def test_solve_conv_prints_a_table(capsys):
    """`solve-conv` prints a line per setting, simplest first, and the number left out."""
    assert run(capsys, "solve-conv 28 14 --limit 2") == (
        0,
        (
            "kernel_size  strides  padding  dilation_rate  arithmetic\n"
            "          3        2     same              1  ⌊(28 + 0 + 1 − 3) / 2⌋ + 1 = 14\n"
            "          5        2     same              1  ⌊(28 + 1 + 2 − 5) / 2⌋ + 1 = 14\n"
            "… and 11 more: --limit 13 prints all\n"
        ),
        "",
    )
    status, out, _ = run(capsys, "solve-conv 28x14 14x7 --kernel-size 3 --padding same")
    assert status == 0
    assert out.splitlines()[1].endswith(
        "⌊(28 + 0 + 1 − 3) / 2⌋ + 1 = 14, ⌊(14 + 0 + 1 − 3) / 2⌋ + 1 = 7"
    )
    assert len(out.splitlines()) == 2


def test_solve_conv_as_json(capsys):
    """`solve-conv --json` prints all settings, as the arguments of a layer."""
    line = "solve-conv 12 6 --max-kernel-size 4 --max-strides 3 --max-dilation-rate 2 --json"
    status, out, _ = run(capsys, line)
    bounds = {"max_kernel_size": 4, "max_strides": 3, "max_dilation_rate": 2}
    assert status == 0
    assert [
        {name: value for name, value in record.items() if name != "output_size"}
        for record in json.loads(out)
    ] == [one.config for one in solve_conv(12, 6, **bounds)]
    assert all(record["output_size"][0]["value"] == 6 for record in json.loads(out))


@pytest.mark.parametrize(
    ("line", "expected_message"),
    [
        (
            "conv 5 7",
            (
                "kernel_size must cover at most the padded input of 5 pixels; "
                "received kernel_size=7. Use kernel_size <= 5 or padding='same'."
            ),
        ),
        (
            "conv 5 3 --padding 1",
            (
                "padding must be 'valid', 'same', 'causal' or pixels as (before, after); "
                "received padding=1. Use padding=(1, 1)."
            ),
        ),
        (
            "conv 5 3 --channels 3",
            "filters must be an integer of at least 1; received filters=None.",
        ),
        (
            "solve-conv 28 29",
            (
                "output_size must be one that such a convolution gives for size=28; "
                "received output_size=29. The nearest is 28, with kernel_size=3, strides=1, "
                "padding='same', dilation_rate=1."
            ),
        ),
        (
            "solve-conv 28 14 --limit 0",
            "limit must be an integer of at least 1; received limit=0.",
        ),
    ],
)
def test_a_mistake_is_printed_and_the_status_is_2(capsys, line, expected_message):
    """An error is printed to stderr, and nothing to stdout."""
    assert run(capsys, line) == (2, "", f"kerasbook: {expected_message}\n")


@pytest.mark.parametrize("line", ["conv abc 3", "conv 5x 3", "solve-conv 28 14x"])
def test_what_is_no_size_is_refused(capsys, line):
    """The parser names the wrong argument and its expected form."""
    with pytest.raises(SystemExit) as caught:
        main(line.split())
    assert caught.value.code == 2
    word = next(word for word in line.split()[1:] if not word.isdigit())
    expected_message = f"expected a number, or one per axis as 32x48; received {word!r}"
    assert expected_message in capsys.readouterr().err
