"""Blueprints on standard input (a JSON list of texts) to the digests of the files they render to."""

import hashlib
import json
import sys

from support.catalog import CATALOG
from support.last import whole

if __name__ == "__main__":
    made = [whole(text, CATALOG) for text in json.load(sys.stdin)]
    print(json.dumps([{f.path: hashlib.sha256(f.text.encode()).hexdigest() for f in p.files} for p in made]))
