"""The chapters of the book as texts: their form, their place on the site, their exercises."""

from __future__ import annotations

import ast
import doctest
import re
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BOOK = ROOT / "kerasbook" / "book"
NAV = (ROOT / "mkdocs.yml").read_text("utf-8")
INDEX = (ROOT / "docs/book/index.md").read_text("utf-8")
NOT_CHAPTERS = {"__init__", "gallery"}
# As the reader meets them: the order of the navigation.
CHAPTERS = re.findall(r"^ +- \d+\. .*: book/(\w+)\.md$", NAV, flags=re.MULTILINE)


def text_of(name: str) -> str:
    """The chapter."""
    return ast.get_docstring(ast.parse((BOOK / f"{name}.py").read_text("utf-8"))) or ""


def answers_of(text: str) -> list[str]:
    """What stands in each answer."""
    return re.findall(r'^\?\?\? success "Answer"\n((?:(?: {4}.*)?\n)+)', text + "\n", re.MULTILINE)


def test_every_module_is_a_chapter_of_the_navigation():
    """No chapter is written and then not shown, none is shown twice."""
    written = {path.stem for path in BOOK.glob("*.py")} - NOT_CHAPTERS
    assert sorted(CHAPTERS) == sorted(written)


def test_chapters_are_numbered_in_their_order():
    """The numbers of the navigation rise, and the preface lists the same ones."""
    numbers = [int(number) for number in re.findall(r"- (\d+)\. .*: book/", NAV)]
    assert all(before < after for before, after in pairwise(numbers))
    listed = re.findall(r"^(\d+)\. \[.*\]\((\w+)\.md\)", INDEX, flags=re.MULTILINE)
    assert [(int(number), name) for number, name in listed] == list(
        zip(numbers, CHAPTERS, strict=True)
    )


@pytest.mark.parametrize("name", CHAPTERS)
class TestChapter:
    """One chapter."""

    def test_is_nothing_but_its_docstring(self, name):
        """A module without code: what a reader sees is all there is."""
        body = ast.parse((BOOK / f"{name}.py").read_text("utf-8")).body
        assert len(body) == 1
        assert isinstance(body[0], ast.Expr)

    def test_has_a_stub_that_shows_it(self, name):
        """The page is the docstring, under a heading that other chapters can point to."""
        stub = (ROOT / f"docs/book/{name}.md").read_text("utf-8")
        assert f"\n::: kerasbook.book.{name}\n" in stub
        assert "heading_level: 1," in stub  # sections follow the title without a gap
        assert re.match(rf"# .+ \{{ #kerasbook\.book\.{name} \}}\n", stub)

    def test_has_its_parts_in_order(self, name):
        """First what it gives the reader, last what to remember and to try."""
        text = text_of(name)
        opening = text.partition("\n## ")[0]
        assert re.search(r"\byou\b", opening.partition("\n\n")[2])
        headings = re.findall(r"^## (.+)$", text, flags=re.MULTILINE)
        assert headings[-2:] == ["What to remember", "Exercises"]
        assert len(headings) > 3

    def test_examples_run_in_the_docstring_alone(self, name):
        """Plain `>>>`, never in a fence, whose end would be read as expected output."""
        text = text_of(name)
        assert "```" not in text
        assert len(doctest.DocTestParser().get_examples(text)) >= 5

    def test_answers_are_computed(self, name):
        """At least three exercises; each has an answer, and each answer an example that runs."""
        exercises = text_of(name).partition("\n## Exercises\n")[2]
        asked = [int(number) for number in re.findall(r"^\*\*(\d+)\.\*\*", exercises, re.MULTILINE)]
        answers = answers_of(exercises)
        assert asked == list(range(1, len(answers) + 1))
        assert len(answers) >= 3
        assert all(
            any(example.want for example in doctest.DocTestParser().get_examples(answer))
            for answer in answers
        )


@pytest.mark.parametrize(("name", "following"), list(pairwise(CHAPTERS)))
def test_a_chapter_ends_with_what_follows(name, following):
    """The last paragraph names the next chapter, once that one is written."""
    last = text_of(name).rstrip().rpartition("\n\n")[2]
    assert last.startswith("**What follows.**")
    numbers = dict(re.findall(r"- (\d+)\. .*: book/(\w+)\.md", NAV))
    by_name = {chapter: int(number) for number, chapter in numbers.items()}
    if by_name[following] == by_name[name] + 1:
        assert f"`{following}`" in last
