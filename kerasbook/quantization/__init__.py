"""What quantisation and mixed precision change in a model, from the rules to the report.

A graph and the names of policies come in; out goes a `Quantization`: bytes stored, moved and at
the peak under each scheme, by layer. `ModelReport.quantization` asks for it.

Examples:
    >>> from kerasbook import explain
    >>> layer = {"class_name": "Dense", "config": {"name": "top", "units": 3}}
    >>> report = explain({"name": "n", "layers": [layer], "build_input_shape": [None, 4]})
    >>> print(report.quantization(batch_size=32, schemes=["int8", "int4/-1", "bfloat16"]))
    n (Sequential), a batch of 32
    ───────────────────────────────────────────────────────────────────────────────
    Scheme    Stored  Moved   Peak  Stored, of now
    ───────────────────────────────────────────────────────────────────────────────
    as it is    60 B  956 B  956 B         100.0 %
    int8        36 B  932 B  932 B          60.0 %
    int4/-1     32 B  928 B  928 B          53.3 %
    bfloat16    30 B  734 B  734 B          50.0 %
    ───────────────────────────────────────────────────────────────────────────────
    >>> quantized = report.quantization(batch_size=32)["int8"]
    >>> quantized.stored.text, quantized.moved.text, quantized.peak.text
    ('2·3·4 + 4·3 = 36', '36 + 32·(16 + 12) = 932', '36 + 32·28 = 932')
    >>> for weight in quantized.rows[1].weights:
    ...     print(weight.name, weight.shape, weight.dtype)
    bias (3,) float32
    kernel (4, 3) int8
    kernel_scale (3,) float32
    >>> report.quantization(schemes=["int3"])
    Traceback (most recent call last):
    kerasbook.errors.ArgumentError: schemes must be names as Keras's dtype policies have
        them: 'mixed_bfloat16', ...; received 'int3'.
"""

from typing import TYPE_CHECKING

from kerasbook.lazy import attach

if TYPE_CHECKING:
    from kerasbook.quantization.result import Quantization as Quantization
    from kerasbook.quantization.result import Scheme as Scheme
    from kerasbook.quantization.result import SchemeRow as SchemeRow
else:
    __getattr__, __dir__, __all__ = attach(__name__, {"result": "Quantization Scheme SchemeRow"})
