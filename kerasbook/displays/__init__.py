"""Pictures of data and of the user's own model: computed first, drawn second.

Arrays, histories and models come in; a `from_…` method computes a display of plain data. `plot`
draws it, `save` and `to_html` write it, and `alt_text` describes it in words:

```python
display = HistoryDisplay.from_history(model.fit(x, y, epochs=10))
display.plot(theme="dark").save("history.svg")
display.alt_text  # the picture in words, with its numbers
```

The names below are imported on first use; neither Keras nor Matplotlib is loaded before that.

# How to write a display

Each picture has a file of its own, named after what it shows; its class has a line in the table
below and in `kerasbook/__init__.py`. What all of them share is in `kerasbook/drawing/`:

| module | for |
|---|---|
| `base` | `Display`, the base class; `open_axes` and `open_panels`, which begin a plot |
| `theme` | `Theme`, colours and text sizes, light or dark; `add_title`, `add_legend` |
| `settings` | `in_own_settings`: a picture independent of the user's style; fallback fonts |
| `arrays`, `labels`, `images` | users' data in one checked form, or a helpful error |
| `models` | `predict` in batches on any backend; `head_scores`, the kind of a model's output |
| `layers` | `calls`, a model's calls of its layers; `run`, outputs of some layers for a batch |
| `gradients` | `gradient` of a function, with a branch for each backend |
| `cells` | small matrices cell by cell; `draw_picture`; `draw_scale`, a colour bar |
| `ruler` | the width of a text; `wrapped_to`, lines that fit a width |
| `text` | `percent`, `counted`, `listed`: numbers and lists for captions and alt texts |

```python
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class KernelDisplay(Display["Axes"]):  # "tuple[Axes, ...]" for a display of several panels
    kernel: NDArray[Any]  # plain data only: nothing of Keras or Matplotlib

    @classmethod
    def from_layer(cls, layer: Any) -> Self: ...  # computes everything and checks every argument

    @property
    def title(self) -> str: ...  # a few words

    @property
    def alt_text(self) -> str: ...  # sentences, with the numbers that the picture shows

    @in_own_settings
    def plot(self, *, ax: Axes | None = None, theme: ThemeName = "light") -> Self:
        page = open_axes(ax, size=(4, 4), theme=theme)  # inches; `open_panels(fig, …)` for several
        page.ax.imshow(self.kernel, cmap=page.theme.diverging)
        return self._drawn(page)  # sets `figure_` and `ax_`
```

Saving, `to_html` and notebooks come with the base class. The rules for every display:

- `plot` only draws; it can be called repeatedly, and changes only `figure_` and `ax_`.
- No `pyplot`: every colour and text size comes from `page.theme`, everything else is as
  Matplotlib ships it; of the user's `rcParams` only the font families count.
- Colour alone never carries a meaning: a mark, a line style or a word repeats it.
- Users' texts (class names) go through `shortened` and are drawn with `parse_math=False`.
- Each number in the picture is also an attribute and part of the alt text.
- A new figure is at most as wide as a page, about 7.4 inches, so that its text need not shrink.
- The drawing is bounded: of a large input, draw as much as can be seen and say how much there is.
- NumPy, Matplotlib and Keras are imported inside the functions that need them.
- Its tests in `tests/displays/` read artists, labels, colours and alt text back; a line in
  `tests/display_samples.py` applies the tests that all displays share. Look at the picture
  yourself, in light and dark, before you add it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasbook.lazy import attach

if TYPE_CHECKING:
    from kerasbook.displays.activation import *
    from kerasbook.displays.architecture import *
    from kerasbook.displays.batch_norm import *
    from kerasbook.displays.batches import *
    from kerasbook.displays.confusion import ConfusionDisplay as ConfusionDisplay
    from kerasbook.displays.convolution_step import *
    from kerasbook.displays.dropout import *
    from kerasbook.displays.edge_filter import *
    from kerasbook.displays.feature_maps import *
    from kerasbook.displays.filters import *
    from kerasbook.displays.fit import *
    from kerasbook.displays.flatten import *
    from kerasbook.displays.history import *
    from kerasbook.displays.images import *
    from kerasbook.displays.live import *
    from kerasbook.displays.mosaic import *
    from kerasbook.displays.predictions import *
    from kerasbook.displays.saliency import *
    from kerasbook.displays.sweep import *
else:
    __getattr__, __dir__, __all__ = attach(
        __name__,
        {
            "activation": "ActivationDisplay",
            "architecture": "ArchitectureDisplay",
            "batches": "BatchDisplay",
            "batch_norm": "BatchNormDisplay",
            "mosaic": "ClassMosaicDisplay",
            "confusion": "ConfusionDisplay",
            "convolution_step": "ConvolutionStepDisplay",
            "dropout": "DropoutDisplay",
            "edge_filter": "EdgeFilterDisplay",
            "feature_maps": "FeatureMapDisplay",
            "filters": "FilterDisplay",
            "fit": "FitDisplay",
            "flatten": "FlattenDisplay",
            "history": "HistoryDisplay",
            "images": "ImageGridDisplay",
            "live": "LiveHistory",
            "predictions": "PredictionGridDisplay",
            "saliency": "SaliencyDisplay",
            "sweep": "SweepDisplay",
        },
    )
