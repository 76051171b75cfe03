"""The quantities that calculators and reports count: integers with their formula and a unit."""

from __future__ import annotations

from kerasbook.arithmetic.formulas import Number, product

__all__ = ["Bytes", "Macs", "OutputSize", "Params", "ReceptiveSize", "Steps", "Units"]


class OutputSize(Number):
    """An output size along one axis, in pixels.

    Attributes:
        padding: pixels added (before, after) the input. For a transposed convolution, pixels cut
            from its full output; a negative count is a margin of zeros added to it.

    Examples:
        >>> from kerasbook import conv_output_size
        >>> conv_output_size(16, 3, strides=2, padding="same").padding
        (0, 1)
    """

    padding: tuple[int, int]


class Params(Number):
    """A number of weights, biases included.

    Attributes:
        trainable: weights that an optimizer updates.
        non_trainable: weights that no optimizer updates.

    Examples:
        >>> from kerasbook import batch_norm_params
        >>> params = batch_norm_params(channels=32)
        >>> params.trainable, params.non_trainable
        (Number(64), Number(64))
    """

    trainable: Number
    non_trainable: Number


class Macs(Number):
    """Multiply-accumulate operations for one sample.

    Multiplications with padding count; biases, activations and normalization do not.

    Examples:
        >>> from kerasbook import dense_macs
        >>> dense_macs(3072, 200).flops
        Number(1228800)
    """

    @property
    def flops(self) -> Number:
        """Floating-point operations, which are two for each multiply-accumulate."""
        return Number(product(2, self.formula))


class Steps(Number):
    """The number of weight updates in a whole training run.

    Attributes:
        per_epoch: batches in one pass over the samples.
        last_batch_size: samples in the last batch of each epoch.
    """

    per_epoch: Number
    last_batch_size: int


class Bytes(Number):
    """A size in memory, in bytes.

    Examples:
        >>> from kerasbook import memory_bytes
        >>> memory_bytes(592_554).human
        '2.26 MiB'
    """

    @property
    def human(self) -> str:
        """The size as text, in the binary unit that leaves one to four digits before the point."""
        amount, unit = float(self), "B"
        for larger in ("KiB", "MiB", "GiB", "TiB", "PiB"):
            if amount < 1024:  # noqa: PLR2004  the step between binary units
                break
            amount, unit = amount / 1024, larger
        return f"{self:d} B" if unit == "B" else f"{amount:.2f} {unit}"


class ReceptiveSize(Number):
    """The number of input pixels that one output depends on, along one axis.

    Attributes:
        jump: distance in input pixels between the fields of two neighbouring outputs.
    """

    jump: int


class Units(Number):
    """A number of units of a layer.

    Attributes:
        params: parameters of the network with that number of units.
    """

    params: Params
