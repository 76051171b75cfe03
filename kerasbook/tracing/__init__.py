"""Multiply-accumulates of a layer in memory, from a trace of the backend that computes nothing.

Rules count Keras's layers from their configuration. A user's own layer is counted by tracing the
operations that the backend would run:

| module | its content |
|---|---|
| `trace` | `trace_call`: one call of a layer, traced |
| `untouched` | restores the state that a trace might change |
| `calls` | records the calls of layers inside a call, with their arguments |
| `tally` | the multiply-accumulates of each call; the protocol of a backend |
| `jaxpr` | JAX: `dot_general`, `conv_general_dilated`, `scan` with its length, `cond`, `while` |
| `dispatch` | PyTorch: the operations of its dispatcher, on tensors without data |
| `concrete`, `loops` | TensorFlow: the graph of a function, and its loops' trip counts |

The conventions are those of the rules: multiply-accumulates of one sample, windows over padding
counted in full, elementwise operations not counted.

The tests compare rule and trace for every layer that has a rule, on each backend. They agree except
where a backend multiplies more than the layer needs:

| backend | additional work |
|---|---|
| JAX | images are resized by products with matrices of weights |
| JAX | a transposed convolution of stride 1 runs as a convolution, which covers the padding too |
| TensorFlow | an outer product of two vectors runs as a matrix product |
| TensorFlow | dilated convolutions are padded to whole blocks |
| PyTorch | recurrent layers run one extra step, two with stacked cells, to find the output shape |
"""

from kerasbook.tracing.calls import RecordedCall, layers_of
from kerasbook.tracing.trace import Trace, TraceError, trace_call
from kerasbook.tracing.untouched import untouched

__all__ = ["RecordedCall", "Trace", "TraceError", "layers_of", "trace_call", "untouched"]
