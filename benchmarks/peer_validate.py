"""What one would write without halsync: ruamel.yaml's round trip, then jsonschema.

``python benchmarks/peer_validate.py FILE SCHEMA`` prints each error with its line.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import jsonschema
from ruamel.yaml import YAML


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as stream:
        document = YAML().load(stream)
    with open(sys.argv[2], encoding="utf-8") as stream:
        schema = json.load(stream)
    for error in jsonschema.Draft202012Validator(schema).iter_errors(document):
        print(_line(document, list(error.absolute_path)), error.message)


def _line(document: Any, path: list[Any]) -> int:
    line = 0
    for part in path:
        line = document.lc.data[part][0] + 1
        document = document[part]
    return line


if __name__ == "__main__":
    main()
