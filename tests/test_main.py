"""The command as a process of its own: what it prints, and how it ends."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from kerasbook import cli

COMMAND = (sys.executable, "-m", "kerasbook")
DENSE = {"class_name": "Dense", "config": {"name": "top", "units": 10}}
CONFIG = {"name": "net", "layers": [DENSE], "build_input_shape": [None, 128]}
MODEL = {"class_name": "Sequential", "config": CONFIG}


@pytest.fixture
def file(tmp_path):
    """A model's JSON."""
    path = tmp_path / "net.json"
    path.write_text(json.dumps(MODEL))
    return str(path)


def ended(*words):
    """How a process ended."""
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603  our own words


@pytest.mark.parametrize(
    ("words", "status", "out", "err"),
    [
        (["explain", "FILE"], 0, "(128 + 1)·10 = 1,290", ""),
        (
            ["explain", "FILE", "--max-params", "10"],
            1,
            "1,290",
            "kerasbook: parameters: exceeded by 1,280",
        ),
        (["explain", "missing.keras"], 2, "", "received no file of this name"),
        (["explain"], 2, "", "usage: kerasbook explain"),
        (["--help"], 0, "usage: kerasbook", ""),
    ],
)
def test_all_is_printed_and_the_exit_status_tells(file, words, status, out, err):
    """What was asked for on standard output, what is wrong on standard error."""
    done = ended(*COMMAND, *(file if word == "FILE" else word for word in words))
    assert done.returncode == status
    assert out in done.stdout
    assert err in done.stderr
    assert bool(done.stdout) == bool(out)
    assert bool(done.stderr) == bool(err)


def test_a_long_report_arrives_whole(tmp_path):
    """Longer than any buffer between two processes, down to its last line."""
    layers = [DENSE | {"config": {"name": f"layer_{n}", "units": 10}} for n in range(3_000)]
    path = tmp_path / "long.json"
    path.write_text(json.dumps(MODEL | {"config": CONFIG | {"layers": layers}}))
    done = ended(*COMMAND, "explain", str(path))
    assert done.returncode == 0
    assert "layer_2999 (Dense)" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("Memory, batch 1")


@pytest.mark.parametrize("command", ["check", "compare", "conv", "explain", "solve-conv", "tour"])
def test_each_command_says_what_it_does_and_takes(command, capsys):
    """A sentence, and a line of help for each argument."""
    commands = cli._parser()._subparsers._group_actions[0].choices
    assert commands.keys() >= {command}
    assert all(each.help for each in commands[command]._actions)
    with pytest.raises(SystemExit) as ended:
        cli.main([command, "--help"])
    assert ended.value.code == 0
    assert f"\n\n{commands[command].description}\n\n" in capsys.readouterr().out
