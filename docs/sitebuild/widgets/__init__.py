"""The parts of the site that answer: what the build makes of them.

| module | makes |
|---|---|
| `panels` | X-ray, stepper and drawing pad before any script runs |
| `forms` | a calculator's form, from the function's own signature, with the first answer |
| `markers` | a page from its `<!-- kb:… -->` comments |
| `reference` | each calculator's form at the end of its reference |
| `remembered` | what is costly to make, kept by content |
| `runtime` | the library's source as one archive, for the page |
| `models` | files to look into with the X-ray |
| `network` | a trained network for handwriting, as JSON |
| `steps` | all steps of a convolution, for a choice of kernels, strides and paddings |

The scripts are in `docs/assets/js`, the style in `docs/assets/css/widgets.css`. `site.js` loads a
script when what it enlivens is near.
"""
