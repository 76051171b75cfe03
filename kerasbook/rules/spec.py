"""What a rule is given: `LayerSpec`, one layer as data, with accessors that validate.

A rule reads the configuration only through the accessors: what is missing or wrong becomes a
`SourceError` that names the layer, the key, what was expected and what was found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import TYPE_CHECKING, NoReturn, TypeAlias, TypeVar

from kerasbook import checks
from kerasbook.errors import ArgumentError, SourceError
from kerasbook.rules.facts import LayerFacts
from kerasbook.rules.layer import LARGEST, Tensor, is_shape, parse_layer, tensors_in
from kerasbook.rules.policy import dtype_policy
from kerasbook.values import plain

if TYPE_CHECKING:
    from kerasbook.errors import KerasbookError
    from kerasbook.rules.layer import Layer
    from kerasbook.rules.policy import DTypePolicy
    from kerasbook.rules.views import Shape

T = TypeVar("T")

__all__ = ["LayerSpec", "Rule", "Tensor"]

Rule: TypeAlias = Callable[["LayerSpec"], LayerFacts]

_MISSING = object()


@dataclass(frozen=True, slots=True, eq=False)
class LayerSpec:
    """One call of one layer: what it is, and what it is called on.

    Attributes:
        layer: the layer.
        arguments: what the call passes by position: `Tensor`s, constants, and lists, tuples and
            dicts of them.
        keywords: what it passes by name.
        evaluate: how the facts of a layer inside this one are found; rules use `nested`.

    Examples:
        >>> from kerasbook.rules import Layer
        >>> layer = Layer("Dense", "top", {"units": 10, "use_bias": 1})
        >>> spec = LayerSpec(layer, (Tensor((None, 128)),))
        >>> spec.input_shape
        (None, 128)
        >>> spec.positive("units")
        10
        >>> spec.flag("use_bias", default=True)
        Traceback (most recent call last):
        kerasbook.errors.SourceError: layer 'top' (Dense): use_bias must be True or False;
            received use_bias=1.
        >>> spec.positive("filters")
        Traceback (most recent call last):
        kerasbook.errors.SourceError: layer 'top' (Dense): its configuration must give filters;
            received the keys 'units', 'use_bias'.
    """

    layer: Layer
    arguments: tuple[object, ...]
    keywords: Mapping[str, object] = field(default_factory=dict)
    _: KW_ONLY
    evaluate: Callable[[LayerSpec], LayerFacts] | None = None
    _tensors: tuple[Tensor, ...] | None = field(default=None, init=False)

    # ---------------------------------------------------------------------- what it is called on

    @property
    def class_name(self) -> str:
        """The layer's class."""
        return self.layer.class_name

    @property
    def name(self) -> str:
        """The layer's name."""
        return self.layer.name

    @property
    def config(self) -> Mapping[str, object]:
        """The layer's configuration; read it through the accessors."""
        return self.layer.config

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """All tensors of the call, those passed by position first."""
        if self._tensors is None:  # rules ask again and again
            found = (*tensors_in(self.arguments), *tensors_in(tuple(self.keywords.values())))
            object.__setattr__(self, "_tensors", found)
            return found
        return self._tensors

    @property
    def input_shapes(self) -> tuple[Shape, ...]:
        """Shapes of all tensors of the call, those passed by position first."""
        return tuple(tensor.shape for tensor in self.tensors)

    @property
    def input_shape(self) -> Shape:
        """Shape of the first tensor of the call, which has at least a batch axis."""
        first = next((tensor.shape for tensor in self.tensors if tensor.shape), None)
        if first is None:
            self.fail("it", "be called on a tensor with a batch axis", "none")
        return first

    def argument(self, name: str, position: int) -> object:
        """What the call passes for a parameter, by name or by position; `None` if nothing."""
        if name in self.keywords:
            return self.keywords[name]
        return self.arguments[position] if position < len(self.arguments) else None

    def tensor(self, name: str, position: int) -> Tensor | None:
        """The tensor that the call passes for a parameter, if it is one."""
        value = self.argument(name, position)
        return value if isinstance(value, Tensor) else None

    def of_rank(self, *ranks: int) -> Shape:
        """The input shape, if it has one of these numbers of axes, the batch included.

        Raises:
            SourceError: it has another.
        """
        shape = self.input_shape
        if len(shape) not in ranks:
            expected = " or ".join(map(str, ranks))
            self.fail("its input", f"have {expected} axes", f"the shape {shape}")
        return shape

    def size(self, axis: int, shape: Shape | None = None) -> int:
        """The size of one axis of the input, which the weights need.

        Args:
            axis: which, may be negative.
            shape: of which tensor; the input shape if left out.

        Raises:
            SourceError: there is no such axis, or its size is not specified.
        """
        shape = self.input_shape if shape is None else shape
        if not -len(shape) <= axis < len(shape):
            self.fail("its input", f"have an axis {axis}", f"the shape {shape}")
        size = shape[axis]
        if size is None:
            self.fail(f"the size of axis {axis}", "be specified", f"the shape {shape}")
        return size

    # ----------------------------------------------------------------------- what it is made with

    def get(self, key: str, default: object = _MISSING) -> object:
        """A value as it is; a missing one, or `None`, is the default if there is one.

        Raises:
            SourceError: it is missing and has no default.
        """
        value = self.config.get(key)
        if value is not None or (key in self.config and default is _MISSING):
            return value
        if default is _MISSING:
            keys = ", ".join(map(repr, list(self.config)[:12])) or "none"
            self.fail("its configuration", f"give {key}", f"the keys {keys}")
        return default

    def positive(self, key: str, default: object = _MISSING) -> int:
        """An integer of at least 1."""
        value = self.config.get(key)
        if type(value) is int and 0 < value <= LARGEST:  # nearly always
            return value
        return self._sized(key, self._checked(checks.integer, key, default, minimum=1))

    def integer(self, key: str, default: object = _MISSING, *, minimum: int | None = None) -> int:
        """An integer, of at least `minimum`."""
        return self._sized(key, self._checked(checks.integer, key, default, minimum=minimum))

    def number(
        self,
        key: str,
        default: object = _MISSING,
        *,
        minimum: float | None = None,
        maximum: float | None = None,
    ) -> float:
        """A finite number within its bounds."""
        return self._checked(checks.real_number, key, default, minimum=minimum, maximum=maximum)

    def flag(self, key: str, default: object = _MISSING) -> bool:
        """True or False."""
        value = self.config.get(key)
        if value is True or value is False:
            return value
        return self._checked(checks.boolean, key, default)

    def choice(self, key: str, *choices: str, default: object = _MISSING) -> str:
        """One of the choices."""
        value = self.config.get(key)
        if isinstance(value, str) and value in choices:
            return value
        return self._checked(checks.choice, key, default, choices=choices)

    def per_axis(
        self, key: str, rank: int, default: object = _MISSING, *, minimum: int = 1
    ) -> tuple[int, ...]:
        """One integer per spatial axis, from one for all or a sequence of that length."""
        value = self.get(key, default)
        if isinstance(value, list | tuple) and len(value) == rank:
            plain = tuple([n for n in value if type(n) is int and minimum <= n <= LARGEST])
            if len(plain) == rank:
                return plain
        try:
            values = checks.one_or_per(key, value, rank, item="spatial axis")
            sizes = tuple(checks.integer(key, each, minimum=minimum) for each in values)
        except ArgumentError as error:
            self.refuse(error)
        return tuple(self._sized(key, size) for size in sizes)

    def axes(self, key: str, rank: int, default: object = _MISSING) -> tuple[int, ...]:
        """Axes of a tensor of that rank, counted from 0, from one axis or a list of them."""
        value = self.get(key, default)
        if type(value) is int and -rank <= value < rank:
            return (value % rank,)
        each = list(value) if isinstance(value, list | tuple) else [value]
        try:
            found = [checks.integer(key, n, minimum=-rank, maximum=rank - 1) % rank for n in each]
        except ArgumentError as error:
            self.refuse(error)
        if len(set(found)) != len(found):
            self.fail(key, "name axes, each once", f"{key}={plain(value)!r}")
        return tuple(found)

    def axis(self, key: str, rank: int, default: object = _MISSING) -> int:
        """One axis of a tensor of that rank, counted from 0; a list of one will do."""
        found = self.axes(key, rank, default)
        if len(found) != 1:
            self.fail(key, "be one axis", f"{key}={plain(self.get(key))!r}")
        return found[0]

    @property
    def channels_first(self) -> bool:
        """Whether the channels come before the spatial axes."""
        formats = ("channels_last", "channels_first")
        return self.choice("data_format", *formats, default=formats[0]) == formats[1]

    @property
    def policy(self) -> DTypePolicy:
        """The layer's dtype policy."""
        try:
            return dtype_policy(self.config.get("dtype"))
        except SourceError as error:
            self.refuse(error)

    @property
    def trainable(self) -> bool:
        """Whether the layer's weights are trained, as far as the layer itself decides."""
        return self.flag("trainable", default=True)

    def activation(self, key: str = "activation") -> str:
        """The name of an activation function: `"relu"`; `"linear"` for none, `""` for another.

        A function of the user's own has no name that can be trusted.
        """
        value = self.config.get(key)
        if value is None:
            return "linear"
        if isinstance(value, Mapping):  # a serialised function, or an activation layer
            inner = value.get("config")
            value = inner if isinstance(inner, str) else value.get("class_name")
        return value if isinstance(value, str) else ""

    # ------------------------------------------------------------------------ layers inside it

    def nested(self, key: str = "layer", value: object = None) -> LayerSpec:
        """The layer that this one wraps, as a spec that is not yet called.

        Args:
            key: where the configuration holds it.
            value: the serialised layer itself, if it is not directly under a key.

        Returns:
            A spec to read the wrapped layer's configuration from; `called` gives its facts.

        Raises:
            SourceError: there is no serialised layer.
        """
        inner = parse_layer(
            self.get(key) if value is None else value, where=self.layer.where, role=key
        )
        return replace(self, layer=inner, arguments=(), keywords={})

    def called(self, *inputs: object, **keywords: object) -> LayerFacts:
        """The facts of this layer on other inputs; what a wrapper asks of its nested layer.

        Args:
            *inputs: `Tensor`s, or plain shapes.
            **keywords: tensors and constants passed by name.
        """
        tensors = tuple(Tensor(each) if is_shape(each) else each for each in inputs)
        spec = replace(self, arguments=tensors, keywords=keywords)
        if self.evaluate is None:
            self.fail("a layer inside another", "be read within a model", "none")
        return self.evaluate(spec)

    # ------------------------------------------------------------------------------- mistakes

    def fail(self, subject: str, expected: str, received: str, *, mend: str = "") -> NoReturn:
        """Raise for this layer.

        Args:
            subject: which of its settings or inputs is wrong; the layer's name is put before it.
            expected: what it must be, as the end of the sentence "`subject` must …".
            received: what was received instead.
            mend: what to do, as a sentence.

        Raises:
            SourceError: always.
        """
        where = self.layer.where or self.layer.name
        where = f"layer {where!r} ({self.class_name}): {subject}"
        raise SourceError(where=where, expected=expected, received=received, mend=mend)

    def refuse(self, error: KerasbookError) -> NoReturn:
        """Raise for this layer what was raised for one of its settings."""
        self.fail(error.where, error.expected, error.received, mend=error.mend)

    def _sized(self, key: str, value: int) -> int:
        """The value, if an array can have that size."""
        if value > LARGEST:
            self.fail(key, "be below 2⁶³, as every size", f"{key}={value}")
        return value

    def _checked(self, check: Callable[..., T], key: str, default: object, **bounds: object) -> T:
        value = self.get(key, default)
        try:
            return check(key, value, **bounds)
        except ArgumentError as error:
            self.refuse(error)
