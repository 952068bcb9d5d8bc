"""Blueprints on standard input (a JSON list of texts) to the digests of the files they render to."""

import hashlib
import json
import sys

from support.catalog import CATALOG
from support.last import whole
from tierforge.system import System


def digests(made: System) -> dict[str, str]:
    """The digest of each file, by its path."""
    return {
        f"{part.folder}/{file.path}": hashlib.sha256(file.text.encode()).hexdigest()
        for part in made.parts
        for file in part.files
    }


if __name__ == "__main__":
    print(json.dumps([digests(whole(text, CATALOG)) for text in json.load(sys.stdin)]))
