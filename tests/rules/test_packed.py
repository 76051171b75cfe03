"""What a file stores for projections that were quantised by themselves."""

from __future__ import annotations

import pytest

from kerasbook.rules import packed_weights, weight

# A projection of 16 numbers to 2 heads of 4, and the shapes that Keras 3.15 gives each weight.
PLAIN = (
    weight("query/kernel", {"inputs": 16, "heads": 2, "size": 4}),
    weight("query/bias", {"heads": 2, "size": 4}),
)
KERNEL, BIAS = ("kernel", (16, 2, 4), "float32", True), ("bias", (2, 4), "float32", True)
RANGE = [((), "float32"), ((1024,), "float32")]
STORED = {
    "int8": (
        [((16, 2, 4), "int8"), ((2, 4), "float32"), ((1, 1, 2, 4), "float32")],
        [
            BIAS,
            ("kernel", (16, 2, 4), "int8", False),
            ("kernel_scale", (1, 1, 2, 4), "float32", False),
        ],
    ),
    "int4/8": (
        [
            ((16, 4), "int8"),
            ((2, 4), "float32"),
            ((2, 8), "float32"),
            ((2, 8), "int8"),
            ((16,), "float32"),
        ],
        [
            BIAS,
            ("kernel", (16, 4), "int8", False),
            ("kernel_scale", (2, 8), "float32", False),
            ("kernel_zero", (2, 8), "int8", False),
            ("g_idx", (16,), "float32", False),
        ],
    ),
    "float8": (
        [((16, 2, 4), "float32"), ((2, 4), "float32"), *RANGE, *RANGE, *RANGE],
        [
            KERNEL,
            BIAS,
            *(
                (f"{of}_{what}", shape, dtype, True)
                for of in ("inputs", "kernel", "outputs_grad")
                for what, (shape, dtype) in zip(("scale", "amax_history"), RANGE, strict=True)
            ),
        ],
    ),
    "gptq/4/8": (
        [((2, 4), "float32"), ((4, 16), "uint8"), ((8, 2), "float32"), ((16,), "float32")],
        [
            BIAS,
            ("kernel", (4, 16), "uint8", False),
            ("kernel_scale", (8, 2), "float32", False),
            ("zero_point", (8, 2), "uint8", False),
            ("g_idx", (16,), "float32", False),
        ],
    ),
    "awq/4/-1": (
        [
            ((2, 4), "float32"),
            ((4, 16), "uint8"),
            ((8, 1), "float32"),
            ((16,), "float32"),
            ((16,), "float32"),
        ],
        [
            BIAS,
            ("kernel", (4, 16), "uint8", False),
            ("kernel_scale", (8, 1), "float32", False),
            ("zero_point", (8, 1), "uint8", False),
            ("awq_scales", (16,), "float32", False),
            ("g_idx", (16,), "float32", False),
        ],
    ),
}


def arrays(described, folder="query_dense"):
    """Arrays under their numbers, as a `.keras` file stores them."""
    return tuple(
        weight(f"{folder}/{n}", {f"axis_{i}": size for i, size in enumerate(shape)}, dtype=dtype)
        for n, (shape, dtype) in enumerate(described)
    )


def listed(weights):
    """What is said of each weight."""
    return [(each.name, each.shape, each.dtype or "float32", each.trainable) for each in weights]


@pytest.mark.parametrize("mode", STORED)
def test_arrays_have_the_names_that_keras_gives_them(mode):
    """In the order in which Keras lists them, each trained or not as it is there."""
    described, right = STORED[mode]
    found = packed_weights(PLAIN, arrays(described))
    assert listed(found) == [(f"query/{name}", *rest) for name, *rest in right]


@pytest.mark.parametrize(
    "stored",
    [
        arrays([((16, 2, 4), "float32"), ((2, 4), "float32")]),
        arrays(STORED["int8"][0], folder="other"),
        arrays([*STORED["int8"][0], *RANGE, *RANGE]),
        arrays(STORED["int8"][0]) + arrays([((3,), "float32")], folder="more"),
    ],
    ids=["not quantised", "of another part", "too many", "of another part besides"],
)
def test_arrays_that_are_not_those_of_the_layer_are_not_taken(stored):
    """What is not understood is left to the check of the whole."""
    assert packed_weights(PLAIN, stored) is None


def test_arrays_with_names_keep_them():
    """As in an `.h5` file, where they stand in the order of the alphabet."""
    described, right = STORED["int8"]
    names = ("kernel", "bias", "kernel_scale")
    stored = [
        weight(f"query/{name}", {f"n{i}": size for i, size in enumerate(shape)}, dtype=dtype)
        for name, (shape, dtype) in sorted(zip(names, described, strict=True))
    ]
    assert listed(packed_weights(PLAIN, stored)) == [(f"query/{n}", *rest) for n, *rest in right]
