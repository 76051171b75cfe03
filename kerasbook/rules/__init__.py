"""Rules: for each layer class a plain function from `LayerSpec` to `LayerFacts`.

How to add a rule
-----------------
1.  Write a function in the file of its family. Its docstring is the sentence that the code says.
    It reads the configuration through the spec's accessors (`positive`, `flag`, `choice`,
    `per_axis`, `axes`, `size`, …), which validate; what else is wrong goes to `spec.fail("axis",
    "be …", "axis=…")`. It never touches Keras, and never answers 0 for what it does not know.

    ```python
    def dense(spec: LayerSpec) -> LayerFacts:
        outer = spec.input_shape[:-1]
        inputs, units = spec.size(-1), spec.positive("units")
        kernel = weight("kernel", {"inputs": inputs, "units": units})
        return LayerFacts(
            (*outer, units),
            weights=(kernel, *use_bias(spec, {"units": units})),
            macs=product(*per_sample(outer), *kernel.sizes),
            views=((*pointwise(outer)[0], WHOLE),),
            saved=("inputs", *activation_saves(spec, (*outer, units))),
        )
    ```

    The weights are all that is said about parameters: `facts.params` writes `(inputs + 1)·units`
    by itself. Conventions (MACs per sample, symbols, unknown) are at the top of `facts.py`; how to
    say what a unit sees at the top of `views.py`.

2.  Enter the class in the table: `LAYERS` in `table.py`, or that of `operations/` for a `keras.ops`
    node. A layer that keeps shape and numbers is `free`; one that nobody can know is
    `out_of_reach(why)`.

3.  A family over 1 to 3 dimensions is a function of the rank that returns the rule: `conv(2)`.

4.  A wrapper asks for the layer inside it: `inner = spec.nested("layer")` reads its configuration,
    `inner.called(shape)` gives its facts (of a model as well), `prefixed(name, inner.weights)`
    lists its weights as the wrapper's own. Hand its `reason` on where it does not know.

5.  Several inputs or outputs: `spec.input_shapes` are all tensors of the call in order,
    `spec.tensor("value", 1)` one by name or position, `spec.argument("axis", 1)` any argument.
    Further outputs go to `more_outputs`.

6.  Test it in `tests/rules/test_<family>.py` with `keras_oracle.check(layer, *shapes)`: one case at
    least per option.

A user teaches a class of their own in the same way: `explain(model, extra_rules={"Mine": rule})`.
"""

from kerasbook.rules.common import (
    activation_saves,
    elements,
    free,
    out_of_reach,
    per_sample,
    use_bias,
)
from kerasbook.rules.facts import (
    NO_MACS,
    Buffer,
    LayerFacts,
    MacsOrigin,
    ParamsOrigin,
    Weight,
    prefixed,
    total,
    trained_and_kept,
    unknown,
    weight,
)
from kerasbook.rules.layer import Layer, Tensor, check_shape, parse_layer, tensors_in
from kerasbook.rules.packed import packed_weights
from kerasbook.rules.policy import DTypePolicy, dtype_policy, policy_or_default
from kerasbook.rules.spec import LayerSpec, Rule
from kerasbook.rules.table import LAYERS, RuleBook, is_keras, is_operation
from kerasbook.rules.views import (
    SAME,
    WHOLE,
    Scattered,
    Shape,
    View,
    Views,
    Window,
    everything,
    pointwise,
    spatial,
)

__all__ = [
    "LAYERS",
    "NO_MACS",
    "SAME",
    "WHOLE",
    "Buffer",
    "DTypePolicy",
    "Layer",
    "LayerFacts",
    "LayerSpec",
    "MacsOrigin",
    "ParamsOrigin",
    "Rule",
    "RuleBook",
    "Scattered",
    "Shape",
    "Tensor",
    "View",
    "Views",
    "Weight",
    "Window",
    "activation_saves",
    "check_shape",
    "dtype_policy",
    "elements",
    "everything",
    "free",
    "is_keras",
    "is_operation",
    "out_of_reach",
    "packed_weights",
    "parse_layer",
    "per_sample",
    "pointwise",
    "policy_or_default",
    "prefixed",
    "spatial",
    "tensors_in",
    "total",
    "trained_and_kept",
    "unknown",
    "use_bias",
    "weight",
]
