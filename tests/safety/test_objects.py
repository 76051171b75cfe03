"""What a configuration names: everything that computes passes, everything else is told."""

from __future__ import annotations

import json

import pytest
from fixtures.configs import dense_config
from fixtures.hostile_objects import OBJECT_ATTACKS, activated, function

from kerasbook.safety import check_file
from kerasbook.safety.objects import check_objects


@pytest.mark.parametrize("attack", OBJECT_ATTACKS)
def test_every_attack_is_told_by_its_kind(attack):
    """Each attack gives a reason, all of its kind, also once it went through JSON."""
    code, make = OBJECT_ATTACKS[attack]
    found = check_objects(json.loads(json.dumps(make())))
    assert {each.code for each in found.reasons} == {code}


def test_what_computes_passes():
    """A layer, its initializers, and activations in each form that Keras writes."""
    zeros = {"module": "keras.initializers", "class_name": "Zeros", "config": {}}
    for activation in (
        "relu",
        function("builtins", "relu"),
        function("keras.activations", "gelu"),
        function("keras.ops", "tanh"),
    ):
        config = dense_config(activation=activation, bias_initializer=zeros)
        found = check_objects(config)
        assert found.reasons == []
        assert found.classes["Dense"] == found.classes["Zeros"] == 1


MESSAGES = {
    "CVE-2024-3660, code in a Lambda": "Lambda 'lambda' must only compute; received a Lambda, "
    "which runs Python code kept in the file. Do not load it, unless you know who made it and read "
    "that code.",
    "CVE-2025-1550, a class of os": "system must be a layer, loss or the like of Keras; received "
    "one of 'os'. If it is your own class, name it in custom_objects; else do not load the file.",
    "CVE-2025-8747, a download": "function 'x' must be an activation, loss or operation of Keras; "
    "received 'get_file' of 'keras.utils'. If it is your own class, name it in custom_objects; "
    "else do not load the file.",
    "CVE-2025-12058, a vocabulary in another file": "StringLookup 'odd' must keep its vocabulary "
    "in the file; received the path '/etc/passwd'. Set the vocabulary as a list and save the model "
    "again.",
    "CVE-2026-12479, a layer's name that leads out": "TextVectorization '../../x' must have a name "
    "that is no path; received '../../x'. Keras writes no such name: do not load it, and ask where "
    "the file comes from.",
}


@pytest.mark.parametrize(("attack", "message"), MESSAGES.items())
def test_a_reason_says_what_is_wrong_and_how_to_mend_it(attack, message):
    """The part of the file, what it must be, what it is, what to do."""
    found = check_objects(OBJECT_ATTACKS[attack][1]())
    assert str(found.reasons[0]) == message


@pytest.mark.parametrize(
    "name", ["conv1/bn", "block..1", "v1.0", "ab:0", ".hidden", "x\\y", "x:logits"]
)
def test_names_that_lead_nowhere_pass(name):
    """Keras 2 grouped layers by slashes, and dots alone are harmless."""
    assert check_objects(dense_config(name=name)).reasons == []


def test_own_classes_pass_by_name():
    """A user's class passes under the name that Keras looks up, and under no other."""
    mine = activated("mine", "mine>act")()
    assert check_objects(mine, allowed={"mine>act"}).reasons == []
    assert check_objects(mine, allowed={"act"}).reasons
    theirs = dense_config()
    theirs["config"]["layers"][1] |= {"module": "mine", "registered_name": "mine>Dense"}
    assert check_objects(theirs, allowed={"mine>Dense"}).reasons == []
    assert check_objects(theirs, allowed={"Dense"}).reasons


def test_a_lambda_is_nobodys_own_class():
    """What runs code from the file cannot be allowed by name."""
    attack = OBJECT_ATTACKS["CVE-2024-3660, code in a Lambda"][1]()
    assert check_objects(attack, allowed={"Lambda"}).reasons


def test_a_thousand_reasons_are_a_hundred():
    """A file of nothing but attacks takes bounded time and says enough."""
    attack = OBJECT_ATTACKS["CVE-2024-3660, code in a Lambda"][1]()
    assert len(check_objects([attack] * 1000).reasons) == 100


@pytest.mark.parametrize("key", ["class_name", "module", "registered_name", "name", "config"])
@pytest.mark.parametrize("value", [[], {}, [[]], 3, 2.5, True, None, "x"])
def test_an_object_may_say_anything_anywhere(tmp_path, key, value):
    """Whatever JSON has in the place of a name is read or refused, in a layer and in training."""
    config = dense_config(activation=function("keras.ops", "tanh"))
    layer = config["config"]["layers"][1]
    optimizer = {"module": "keras.optimizers", "class_name": "SGD", "config": {}}
    for each in (layer, layer["config"]["activation"], optimizer):
        each[key] = value
    path = tmp_path / "model.json"
    path.write_text(json.dumps(config | {"compile_config": {"optimizer": optimizer}}))
    result = check_file(path)
    assert all(each.mend for each in result.reasons)
    assert result.ok or str(result).count("✗") == len(result.reasons)
