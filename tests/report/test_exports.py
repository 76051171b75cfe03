"""The report as text, Markdown, HTML, JSON and records."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from graph_samples import entry, member, model
from hypothesis import given
from hypothesis import strategies as st
from nets import CONV, IMAGE_NET, MINE, TOP, layer, sequential

import kerasbook as kb
from kerasbook.errors import ArgumentError
from kerasbook.graph import build_graph
from kerasbook.report import compare
from kerasbook.report.columns import wrapped
from kerasbook.report.reading import make_report
from kerasbook.rules import LayerFacts

NETS = {
    "image": IMAGE_NET,
    "unknown": sequential(CONV, MINE, shape=(32, 32, 3)),
    "symbolic": sequential(CONV, shape=(None, None, 3)),
    "long names": sequential(
        layer("Dense", "a_name_that_is_much_longer_than_the_column_" * 2, units=10**6),
        layer("Dense", "and_another_one_that_is_as_long_as_the_other_" * 2, units=10**6),
    ),
}


@pytest.mark.parametrize("net", NETS.values(), ids=NETS)
def test_text_fits_80_columns_and_holds_every_number(net):
    """No line is longer than a terminal, and every layer's arithmetic is in the text."""
    report = kb.explain(net)
    text = report.to_text()
    assert str(report) == text
    assert max(map(len, text.splitlines())) < 80
    flowing = " ".join(text.split())
    for row in report.rows:
        if row.params:
            assert row.params.text in flowing
        if row.macs:
            assert row.macs.text in flowing
        assert row.reason in flowing


def test_text_is_a_table_with_totals():
    """The whole text of a small model."""
    assert kb.explain(sequential(TOP)).to_text() == "\n".join(
        (
            "net (Sequential)",
            "─" * 79,
            "Layer (class)      Output Parameters MACs Sees",
            "─" * 79,
            "input (InputLayer) 4               0    0 1",
            "top (Dense)        3              15   12 4",
            "    params (4 + 1)·3 = 15",
            "    MACs 4·3 = 12",
            "─" * 79,
            "Parameters       15 (15 trainable, 0 not)",
            "MACs             12 for one sample",
            "FLOPs            2·12 = 24",
            "Weights          60 B of float32",
            "Memory, batch 1  88 B for inference, 300 B to train with Adam",
        )
    )


def test_a_rule_may_give_shapes_as_lists():
    """Rules of users' own are read as they are meant."""
    rules = {"Mine": lambda spec: LayerFacts([None, 5], more_outputs=[[*spec.input_shape]])}
    report = kb.explain(sequential(MINE), extra_rules=rules)
    assert "mine (Mine)        5 4             0    0\n" in report.to_text()


def test_text_refuses_a_narrow_terminal():
    """Less than 80 columns would cut numbers."""
    with pytest.raises(ArgumentError) as caught:
        kb.explain(IMAGE_NET).to_text(width=40)
    assert str(caught.value) == "width must be an integer of at least 80; received width=40."


def test_markdown_is_one_table_of_even_rows():
    """Each line of the table has the same number of cells, whatever the names hold."""
    net = sequential(layer("Dense", "pipe|and_under*score", units=3))
    lines = kb.explain(net).to_markdown().splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in table} == {6}
    assert "| pipe\\|and\\_under\\*score (Dense) | 3 | (4 + 1)·3 = 15 | 4·3 = 12 | 4 |" in table


class Outline(HTMLParser):
    """The elements of a page, checked for being closed."""

    VOID = frozenset(("meta", "br", "img", "link"))

    def __init__(self, html):
        super().__init__()
        self.open, self.seen, self.text = [], [], ""
        self.feed(html)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        """Note an element."""
        self.seen.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        """Close the last open element, which it must be."""
        assert self.open.pop() == tag

    def handle_data(self, data):
        """Collect text."""
        self.text += data


@pytest.mark.parametrize("net", NETS.values(), ids=NETS)
def test_html_unfolds_each_formula(net):
    """Each layer's arithmetic is one click away, in well-formed HTML that loads nothing."""
    report = kb.explain(net)
    notebook, page = Outline(report._repr_html_()), Outline(report.to_html())
    assert notebook.text in page.text
    with_arithmetic = sum(bool(row.params) + (row.macs_formula is not None) for row in report.rows)
    assert sum(tag == "details" for tag, _ in notebook.seen) >= with_arithmetic - 2
    for row in report.rows:
        if row.params:
            assert row.params.text in page.text
    loaded = [attrs for _, attrs in page.seen if {"src", "href"} & attrs.keys()]
    assert loaded == []


def test_html_says_how_far_units_are_apart_where_they_are():
    """A convolution's units stand apart; those of a dense layer all see the whole image."""
    page = kb.explain(IMAGE_NET).to_html()
    assert "jump 2×2" in page
    assert "jump 0×0" not in page


def test_html_escapes_what_a_file_says():
    """A hostile name stays text."""
    name = "<script>alert(1)</script>"
    net = sequential(layer("Dense", name, units=3))
    page = kb.explain(net).to_html()
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_json_holds_the_report_with_its_schema():
    """JSON has a version, totals that equal the report's, and null for what is unknown."""
    report = kb.explain(NETS["unknown"])
    record = json.loads(report.to_json())
    assert record["schema_version"] == 1
    assert (record["params"], record["macs"]) == (report.params, report.macs)
    assert (record["params_known"], record["unknown"]) == (False, ["mine"])
    assert [each["params"] for each in record["layers"]] == [0, 490, None]
    assert record["layers"][1]["params_text"] == "(4·4·3 + 1)·10 = 490"
    assert "\n" not in report.to_json(indent=None)


def test_records_are_flat_and_alike():
    """Each layer is one record with the same keys, as a data frame wants them."""
    records = kb.explain(IMAGE_NET).to_records()
    assert len({tuple(record) for record in records}) == 1
    assert [record["params"] for record in records] == [0, 490, 0, 7683]


def test_repr_is_one_line():
    """In a list of reports each is a line."""
    assert repr(kb.explain(IMAGE_NET)) == "<ModelReport of 'net': 4 rows, 8,173 params>"


# What moves a cursor, breaks a line, turns the direction of text, or means something to Markdown
# and HTML; and what is wider than one column, or no column wide.
_ODD = "\x1b[2J\n\r\t\u2028\u202e\u2066\u200d|`<>&*_[]()\\~$'\"层한ｄ🚀e\u0301 "
odd_names = st.text(st.sampled_from(_ODD + "abc") | st.characters(codec="utf-8"), min_size=1)


def columns_of(line):
    """Columns of a terminal, by the standard's own tables."""
    found = 0
    for each in line:
        if unicodedata.category(each) not in ("Mn", "Me", "Cf"):
            found += 2 if unicodedata.east_asian_width(each) in "WF" else 1
    return found


def report_named(name):
    """A report on layers of a name that no configuration could give them, as one in memory may."""
    report = kb.explain(sequential(CONV, MINE, TOP, shape=(32, 32, 3)))
    rows = [replace(row, name=name, connected_from=(name,)) for row in report.rows]
    return replace(report, name=name, rows=tuple(rows))


def reports_named(name):
    """What is said of layers of that name, each as text and as Markdown."""
    report = report_named(name)
    other = replace(report, rows=report.rows[:-1])
    deployed = report.quantization()
    renamed = replace(deployed, name=name)
    scheme = deployed["int8"]
    scheme = replace(scheme, rows=tuple(replace(row, name=name) for row in scheme.rows))
    return [report, compare(report, other), renamed, scheme]


@given(odd_names)
def test_no_name_leaves_its_place_in_a_text(name):
    """Every line fits a terminal, has nothing in it but what is shown, and columns stay columns."""
    for each in reports_named(name):
        lines = each.to_text().split("\n")
        assert max(map(columns_of, lines)) <= 80
        assert all(line.isprintable() for line in lines)
    lines = report_named(name).to_text().split("\n")
    heading = next(n for n, line in enumerate(lines) if line.startswith("Layer (class)"))
    start = columns_of(lines[heading].partition("Output")[0])
    first = lines[heading + 2]  # after the rule
    assert any(
        columns_of(first[:n]) == start and first[n:][:7] == "32×32×3" for n in range(len(first))
    )


@given(odd_names)
def test_no_name_means_anything_to_markdown(name):
    """Rows have as many cells as the head, and names open no tags, code, links or emphasis."""
    for each in reports_named(name):
        lines = each.to_markdown().split("\n")
        assert all(line.isprintable() for line in lines)
        text = re.sub(r"\\[\\`*_\[\]|~$]|&(amp|lt|gt|emsp);", "", "\n".join(lines))
        table = [line for line in text.split("\n") if line.startswith("|")]
        widths = {line.count("|") for line in table}
        assert len(widths) <= 2  # a comparison has two tables
        assert not set("<>`[]~$\\&") & set(text)
        assert text.count("*") in (0, 4)  # the title's own


@given(odd_names)
def test_no_name_is_an_element_of_a_page(name):
    """A page has the same elements whatever the names are, and shows all that is in them."""
    plain, odd = (Outline(report_named(each).to_html()) for each in ("plain", name))
    assert odd.seen == plain.seen
    assert all(line.isprintable() for line in odd.text.split("\n"))


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("a b", 3, ["a b"]),
        ("a b", 2, ["a", "b"]),
        ("层层层 b", 5, ["层层", "层 b"]),
        ("abcdefg h", 3, ["abc", "def", "g h"]),
    ],
)
def test_lines_are_broken_by_columns(text, width, lines):
    """At spaces, and inside of what is wider than a line."""
    assert wrapped(text, width) == lines


def test_a_layer_called_on_several_shapes_shows_them_all():
    """Each shape once, beside how often it is called; its MACs are those of all calls."""
    conv = member("Conv2D", "conv", "one", "two", "one", filters=4, kernel_size=[1, 1])
    net = model(
        entry("one", None, 8, 8, 3), entry("two", None, 4, 6, 3), conv, inputs=("one", "two")
    )
    report = make_report(build_graph(net))
    row = report.rows[2]
    assert row.shapes_of_calls == (((None, 8, 8, 4),), ((None, 4, 6, 4),))
    assert row.macs == (64 + 24 + 64) * 12
    assert "called 3 times, to 8×8×4, 4×6×4" in str(report)
    assert "called 3 times, to 8×8×4, 4×6×4" in report.to_html()
    assert report.to_records()[2]["shapes_of_calls"] == [[[None, 8, 8, 4]], [[None, 4, 6, 4]]]
