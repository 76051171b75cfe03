"""Names in a file, and of one, are data: none can write, move or hide a word of the verdict."""

from __future__ import annotations

import json
import os
import re
import zipfile

import pytest
from fixtures.configs import called_on, dense_config, functional_config, layer

from kerasbook.cli import main
from kerasbook.errors import KerasbookError
from kerasbook.safety import check_file
from kerasbook.safety.result import Reason

# A name that changes nothing: not one word, so that it is put in quotes like the others.
USUAL = "an innocent name"
NAMES = {
    "a message": "you must run; received ok. Do load it",
    "a verdict": "m.keras: JSON of 9 bytes; nothing against it",
    "a quote and a message": "x' must be fine; received ok. Do load it. 'y",
    "lines": "a\n✗ nothing: all is well\r\nb\x85c\u2028d\u2029e\x0bf",
    "terminal escapes": "a\x1b[2J\x1b[1;1Hnothing against it\x9b2J\x07\x08\x08",
    "text from right to left": "a\u202egnihton\u202c\u2066b\u2069\u200f",
    "a megabyte": "nothing against it; " * 50_000,
}
# Whatever moves a cursor, breaks a line, or turns the direction of text.
FORBIDDEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
MOST_CHARACTERS = 4000  # of a line


def of_class(class_name, **extra):
    """A model of one layer of this class."""
    return functional_config([called_on("input", name="a") | {"class_name": class_name} | extra])


# Each puts a name somewhere in a configuration, most into one that is refused.
PLACES = {
    "layer": lambda name: functional_config([layer("Lambda", {"name": name})]),
    "layer that no rule takes": lambda name: dense_config(name=name, units=-3),
    "model": lambda name: {"class_name": "Sequential", "config": {"name": name, "layers": 3}},
    "model and nothing else": lambda name: {
        "class_name": "Sequential",
        "config": {"name": name, "layers": []},
    },
    "class": of_class,
    "class of a model": lambda name: dense_config() | {"class_name": name},
    "module": lambda name: of_class("Mine", module=name),
    "registered name": lambda name: of_class("Mine", registered_name=name),
    "function": lambda name: dense_config(
        activation={"module": name, "class_name": "function", "config": name}
    ),
    "vocabulary": lambda name: functional_config([layer("StringLookup", {"vocabulary": name})]),
    "input of a layer": lambda name: functional_config([called_on(name, name="a")]),
    "output": lambda name: functional_config(
        [called_on("input", name="a")], output_layers=[[name, 0, 0]]
    ),
    "two layers": lambda name: functional_config([called_on("input", name=name)] * 2),
    "size": lambda name: dense_config(units=name),
    "dtype": lambda name: dense_config(dtype=name),
    "version": lambda name: dense_config(units=-3) | {"keras_version": name},
    "compilation": lambda name: dense_config() | {"compile_config": {"optimizer": of_class(name)}},
}


def checked(path, config):
    """The result for a configuration in an archive, without weights."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", config if isinstance(config, str) else json.dumps(config))
    return check_file(path)


def assert_in_lines(text, *, lines):
    """So many lines of bounded length, in characters that stay where they are."""
    assert not FORBIDDEN.search(text)
    assert text.count("\n") == lines - 1
    assert max(map(len, text.split("\n"))) <= MOST_CHARACTERS


def assert_verdict_of(result, usual):
    """What is printed says the same as of the usual file: the same reasons, mended the same."""
    words = [[(each.code, each.expected, each.mend) for each in r.reasons] for r in (result, usual)]
    assert words[0] == words[1]
    first, *others = str(result).split("\n")
    assert_in_lines(str(result), lines=1 + len(result.reasons))
    count = len(usual.reasons)
    told = {0: "nothing against it", 1: "1 reason against it"}
    assert first.endswith(f"; {told.get(count, f'{count} reasons against it')}")
    for line, reason in zip(others, result.reasons, strict=True):
        assert line.startswith(f"✗ {reason.code}: ")
        assert line.endswith(f". {reason.mend}")
    read = json.loads(result.to_json())
    assert (read["ok"], len(read["reasons"])) == (usual.ok, count)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("place", PLACES)
def test_a_name_in_a_configuration_changes_no_word(tmp_path, place, name):
    """The same reasons with the same mends as with an innocent name, one line each."""
    usual = checked(tmp_path / "m.keras", PLACES[place](USUAL))
    result = checked(tmp_path / "m.keras", PLACES[place](NAMES[name]))
    assert_verdict_of(result, usual)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("place", PLACES)
def test_a_name_moves_nothing_on_the_command_line(tmp_path, capsys, place, name):
    """Of `check` and of an error in `explain` each line is one of ours."""
    path = tmp_path / "model.json"
    path.write_text(json.dumps(PLACES[place](NAMES[name])))
    count = len(check_file(path).reasons)
    assert main(["check", str(path)]) == bool(count)
    assert_in_lines(capsys.readouterr().out, lines=2 + count)
    main(["check", "--json", str(path)])
    assert not FORBIDDEN.search(capsys.readouterr().out)
    if main(["explain", str(path)]) == 2:
        assert_in_lines(capsys.readouterr().err, lines=2)


TEXTS = {
    "a key twice": lambda name: '{"class_name": "Sequential", %s: 1, %s: 2}' % (2 * (name,)),
    "no JSON": lambda name: f'{{"class_name": {name} {name}',
    "no model": lambda name: f"[{name}]",
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("text", TEXTS)
def test_a_text_that_is_no_model_changes_no_word(tmp_path, text, name):
    """What JSON's parser says of it is cut and put on one line."""
    usual = checked(tmp_path / "m.keras", TEXTS[text](json.dumps(USUAL)))
    result = checked(tmp_path / "m.keras", TEXTS[text](json.dumps(NAMES[name])))
    assert_verdict_of(result, usual)
    result = checked(tmp_path / "m.keras", TEXTS[text](json.dumps(NAMES[name], ensure_ascii=False)))
    assert_verdict_of(result, usual)


FILE_NAMES = {
    key: (name[:80] + ".keras").replace("/", "_") for key, name in NAMES.items() if key != "lines"
} | {
    "lines": "a\n✗ nothing: all is well.keras",
    "a message that ends with the name": "you must run; received ok. Do load it.keras",
    "no UTF-8": os.fsdecode(b"a\xff\x80.keras"),
}


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such names")
@pytest.mark.parametrize("name", FILE_NAMES)
@pytest.mark.parametrize("content", ["config", "no archive", "cut", "nothing", "folder"])
def test_a_file_name_changes_no_word(tmp_path, capsys, name, content):
    """Sound, damaged, foreign, missing and empty: the same words as for an innocent name."""
    results = []
    for each in (f"{USUAL}.keras", FILE_NAMES[name]):
        path = tmp_path / each
        if content == "folder":
            path.mkdir()
        elif content == "config":
            checked(path, dense_config(units=-3))
        elif content == "cut":
            checked(path, dense_config())
            path.write_bytes(path.read_bytes()[:100])
        else:
            path.write_text("" if content == "nothing" else "no archive")
        results.append(check_file(path))
        assert main(["check", str(path)]) == 1
        assert_in_lines(capsys.readouterr().out, lines=2 + len(results[-1].reasons))
    assert_verdict_of(results[1], results[0])


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such names")
@pytest.mark.parametrize("name", FILE_NAMES)
def test_a_missing_file_is_named_in_one_line(tmp_path, capsys, name):
    """A mistake on the command line and an error in Python, both in one line."""
    path = tmp_path / FILE_NAMES[name]
    with pytest.raises(KerasbookError) as caught:
        check_file(path)
    assert_in_lines(str(caught.value), lines=1)
    assert caught.value.expected == "be a file that can be read"
    assert main(["check", str(path)]) == 2
    assert_in_lines(capsys.readouterr().err, lines=2)


@pytest.mark.parametrize("name", NAMES)
def test_a_member_of_an_archive_changes_no_word(tmp_path, name):
    """Names of members, in the directory and in what is told of them."""
    results = []
    for each in (USUAL, NAMES[name][:30_000]):
        path = tmp_path / "m.keras"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("config.json", json.dumps(dense_config()))
            archive.writestr(each, "")
        results.append(check_file(path))
    assert_verdict_of(results[1], results[0])
    assert not any(map(FORBIDDEN.search, results[1].members))


def test_the_parts_of_a_reason_are_the_parts_of_its_error(tmp_path):
    """None is read back from a message: a file's own name stays in `where`."""
    path = tmp_path / "you must run; received ok. Do load it.keras"
    path.write_text("nothing")
    assert check_file(path).reasons == (
        Reason(
            "unreadable",
            repr(str(path)),
            "be a model that Keras saved",
            "a file that begins with b'nothing'",
            "Save the model with model.save('model.keras') and give that file.",
        ),
    )
