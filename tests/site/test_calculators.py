"""Calculators in the page: the answers of the library, in the reader's browser."""

from __future__ import annotations

import re

import pytest

from kerasbook import calculators
from sitebuild.page.answers import answer
from sitebuild.places import DOCS
from sitebuild.widgets.forms import example_call

from .widgets import CALCULATORS, DRAW, FIRST, STEPPER, XRAY, ready

NAMES = [name for name in calculators.__all__ if name.islower()]
# As the browser writes it.
REWRITTEN = """(node, html) => { const inside = document.createElement("div");
inside.innerHTML = html; return inside.innerHTML; }"""


def answered(form, after):
    """The form's answer, once it is another than `after`."""
    form.page.wait_for_function(
        "([form, after]) => form.querySelector('.kb-answer').innerHTML !== after",
        arg=[form.element_handle(), after],
        timeout=FIRST,
    )
    return form.locator(".kb-answer")


def test_the_page_answers_as_python_does(visit):
    """All calculators on the reference page: another value, the same HTML as from CPython."""
    page = visit(CALCULATORS)
    for name in NAMES:
        form = page.locator(f"form[data-calculator={name}]")
        form.locator("xpath=..").locator("summary").first.click()
        page.wait_for_selector(f"form[data-calculator={name}][data-ready]", state="attached")
        before = form.locator(".kb-answer").inner_html()
        key = next(iter(example_call(name).arguments))
        field = form.locator(f"[name={key}]")
        fields = form.evaluate("form => Object.fromEntries(new FormData(form))")
        value = (
            "[7]"
            if name == "weighted_sum"
            else re.sub(r"\d+", lambda m: str(int(m[0]) + 1), fields[key])
        )
        field.fill(value)
        output = answered(form, before)
        expected = output.evaluate(REWRITTEN, answer(name, fields | {key: value}))
        assert output.inner_html() == expected, name


def test_python_comes_when_somebody_asks_and_says_so(visit):
    """Nothing of Python is fetched before; then the page says that it loads, and is there."""
    page = visit(CALCULATORS)
    fetched = []
    page.on("request", lambda request: fetched.append(request.url))
    page.locator("summary", has_text="Try dense_params").click()
    form = ready(page, "form[data-calculator=dense_params]")
    status = form.locator(".kb-status").first
    assert status.inner_text().startswith("Computed when this page was built.")
    assert not [url for url in fetched if "pyodide" in url]
    form.locator("[name=units]").focus()
    page.wait_for_function("form => form.dataset.python === 'loading'", arg=form.element_handle())
    assert status.inner_text() == "Loading Python…"
    page.wait_for_function(
        "form => form.dataset.python === 'ready'", arg=form.element_handle(), timeout=FIRST
    )
    assert status.inner_text() == "Computed in this page by kerasbook itself."
    assert [url for url in fetched if "pyodide.asm.wasm" in url]


def test_errors_are_said_and_reset_leads_back(visit):
    """The library's own message; `Reset` brings the first answer; all of it by keyboard."""
    page = visit(STEPPER)
    form = ready(page, "form[data-calculator=conv_output_size]")
    first = form.locator(".kb-answer").inner_html()
    form.locator("[name=size]").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("-3")
    output = answered(form, first)
    assert "size must be an integer of at least 1; received size=-3." in output.inner_text()
    form.get_by_role("button", name="Reset").focus()
    page.keyboard.press("Enter")
    assert form.locator(".kb-answer").inner_html() == first
    assert form.locator("[name=size]").input_value() == "6"
    assert page.evaluate("document.activeElement.name") == "size"


def test_a_calculation_that_takes_too_long_is_stopped(visit):
    """After the time it may take the page says so, and the next answer comes from a new Python."""
    script = DOCS / "assets/js/python.js"
    patient = script.read_text("utf-8")
    hasty = patient.replace("PATIENCE = 20_000", "PATIENCE = 3_000")
    assert hasty != patient
    page = visit("")
    page.route(
        "**/assets/js/python.js",
        lambda route: route.fulfill(body=hasty, content_type="text/javascript"),
    )
    page.goto(page.url + CALCULATORS)
    page.locator("summary", has_text="Try solve_conv").click()
    form = ready(page, "form[data-calculator=solve_conv]")
    first = form.locator(".kb-answer").inner_html()
    form.locator(".kb-more summary").click()
    form.locator("[name=strides]").fill("1")
    second = answered(form, first).inner_html()
    form.locator("[name=output_size]").fill("28")
    third = answered(form, second).inner_html()
    form.locator("[name=max_kernel_size]").fill("100000")  # every kernel is an answer
    status = form.locator(".kb-status").first
    page.wait_for_function(
        "status => status.textContent.includes('longer than 3 seconds and was stopped')",
        arg=status.element_handle(),
        timeout=FIRST,
    )
    form.locator("[name=max_kernel_size]").fill("3")
    assert answered(form, third).inner_text()


def test_it_answers_without_a_network(visit):
    """Once Python is there, the page needs no server any more."""
    page = visit(STEPPER)
    form = ready(page, "form[data-calculator=conv_output_size]")
    first = form.locator(".kb-answer").inner_html()
    form.locator("[name=size]").fill("7")
    second = answered(form, first).inner_html()
    page.context.set_offline(True)
    form.locator("[name=size]").fill("9")
    assert "(9 + 1 + 1 − 3)" in answered(form, second).inner_text()


def test_without_python_the_first_answer_stays(browser, root):
    """Where Python cannot be fetched, the page says so and keeps what the build computed."""
    context = browser.new_context()
    context.route("**/pyodide.mjs", lambda route: route.abort())
    page = context.new_page()
    page.goto(root + STEPPER)
    form = ready(page, "form[data-calculator=conv_output_size]")
    form.locator("[name=size]").fill("7")
    page.wait_for_function("form => form.dataset.python === 'failed'", arg=form.element_handle())
    assert "could not be loaded" in form.locator(".kb-status").first.inner_text()
    assert "(6 + 0 + 1 − 3)" in form.locator(".kb-answer").inner_text()
    context.close()


@pytest.mark.parametrize("address", [CALCULATORS, XRAY, STEPPER, DRAW])
def test_without_scripts_a_page_says_what_is_missing(visit, address):
    """No control that cannot work; a text says why, and the first answers are there."""
    page = visit(address, java_script_enabled=False)
    assert page.locator(".kb-live:visible").count() == 0
    if address == CALCULATORS:
        answers = page.locator("form[data-calculator=conv_output_size] .kb-answer")
        assert "⌊(32 + 1 + 1 − 4) / 2⌋ + 1 = 16" in answers.text_content()
        return
    assert page.locator("section noscript p").first.is_visible()
    if address == STEPPER:
        assert page.locator(".kb-output td").first.is_visible()
