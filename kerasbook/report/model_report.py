"""The report on a model: its rows, its totals, and what it takes in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from kerasbook.arithmetic import Bytes, Macs, Number, Params, number, plus
from kerasbook.checks import choice, positive_integer, printable
from kerasbook.errors import ArgumentError
from kerasbook.report.budget import Budget, make_budget
from kerasbook.report.layers import COLUMNS, as_list, layer_lines, layer_record, trained_record
from kerasbook.report.memory import step_memory
from kerasbook.report.optimizers import choose_optimizer, optimizer_bytes, trained_weights
from kerasbook.report.table import Table, html_page, to_html, to_json, to_markdown, to_text
from kerasbook.report.tensors import flatten_graph

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kerasbook.arithmetic import Formula
    from kerasbook.graph import Graph
    from kerasbook.quantization.result import Quantization
    from kerasbook.report.memory import Memory
    from kerasbook.report.optimizers import Optimizer
    from kerasbook.report.rows import ReportRow
    from kerasbook.rules import Shape

    Backend: TypeAlias = Literal["tensorflow", "jax", "torch"]

__all__ = ["ModelReport"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ModelReport:
    """Every layer of a model with its arithmetic, and the totals.

    Made by [`explain`][kerasbook.report.explain].

    Attributes:
        name: the model's name.
        class_name: `"Functional"`, `"Sequential"`, or a user's class.
        rows: the layers in the order they run. A model inside is a row of its own, `is_model`,
            and its layers follow it; leave such rows out of sums.
        input_names: names of its inputs.
        output_shapes: shapes of its outputs; `None` where unknown.
        optimizer: the one it was compiled with; `None` if it was not.
        backend: the one that a model in memory runs on; `None` if it was read as data.
        reason: why something of the whole model is unknown; `""` if it is its layers alone, or
            nothing.
    """

    name: str
    class_name: str
    rows: tuple[ReportRow, ...]
    input_names: tuple[str, ...]
    output_shapes: tuple[Shape | None, ...]
    optimizer: Optimizer | None
    backend: Backend | None
    graph: Graph
    reason: str = ""

    @property
    def params(self) -> Params:
        """All parameters, shared layers counted once: at least, if `params_known` is False.

        If `trainable_known` is False, `.trainable` is "at least" and `.non_trainable` the rest.
        """
        counted = [row.params for row in self._layers() if row.params is not None]
        return Params(
            _sum(params.formula for params in counted),
            trainable=Number(_sum(params.trainable.formula for params in counted)),
            non_trainable=Number(_sum(params.non_trainable.formula for params in counted)),
        )

    @property
    def macs(self) -> Macs:
        """Multiply-accumulates of one sample: at least, if `macs_known` is False."""
        known = [row.macs for row in self.rows if not row.is_model and row.macs is not None]
        return Macs(_sum(macs.formula for macs in known))

    @property
    def flops(self) -> Number:
        """Floating-point operations of one sample, twice the MACs; at least, as those."""
        return self.macs.flops

    @property
    def params_known(self) -> bool:
        """Whether `params` is all of them."""
        return self.graph.totals.params_known

    @property
    def trainable_known(self) -> bool:
        """Whether it is known which of `params` are trained: of a user's layer no file says it."""
        return self.graph.totals.trainable_known

    @property
    def macs_known(self) -> bool:
        """Whether `macs` is all of them: no layer unknown, no size unspecified."""
        return self.graph.totals.macs_known

    @property
    def unknown(self) -> tuple[str, ...]:
        """Names of the layers of which something is unknown; their rows say why."""
        return tuple(row.name for row in self.rows if row.reason)

    @property
    def unspecified(self) -> tuple[str, ...]:
        """Names of the layers whose MACs depend on a size that is not specified."""
        return tuple(
            row.name
            for row in self.rows
            if not row.is_model and row.macs_formula is not None and row.macs is None
        )

    @property
    def weights_bytes(self) -> dict[str, int]:
        """Bytes of all weights by their type."""
        found: dict[str, int] = {}
        for row in self.rows:
            for dtype, count in row.weights_bytes.items():
                found[dtype] = found.get(dtype, 0) + count
        return found

    def memory(
        self, batch_size: int = 1, *, optimizer: object = None, backend: Backend | None = None
    ) -> Memory:
        """What the model takes in memory, for inference and for training.

        Args:
            batch_size: samples at once, at least 1.
            optimizer: which one trains it: a name or a serialised optimizer. If left out, the
                one it was compiled with, and Adam if it was not compiled.
            backend: `"tensorflow"`, `"jax"` or `"torch"`, which holds tensors for longer. If left
                out, the one that a model in memory runs on, and one that compiles for a file.

        Returns:
            Bytes of weights, gradients, optimizer and activations, and their sums. Activations
            are the tensors between layers, what the layers save of them, and their gradients;
            what a backend's workspace takes comes on top. It is a sum over tensors and neither a
            bound nor a measurement: beside what ten networks took on a CPU it was −54 % to +20 %
            on PyTorch, −45 % to +52 % on JAX and −72 % to +69 % on TensorFlow.

        Raises:
            ArgumentError: an argument is wrong, or the optimizer is unknown.

        Examples:
            >>> from kerasbook import explain
            >>> layer = {"class_name": "Dense", "config": {"name": "top", "units": 3}}
            >>> report = explain({"name": "n", "layers": [layer], "build_input_shape": [None, 4]})
            >>> memory = report.memory(batch_size=32)
            >>> print(memory.training_bytes.text)
            60 + 60 + 128 + 32·52 = 1,912
            >>> memory.weights_bytes, memory.gradients_bytes, memory.optimizer_bytes
            (60, 60, 128)
            >>> report.memory(optimizer="sgd").training_bytes.text
            '60 + 60 + 8 + 1·52 = 180'
            >>> report.memory(optimizer="SDG")
            Traceback (most recent call last):
            kerasbook.errors.ArgumentError: optimizer must be 'Adadelta', ... or
                'ScheduleFreeAdamW'; received optimizer='SDG'. Did you mean 'SGD'?
        """
        batch_size = positive_integer("batch_size", batch_size)
        chosen = choose_optimizer(optimizer, compiled=self.optimizer)
        if backend is not None:
            choice("backend", backend, ("tensorflow", "jax", "torch"))
        trained = list(trained_weights(self.rows, name=self.name, class_name=self.class_name))
        slots_bytes = optimizer_bytes(chosen, trained)
        return step_memory(
            flatten_graph(self.graph),
            batch_size=batch_size,
            backend=backend or self.backend,
            weights_bytes=sum(self.weights_bytes.values()),
            gradients_bytes=sum(weight.size_bytes for weight in trained),
            optimizer_bytes=slots_bytes or 0,
            known=self.params_known and self.trainable_known and slots_bytes is not None,
        )

    def largest_batch(
        self,
        max_bytes: int,
        *,
        phase: Literal["training", "inference"] = "training",
        optimizer: object = None,
        backend: Backend | None = None,
    ) -> int:
        """The most samples at once for which the model fits in memory; 0 if none fits.

        Args:
            max_bytes: the memory there is, in bytes.
            phase: `"training"` or `"inference"`.
            optimizer: as for `memory`.
            backend: likewise.

        Raises:
            ArgumentError: an argument is wrong, or no batch is too large, since the model's
                activations are unknown or empty.

        Examples:
            >>> from kerasbook import explain
            >>> layer = {"class_name": "Dense", "config": {"name": "top", "units": 3}}
            >>> report = explain({"name": "n", "layers": [layer], "build_input_shape": [None, 4]})
            >>> report.largest_batch(1000)
            14
            >>> report.largest_batch(1000, phase="inference")
            33
        """
        max_bytes = positive_integer("max_bytes", max_bytes)
        choice("phase", phase, ("training", "inference"))
        one = self.memory(optimizer=optimizer, backend=backend)
        total, per_sample = one.inference_bytes, one.peak_bytes
        if phase == "training":
            total, per_sample = one.training_bytes, one.training_peak_bytes
        if not one.known or not per_sample:
            traced = (row.name for row in self.rows if row.macs_origin == "traced")
            named = dict.fromkeys((*self.unknown, *self.unspecified, *traced))
            unknown = printable(", ".join(named)) or "every layer"
            raise ArgumentError(
                "the batch size depends on what each layer keeps; that is not known for "
                f"{unknown}. Give input_shapes= or extra_rules= to explain()."
            )
        return max((max_bytes - total + per_sample) // per_sample, 0)

    def budget(
        self,
        *,
        max_params: int | None = None,
        max_macs: int | None = None,
        max_bytes: int | None = None,
    ) -> Budget:
        """Whether the model stays within the limits that are given.

        Args:
            max_params: the most parameters.
            max_macs: the most multiply-accumulates of one sample.
            max_bytes: the most bytes of weights.

        Raises:
            ArgumentError: a limit is no positive integer.

        Examples:
            >>> from kerasbook import explain
            >>> layer = {"class_name": "Dense", "config": {"name": "top", "units": 3}}
            >>> report = explain({"name": "n", "layers": [layer], "build_input_shape": [None, 4]})
            >>> print(report.budget(max_params=15, max_bytes=50))
            Budget            At most  Model
            parameters             15     15  ✓ met
            bytes of weights       50     60  ✗ exceeded by 10
        """
        limits = {"max_params": max_params, "max_macs": max_macs, "max_bytes": max_bytes}
        if max_params is max_macs is max_bytes is None:
            return Budget(())  # there is nothing to add up
        weights_bytes = sum(self.weights_bytes.values())
        taken = {
            "max_params": ("parameters", int(self.params), self.params_known),
            "max_macs": ("MACs", int(self.macs), self.macs_known),
            "max_bytes": ("bytes of weights", weights_bytes, self.params_known),
        }
        return make_budget(limits, taken)

    def quantization(
        self,
        batch_size: int = 1,
        *,
        schemes: Sequence[str] | None = None,
        filters: str | Sequence[str] | None = None,
    ) -> Quantization:
        """What quantisation and mixed precision would change, before doing it.

        Args:
            batch_size: samples at once, at least 1.
            schemes: names as Keras's dtype policies have them. `"int8"`, `"int4"` and `"float8"`
                are what `model.quantize` does; `"int4/64"` lets 64 rows share a scale, where
                Keras's own choice is 128 and -1 stands for all. `"mixed_bfloat16"`, `"float16"`
                and their kin are the model built under that policy; `"int8_from_bfloat16"` is
                both. If left out, mixed precision, half precision, and the three.
            filters: as for `model.quantize`: a regular expression, or a list, of which one must
                be found in the name of a layer for it to be quantised.

        Returns:
            The model as it is and under each scheme: bytes stored, moved in a forward pass of a
            batch, and at the peak, in all and by layer, and which layers stay as they are.

        Raises:
            ArgumentError: an argument is wrong, or Keras refuses a scheme for this model.
        """
        from kerasbook.quantization.estimate import estimate  # noqa: PLC0415  only who asks

        return estimate(
            self.graph,
            batch_size,
            schemes=schemes,
            filters=filters,
            eager=self.backend == "torch",
        )

    def to_text(self, *, width: int = 80) -> str:
        """The report for a terminal: a table with the arithmetic of each layer, and totals.

        Args:
            width: columns of the terminal, at least 80.
        """
        return to_text(self._table(), width=width)

    def to_markdown(self) -> str:
        """The report as a Markdown table, fit for a pull request."""
        return to_markdown(self._table())

    def to_html(self) -> str:
        """The report as an HTML page that needs nothing else; numbers unfold their arithmetic."""
        return html_page(self._table(), title=f"{self.name}: its arithmetic")

    def to_json(self, *, indent: int | None = 2) -> str:
        """The report as JSON, with a `schema_version`; what is unknown is `null`.

        Args:
            indent: spaces a level; `None` for one line.
        """
        return to_json(self._record(), indent=indent)

    def to_records(self) -> list[dict[str, Any]]:
        """One flat dict a layer, for `pandas.DataFrame(report.to_records())`."""
        return [layer_record(row) for row in self.rows]

    def totals(self) -> Iterator[tuple[str, str]]:
        """What the report says below its table: a name and a text each."""
        least, params = "" if self.params_known else "at least ", self.params
        split = f"{params.trainable:,} trainable, {params.non_trainable:,} not"
        if not self.trainable_known:
            split = f"at least {params.trainable:,} trainable"
        yield "Parameters", f"{least}{params:,} ({split})"
        least, macs = "" if self.macs_known else "at least ", self.macs
        yield "MACs", f"{least}{macs:,} for one sample"
        yield "FLOPs", f"{least}2·{macs:,} = {macs.flops:,}"
        sizes = (f"{Bytes(number(n)).human} of {kind}" for kind, n in self.weights_bytes.items())
        yield "Weights", ", ".join(sizes) or "none"
        memory = self.memory()
        least = "" if memory.known else "at least "
        inference, training = memory.inference_bytes.human, memory.training_bytes.human
        optimizer = self.optimizer.class_name if self.optimizer else "Adam"
        needed = f"{least}{inference} for inference, {least}{training} to train with {optimizer}"
        yield "Memory, batch 1", needed
        if self.unspecified:
            yield "Unspecified", f"the MACs of {', '.join(self.unspecified)}: give input_shapes="
        if self.reason:
            yield "Unknown", f"{self.name}: {self.reason}"
        for row in self.rows:
            if row.reason:
                yield "Unknown", f"{row.name}: {row.reason}"

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        least = "" if self.params_known else "at least "
        return (
            f"<ModelReport of {self.name!r}: {len(self.rows)} rows, {least}{self.params:,} params>"
        )

    def _repr_html_(self) -> str:
        return to_html(self._table())

    def _table(self) -> Table:
        return Table(
            title=f"{self.name} ({self.class_name})",
            name=self.name,
            columns=COLUMNS,
            lines=tuple(layer_lines(self.rows)),
            notes=tuple(self.totals()),
            gap=1,
        )

    def _record(self) -> dict[str, Any]:
        """The report as plain values; what is unknown is `None`."""
        return {
            "name": self.name,
            "class_name": self.class_name,
            "inputs": list(self.input_names),
            "output_shapes": [as_list(shape) for shape in self.output_shapes],
            "params": int(self.params),
            **trained_record(self.params, known=self.trainable_known),
            "params_known": self.params_known,
            "macs": int(self.macs),
            "flops": int(self.flops),
            "macs_known": self.macs_known,
            "unknown": list(self.unknown),
            "reason": self.reason,
            "unspecified": list(self.unspecified),
            "weights_bytes": dict(self.weights_bytes),
            "memory": self.memory().to_dict(),
            "optimizer": None if self.optimizer is None else self.optimizer.class_name,
            "layers": self.to_records(),
        }

    def _layers(self) -> Iterator[ReportRow]:
        """The rows that sums are made of: no models, no layer twice."""
        return (row for row in self.rows if not row.is_model and not row.shared)


def _sum(terms: Iterable[Formula]) -> Formula:
    """The sum of the terms that are not 0."""
    return plus(*(term for term in terms if term.value != 0))
