"""Traces beside other counters: the true counts, ours, and that the others still say the same."""

from __future__ import annotations

import re
from pathlib import Path

import peer_cases
import pytest
import tracing
from tracing_networks import NETWORKS

import kerasbook as kb

PAGE = Path(tracing.__file__).with_name("README.md").read_text(encoding="utf-8")
AGAIN = "an answer changed: run `python benchmarks/tracing.py --write` and look at it"


def published():
    """What each tool is said to count of each network, as the page has it."""
    section = PAGE.partition("<!-- tracing: begin -->")[2].partition("<!-- tracing: end -->")[0]
    found, name = {}, ""
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 7 and re.fullmatch("[0-9,.]+|[a-zA-Z]+", cells[2]):
            name = cells[0] or name
            found.setdefault(name, {})[cells[1]] = cells[2]
    found.pop("")  # the head of the table
    return found


def test_the_true_counts_are_those_of_formulas():
    """ResNet50 is that of the other comparison; the decoder's is summed up here another way."""
    assert NETWORKS["ResNet50"].true_macs == peer_cases.NETWORKS["ResNet50"]
    heads = kb.multi_head_attention_macs(tokens=128, inputs=256, num_heads=4, key_dim=64)
    wide = kb.dense_macs(256, 1024, outer_shape=(128,))
    by_rules = 6 * (heads + 2 * wide) + kb.dense_macs(256, 8000, outer_shape=(128,))
    assert NETWORKS["decoder of 6 blocks"].true_macs == by_rules


def test_the_page_tells_the_truth():
    """Of each network, with ours beside it."""
    told = {name: (each["*the truth*"], each["kerasbook"]) for name, each in published().items()}
    assert told == {
        name: (f"{each.true_macs:,}", f"{each.true_macs:,}") for name, each in NETWORKS.items()
    }


@pytest.mark.peers
@pytest.mark.parametrize("name", NETWORKS)
def test_all_say_what_is_published(name):
    """Kerasbook counts the truth in a trace, no rule knows a layer, and the others say the same."""
    report = kb.explain(NETWORKS[name].keras())
    assert {row.macs_origin for row in report.rows if row.macs} == {"traced"}
    told = {
        tracing.TITLES[tool]: said for tool, (said, _) in tracing.turns(NETWORKS[name], 1).items()
    }
    shown = {tool: each if isinstance(each, str) else f"{each:,}" for tool, each in told.items()}
    assert {"*the truth*": f"{NETWORKS[name].true_macs:,}"} | shown == published()[name], AGAIN
