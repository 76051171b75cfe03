"""X-ray and ledger in the page: model files read as data."""

from __future__ import annotations

import json
import re
import zipfile

import pytest

from sitebuild.page.xray import xray
from sitebuild.places import ROOT, SITE
from sitebuild.widgets.models import SAMPLES

from .widgets import FIRST, LEDGER, XRAY, ready

OLD = sorted((ROOT / "tests/fixtures/old").glob("keras-*.[hk]*"))


def looked_into(page, name):
    """The X-ray's status, once it has looked into a file of that name."""
    page.wait_for_selector(f"[data-shown='{name}']", timeout=FIRST)
    return page.locator(".kb-xray .kb-status").inner_text()


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_xray_reports_as_python_does(visit, sample):
    """Each sample file: the same HTML as from CPython, the hostile one's refusal too."""
    page = visit(XRAY)
    ready(page, ".kb-xray")
    page.locator(f"button[data-sample='{sample.name}']").click()
    status = looked_into(page, sample.name)
    path = str(SITE / "assets/models" / sample.name)
    expected = xray(path)
    assert expected["summary"].replace(path, sample.name) in status
    shown = page.locator(".kb-report")
    assert expected["html"].count("<tr") == shown.locator("tr").count()
    equations = set(re.findall(r'kb-arithmetic">([^<]+)<', expected["html"]))
    found = set(shown.locator(".kb-arithmetic").all_text_contents())
    assert found == equations
    assert page.locator(".kb-exports").is_visible() == ("json" in expected)


def test_xray_reads_what_older_keras_wrote(visit):
    """Files of HDF5, JSON and zip since Keras 2.1: the same summaries as from CPython."""
    page = visit(XRAY)
    widget = ready(page, ".kb-xray")
    for path in OLD:
        widget.locator("input[type=file]").set_input_files(path)
        status = looked_into(page, path.name)
        assert xray(str(path))["summary"].replace(str(path), path.name) in status


def test_xray_stays_alive_after_a_hostile_file(visit, tmp_path):
    """A refused file, a script in a name, a bomb: then a good file is read as before."""
    script = "<img src=x onerror=alert(1)>"
    net = {"class_name": "Sequential", "config": {"name": script, "layers": []}}
    named = tmp_path / "named.json"
    named.write_text(json.dumps(net), encoding="utf-8")
    bomb = tmp_path / "bomb.keras"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", b" " * 2**26)
    page = visit(XRAY)
    widget = ready(page, ".kb-xray")
    choose = widget.locator("input[type=file]")
    page.locator("button[data-sample='hostile.keras']").click()
    assert "must have names inside the archive" in looked_into(page, "hostile.keras")
    choose.set_input_files(bomb)
    assert "do not load it" in looked_into(page, "bomb.keras")
    choose.set_input_files(named)
    assert script in looked_into(page, "named.json")
    assert widget.locator("img").count() == 0
    page.locator("button[data-sample='small-resnet.keras']").click()
    assert "78,266 parameters" in looked_into(page, "small-resnet.keras")


def test_xray_reads_what_it_needs_of_a_large_file(visit, tmp_path):
    """480 MB of weights are not read: the report comes at once, and memory stays small."""
    path = tmp_path / "large.keras"
    with zipfile.ZipFile(path, "w") as archive:
        with zipfile.ZipFile(SITE / "assets/models/small-resnet.keras") as small:
            for name in ("config.json", "metadata.json"):
                archive.writestr(name, small.read(name))
        with archive.open("model.weights.h5", "w", force_zip64=True) as weights:
            for _ in range(480):
                weights.write(bytes(10**6))
    page = visit(XRAY)
    widget = ready(page, ".kb-xray")
    page.locator("button[data-sample='small-resnet.keras']").click()
    looked_into(page, "small-resnet.keras")
    widget.locator("input[type=file]").set_input_files(path)
    status = looked_into(page, "large.keras")
    assert "78,266 parameters" in status
    assert float(re.search(r"\(([\d.]+) s\)", status)[1]) < 5


def test_xray_takes_a_file_that_is_dropped_and_input_shapes(visit):
    """A drop is as good as a choice; sizes that the model leaves open can be given."""
    layer = {"class_name": "Conv2D", "config": {"name": "conv", "filters": 2, "kernel_size": 3}}
    entry = {"class_name": "InputLayer", "config": {"batch_shape": [None, None, None, 3]}}
    net = {"class_name": "Sequential", "config": {"name": "net", "layers": [entry, layer]}}
    page = visit(XRAY)
    widget = ready(page, ".kb-xray")
    drop = page.evaluate_handle(
        """text => { const data = new DataTransfer();
        data.items.add(new File([text], "net.json")); return data; }""",
        json.dumps(net),
    )
    widget.locator(".kb-drop").dispatch_event("drop", {"dataTransfer": drop})
    looked_into(page, "net.json")
    assert "give input_shapes=" in widget.locator(".kb-report").inner_text()
    widget.locator(".kb-more summary").click()
    widget.locator(".kb-shapes").fill("(8, 8, 3)")
    widget.locator(".kb-shapes").press("Tab")
    page.wait_for_function(
        "() => document.querySelector('.kb-report').textContent.includes('6·6·3·3·3·2 = 1,944')"
    )


def test_xray_saves_its_report(visit):
    """The Markdown and the JSON that the library writes."""
    page = visit(XRAY)
    ready(page, ".kb-xray")
    page.locator("button[data-sample='odd.keras']").click()
    looked_into(page, "odd.keras")
    expected = xray(str(SITE / "assets/models/odd.keras"))
    for kind, name in (("markdown", "odd.keras.md"), ("json", "odd.keras.json")):
        with page.expect_download() as saved:
            page.locator(f"button[data-kind={kind}]").click()
        assert saved.value.suggested_filename == name
        assert saved.value.path().read_text("utf-8") == expected[kind]


def test_ledger_rows_unfold_by_keyboard(visit):
    """A row's button opens and closes the row below it; one button does it for all."""
    page = visit(XRAY)
    ready(page, ".kb-xray")
    page.locator("button[data-sample='article-cnn.keras']").click()
    looked_into(page, "article-cnn.keras")
    button = page.locator(".kb-unfold", has_text="conv_1 (Conv2D)")
    work = page.locator(f"#{button.get_attribute('aria-controls')}")
    assert button.get_attribute("aria-expanded") == "false"
    assert not work.is_visible()
    button.focus()
    page.keyboard.press("Enter")
    assert button.get_attribute("aria-expanded") == "true"
    assert "(3·3·3 + 1)·32 = 896" in work.inner_text()
    every = page.locator(".kb-all")
    every.click()
    assert every.inner_text() == "Fold all"
    assert page.locator(".kb-work:visible").count() == page.locator(".kb-unfold").count()
    every.click()
    assert page.locator(".kb-work:visible").count() == 0


def test_ledgers_of_a_page_are_open_without_scripts_and_fold_with_them(visit):
    """Three models on a page: each row's arithmetic is text of the page, and folds on its own."""
    built = visit(LEDGER, java_script_enabled=False)
    assert built.locator(".kb-work:visible").count() == built.locator(".kb-work").count() > 20
    assert "(3072 + 1)·200 = 614,600" in built.locator("main").inner_text()
    page = visit(LEDGER)
    last = page.locator(".kb-ledger").last
    last.scroll_into_view_if_needed()
    page.wait_for_function("last => 'ready' in last.dataset", arg=last.element_handle())
    assert last.locator(".kb-work:visible").count() == 0
    last.locator(".kb-unfold", has_text="dense_1 (Dense)").click()
    assert "(4096 + 1)·128 = 524,416" in last.inner_text()
    assert last.locator(".kb-work:visible").count() == 1
