"""Kernels that are quantised to fewer bits, with LoRA's adapters or without.

A quantised layer holds its kernel packed, and scales that turn it back. The parameters of such a
layer are what it stores; `logical` are those of the plain layer. What a rule says of the plain
layer is turned into what is stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kerasbook.arithmetic import ceil_divide, number, plus, product
from kerasbook.checks import positive_integer, shown
from kerasbook.errors import SourceError
from kerasbook.rules.adapters import adapters_of, factors, lora_rank_inside, with_adapters
from kerasbook.rules.facts import Weight
from kerasbook.rules.policy import dtype_policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kerasbook.arithmetic import Formula
    from kerasbook.rules.facts import LayerFacts
    from kerasbook.rules.policy import DTypePolicy
    from kerasbook.rules.spec import LayerSpec, Rule

__all__ = [
    "Form",
    "Matrix",
    "dense_matrix",
    "einsum_matrix",
    "form_of",
    "macs_inside",
    "quantizable",
    "quantizable_embedding",
    "stored",
    "stored_inside",
    "stored_rows",
]

_GPTQ_BITS = 4
_HISTORY = 1024
# Signs of a path that stands for many.
_PATTERN = frozenset(".*+?[](){}|\\^$")


@dataclass(frozen=True, slots=True)
class Matrix:
    """A kernel as quantisation sees it: a matrix, with a scale for each column.

    Attributes:
        kernel: the kernel.
        rows: what is summed over.
        columns: what is not.
        scale: shape of the scales, where they are one per column.
        zero: name of the points that groups of rows map to zero.
    """

    kernel: Weight
    rows: Formula
    columns: Formula
    scale: tuple[Formula, ...]
    zero: str = "kernel_zero"


@dataclass(frozen=True, slots=True)
class Form:
    """How a policy quantises: the mode, bits of a weight, rows that share a scale (0 for all)."""

    mode: str
    bits: int
    group: int
    history: int


def quantizable(plain: Rule, matrix: Callable[[LayerSpec, Weight, str], Matrix]) -> Rule:
    """The rule of a layer of one kernel that may be quantised, or have LoRA's adapters.

    Args:
        plain: the rule of the layer as it is otherwise; the kernel is its first weight.
        matrix: how quantisation sees the kernel in a mode: `"int8"`.
    """

    def rule(spec: LayerSpec) -> LayerFacts:
        facts = plain(spec)
        if not facts.weights or not _changed(spec):
            return facts
        kernel, *others = facts.weights
        mode, adapters = spec.policy.quantization, adapters_of(spec, kernel)
        if mode in ("gptq", "awq") and adapters:
            rank = spec.config.get("lora_rank")
            spec.fail("lora_rank", f"not be set with {mode}", f"lora_rank={shown(rank)}")
        seen = matrix(spec, kernel, mode)
        return replace(
            facts,
            weights=stored(spec, seen, tuple(others), policy=spec.policy, adapters=adapters),
            macs=with_adapters(facts, adapters, apart=mode in ("int8", "int4"), rows=seen.rows),
            logical=facts.params,
        )

    return rule


def stored(
    spec: LayerSpec,
    matrix: Matrix,
    others: tuple[Weight, ...],
    *,
    policy: DTypePolicy,
    adapters: tuple[Weight, ...] = (),
) -> tuple[Weight, ...]:
    """What a layer stores for a kernel: as Keras lists it, weights that are trained first.

    Args:
        spec: the layer.
        matrix: the kernel.
        others: what it holds besides: the bias.
        policy: the dtype policy that quantises it.
        adapters: LoRA's adapters.
    """
    form = form_of(spec, policy)
    if form.mode in ("", "float8"):
        kernel = replace(matrix.kernel, trainable=not adapters)
        ranges = _float8(form) if form.mode else ()
        return (*ranges, kernel, *others, *adapters)
    packed = {"int8": _int8, "int4": _int4, "gptq": _gptq, "awq": _gptq}[form.mode]
    return (*others, *adapters, *packed(matrix, form))


def _changed(spec: LayerSpec) -> bool:
    return bool(spec.config.get("lora_rank")) or bool(spec.policy.quantization)


def form_of(spec: LayerSpec, policy: DTypePolicy) -> Form:
    """What the name of a policy says: `int4/128`, `gptq/4/-1`; -1 stands for one group of all."""
    settings = policy.name.partition("_from_")[0].split("/")[1:]
    history = policy.options.get("amax_history_length", _HISTORY)
    try:
        *bits, group = map(int, settings or ("-1",))
        length = positive_integer("amax_history_length", history)
    except ValueError:
        spec.fail("a quantisation policy", "have numbers as settings", f"{shown(policy.name)}")
    return Form(policy.quantization, bits[0] if bits else _GPTQ_BITS, max(group, 0), length)


def stored_inside(
    spec: LayerSpec, name: str, weights: tuple[Weight, ...], *, inputs: int, rank: int
) -> tuple[Weight, ...] | None:
    """What a projection inside a layer stores: an `EinsumDense` with a policy of its own.

    Args:
        spec: the layer around it.
        name: the projection's.
        weights: its kernel, and the bias if there is one.
        inputs: how many axes of the kernel are summed over.
        rank: number of axes of the layer's input.

    Returns:
        The weights; `None` if the policy is chosen by a pattern, which is not followed.
    """
    policy = _policy_of(spec, name)
    if policy is None:
        return None
    kernel, *others = weights
    rank_inside = lora_rank_inside(spec, name)
    adapters = () if rank_inside is None else factors(kernel, rank_inside)
    if not policy.quantization:
        return (replace(kernel, trainable=not adapters), *others, *adapters)
    rows, columns = list(kernel.sizes[:inputs]), list(kernel.sizes[inputs:])
    scale = (*(number(1),) * (rank - 1), *columns)
    if policy.quantization in ("gptq", "awq"):
        rows, columns = _halves(spec, kernel, policy.quantization)
    seen = Matrix(kernel, product(*rows), product(*columns), scale, zero="zero_point")
    return stored(spec, seen, tuple(others), policy=policy, adapters=adapters)


def macs_inside(
    spec: LayerSpec,
    name: str,
    plain: Formula,
    *,
    tokens: tuple[Formula, ...],
    kernel: tuple[Formula, ...],
    inputs: int,
) -> Formula:
    """The MACs of a projection inside a layer, with those of its adapters.

    Args:
        spec: the layer around it.
        name: the projection's.
        plain: what it multiplies without adapters.
        tokens: at how many places.
        kernel: the sizes of its kernel.
        inputs: how many axes of the kernel are summed over.
    """
    rank = lora_rank_inside(spec, name)
    if rank is None:
        return plain
    policy = _policy_of(spec, name)
    if policy is None or policy.quantization not in ("int8", "int4"):
        return plus(plain, product(*kernel[:-1], rank, kernel[-1]))
    return plus(
        plain, product(*tokens, *kernel[:-1], rank), product(*tokens, *kernel[inputs:], rank)
    )


def _policy_of(spec: LayerSpec, name: str) -> DTypePolicy | None:
    """The policy of a layer inside: its own by its path, or that of the layer around it."""
    dtype = spec.config.get("dtype")
    config = dtype.get("config") if isinstance(dtype, Mapping) else None
    policies = config.get("policy_map") if isinstance(config, Mapping) else None
    if not isinstance(policies, Mapping):
        return spec.policy
    path = f"{spec.name}/{name}"
    if path in policies:
        try:
            return dtype_policy(policies[path])
        except SourceError as error:
            spec.refuse(error)
    return None if any(set(str(key)) & _PATTERN for key in policies) else spec.policy


# ------------------------------------------------------------------------------------- matrices


def dense_matrix(spec: LayerSpec, kernel: Weight, mode: str) -> Matrix:  # noqa: ARG001  all alike
    """The kernel of `Dense`, which is a matrix: a row per input, a column per unit."""
    inputs, units = kernel.sizes
    return Matrix(kernel, inputs, units, (units,))


def einsum_matrix(spec: LayerSpec, kernel: Weight, mode: str) -> Matrix:
    """The kernel of `EinsumDense`: a row for all that is summed over, a column for the rest."""
    equation = str(spec.config.get("equation")).replace(" ", "")
    labels, outputs = equation.partition(",")[2].split("->")
    sizes = dict(zip(labels, kernel.sizes, strict=True))
    summed = [size for label, size in sizes.items() if label not in outputs]
    kept = [size for label, size in sizes.items() if label in outputs]
    if mode in ("gptq", "awq"):
        summed, kept = _halves(spec, kernel, mode)
    # The scales of int8 have an axis for each of the output.
    scale = tuple(sizes.get(label, number(1)) for label in outputs)
    return Matrix(kernel, product(*summed), product(*kept), scale, zero="zero_point")


def _halves(spec: LayerSpec, kernel: Weight, mode: str) -> tuple[list[Formula], list[Formula]]:
    """Rows and columns as GPTQ and AWQ tell them: the longest of three axes is the model's."""
    sizes = list(kernel.sizes)
    if len(sizes) not in (2, 3):
        spec.fail("a kernel", f"have 2 or 3 axes for {mode}", f"{len(sizes)}")
    first = len(sizes) == 2 or kernel.shape[0] == max(kernel.shape)  # noqa: PLR2004  a matrix
    split = 1 if first else 2
    return sizes[:split], sizes[split:]


# ------------------------------------------------------------------------------ forms of storage


def _int8(matrix: Matrix, form: Form) -> Iterator[Weight]:  # noqa: ARG001  has no settings
    kernel = matrix.kernel
    yield replace(kernel, trainable=False, dtype="int8")
    yield Weight(f"{kernel.name}_scale", matrix.scale, trainable=False)


def _int4(matrix: Matrix, form: Form) -> Iterator[Weight]:
    """Two weights in a byte; a scale per column, or per column and group of rows."""
    packed = ceil_divide(matrix.columns, 2)
    yield Weight("kernel", (matrix.rows, packed), trainable=False, dtype="int8")
    if not form.group:
        yield Weight("kernel_scale", (matrix.columns,), trainable=False)
        return
    scales = (ceil_divide(matrix.rows, form.group), matrix.columns)
    yield Weight("kernel_scale", scales, trainable=False)
    yield Weight("kernel_zero", scales, trainable=False, dtype="int8")
    yield Weight("g_idx", (matrix.rows,), trainable=False, dtype="float32")


def _gptq(matrix: Matrix, form: Form) -> Iterator[Weight]:
    """Weights of some bits, transposed: only those of 4 bits are two in a byte."""
    packed = ceil_divide(matrix.columns, 2) if form.bits == _GPTQ_BITS else matrix.columns
    groups = number(1) if not form.group else ceil_divide(matrix.rows, form.group)
    scales = (matrix.columns, groups)
    yield Weight("kernel", (packed, matrix.rows), trainable=False, dtype="uint8")
    yield Weight("kernel_scale", scales, trainable=False)
    yield Weight(matrix.zero, scales, trainable=False, dtype="uint8")
    if form.mode == "awq":
        yield Weight("awq_scales", (matrix.rows,), trainable=False)
    yield Weight("g_idx", (matrix.rows,), trainable=False, dtype="float32")


def _float8(form: Form) -> Iterator[Weight]:
    """Nothing is packed; of inputs, kernel and gradient a scale and recent maxima are kept."""
    history = (number(form.history, "amax_history_length"),)
    for name in ("inputs", "kernel", "outputs_grad"):
        yield Weight(f"{name}_scale", (), dtype="float32")
        yield Weight(f"{name}_amax_history", history, dtype="float32")


# ----------------------------------------------------------------------------------- embeddings


def quantizable_embedding(plain: Rule) -> Rule:
    """The rule of an embedding that may be quantised row by row, or have LoRA's adapters."""

    def rule(spec: LayerSpec) -> LayerFacts:
        facts = plain(spec)
        if not facts.weights or not _changed(spec):
            return facts
        form = form_of(spec, spec.policy)
        table, *others = facts.weights
        adapters = adapters_of(spec, table)
        if form.mode not in ("", "int8", "int4"):
            spec.fail("an embedding", "be quantised to int8 or int4", f"{form.mode!r}")
        if form.mode:
            packed = [each for held in facts.weights for each in stored_rows(held, form)]
            weights = (*adapters, *packed)
        else:
            weights = (replace(table, trainable=not adapters), *others, *adapters)
        reverse = facts.macs is not None and facts.macs.value != 0
        used = () if form.mode and reverse else adapters
        return replace(
            facts,
            weights=weights,
            macs=with_adapters(facts, used, apart=bool(form.mode)),
            logical=facts.params,
        )

    return rule


def stored_rows(table: Weight, form: Form) -> Iterator[Weight]:
    """A table of words quantised: a scale per word, or per word and group of numbers."""
    back = table.name.startswith("reverse")
    words, size = reversed(table.sizes) if back else table.sizes

    def turned(one: Formula, other: Formula) -> tuple[Formula, Formula]:
        return (other, one) if back else (one, other)

    if form.mode == "int8":
        yield replace(table, trainable=False, dtype="int8")
        yield Weight(f"{table.name}_scale", (words,), trainable=False)
        return
    packed = turned(words, ceil_divide(size, 2))
    yield Weight(table.name, packed, trainable=False, dtype="int8")
    if not form.group:
        yield Weight(f"{table.name}_scale", (words,), trainable=False)
        return
    scales = turned(words, ceil_divide(size, form.group))
    yield Weight(f"{table.name}_scale", scales, trainable=False)
    yield Weight(f"{table.name}_zero", scales, trainable=False, dtype=None if back else "int8")
    if not back:
        yield Weight("g_idx", (size,), trainable=False, dtype="float32")
