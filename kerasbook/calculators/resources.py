"""The number of updates in a training run, and the memory that tensors take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasbook.arithmetic import Bytes, Number, Steps, ceil_divide, number, plus, product
from kerasbook.calculators.axes import counts
from kerasbook.calculators.numbers import term, terms
from kerasbook.checks import choice, integer, reject
from kerasbook.dtypes import WIDTHS_BYTES

if TYPE_CHECKING:
    from kerasbook.arithmetic import Formula
    from kerasbook.calculators.axes import OnePer

__all__ = ["kv_cache_bytes", "memory_bytes", "training_steps"]

# Without "string": the memory of a text depends on its length.
_DTYPES = [name for name in WIDTHS_BYTES if name != "string"]


def training_steps(samples: int, batch_size: int = 32, epochs: int = 1) -> Steps:
    """The number of weight updates in a training run: one per batch in each epoch.

    Args:
        samples: training samples, at least 1.
        batch_size: samples in a batch, at least 1; the last batch of an epoch may have fewer.
        epochs: passes over all samples, at least 1.

    Returns:
        An integer that knows its arithmetic, with the steps `per_epoch` and the
        `last_batch_size`.

    Raises:
        ArgumentError: a value is not a positive integer.

    Examples:
        >>> steps = training_steps(samples=24, batch_size=6, epochs=20)
        >>> steps, steps.per_epoch, steps.last_batch_size
        (Steps(80), Number(4), 6)
        >>> print(training_steps(50_000, 32).text)
        ⌈50000 / 32⌉·1 = 1,563
        >>> training_steps(50_000, 32).last_batch_size
        16
        >>> training_steps(24, batch_size=0)
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: batch_size must be an integer of at least 1;
            received batch_size=0.

    Reference:
        The steps are those of `keras.Model.fit`.
    """
    per_epoch = Number(ceil_divide(term("samples", samples), term("batch_size", batch_size)))
    rest = int(samples) - (per_epoch - 1) * int(batch_size)
    return Steps(
        product(per_epoch.formula, term("epochs", epochs)),
        per_epoch=per_epoch,
        last_batch_size=rest,
    )


def memory_bytes(size: OnePer, *, dtype: str = "float32", batch_size: int = 1) -> Bytes:
    """The memory that a tensor or a number of parameters takes, in bytes.

    Args:
        size: number of values, or the shape of a tensor without its batch axis.
        dtype: type of a value: `"float32"`, `"float16"`, `"int8"`, …; a value of fewer than 8 bits
            takes a whole byte.
        batch_size: samples in memory at once.

    Returns:
        An integer that knows its arithmetic; its `human` is a text with a binary unit.

    Raises:
        ArgumentError: a value is not a positive integer, or the dtype is unknown.

    Examples:
        >>> print(memory_bytes(592_554).text)
        592554·4 = 2,370,216
        >>> memory_bytes((32, 32, 32), batch_size=64).human
        '8.00 MiB'
        >>> memory_bytes(10, dtype="float23")
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: dtype must be 'float16', ... received dtype='float23'.
            Did you mean 'float32'?

    Reference:
        The widths are those of NumPy's types of these names.
    """
    axes = len(size) if isinstance(size, list | tuple) else 1
    width = number(WIDTHS_BYTES[choice("dtype", dtype, _DTYPES)], "bytes_per_value")
    values = terms("size", counts("size", size, axes, item="dimension"))
    samples = term("batch_size", batch_size)
    return Bytes(product(*([samples] if samples.value != 1 else []), *values, width))


def kv_cache_bytes(
    *,
    context: int,
    num_layers: int,
    num_key_value_heads: int,
    head_dim: int,
    value_dim: int | None = None,
    sliding_window: int | None = None,
    num_sliding_layers: int | None = None,
    dtype: str = "float32",
    batch_size: int = 1,
) -> Bytes:
    """The memory of a decoder's cache of keys and values, in bytes.

    Each block stores the key and the value of every previous token, so that only the new token has
    to be computed: $2 l n h d$ numbers for $l$ blocks, $n$ tokens, and $h$ heads of $d$ features. A
    block with a sliding window of $w$ tokens stores at most the last $w$.

    Args:
        context: tokens in the cache, those of the prompt and those generated so far.
        num_layers: number of attention blocks.
        num_key_value_heads: key and value heads, which query heads may share.
        head_dim: length of each head's key.
        value_dim: length of each head's value; `head_dim` if left out, and 0 if values are
            computed from the stored keys, as in multi-head latent attention.
        sliding_window: tokens that a block with a window attends to; `None` for no windows.
        num_sliding_layers: number of blocks with the window; all if left out.
        dtype: type of a value: `"float32"`, `"bfloat16"`, `"int8"`, …
        batch_size: sequences generated at once.

    Returns:
        An integer that knows its arithmetic; its `human` is a text with a binary unit.

    Raises:
        ArgumentError: a value is not a positive integer, there are more blocks with a window than
            blocks, or the dtype is unknown.

    Examples:
        Llama 3 8B at 8,192 tokens, and the same model if its 32 query heads shared nothing:

        >>> cache = kv_cache_bytes(
        ...     context=8192, num_layers=32, num_key_value_heads=8, head_dim=128, dtype="bfloat16"
        ... )
        >>> print(cache.text)
        2·32·8192·8·128·2 = 1,073,741,824
        >>> llama = {"num_layers": 32, "head_dim": 128, "dtype": "bfloat16"}
        >>> cache.human, kv_cache_bytes(context=8192, num_key_value_heads=32, **llama).human
        ('1.00 GiB', '4.00 GiB')

        gpt-oss-20b, in which every second block attends to 128 tokens:

        >>> cache = kv_cache_bytes(
        ...     context=8192,
        ...     num_layers=24,
        ...     num_key_value_heads=8,
        ...     head_dim=64,
        ...     sliding_window=128,
        ...     num_sliding_layers=12,
        ...     dtype="bfloat16",
        ... )
        >>> print(cache.text)
        2·(12·8192 + 12·128)·8·64·2 = 204,472,320
        >>> kv_cache_bytes(context=0, num_key_value_heads=8, **llama)
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: context must be an integer of at least 1;
            received context=0.

    Reference:
        Pope et al., *Efficiently scaling transformer inference*, 2022,
        https://arxiv.org/abs/2211.05102, section 3.3.
    """
    width = number(WIDTHS_BYTES[choice("dtype", dtype, _DTYPES)], "bytes_per_value")
    samples = term("batch_size", batch_size)
    key = term("head_dim", head_dim)
    lengths = [number(2, "key_and_value")], key
    if value_dim is not None:
        value = integer("value_dim", value_dim, minimum=0)
        lengths = [], plus(key, number(value, "value_dim") if value else 0)
    return Bytes(
        product(
            *([samples] if samples.value != 1 else []),
            *lengths[0],
            *_cached_tokens(context, num_layers, sliding=(sliding_window, num_sliding_layers)),
            term("num_key_value_heads", num_key_value_heads),
            lengths[1],
            width,
        )
    )


def _cached_tokens(
    context: int, num_layers: int, *, sliding: tuple[int | None, int | None]
) -> tuple[Formula, ...]:
    """The factors of the number of tokens in the caches of all blocks together."""
    layers, tokens = term("num_layers", num_layers), term("context", context)
    window, windowed = sliding
    if window is None:
        if windowed is not None:
            reject(
                "num_sliding_layers",
                "come with sliding_window",
                windowed,
                mend="Give sliding_window=, the tokens that those blocks attend to.",
            )
        return layers, tokens
    kept = term("sliding_window", window)
    if windowed is None:
        windowed = num_layers
    windowed = integer("num_sliding_layers", windowed, minimum=0, maximum=num_layers)
    if windowed == 0 or window >= context:
        return layers, tokens
    if windowed == num_layers:
        return layers, kept
    full = product(number(num_layers - windowed, "num_full_layers"), tokens)
    return (plus(full, product(number(windowed, "num_sliding_layers"), kept)),)
