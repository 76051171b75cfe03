"""Sound files with a hostile model: refused by name or reported, soon, and nothing is executed."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from fixtures.hostile_archives import archive
from fixtures.hostile_models import MODEL_ATTACKS

from kerasbook.errors import SourceError
from kerasbook.report import explain

# Explains each file in one process: what came of it, seconds of processor time, the events that
# Python raises when code is loaded or run, and which characters would move a cursor.
CHILD = """
import encodings.cp437, encodings.utf_8_sig, importlib, json, pkgutil, re, reprlib, sys, time
import kerasbook
from kerasbook.errors import KerasbookError
from kerasbook.report import explain
from kerasbook.files import archive, hdf5, model_file

# Importing a module is an event too, and so is writing a constructor when it is first asked for:
# all that could be imported or written later is so now.
for floor in ("graph", "report", "rules"):
    package = importlib.import_module(f"kerasbook.{floor}")
    for module in pkgutil.walk_packages(package.__path__, f"kerasbook.{floor}."):
        importlib.import_module(module.name)
for module in [module for name, module in sys.modules.items() if name.startswith("kerasbook")]:
    for each in vars(module).values():
        if isinstance(each, type):
            each.__init__

def outputs(path):
    report = explain(path)
    texts = report.to_text() + report.to_markdown() + report.to_json()
    return repr(report), report.unknown, texts, report.to_html()

def outcome(path):
    try:
        said, unknown, texts, html = outputs(path)
        return ["unknown" if unknown else "reported", said, texts + html, html]
    except KerasbookError as error:
        return ["refused", str(error), "", ""]
    except BaseException as error:
        return ["escaped", repr(error), "", ""]

outcome(sys.argv[1])  # what the first one imports is imported
events = []
loading = "exec|compile|marshal.load|pickle|subprocess|os.(system|exec|spawn|posix_spawn)"
watched = re.compile(loading)
sys.addaudithook(lambda event, _: events.append(event) if watched.match(event) else None)
found = []
for path in sys.argv[2:]:
    start = time.process_time()
    kind, said, texts, html = outcome(path)
    seconds = time.process_time() - start
    odd = sorted({each for each in texts if not (each.isprintable() or each == chr(10))})
    found.append([kind, said, seconds, odd, html.count("<script>")])
print(json.dumps([found, events]))
"""

REPORTED = {
    "10⁹ units in each of 3 layers",
    "5,000 calls",
    "2⁶⁰ calls",
    "2¹⁵⁰ calls",
    "inner model on nothing",
    "inner model on a dict",
    "class of a tensor a list",
    "order reversed",
    "os.system as registered name",
    "os.system as activation",
    "terminal escapes in a name",
    "markup in a name",
    "a name of a megabyte",
    "a model inside itself by name",
    "100 models inside each other",
}
UNKNOWN = {
    "layers is null",
    "empty config",
    "a Lambda with code",
    "os.system as class",
    "os.system as model",
    "10⁹⁰ units",
    "negative units",
    "zero units",
    "NaN units",
    "infinite units",
    "units as text",
    "units true",
    "units a list",
    "no units",
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """What came of each attack, by name, and the events in all of them."""
    folder = tmp_path_factory.mktemp("models")
    paths = [
        archive(folder / f"{place}.keras", attack())
        for place, attack in enumerate(MODEL_ATTACKS.values())
    ]
    child = subprocess.run(  # noqa: S603  our own reader on our own files
        [sys.executable, "-c", CHILD, *map(str, [paths[0], *paths])],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        cwd=folder,
    )
    found, events = json.loads(child.stdout)
    assert set(folder.iterdir()) == set(paths)  # nothing was made
    return dict(zip(MODEL_ATTACKS, found, strict=True)), events


@pytest.mark.parametrize("attack", MODEL_ATTACKS)
def test_a_hostile_model_is_refused_or_reported(outcomes, attack):
    """As expected of each, within a second of processor time, with clean text and markup."""
    kind, said, seconds, odd, scripts = outcomes[0][attack]
    expected = "reported" if attack in REPORTED else "unknown" if attack in UNKNOWN else "refused"
    assert kind == expected, said
    assert seconds < 1
    assert (odd, scripts) == ([], 0)


def test_nothing_in_a_hostile_model_is_executed(outcomes):
    """No code is compiled, unmarshalled or run, whatever a configuration names."""
    assert outcomes[1] == []


GRAPH_MESSAGES = {
    "cycle of two": "model 'net': its layers must form no cycle; received one through 'a', 'b'.",
    "missing layer": "model 'net': layer 'a' must be called on outputs of layers of the model; "
    "received one of 'ghost', which it does not have.",
    "missing output": "model 'net': its outputs must be those of its layers; received output 0 of "
    "call 0 of 'ghost', which does not exist.",
    "no outputs": "model 'net' (Functional): output_layers must name a tensor; received none.",
    "input that is no layer": "model 'net': its inputs must be layers of the model; received "
    "'ghost', which it does not have.",
    "inner model on a word": "model 'inner': it must be called on tensors; received 'word'.",
    "tensor without config": "model 'inner' (Functional): inbound_nodes must give a "
    "__keras_tensor__ its config; received {'class_name': '__keras_tensor__', 'config': 3}.",
}


@pytest.mark.parametrize(("attack", "message"), GRAPH_MESSAGES.items())
def test_what_is_wrong_with_a_graph_is_said(attack, message):
    """The model, what it must be, and what it is."""
    with pytest.raises(SourceError) as caught:
        explain(MODEL_ATTACKS[attack]())
    assert str(caught.value) == message


def test_a_million_calls_leave_memory_open():
    """Parameters and MACs are exact, however often what is called twice is called twice."""
    report = explain(MODEL_ATTACKS["2⁶⁰ calls"]())
    assert (report.params, report.macs) == (12, 9 * 2**60)
    assert not report.memory().known
    assert explain(MODEL_ATTACKS["5,000 calls"]()).memory().known
