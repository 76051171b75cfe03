"""Diagrams of networks: the parts of a model, their layout on a page, and their drawing.

A report comes in; shapes, lines and labels with their places go out, and are drawn on axes.

| module | for |
|---|---|
| `network`, `words` | a report as parts: each call of a layer with what a picture says of it |
| `scene`, `folding`, `condensing` | parts in blocks; repetitions once; the middle left out |
| `candidates` | all of a network, or less, until it fits a page |
| `graph`, `graph_layout`, `layering`, `columns` | `kind="graph"` |
| `volumes`, `volume_rows`, `glyphs`, `main_path` | `kind="volumes"` |
| `neurons`, `neurons_drawing`, `weights` | `kind="neurons"` |
| `sketch`, `picture` | shapes, lines and labels as data; the legend; drawing them on axes |
| `block_words`, `sentences` | the texts of labels; the network in sentences |
"""
