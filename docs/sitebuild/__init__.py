"""What builds the site beside MkDocs: examples that run, figures, vendored files, the policy.

| module | does |
|---|---|
| `examples` | griffe extension: the site shows what each `>>>` gives now |
| `running` | runs the examples of one docstring |
| `figures` | a Matplotlib figure as an SVG that follows the theme of the page |
| `vectors` | an SVG with less in it that looks the same |
| `vendor` | fonts, KaTeX and Pyodide from pinned npm packages |
| `formulas` | LaTeX as HTML, when the site is built |
| `facts`, `numbers` | the numbers of the article, and what each call gives now |
| `stylesheets` | one style sheet for all pages |
| `searching` | the search finds those numbers too, and no source code |
| `heads`, `cards` | what a page says of itself to search engines and to who shares it |
| `repairs` | what the theme leaves undone |
| `policy` | the Content-Security-Policy of a page |
| `widgets` | what answers the reader: calculators, ledgers, X-ray, stepper, drawing pad |
| `page` | what runs twice: when the site is built, and as Python in the page |
| `serving` | a server of files that behaves as a static host does |
| `post_build` | everything that happens to the built site, in order |
| `publishing` | a version beside the earlier ones, on the branch of GitHub Pages |
| `__main__` | `python -m sitebuild build`, `serve`, `publish` |

MkDocs knows of the griffe extension only; all else happens to its output, so that another
generator can take its place.
"""
