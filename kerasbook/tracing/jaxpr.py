"""Traces on JAX: the jaxpr of a function, loops counted with their lengths.

A jaxpr is the program that JAX would compile. Equations that the outputs do not depend on are left
out, as XLA does.
"""

# JAX and Keras publish no types for what is read here:
# ruff: noqa: ANN401, PLC0415

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kerasbook.tracing.tally import Tally, dot_macs, place_of, scope_name, window_macs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kerasbook.rules import Tensor
    from kerasbook.tracing.tally import Scope

__all__ = ["Jaxpr"]

# Primitives whose matrix arithmetic is not a product.
_OPAQUE = frozenset(
    (
        "cholesky",
        "cholesky_update",
        "custom_lin",
        "custom_linear_solve",
        "eig",
        "eigh",
        "fft",
        "hessenberg",
        "householder_product",
        "lu",
        "qr",
        "schur",
        "svd",
        "triangular_solve",
        "tridiagonal",
        "tridiagonal_solve",
    )
)
# Primitives of a condition on sizes, which JAX keeps although the sizes are constants.
_FOLDED = frozenset(
    (
        "add",
        "and",
        "convert_element_type",
        "eq",
        "ge",
        "gt",
        "le",
        "lt",
        "max",
        "min",
        "mul",
        "ne",
        "not",
        "or",
        "reduce_and",
        "reduce_or",
        "sub",
    )
)
# Primitives that `jax.lax` does not list: calls, random numbers, internal ones.
_KNOWN = frozenset(
    (
        "add_any",
        "call",
        "checkpoint",
        "closed_call",
        "core_call",
        "custom_jvp_call",
        "custom_vjp_call",
        "custom_vjp_call_jaxpr",
        "empty2",
        "erf_inv",
        "jit",
        "name",
        "pjit",
        "random_bits",
        "random_clone",
        "random_fold_in",
        "random_gamma",
        "random_seed",
        "random_split",
        "random_unwrap",
        "random_wrap",
        "remat",
        "remat2",
        "select_and_scatter_add",
        "squeeze",
        "threefry2x32",
        "unvmap_any",
    )
)


class Jaxpr:
    """Traces with `jax.make_jaxpr`."""

    def scope(self, place: int) -> Scope:
        """The context of a call, as a name in JAX's name stack."""
        import jax

        scope: Scope = jax.named_scope(scope_name(place))
        return scope

    def trace(self, function: Callable[..., object], tensors: Sequence[Tensor]) -> Tally:
        """The multiply-accumulates of a function, on tensors that have shapes but no data."""
        import jax

        specs = [jax.ShapeDtypeStruct(tensor.shape, tensor.dtype) for tensor in tensors]
        tally = Tally()
        _Counter(tally, _listed_primitives()).count(_live(jax.make_jaxpr(function)(*specs)))
        return tally


class _Counter:
    """Counts the equations of a jaxpr and of those inside it."""

    def __init__(self, tally: Tally, listed: frozenset[str]) -> None:
        self._tally = tally
        self._listed = listed

    def count(self, jaxpr: Any, place: int = 0, times: int = 1) -> None:
        """Count all equations, each for the call in its name and `times` times."""
        fixed: dict[Any, Any] = {}
        for equation in jaxpr.eqns:
            at = place_of(str(equation.source_info.name_stack), place)
            self._tally.ran(at, times)
            if equation.primitive.name == "cond":
                chosen = _chosen(equation, fixed)
                self._branches(equation.params["branches"][chosen], at, times)
            else:
                self._equation(equation, at, times)
                _fold(equation, fixed)

    def _equation(self, equation: Any, place: int, times: int) -> None:
        name, params = equation.primitive.name, equation.params
        if name == "dot_general":
            self._tally.add(place, times * _dot(equation))
        elif name == "conv_general_dilated":
            self._tally.add(place, times * _convolution(equation))
        elif name == "scan":
            self.count(_open(params["jaxpr"]), place, times * params["length"])
        elif name == "while":
            self._loop(params, place, times)
        elif inner := list(_jaxprs(params)):
            for each in inner:
                self.count(each, place, times)
        elif name in _OPAQUE or name not in self._listed:
            self._tally.miss(place, name)

    def _branches(self, branches: Sequence[Any], place: int, times: int) -> None:
        """Count a conditional: known only if all branches multiply equally often."""
        tallies = []
        for branch in branches:
            tallies.append(Tally())
            _Counter(tallies[-1], self._listed).count(_open(branch), place, times)
        self._tally.choose(tallies, place)

    def _loop(self, params: Any, place: int, times: int) -> None:
        """Count a `while` loop, whose length is unknown: known only if it multiplies nothing."""
        inside = Tally()
        for key in ("cond_jaxpr", "body_jaxpr"):
            _Counter(inside, self._listed).count(_open(params[key]), place, times)
        self._tally.repeat(inside)


def _fold(equation: Any, fixed: dict[Any, Any]) -> None:
    """Record the result of an equation, if it is a constant number."""
    if equation.primitive.name not in _FOLDED:
        return
    (output,), given = equation.outvars, [_fixed(each, fixed) for each in equation.invars]
    if not output.aval.shape and all(each is not None for each in given):
        fixed[output] = equation.primitive.bind(*given, **equation.params)


def _fixed(variable: Any, fixed: dict[Any, Any]) -> Any:
    """The constant value of a variable; `None` if it is not a constant number."""
    literal = getattr(variable, "val", None)
    if literal is not None:
        return None if variable.aval.shape else literal
    return fixed.get(variable)


def _chosen(choice: Any, fixed: dict[Any, Any]) -> slice:
    """The branches that may run: a single one if the condition is a constant."""
    index = _fixed(choice.invars[0], fixed)
    if index is None:
        return slice(None)
    last = len(choice.params["branches"]) - 1
    taken = min(max(int(index), 0), last)
    return slice(taken, taken + 1)


def _dot(equation: Any) -> int:
    (contracted, _), _ = equation.params["dimension_numbers"]
    if not contracted:  # no axis is summed: an elementwise product
        return 0
    shape = equation.invars[0].aval.shape
    return dot_macs(equation.outvars[0].aval.shape, [shape[axis] for axis in contracted])


def _convolution(equation: Any) -> int:
    """Multiply-accumulates of a convolution; a transposed one skips the zeros in its input."""
    params = equation.params
    numbers = params["dimension_numbers"]
    inputs, kernel = (each.aval.shape for each in equation.invars)
    output = equation.outvars[0].aval.shape
    filters, channels, *taps = (kernel[axis] for axis in numbers.rhs_spec)
    if any(step > 1 for step in params["lhs_dilation"]):
        batch, _, *axes = numbers.lhs_spec
        positions = [inputs[axis] for axis in (batch, *axes)]
    else:
        batch, _, *axes = numbers.out_spec
        positions = [output[axis] for axis in (batch, *axes)]
    return window_macs(positions, taps, channels=channels, filters=filters)


def _jaxprs(params: Any) -> Iterator[Any]:
    """The jaxprs among the parameters of an equation, each once."""
    for key, value in params.items():
        if key in ("jvp_jaxpr_fun", "fwd_jaxpr_thunk", "bwd"):
            continue
        for each in value if isinstance(value, list | tuple) else [value]:
            if hasattr(each, "eqns"):
                yield _open(each)


def _open(jaxpr: Any) -> Any:
    """The jaxpr itself, without its closed-over constants."""
    return getattr(jaxpr, "jaxpr", jaxpr)


def _live(closed: Any) -> Any:
    """The jaxpr, with only the equations that its outputs depend on."""
    from jax.interpreters import partial_eval

    jaxpr = closed.jaxpr
    live, _ = partial_eval.dce_jaxpr(jaxpr, [True] * len(jaxpr.outvars), instantiate=True)
    return live


def _listed_primitives() -> frozenset[str]:
    """Names of JAX's own primitives; all others are unknown."""
    import jax

    found = (value for key, value in vars(jax.lax).items() if key.endswith("_p"))
    names = (getattr(value, "name", "") for value in found)
    return _KNOWN.union(names).difference(_OPAQUE)
