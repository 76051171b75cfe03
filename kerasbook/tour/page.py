"""The tour's page: one HTML file that needs no other."""

from __future__ import annotations

import base64
from html import escape
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING, Any

from kerasbook.drawing.text import percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from kerasbook.tour.acts import Act, Figure

__all__ = ["lesson", "page"]

# The least lead, as a share of the test images, that is called a lead at all.
_CLEAR_LEAD = 0.02


def page(acts: Sequence[Act], metrics: dict[str, Any], folder: Path) -> str:
    """The page's HTML: figures, style and numbers inside, nothing loaded from elsewhere.

    Args:
        acts: those that were finished, in order.
        metrics: what `metrics.json` holds.
        folder: where the figures lie.
    """
    template = Template(files("kerasbook.tour").joinpath("page.html").read_text(encoding="utf-8"))
    learned = lesson(metrics)
    return template.substitute(
        title="The tour: a line, a network, a better network",
        setting=escape(_setting(metrics)),
        banner="" if metrics["complete"] else _banner(acts),
        lesson=f'<p class="lesson">{escape(learned)}</p>' if learned else "",
        comparison=_comparison(acts, metrics) if acts else "",
        acts="\n".join(_act(act, folder) for act in acts),
        footer=escape(
            f"Made by kerasbook {metrics['kerasbook']} with Keras {metrics['keras']} on "
            f"{metrics['backend']}. The numbers are in metrics.json, the models in the .keras "
            "files beside this page; they open with Keras alone."
        ),
    )


def lesson(metrics: dict[str, Any]) -> str:
    """What the comparison of the two classifiers shows, as a sentence; `""` if one is missing."""
    models = metrics["models"]
    if "fnn" not in models or "cnn" not in models:
        return ""
    fnn, cnn = models["fnn"], models["cnn"]
    lead = cnn["test_accuracy"] - fnn["test_accuracy"]
    saving = 1 - cnn["params"] / fnn["params"]
    size = f"{percent(abs(saving))} {'fewer' if saving > 0 else 'more'} parameters"
    if abs(lead) < _CLEAR_LEAD:
        return f"With {size}, the convolutional network does about as well as the other here."
    word = "ahead of" if lead > 0 else "behind"
    return (
        f"With {size}, the convolutional network is {abs(lead) * 100:.1f} percentage points "
        f"{word} the fully connected one on images that neither has seen."
    )


def _setting(metrics: dict[str, Any]) -> str:
    data = metrics["data"]
    run = f"Seed {metrics['seed']}, {metrics['seconds']:.0f} s in all."
    if "source" not in data:  # stopped before the images were there
        return run
    return (
        f"Images: {data['name']} ({data['source']}), {data['train_samples']:,} to train on and "
        f"{data['test_samples']:,} to test, {data['num_classes']} classes. {run}"
    )


def _banner(acts: Sequence[Act]) -> str:
    done = " and ".join(act.title for act in acts) or "nothing yet"
    return (
        '<p class="stopped"><strong>The tour was stopped before its end.</strong> '
        f"Finished: {escape(done)}.</p>"
    )


def _comparison(acts: Sequence[Act], metrics: dict[str, Any]) -> str:
    columns = ("Model", "Parameters", "Test accuracy", "Chance", "Training")
    rows = []
    for act in acts:
        facts = metrics["models"][act.name]
        accuracy, chance = facts.get("test_accuracy"), facts.get("chance")
        rows.append(
            (
                act.title,
                f"{facts['params']:,}",
                "–" if accuracy is None else percent(accuracy),
                "–" if chance is None else percent(chance),
                f"{facts['fit_seconds']:.0f} s",
            )
        )
    head = _cells("th", columns)
    body = "\n".join(f"<tr>{_cells('td', row)}</tr>" for row in rows)
    return f'<div class="scroll"><table><tr>{head}</tr>\n{body}</table></div>'


def _cells(tag: str, texts: Iterable[str]) -> str:
    first, *rest = (escape(text) for text in texts)
    numbers = "".join(f'<{tag} class="number">{text}</{tag}>' for text in rest)
    return f"<{tag}>{first}</{tag}>{numbers}"


def _act(act: Act, folder: Path) -> str:
    story = "\n".join(f"<p>{escape(sentence)}</p>" for sentence in act.story)
    figures = "\n".join(_figure(figure, folder) for figure in act.figures)
    return f"""<section id="{act.name}">
<h2>{escape(act.title)}</h2>
<h3>1. Create</h3>
<pre><code>{escape(act.code)}</code></pre>
<h3>2. Inspect</h3>
<pre tabindex="0" role="region" aria-label="Layers and their arithmetic"><code>{
        escape(act.report.to_text())
    }</code></pre>
<h3>3. Compile</h3>
<p>{escape(act.compiled)}</p>
<h3>4. Fit, 5. Evaluate and predict</h3>
{story}
{figures}
</section>"""


def _figure(figure: Figure, folder: Path) -> str:
    light, dark = (
        _data_uri(folder / "figures" / f"{figure.name}-{theme}.svg") for theme in ("light", "dark")
    )
    return f"""<figure><picture>
<source media="(prefers-color-scheme: dark)" srcset="{dark}">
<img src="{light}" alt="{escape(figure.alt_text)}">
</picture><figcaption>{escape(figure.caption)}</figcaption></figure>"""


def _data_uri(path: Path) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(path.read_bytes()).decode("ascii")
