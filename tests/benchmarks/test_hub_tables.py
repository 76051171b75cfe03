"""The published tables on KerasHub; tests/hub asks KerasHub itself, where it is installed."""

from __future__ import annotations

import json

import hub
import hub_models

KEPT = json.loads(hub.KEPT.read_text(encoding="utf-8"))


def test_published_table_is_that_of_the_kept_answers():
    """The page shows what is kept, and nothing else."""
    page = (hub.FOLDER / "README.md").read_text(encoding="utf-8")
    assert "\n".join(hub.to_markdown(KEPT)) in page


def test_every_backbone_is_kept():
    """Each has its answers, and none is left over."""
    assert list(KEPT["answers"]) == hub.built_here()


def test_parameters_are_those_that_keras_counts():
    """Of all of them."""
    assert [n for n, said in KEPT["answers"].items() if said["params"] != said["keras"]] == []


def test_where_pytorch_counts_otherwise_it_is_said_why():
    """Known MACs are those that PyTorch ran, or the reason is in the table."""
    differ = [
        name
        for name, said in KEPT["answers"].items()
        if not said["unknown"] and said["torch"] not in {said["macs"]} | _errors(said)
    ]
    assert sorted(differ) == sorted(hub_models.DIFFERS)


def test_what_is_unknown_is_named():
    """Two networks have a part that no trace can know."""
    unknown = {name: said["unknown"] for name, said in KEPT["answers"].items() if said["unknown"]}
    assert sorted(unknown) == ["FNetBackbone", "StableDiffusion3Backbone"]
    assert all(reason for rows in unknown.values() for reason in rows.values())


def _errors(said):
    """What PyTorch said, if it was an error."""
    return {said["torch"]} if isinstance(said["torch"], str) else set()
