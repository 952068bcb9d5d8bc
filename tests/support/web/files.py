"""What a store of files answers."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from support.web.internet import Response


def answered(folder: Path, path: str) -> Response:
    """The file at `path` below `folder`, or an error in XML."""
    file = (folder / path.lstrip("/")).resolve()
    if not file.is_file() or folder.resolve() not in file.parents:
        return Response(404, {"Content-Type": "application/xml"}, b"<Error><Code>NoSuchKey</Code></Error>")
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return Response(200, {"Content-Type": kind}, file.read_bytes())
