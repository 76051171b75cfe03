from __future__ import annotations

import time

import pytest

from kerasbook.graph.memo import Memo
from kerasbook.rules import Layer, LayerSpec, RuleBook, Tensor

IMAGE = Tensor((None, 8, 8, 3))


class Counting(RuleBook):
    """A book that notes how often it is asked."""

    __slots__ = ()
    asked: list[str] = []  # noqa: RUF012  emptied by each test

    def facts(self, spec):
        """The facts, and a note of the layer's name."""
        self.asked.append(spec.name)
        return super().facts(spec)


@pytest.fixture
def book():
    """A book that nobody has asked yet."""
    Counting.asked.clear()
    return Counting()


def conv(name, *, inputs=(IMAGE,), keywords=None, **config):
    """A convolution of that name."""
    settings = {"name": name, "filters": 4, "kernel_size": 3, **config}
    return LayerSpec(Layer("Conv2D", name, settings), inputs, keywords or {})


def test_a_layer_like_an_earlier_one_is_found(book):
    """Its name, and settings that no rule reads, make no difference."""
    memo = Memo()
    first = memo.facts(conv("a", kernel_initializer={"seed": 1}), book)
    second = memo.facts(conv("b", kernel_initializer={"seed": 2}), book)
    assert second is first
    assert book.asked == ["a"]


@pytest.mark.parametrize(
    "other",
    [
        {"filters": 5},
        {"kernel_size": [3, 1]},
        {"strides": 2},
        {"padding": "same"},
        {"groups": 1},
        {"use_bias": False},
        {"activation": "relu"},
        {"dtype": "float16"},
        {"trainable": False},
        {"inputs": (Tensor((None, 9, 8, 3)),)},
    ],
)
def test_a_layer_that_differs_in_what_is_read_is_asked_for(book, other):
    """A setting that the rule reads, or the input: then the facts are its own."""
    memo = Memo()
    memo.facts(conv("a"), book)
    assert memo.facts(conv("b", **other), book) == RuleBook().facts(conv("b", **other))
    assert "b" in book.asked


def test_one_is_not_true(book):
    """A setting that is wrong is refused, also after one that compares equal was right."""
    memo = Memo()
    memo.facts(conv("a", use_bias=True), book)
    with pytest.raises(ValueError, match="use_bias must be True or False; received use_bias=1"):
        memo.facts(conv("b", use_bias=1), book)


def test_rules_of_the_users_own_are_always_asked():
    """They may go by anything: a layer's name."""
    names = []

    def rule(spec):
        names.append(spec.name)
        return RuleBook().facts(spec)

    memo, book = Memo(), RuleBook({"Conv2D": rule})
    memo.facts(conv("a"), book)
    memo.facts(conv("b"), book)
    assert names == ["a", "b"]


def test_calls_with_more_than_tensors_are_always_asked(book):
    """A number among the arguments may mean anything."""
    memo = Memo()
    for name in ("a", "b"):
        memo.facts(conv(name, inputs=(IMAGE, 1)), book)
    assert book.asked == ["a", "b"]


def test_layers_that_hold_layers_are_always_asked(book):
    """The layer inside has a name, which its weights go by."""
    memo = Memo()
    tensor = Tensor((None, 5, 3))
    for name in ("a", "b"):
        inner = {"class_name": "Dense", "config": {"name": f"dense_{name}", "units": 2}}
        layer = Layer("TimeDistributed", name, {"name": name, "layer": inner})
        facts = memo.facts(LayerSpec(layer, (tensor,)), book)
        assert {w.name.split("/")[0] for w in facts.weights} == {f"dense_{name}"}
    assert {"a", "b"} <= set(book.asked)


def test_a_thousand_kinds_on_one_input_take_no_longer_each(book):
    """What is kept is bounded; the rest is asked for."""
    memo = Memo()
    for units in range(1, 1001):
        spec = conv(f"c{units}", filters=units)
        assert memo.facts(spec, book).output_shape == (None, 6, 6, units)
    assert sum(map(len, memo._kept.values())) <= 32


def test_one_tensor_twice_is_not_two_that_are_alike():
    """Attention from a tensor to itself has one number of tokens, to a second one two."""

    def attention(*tensors):
        config = {"num_heads": 2, "key_dim": 8, "value_dim": 8}
        return LayerSpec(Layer("MultiHeadAttention", "heads", config), tensors)

    memo, book = Memo(), RuleBook()
    words, others = Tensor((None, None, 16)), Tensor((None, None, 16))
    for tensors in ((words, words), (words, others), (others, others), (others, words)):
        facts = memo.facts(attention(*tensors), book)
        assert facts == book.facts(attention(*tensors))
        symbols = {"tokens"} if tensors[0] is tensors[1] else {"tokens", "value_tokens"}
        assert set(facts.macs.symbols) == symbols


def test_many_tensors_in_one_call_take_linear_time():
    """To compare each with each takes seconds, and to count them hundredths of one."""
    tensors = tuple(Tensor((None, 3)) for _ in range(20_000))
    memo, book = Memo(), RuleBook()
    all_of_them = LayerSpec(Layer("Concatenate", "all", {"axis": -1}), (tensors,))
    facts = memo.facts(all_of_them, book)
    assert facts.output_shape == (None, 60_000)
    begin = time.perf_counter()
    assert memo.facts(all_of_them, book) is facts
    assert time.perf_counter() - begin < 0.5


def test_a_cast_goes_by_no_policy(book):
    """Its type is an argument, which need not be one that a layer can compute in."""
    layer = Layer("Cast", "cast", {"dtype": "float8_e4m3fn"}, "keras.src.ops.core")
    facts = Memo().facts(LayerSpec(layer, (IMAGE,)), book)
    assert (facts.output_shape, facts.output_dtype) == (IMAGE.shape, "float8_e4m3fn")
