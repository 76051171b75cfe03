"""Operations on settings and operands that Keras would never write: said clearly, or refused."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kerasbook.errors import SourceError
from kerasbook.rules import Layer, LayerSpec, RuleBook, Tensor
from kerasbook.rules.operations import OPERATIONS

KEYS = """
    axes axis axis1 axis2 block_size bottom_cropping data_format dilation_rate dtype
    indices_or_sections k keepdims kernel_size n newshape num num_classes offset output_size
    pad_width padding pool_size repeats sequence_length sequence_stride shape size source
    destination strides subscripts target_height
""".split()  # noqa: SIM905  a list of names reads better as a text
SIZES = st.none() | st.integers(0, 9)
PLAIN = (
    st.none()
    | st.booleans()
    | st.integers(-3, 9)
    | st.sampled_from([10**30, 1.5, float("nan"), "same", "channels_first", "float16", "ij,jk->ik"])
)
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3), max_leaves=5)
TENSORS = st.builds(
    Tensor,
    st.lists(SIZES, max_size=5).map(tuple),
    st.sampled_from(["float32", "int8", "string"]),
    st.booleans(),
)
SLICES = st.builds(slice, PLAIN, PLAIN, PLAIN)
OPERANDS = TENSORS | TENSORS | st.lists(TENSORS | SLICES | PLAIN, max_size=3) | VALUES | SLICES


@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(sorted(OPERATIONS)),
    st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6),
    st.lists(OPERANDS, min_size=1, max_size=3),
)
def test_any_settings_give_facts_or_an_error_of_ours(name, config, arguments):
    """Nothing fails from below; what is not known has its reason; no size is negative."""
    layer = Layer(name, "node", config, module="keras.src.ops.numpy")
    try:
        facts = RuleBook().facts(LayerSpec(layer, tuple(arguments)))
    except SourceError:
        return
    unknown = None in (facts.output_shape, facts.macs)
    assert facts.weights == ()
    assert bool(facts.reason) == unknown
    for shape in facts.output_shapes:
        assert shape is None or all(size is None or size >= 0 for size in shape)
