"""Blueprints on standard input (a JSON list of texts) to the digests of the files they render to."""

import hashlib
import json
import sys

from tierforge.blueprint.source import parse
from tierforge.components import Catalog
from tierforge.pipeline import project_of

if __name__ == "__main__":
    catalog = Catalog()
    projects = [project_of(parse("app.yaml", text), catalog, linted=False) for text in json.load(sys.stdin)]
    print(json.dumps([{f.path: hashlib.sha256(f.text.encode()).hexdigest() for f in p.files} for p in projects]))
