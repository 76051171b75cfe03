"""Hand-made convolution kernels, and images filtered with them.

```python
from kerasbook import filters

edges = filters.filter_image(photo, "horizontal")  # grey or colour, as Keras computes it
filters.kernel_names()  # Sobel, Scharr, Laplacian, blur …
```

| function | returns |
|---|---|
| `named_kernel` | a kernel by name, as an array; `KERNELS` is the table, with sources |
| `filter_image` | the filtered image |
| `convolution_step` | one pixel of the filtered image, with the sum that gives it |
| `edge_filter_layer` | a frozen Keras `Conv2D` with such kernels |
"""

from __future__ import annotations

from kerasbook.filters.images import ConvolutionStep, convolution_step, filter_image
from kerasbook.filters.kernels import KERNELS, NamedKernel, kernel_names, named_kernel
from kerasbook.filters.layers import edge_filter_layer

__all__ = [
    "KERNELS",
    "ConvolutionStep",
    "NamedKernel",
    "convolution_step",
    "edge_filter_layer",
    "filter_image",
    "kernel_names",
    "named_kernel",
]
