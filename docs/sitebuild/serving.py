"""A server of files that behaves as a static host does: compressed, under a path, with its 404."""

from __future__ import annotations

import gzip
import mimetypes
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["serve"]

_COMPRESSED = (".css", ".html", ".js", ".json", ".mjs", ".svg", ".txt", ".wasm", ".xml")
_TYPES = {".mjs": "text/javascript", ".js": "text/javascript", ".wasm": "application/wasm"}


def serve(site: Path, *, port: int = 0, prefix: str = "/") -> ThreadingHTTPServer:
    """A server of a built site on this machine only; call its `serve_forever`.

    Args:
        site: the folder.
        port: 0 for any that is free.
        prefix: the path that the site is under, from `/` to `/`.
    """
    return ThreadingHTTPServer(("127.0.0.1", port), partial(_Handler, site=site, prefix=prefix))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, *args: Any, site: Path, prefix: str) -> None:  # noqa: ANN401  as its base
        self.site, self.prefix = site.resolve(), prefix
        super().__init__(*args)

    def do_GET(self) -> None:
        """Answer with the file, or with the page that says there is none."""
        path = self._file()
        status = HTTPStatus.OK if path else HTTPStatus.NOT_FOUND
        path = path or self.site / "404.html"
        content = path.read_bytes()
        self.send_response(status)
        kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
        self.send_header("Content-Type", kind or "application/octet-stream")
        if path.suffix in _COMPRESSED and "gzip" in self.headers.get("Accept-Encoding", ""):
            content = gzip.compress(content, 6)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "max-age=600")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    do_HEAD = do_GET  # noqa: N815  as its base names it

    def log_message(self, *_: object) -> None:
        """Say nothing: the browser tells what is missing."""

    def _file(self) -> Path | None:
        asked = unquote(urlsplit(self.path).path)
        if not asked.startswith(self.prefix):
            return None
        path = (self.site / asked.removeprefix(self.prefix)).resolve()
        if path.is_dir():
            path /= "index.html"
        return path if path.is_file() and path.is_relative_to(self.site) else None
