"""`kerasbook check FILE`: prints the result; the exit status tells whether it passes."""

from __future__ import annotations

import json

import pytest
from fixtures.configs import dense_config
from fixtures.hostile_objects import OBJECT_ATTACKS, activated

import kerasbook
from kerasbook.cli import main


@pytest.fixture
def written(tmp_path):
    """Writes a configuration as JSON."""

    def write(config):
        path = tmp_path / "model.json"
        path.write_text(json.dumps(config))
        return str(path)

    return write


def test_a_good_file(written, capsys):
    """One line, status 0."""
    path = written(dense_config())
    assert main(["check", path]) == 0
    size_bytes = len(json.dumps(dense_config()))
    told = f"{path!r}: JSON of {size_bytes} bytes, Sequential 'net'; nothing against it\n"
    assert capsys.readouterr().out == told


def test_a_bad_file(written, capsys):
    """A line for each reason, status 1; JSON for programs."""
    path = written(OBJECT_ATTACKS["CVE-2024-3660, code in a Lambda"][1]())
    assert main(["check", path]) == 1
    assert "2 reasons against it\n✗ runs-code: Lambda 'lambda' must" in capsys.readouterr().out
    assert main(["check", path, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], told["reasons"][0]["code"]) == (False, "runs-code")
    assert told["classes"] == {"InputLayer": 1, "Lambda": 1, "Sequential": 1, "__lambda__": 1}


def test_an_own_function_is_allowed(written):
    """`--allow` names it."""
    path = written(activated("mine", "mine>act")())
    assert main(["check", path]) == 1
    assert main(["check", path, "--allow", "mine>act"]) == 0


def test_no_file(capsys):
    """A mistake, status 2."""
    assert main(["check", "missing.keras"]) == 2
    assert capsys.readouterr().err.startswith("kerasbook: 'missing.keras' must be a file")


def test_a_result_is_data(written):
    """What is in the file, as values."""
    result = kerasbook.check_file(written(dense_config()))
    assert isinstance(result, kerasbook.safety.FileCheck)
    assert (result.format, result.model, result.members) == ("json", "Sequential 'net'", {})
    assert json.loads(result.to_json())["classes"] == {"Dense": 1, "InputLayer": 1, "Sequential": 1}
