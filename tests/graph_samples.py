"""Small models as data, for the tests of the graph; no Keras."""

from __future__ import annotations

from kerasbook.graph import Call, Member, Model, Reference
from kerasbook.rules import Layer

__all__ = ["chain", "entry", "member", "model"]


def entry(name, *shape):
    """An input of that shape, the batch included."""
    return Member(Layer("InputLayer", name, {"batch_shape": shape}, where=name))


def member(class_name, name, *calls, model=None, key=None, held=None, **config):
    """A layer and its calls, each on the layers of those names."""
    layer = Layer(class_name, name, config, where=name)
    return Member(layer, tuple(map(_call, calls)), model, held=held, key=key)


def _call(sources):
    if isinstance(sources, Call):
        return sources
    if isinstance(sources, str):
        return Call((Reference(sources),))
    return Call(([each if isinstance(each, Reference) else Reference(each) for each in sources],))


def model(*members, inputs=("in",), outputs=None, name="model", **options):
    """A functional model; its last layer is its output if nothing is said."""
    ends = outputs or (members[-1].layer.name,)
    return Model(
        name,
        "Functional",
        members,
        inputs=[Reference(each) for each in inputs],
        outputs=tuple(e if isinstance(e, Reference) else Reference(e) for e in ends),
        **options,
    )


def chain(length, units=8):
    """Dense layers one after the other."""
    dense = [
        member("Dense", f"dense_{n}", f"dense_{n - 1}" if n else "in", units=units)
        for n in range(length)
    ]
    return model(entry("in", None, units), *dense)
