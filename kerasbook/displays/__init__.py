"""Pictures of data and of the user's own model: computed first, drawn second.

Every display is made by a `from_…` that computes, holds plain data, and draws with `plot`:

```python
display = HistoryDisplay.from_history(model.fit(x, y, epochs=10))
display.plot(theme="dark").save("history.svg")
display.alt_text  # the picture in words, with its numbers
```

The names below are imported when they are first used; neither Keras nor Matplotlib before that.

# How to write a display

One file a picture, named after what it shows; its class has a line in the table below and in
`kerasbook/__init__.py`. What they share is in `kerasbook/drawing/`:

| module | for |
|---|---|
| `base` | `Display`, the base of all; `open_axes`, `open_panels`, where a plot begins |
| `theme` | `Theme`: colours and text sizes of light and dark; `add_title`, `add_legend` |
| `settings` | `in_own_settings`: the same picture in any style; fonts for all characters |
| `arrays`, `labels`, `images` | what users pass, read into one form, or an error that says how |
| `models` | `predict` in batches on any backend; `head_scores`, what a model's output means |
| `layers` | `calls`, where a model calls its layers; `run`, what an image makes of some of them |
| `gradients` | `gradient` of a function: all that differs between the backends |
| `cells` | small matrices cell by cell; `draw_picture`; `draw_scale`, the bar of a colour map |
| `ruler` | how wide a text is; `wrapped`, lines that fit a width |
| `text` | `percent`, `counted`, `listed`: numbers as captions and alt texts say them |

```python
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class KernelDisplay(Display["Axes"]):  # "tuple[Axes, ...]" for a display of several panels
    kernel: NDArray[Any]  # plain data only: nothing of Keras or Matplotlib

    @classmethod
    def from_layer(
        cls, layer: Any
    ) -> Self: ...  # all computing, and all errors about arguments, happen here

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

Saving, `to_html` and notebooks come with the base. What every display keeps to:

- `plot` only draws, as often as one likes, and changes nothing but `figure_` and `ax_`.
- No `pyplot`: every colour and text size comes from `page.theme`, everything else is as
  Matplotlib ships it; of the user's `rcParams` only the font families count.
- A meaning never hangs on colour alone: a mark, a line style or a word says it too.
- Text that users bring (class names) goes through `shortened`, and `parse_math=False`.
- Numbers in the picture are also data: an attribute, and part of the alt text.
- A new figure is as wide as a page, about 7.4 inches, so that nobody has to shrink its text.
- Large inputs stay bounded: say how many there are, draw as many as can be seen.
- NumPy, Matplotlib and Keras are imported inside the functions that need them.
- Its tests read artists, labels, colours and alt text back, in `tests/displays/`; a line in
  `tests/display_samples.py` holds it to what all displays promise; and someone has looked at it,
  in light and dark.
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
