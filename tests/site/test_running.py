"""Examples of docstrings that run while the site is built, against what they say."""

from __future__ import annotations

import importlib.util
import sys
import textwrap

import pytest
from griffe import load, load_extensions

from sitebuild import examples
from sitebuild.running import run
from sitebuild.tasks import Task


@pytest.fixture
def ran():
    """Run a docstring as if it were in this module."""

    def ran(docstring):
        return run(
            Task("key", "some.name", "kerasbook.arithmetic.formulas", textwrap.dedent(docstring))
        )

    return ran


def test_the_output_is_the_library_s(ran):
    """What stands below an example is what it printed, not what the docstring expects."""
    result = ran(
        """\
        Examples:
            >>> print("one", 2)
            one ...
            >>> 3 * 4
            12

        Text.
        """
    )
    assert result.differences == []
    assert result.text == (
        "Examples:\n"
        "    ```pycon\n"
        '    >>> print("one", 2)\n'
        "    one 2\n"
        "    >>> 3 * 4\n"
        "    12\n"
        "    ```\n"
        "\n"
        "\nText.\n"
    )


def test_a_difference_is_told(ran):
    """An example that prints something else than its docstring says is named, with both."""
    assert ran(">>> 1 + 1\n3\n").differences == [
        "some.name: '1 + 1' gives '2\\n'; the docstring says '3\\n'"
    ]


def test_an_error_that_is_not_expected_is_a_difference(ran):
    """An example that fails is named, with its error."""
    (said,) = ran(">>> 1 / 0\n1\n").differences
    assert "ZeroDivisionError: division by zero" in said


def test_an_expected_error_is_shown(ran):
    """An example that shows an error has its whole message on the site."""
    result = ran(
        """\
        >>> int("x")
        Traceback (most recent call last):
        ValueError: ...
        """
    )
    assert result.differences == []
    assert "ValueError: invalid literal for int() with base 10: 'x'" in result.text


def test_what_is_skipped_does_not_run(ran):
    """An example that is marked to be skipped stands as it is, without the mark."""
    result = ran(">>> 1 / 0  # doctest: +SKIP\n7\n")
    assert result.differences == []
    assert result.text.startswith("```pycon\n>>> 1 / 0\n7\n```")


def test_a_drawn_display_is_shown_below_its_example(ran):
    """A display that was drawn gives a picture; one that has a name, or was not drawn, none."""
    result = ran(
        """\
        >>> import kerasbook as kb
        >>> kb.BatchDisplay.from_sizes(24, batch_size=6).plot()
        <BatchDisplay: ...>
        >>> display = kb.BatchDisplay.from_sizes(24, batch_size=6).plot()
        >>> kb.BatchDisplay.from_sizes(24, batch_size=6)
        <BatchDisplay: ...>
        """
    )
    assert result.differences == []
    assert len(result.figures) == 1
    place = '<figure class="kb-figure" data-figure="key/0"></figure>'
    assert result.text.count("<figure") == 1
    assert result.text.index(place) < result.text.index("display =")


def test_a_difference_fails_the_build(tmp_path, monkeypatch, caplog):
    """Griffe warns of a difference, which `mkdocs build --strict` takes for an error."""
    monkeypatch.setattr(examples, "EXAMPLES", tmp_path / "cache")
    monkeypatch.setattr(examples, "_run_all", _run_here)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "shown.py").write_text('"""Words.\n\n>>> 1 + 1\n3\n"""\n', "utf-8")
    load(
        "shown",
        search_paths=[tmp_path],
        extensions=load_extensions(examples.RunExamples),
        try_relative_path=False,
    )
    sys.modules.pop("shown", None)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "the docstring says '3\\n'" in caplog.text


def test_what_ran_once_is_remembered(tmp_path, monkeypatch):
    """A docstring that did not change does not run again; one that did does."""
    ran = []
    monkeypatch.setattr(examples, "EXAMPLES", tmp_path / "cache")
    monkeypatch.setattr(examples, "_run_all", lambda objects: _run_here(objects, ran))
    monkeypatch.syspath_prepend(tmp_path)
    path = tmp_path / "shown.py"
    for number in (2, 2, 3):
        path.write_text(f'"""Words.\n\n>>> {number}\n{number}\n"""\n', "utf-8")
        sys.modules.pop("shown", None)
        importlib.invalidate_caches()
        loaded = load(
            "shown", search_paths=[tmp_path], extensions=load_extensions(examples.RunExamples)
        )
        assert f">>> {number}\n{number}\n```" in loaded.docstring.value
    assert ran == ["shown", "shown"]


def _run_here(objects, ran=None):
    """In this process, what the build does in others."""
    for task in examples._tasks(objects):
        if ran is not None:
            ran.append(task.path)
        yield from examples._run(task)
