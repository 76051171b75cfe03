"""Budgets, alone and on the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from nets import IMAGE_NET, MINE, TOP, sequential

import kerasbook as kb
from kerasbook.cli import main
from kerasbook.errors import ArgumentError


def test_budget_is_met_at_its_limit_and_not_above():
    """A model may take exactly its budget."""
    report = kb.explain(sequential(TOP))
    assert [line.met for line in report.budget(max_params=15, max_macs=11).lines] == [True, False]


def test_unknown_is_no_proof():
    """A budget that is not yet exceeded is not met while a layer is unknown."""
    (line,) = kb.explain(sequential(TOP, MINE)).budget(max_params=100).lines
    assert not line.met
    assert line.verdict == "not known: some layers are unknown"
    (line,) = kb.explain(sequential(TOP, MINE)).budget(max_params=10).lines
    assert line.verdict == "exceeded by 5"


def test_markdown_table():
    """The table for a pull request."""
    budget = kb.explain(sequential(TOP)).budget(max_params=20, max_macs=10, max_bytes=60)
    assert budget.to_markdown() == (
        "| Budget | At most | Model | |\n"
        "| --- | ---: | ---: | --- |\n"
        "| parameters | 20 | 15 | ✓ met |\n"
        "| MACs | 10 | 12 | ✗ exceeded by 2 |\n"
        "| bytes of weights | 60 | 60 | ✓ met |\n"
    )


@pytest.mark.parametrize("limit", [0, True, 1.5])
def test_budget_is_a_positive_integer(limit):
    """A budget of nothing, or a fraction, is a mistake."""
    with pytest.raises(ArgumentError) as caught:
        kb.explain(IMAGE_NET).budget(max_params=limit)
    assert str(caught.value) == (
        f"max_params must be an integer of at least 1; received max_params={limit!r}."
    )


@pytest.fixture
def files(tmp_path):
    """Two model files."""
    small, large = tmp_path / "small.json", tmp_path / "large.json"
    small.write_text(json.dumps(sequential(TOP)))
    large.write_text(json.dumps(IMAGE_NET))
    return str(small), str(large)


def test_explain_command_prints_the_report(files, capsys):
    """The command prints what `explain` says, in each format."""
    for option, method in (
        ([], "to_text"),
        (["--markdown"], "to_markdown"),
        (["--json"], "to_json"),
    ):
        assert main(["explain", files[0], *option]) == 0
        assert capsys.readouterr().out == getattr(kb.explain(files[0]), method)() + "\n"


def test_explain_command_prints_quantization(files, capsys):
    """What quantisation and mixed precision would change, in each format, for a batch."""
    told = kb.explain(files[1]).quantization(32)
    for option, text in (
        ([], told.to_text()),
        (["--markdown"], told.to_markdown()),
        (["--json"], told.to_json()),
    ):
        command = ["explain", files[1], "--quantization", "--batch-size", "32", *option]
        assert main(command) == 0
        assert capsys.readouterr().out == text + "\n"


def test_explain_command_keeps_to_budgets(files, capsys):
    """Above a budget the command ends with 1 and says by how much."""
    assert main(["explain", files[0], "--max-params", "15"]) == 0
    capsys.readouterr()
    assert main(["explain", files[0], "--max-params", "14", "--max-macs", "12"]) == 1
    assert capsys.readouterr().err == "kerasbook: parameters: exceeded by 1\n"


def test_explain_command_writes_a_page(files, tmp_path, capsys):
    """`--html` writes the page that unfolds its arithmetic."""
    page = tmp_path / "page.html"
    assert main(["explain", files[1], "--html", str(page)]) == 0
    assert page.read_text(encoding="utf-8") == kb.explain(files[1]).to_html()
    assert "8,173" in capsys.readouterr().out


def test_explain_command_fills_sizes(tmp_path, capsys):
    """`--input-shape` fills what a file leaves open."""
    path = tmp_path / "open.json"
    path.write_text(json.dumps(sequential(TOP, shape=(None, 4))))
    assert main(["explain", str(path), "--input-shape", "5x4", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["macs"] == 60


def test_explain_command_is_strict_when_asked(tmp_path, capsys):
    """`--strict` ends with 2 and the names of the unknown layers."""
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(sequential(MINE)))
    assert main(["explain", str(path)]) == 0
    capsys.readouterr()
    assert main(["explain", str(path), "--strict"]) == 2
    assert capsys.readouterr().err == (
        "kerasbook: every layer must be known with strict=True; unknown: mine "
        "(Mine is a class of the user's own; give its rule in extra_rules).\n"
    )


def test_compare_command_checks_the_second(files, capsys):
    """`compare` prints what changed; its budgets are for the second file."""
    assert main(["compare", *files, "--markdown", "--max-params", "100"]) == 1
    out, err = capsys.readouterr()
    assert kb.compare(*files).to_markdown() in out
    assert "| parameters | 100 | 8,173 | ✗ exceeded by 8,073 |" in out
    assert err == "kerasbook: parameters: exceeded by 8,073\n"
    assert main(["compare", *files, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["totals"]["parameters"] == {
        "before": 15,
        "after": 8173,
        "before_known": True,
        "after_known": True,
    }


def test_page_that_cannot_be_written_is_said(files, tmp_path, capsys):
    """A folder that does not exist ends with 2 and one line."""
    page = str(tmp_path / "nowhere" / "page.html")
    assert main(["explain", files[0], "--html", page]) == 2
    assert capsys.readouterr().err == (
        f"kerasbook: --html must be a file that can be written; received {page!r}, for which the "
        "system reports 'No such file or directory'.\n"
    )


def test_reader_that_stops_early_is_no_mistake(files):
    """`kerasbook explain … | head`: no traceback, whatever the reader leaves."""
    code = "import sys; from kerasbook.cli import main; sys.exit(main(sys.argv[1:]))"
    with subprocess.Popen(  # noqa: S603  our own command
        [sys.executable, "-c", code, "explain", files[1]],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        process.stdout.close()
        told = process.stderr.read()
    assert told == b""
    assert process.returncode == 1


def test_missing_file_is_said(capsys):
    """A wrong path ends with 2 and one line."""
    assert main(["explain", "absent.keras"]) == 2
    assert capsys.readouterr().err == (
        "kerasbook: 'absent.keras' must be a file that can be read; received no file of this "
        "name. Check the path.\n"
    )


def test_console_without_unicode_still_prints(files):
    """A console that cannot write `·` shows a question mark and goes on."""
    command = [sys.executable, "-m", "kerasbook", "explain", files[0]]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(  # noqa: S603  our own command
        command, capture_output=True, text=True, check=True, env=environment
    )
    assert "params (4 + 1)?3 = 15" in done.stdout
