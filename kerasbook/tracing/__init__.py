"""What a layer in memory really runs, traced on the backend without computing it.

Rules know Keras's layers from their configuration. What a layer of the user's own multiplies is
found by asking the backend what it would run:

| module | what lives there |
|---|---|
| `trace` | `trace_call`: one call of a layer, traced |
| `untouched` | what a trace might change, put back |
| `calls` | which layers it calls inside it, and on what |
| `tally` | what each of them multiplies; the form of a backend |
| `jaxpr` | JAX: `dot_general`, `conv_general_dilated`, `scan` with its length, `cond`, `while` |
| `dispatch` | PyTorch: its dispatcher, on tensors without data |
| `concrete`, `loops` | TensorFlow: the graph of a function, and how often its loops run |

The convention is that of the rules: multiply-accumulates of one sample, windows in padding counted
in full, nothing for what is done element by element.

For every layer that a rule knows, rule and trace are held against each other by the tests, on each
backend. They agree, but where a backend runs more than the layer needs:

| backend | what it runs more |
|---|---|
| JAX | resizes images by products with matrices of weights |
| JAX | a transposed convolution of stride 1 is a convolution to it, which meets the padding too |
| TensorFlow | multiplies each of two vectors' numbers with each of the other's as matrices |
| TensorFlow | pads dilated convolutions to whole blocks |
| PyTorch | a step of a recurrent layer more, two with stacked cells, to see what comes out |
"""

from kerasbook.tracing.calls import Seen, layers_of
from kerasbook.tracing.trace import Trace, TraceError, trace_call
from kerasbook.tracing.untouched import untouched

__all__ = ["Seen", "Trace", "TraceError", "layers_of", "trace_call", "untouched"]
