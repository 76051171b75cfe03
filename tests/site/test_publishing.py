"""A version of the site beside the earlier ones, in a repository of its own."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from sitebuild import publishing

CONFIG = "site_name: Example\nsite_url: https://example.org/\n"


@pytest.fixture
def git(tmp_path, monkeypatch):
    """A repository with one commit and a small site's configuration; runs Git in it."""

    def git(*arguments):
        done = subprocess.run(  # noqa: S603  our own words
            ["git", *arguments],  # noqa: S607  the one that is installed
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "A reader")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "reader@example.org")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(publishing, "ROOT", tmp_path)
    monkeypatch.setattr(publishing, "SITE", tmp_path / "site")
    (tmp_path / "mkdocs.yml").write_text(CONFIG, "utf-8")
    (tmp_path / "docs").mkdir()
    git("init", "--quiet", "--initial-branch=main")
    git("add", "mkdocs.yml")
    git("commit", "--quiet", "--message=begin")
    return git


def written(text):
    """A build that writes one page."""

    def build(config, known):
        assert os.path.exists(config)  # noqa: PTH110  mike's own path
        assert known["SITE_VERSIONS"] == "mike"
        publishing.SITE.mkdir(exist_ok=True)
        (publishing.SITE / "index.html").write_text(text, "utf-8")
        (publishing.SITE / "404.html").write_text(f"{text}: not here", "utf-8")
        return 0

    return build


def test_versions_stand_side_by_side(git):
    """A new version takes over `latest`; the earlier one stays as it was."""
    publishing.publish("0.1", ["latest"], build=written("one"))
    publishing.publish("0.2", ["latest"], build=written("two"))
    assert git("show", "gh-pages:0.1/index.html") == "one"
    assert git("show", "gh-pages:0.2/index.html") == "two"
    assert git("show", "gh-pages:latest/index.html") == "two"
    assert "latest" in git("show", "gh-pages:index.html")
    listed = json.loads(git("show", "gh-pages:versions.json"))
    assert [(each["version"], each["aliases"]) for each in listed] == [
        ("0.2", ["latest"]),
        ("0.1", []),
    ]


def test_the_root_leads_to_the_newest_release(git):
    """What is not released leads from the root only as long as nothing is."""
    publishing.publish("dev", [], build=written("next"))
    assert "dev/" in git("show", "gh-pages:index.html")
    publishing.publish("0.1", ["latest"], build=written("one"))
    publishing.publish("dev", [], build=written("the one after"))
    root = git("show", "gh-pages:index.html")
    assert "latest/" in root
    assert "dev/" not in root


def test_a_lost_reader_gets_the_page_for_it_everywhere(git):
    """The root has the page that hosts show for addresses that lead nowhere."""
    publishing.publish("0.1", ["latest"], build=written("one"))
    assert git("show", "gh-pages:404.html") == "one: not here"


def test_a_failed_build_publishes_nothing(git):
    """Where the build fails there is no branch."""
    with pytest.raises(SystemExit, match="3"):
        publishing.publish("0.1", [], build=lambda _config, _known: 3)
    assert git("branch", "--list", "gh-pages") == ""
