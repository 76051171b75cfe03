"""The public comparison with other counters, as it is kept in `benchmarks/`.

That kerasbook is right is asserted in test_peer_cases.py, on every backend. Here the other tools
are asked again: an answer that changes, for better or worse, must change the published table.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import peer_cases
import peer_tools
import peers
import pytest

FOLDER = Path(peers.__file__).parent
KEPT = json.loads((FOLDER / "peers.json").read_text(encoding="utf-8"))
AGAIN = "an answer changed: run `python benchmarks/peers.py --compilers --write` and look at it"


def test_published_tables_are_those_of_the_kept_answers():
    """The page shows what is kept, and nothing else."""
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert "\n".join(peers.to_markdown(KEPT)) in page


def test_every_case_is_kept():
    """Each layer and network of the comparison has its answers, and none is left over."""
    cases = peer_cases.LAYERS
    assert {kind: list(answers) for kind, answers in KEPT["answers"].items()} == {
        "keras": [case.name for case in cases if case.keras_layer],
        "torch": [case.name for case in cases if case.torch_module],
        "networks": list(peer_cases.NETWORKS),
    }


@pytest.mark.peers
def test_tools_are_the_versions_that_are_kept():
    """The published table names the versions that are asked here."""
    # A build for one kind of processor is the same version.
    asked = {name: version(name).partition("+")[0] for name in peer_tools.TOOLS}
    assert asked == {name: KEPT["versions"][name].partition("+")[0] for name in peer_tools.TOOLS}


@pytest.mark.peers
@pytest.mark.parametrize("kind", ["keras", "torch"])
def test_tools_say_what_is_kept_of_layers(kind, answers_now):
    """Nobody is said to be wrong who is right by now, nor the other way round."""
    assert answers_now[kind] == asked_tools(KEPT["answers"][kind]), AGAIN


@pytest.mark.peers
@pytest.mark.parametrize("name", peer_cases.NETWORKS)
def test_tools_say_what_is_kept_of_networks(name):
    """Likewise of whole networks, on which kerasbook is right."""
    answers = peers.ask_networks((name,))["networks"]
    assert answers[name]["kerasbook"] == peer_cases.NETWORKS[name]
    assert answers == asked_tools({name: KEPT["answers"]["networks"][name]}), AGAIN


@pytest.fixture(scope="module")
def answers_now():
    """What each tool says of each layer now."""
    return peers.ask_layers()


def asked_tools(answers):
    """The kept answers of the tools that one process can ask: no other backends'."""
    return {
        name: {tool: said[tool] for tool in said if tool not in peers.COMPILERS}
        for name, said in answers.items()
    }
