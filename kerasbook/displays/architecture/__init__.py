"""`ArchitectureDisplay`, in parts: what is read of a model, what is drawn of it, and where.

| module | for |
|---|---|
| `display` | the display itself |
| `_network`, `_words` | a report as parts: each call of a layer with what a picture says of it |
| `_scene`, `_folding`, `_condensing` | parts in blocks; repetitions once; the middle left out |
| `_candidates` | all of a network, or less, until it fits a page |
| `_graph`, `_graph_layout`, `_layering`, `_columns` | `kind="graph"` |
| `_volumes`, `_volume_rows`, `_glyphs`, `_main_path` | `kind="volumes"` |
| `_neurons`, `_neurons_drawing`, `_weights` | `kind="neurons"` |
| `_sketch`, `_picture` | shapes, lines and labels as data; the legend; the one that draws them |
| `_block_words`, `_told` | what labels say; the network in sentences |
"""

from kerasbook.displays.architecture.display import ArchitectureDisplay

__all__ = ["ArchitectureDisplay"]
