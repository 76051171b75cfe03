"""LoRA's adapters: two thin matrices beside a kernel, which is frozen and no longer trained itself.

Their product is as large as the kernel and added to it. The parameters of such a layer are what it
holds; `logical` are those of the plain layer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from kerasbook.arithmetic import number, plus, product
from kerasbook.rules.common import elements
from kerasbook.rules.facts import Weight

if TYPE_CHECKING:
    from kerasbook.arithmetic import Formula
    from kerasbook.rules.facts import LayerFacts
    from kerasbook.rules.spec import LayerSpec, Rule

__all__ = ["adaptable", "adapters_of", "factors", "lora_rank_inside", "with_adapters"]


def adaptable(plain: Rule) -> Rule:
    """The rule of a layer of one kernel that may have LoRA's adapters, and is never quantised."""

    def rule(spec: LayerSpec) -> LayerFacts:
        facts = plain(spec)
        if not facts.weights or not spec.config.get("lora_rank"):
            return facts
        kernel, *others = facts.weights
        adapters = adapters_of(spec, kernel)
        return replace(
            facts,
            weights=(replace(kernel, trainable=False), *others, *adapters),
            macs=with_adapters(facts, adapters, apart=False),
            logical=facts.params,
        )

    return rule


def lora_rank_inside(spec: LayerSpec, name: str) -> Formula | None:
    """The rank of LoRA's adapters of a projection inside a layer; `None` if it has none.

    Only a model in memory has any: a file does not keep them.
    """
    ranks = spec.config.get("lora_ranks")
    rank = ranks.get(name) if isinstance(ranks, Mapping) else None
    return number(rank, "lora_rank") if type(rank) is int else None


def adapters_of(spec: LayerSpec, kernel: Weight) -> tuple[Weight, ...]:
    """LoRA's two matrices, whose product is added to the kernel; kept in float32."""
    if not spec.config.get("lora_rank"):
        return ()
    return factors(kernel, number(spec.positive("lora_rank"), "lora_rank"))


def factors(kernel: Weight, rank: Formula) -> tuple[Weight, ...]:
    """Two thin matrices whose product is as large as the kernel."""
    *rows, last = kernel.sizes
    return (
        Weight(f"lora_{kernel.name}_a", (*rows, rank), dtype="float32"),
        Weight(f"lora_{kernel.name}_b", (rank, last), dtype="float32"),
    )


def with_adapters(
    facts: LayerFacts,
    adapters: tuple[Weight, ...],
    *,
    apart: bool,
    rows: Formula | None = None,
) -> Formula | None:
    """The MACs of a layer with adapters.

    A plain kernel is added to their product, which is multiplied anew in each call. A quantised
    one cannot be: then the inputs go through the adapters as well.

    Args:
        facts: those of the plain layer.
        adapters: the two matrices.
        apart: whether the kernel is quantised.
        rows: over how many numbers each output sums.
    """
    if not adapters or facts.macs is None or facts.output_shape is None:
        return facts.macs
    one, other = adapters
    rank, last = other.sizes
    if not apart:
        return _sum(facts.macs, product(*one.sizes, last))
    inward = facts.macs
    if inward.operator == "·" and inward.operands[-1] == last:
        inward = product(*inward.operands[:-1], rank)
    outputs = elements(facts.output_shape)
    if outputs.value is None and facts.macs.value is not None and rows is not None and rows.value:
        # Keras may leave the size of an output axis open that the inputs give.
        outputs = number(facts.macs.value // rows.value, "outputs")
    return _sum(facts.macs, inward, product(outputs, rank))


def _sum(*macs: Formula) -> Formula:
    counted = [each for each in macs if each.value != 0]
    return plus(*counted) if counted else macs[0]
