"""Pictures as bytes: PNG, SVG or PDF with title and description inside, the same on each repeat."""

from __future__ import annotations

import os
import re
from html import escape
from io import BytesIO, TextIOBase
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from zlib import crc32

from kerasbook.checks import choice, reject

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FORMATS", "picture_path", "picture_target", "render"]

FORMATS = ("png", "svg", "pdf")
# The SVG's ids come from its content, so that drawing it twice gives the same bytes:
# https://matplotlib.org/stable/users/explain/customizing.html (svg.hashsalt).
_SETTINGS: Any = {"svg.hashsalt": "kerasbook", "svg.fonttype": "path"}


def render(figure: Figure, kind: str, *, title: str, description: str, dpi: float = 144) -> bytes:
    """The bytes of a figure in one format, with its title and description inside.

    Args:
        figure: what to draw.
        kind: `"png"`, `"svg"` or `"pdf"`.
        title: a few words.
        description: the alt text.
        dpi: pixels per inch, for PNG and for the photographs inside the others.

    Returns:
        The file's content, without a date: the same figure always gives the same bytes.
    """
    import matplotlib as mpl  # noqa: PLC0415  only drawing needs it

    metadata: dict[str, dict[str, Any]] = {
        "png": {"Title": title, "Description": description},
        "svg": {"Title": title, "Description": description, "Date": None},
        "pdf": {"Title": title, "Subject": description, "CreationDate": None},
    }
    kind = choice("format", kind, FORMATS)
    buffer = BytesIO()
    with mpl.rc_context(_SETTINGS):
        figure.savefig(
            buffer,
            format=kind,
            dpi=dpi,
            metadata=metadata[kind],
            facecolor=figure.get_facecolor(),
        )
    content = buffer.getvalue()
    return _accessible(content, title, description) if kind == "svg" else content


def picture_path(path: str | os.PathLike[str]) -> Path:
    """The path of a picture to write, once its suffix and its folder are known to be good.

    Raises:
        ArgumentError: the suffix is no format that can be written, or the folder is missing.

    Examples:
        >>> picture_path("fit.jpg")
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: path must end in .png, .svg or .pdf;
            received path='fit.jpg'.
    """
    if not isinstance(path, str | os.PathLike):
        reject("path", "be a path that ends in .png, .svg or .pdf", path)
    result = Path(path)
    if result.suffix.lower().removeprefix(".") not in FORMATS:
        reject("path", "end in .png, .svg or .pdf", str(path))
    if not result.parent.is_dir():
        reject("path", "be in a folder that exists", str(path), mend="Make the folder first.")
    return result


def picture_target(
    path: str | os.PathLike[str] | IO[bytes], kind: str | None
) -> tuple[Path | IO[bytes], str]:
    """Where a picture goes, a path or an open file, and its format.

    Raises:
        ArgumentError: see `picture_path`; or the file takes text, or `kind` is no format, or is
            given for a path and not its suffix.

    Examples:
        >>> from io import BytesIO, TextIOBase
        >>> picture_target(BytesIO(), None)[1]
        'png'
        >>> picture_target("fit.svg", "png")
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: format must be the suffix of the path, 'svg';
            received format='png'.
    """
    if kind is not None:
        choice("format", kind, FORMATS)
    if callable(getattr(path, "write", None)):
        if isinstance(path, TextIOBase):
            mend = "Open it with mode 'wb', or use io.BytesIO()."
            reject("path", "be a path, or a file that takes bytes", path, mend=mend)
        return path, kind or FORMATS[0]  # type: ignore[return-value]  # it has `write`
    target = picture_path(path)  # type: ignore[arg-type]  # refuses all else
    suffix = target.suffix.lower().removeprefix(".")
    if kind not in {None, suffix}:
        reject("format", f"be the suffix of the path, {suffix!r}", kind)
    return target, suffix


def _accessible(svg: bytes, title: str, description: str) -> bytes:
    """The SVG with what a screen reader looks for: a role, a name and a description.

    Reference:
        W3C, *SVG Accessibility API Mappings*, https://www.w3.org/TR/svg-aam-1.0/.
    """
    text = svg.decode()
    key = f"{crc32(description.encode()):08x}"  # several pictures may stand in one page
    names = f'aria-labelledby="title-{key} desc-{key}"'
    text = text.replace("<svg ", f'<svg role="img" {names} ', 1)
    named = (
        f'<title id="title-{key}">{escape(title, quote=False)}</title>\n'
        f' <desc id="desc-{key}">{escape(description, quote=False)}</desc>'
    )
    return re.sub(r"<title>.*?</title>", lambda _: named, text, count=1, flags=re.DOTALL).encode()
