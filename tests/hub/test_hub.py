"""Every backbone of KerasHub: what is published of it in `benchmarks/` is what is found now.

KerasHub has its own tox environment, where nothing here is skipped.
"""

from __future__ import annotations

import json
from importlib.metadata import version

import hub
import hub_models
import pytest

# Some of KerasHub's own layers are built late or hold a lambda, of which Keras warns.
pytestmark = [pytest.mark.hub, pytest.mark.filterwarnings("ignore::UserWarning")]
KEPT = json.loads(hub.KEPT.read_text(encoding="utf-8"))
AGAIN = "an answer changed: run `python benchmarks/hub.py --write` and look at it"


def test_the_version_is_the_kept_one():
    """The published table names the version that is asked here."""
    assert version("keras-hub") == KEPT["versions"]["keras-hub"]


def test_every_backbone_is_decided():
    """A new one is built, or it is said why not."""
    assert sorted([*hub.built_here(), *hub_models.NOT_BUILT]) == sorted(hub_models.backbones())


@pytest.mark.parametrize("name", hub.built_here())
def test_a_backbone_is_explained_as_published(name):
    """Parameters as Keras counts them; the same MACs; what is unknown has the same names."""
    said, kept = json.loads(json.dumps(hub.explained(name))), KEPT["answers"][name]
    assert said["params"] == said["keras"]
    assert said["unknown"].keys() == kept["unknown"].keys(), AGAIN
    for key in ("on", "params", "macs"):
        assert said[key] == kept[key], AGAIN


def test_pytorch_counts_what_is_published():
    """Run with weights under a counter that knows nothing of kerasbook."""
    kept = {name: said["torch"] for name, said in KEPT["answers"].items()}
    assert hub.asked_pytorch() == kept, AGAIN
