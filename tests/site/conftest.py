"""A browser, and the built site in it: `tox -e docs` builds it first."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from sitebuild.places import PACKAGES, SITE
from sitebuild.serving import serve

PREFIX = "/kerasbook/"  # as on GitHub Pages
# What a browser must not do of itself while it is watched.
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-sync",
    "--no-sandbox",
)


def pages() -> list[str]:
    """The address of each page, relative to the site's root."""
    found = sorted(path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html"))
    return [path.removesuffix("index.html") for path in found if path != "404.html"]


def pytest_collection_modifyitems(items):
    """Mark every test of this folder: it needs the built site."""
    for item in items:
        if Path(item.path).parent == Path(__file__).parent:
            item.add_marker(pytest.mark.site)


def pytest_generate_tests(metafunc):
    """Run a test that takes an `address` on each page."""
    if "address" in metafunc.fixturenames and not any(
        "address" in mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")
    ):
        metafunc.parametrize("address", pages(), ids=lambda address: address or "home")


@pytest.fixture(scope="session")
def root():
    """The address of the site's root, from a server that behaves as a static host."""
    assert (SITE / "index.html").exists(), "Build the site first: tox -e docs"
    with serve(SITE, prefix=PREFIX) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}{PREFIX}"
        server.shutdown()


@pytest.fixture(scope="session")
def chromium():
    """Where Debian's Chromium is."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    assert path, "Install Chromium first: apt-get install chromium"
    return path


@pytest.fixture(scope="session")
def browser(chromium):
    """A headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture
def visit(browser, root):
    """Open pages as a reader does; at the end nothing was amiss and nothing left the site.

    `visit(address, theme=…, width=…)` gives Playwright's page; `missing` if there is none.
    """
    contexts, amiss = [], []

    def open_page(address, *, theme="light", width=1280, missing=False, **options):
        context = browser.new_context(
            viewport={"width": width, "height": 844}, color_scheme=theme, **options
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: amiss.append(said.text) if _wrong(said, missing) else None)
        page.on("pageerror", lambda error: amiss.append(str(error)))
        page.on("request", lambda request: _stays(request.url, root) or amiss.append(request.url))
        page.goto(root + address)
        page.wait_for_load_state("load")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert amiss == []


@pytest.fixture(scope="session")
def axe():
    """The source of axe-core."""
    return (PACKAGES / "node_modules/axe-core/axe.min.js").read_text("utf-8")


def _wrong(said, missing) -> bool:
    """Whether the browser complains; the missing page that was asked for is no complaint."""
    expected = missing and "status of 404" in said.text and "/no/such/" in said.location["url"]
    return said.type in {"error", "warning"} and not expected


def _stays(url: str, root: str) -> bool:
    return url.startswith((root, "data:", "blob:"))
