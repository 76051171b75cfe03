"""One table, drawn as text, Markdown and HTML, and the results that are drawn by it."""

from __future__ import annotations

import json

import pytest
from nets import IMAGE_NET, MINE, TOP, sequential

import kerasbook as kb
from kerasbook.errors import ArgumentError
from kerasbook.report.table import Cell, Table, TableRow, to_html, to_json, to_markdown, to_text
from kerasbook.training.sweep_results import Candidate, Sweep

COLUMNS = (("Layer", "words"), ("Bytes", "number"), ("", "words"))
INSIDE = Table("", (("Part", "words"),), (TableRow((Cell("kernel"),)),))
TABLE = Table(
    title="net, a batch of 2",
    name="net",
    columns=COLUMNS,
    lines=(
        TableRow((Cell("a|b", INSIDE), Cell("12", "3·4 = 12"), Cell("met")), (("from ", "x"),)),
        TableRow((Cell("c"), Cell("1,000"), Cell("")), depth=1),
    ),
    notes=(("All", "1,012"), ("Unknown", "<d>")),
    sums=(Cell("all"), Cell("1,012"), Cell("")),
)


def test_text_has_working_below_and_notes_in_two_columns():
    """Numbers end in one column, sums stand apart, and notes begin in one column."""
    assert to_text(TABLE).splitlines() == [
        "net, a batch of 2",
        "─" * 79,
        "Layer  Bytes",
        "─" * 79,
        "a|b       12  met",
        "    from x",
        "  c    1,000",
        "─" * 79,
        "all    1,012",
        "All      1,012",
        "Unknown  <d>",
    ]


def test_text_cuts_words_only_where_they_do_not_fit():
    """With room nothing is cut; without it numbers stay whole and words are cut."""
    words = "a text of words"
    line = TableRow((Cell("top"), Cell("1"), Cell(words)))
    assert words in to_text(Table("", COLUMNS, (line,)))
    line = TableRow((Cell("long" * 30), Cell("1" * 30), Cell(words)))
    text = to_text(Table("", COLUMNS, (line,)))
    assert "1" * 30 in text
    assert words not in text
    assert max(map(len, text.splitlines())) < 80


def test_a_name_of_a_note_leaves_room_for_its_text():
    """A name wider than a third of the line moves no other note's text."""
    notes = (("short", "one"), ("wide " * 10, "two"))
    text = to_text(Table("", COLUMNS, (), notes))
    assert text.splitlines()[-2].split() == ["short", "one"]
    assert text.splitlines()[-2].index("one") <= 28


def test_text_refuses_a_narrow_terminal():
    """Less than 80 columns would cut numbers."""
    with pytest.raises(ArgumentError) as caught:
        to_text(TABLE, width=79)
    assert str(caught.value) == "width must be an integer of at least 80; received width=79."


def test_markdown_has_the_working_in_place_of_numbers():
    """Numbers are replaced by their working, and signs mean themselves."""
    assert to_markdown(TABLE).splitlines() == [
        "**net**, a batch of 2",
        "",
        "| Layer | Bytes | |",
        "| --- | ---: | --- |",
        "| a\\|b | 3·4 = 12 | met |",
        "| &emsp;c | 1,000 | |",
        "| all | 1,012 | |",
        "",
        "- All: 1,012",
        "- Unknown: &lt;d&gt;",
    ]


def test_html_unfolds_working_and_tables():
    """A working opens at a click, also where it is a table; text is no markup."""
    page = to_html(TABLE, TABLE)
    assert page.count("<style>") == 1
    assert page.count("<table>") == 4
    assert "<details><summary>12</summary>3·4 = 12</details>" in page
    assert '<th scope="row" class="depth-1">c</th>' in page
    assert "<dt>Unknown</dt><dd>&lt;d&gt;</dd>" in page


def test_json_has_a_version_and_keeps_every_script():
    """The version comes first; texts are as they are."""
    assert to_json({"name": "层"}, indent=None) == '{"schema_version": 1, "name": "层"}'


def test_every_result_is_a_table_in_a_notebook(tmp_path):
    """Comparison, memory, budget, file check and sweep show what their texts say."""
    report, other = kb.explain(sequential(TOP)), kb.explain(IMAGE_NET)
    path = tmp_path / "<net>.json"
    path.write_text(json.dumps(sequential(MINE)))
    arguments = {"epochs": 3, "val_loss": 1}
    found = Candidate(0, "complete", arguments, 0.5, 3, 10, 20, 1.5)
    shown = {
        ">unchanged</td>": kb.compare(report, report),
        "output: 3": kb.compare(report, sequential({**TOP, "config": {"name": "t", "units": 5}})),
        "32·52 = 1,912": report.memory(32),
        "✗ exceeded by 8,072": other.budget(max_params=101),
        "&lt;net&gt;.json": kb.check_file(path),
        ">val_loss</th>": Sweep((found,), "val_loss", "minimize"),
    }
    for text, result in shown.items():
        assert text in result._repr_html_()
        assert "<table>" in result._repr_html_()
