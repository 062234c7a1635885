"""Write the schemas and the tables, or with ``--check`` say which are not current."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from schemas.generate import build, tables
from schemas.generate.facts import SCHEMAS

TABLES = SCHEMAS.parent / "halsync" / "validate" / "schema" / "tables"


def files() -> dict[Path, str]:
    """Every generated file and what it must hold."""
    made = {
        SCHEMAS / f"{name}.schema.json": json.dumps(
            build.schema(name), indent=1, ensure_ascii=False
        )
        + "\n"
        for name in build.NAMES
    }
    for name in ("halconfig", "service-settings", "bom", "versions"):
        made[TABLES / f"{name}.txt"] = tables.table(name)
    made[TABLES / "history.txt"] = tables.history()
    made[TABLES / "halyard.txt"] = tables.daemon()
    return made


def main() -> int:
    """The command line; 1 if ``--check`` finds something."""
    parser = argparse.ArgumentParser(prog="python -m schemas.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    parser.add_argument("--condense", type=Path, metavar="DIR", help="take the facts anew from DIR")
    options = parser.parse_args()
    if options.condense:
        from schemas.generate.condense import condense

        condense(options.condense)
    stale = 0
    for path, content in files().items():
        if path.exists() and path.read_text(encoding="utf-8") == content:
            continue
        stale += 1
        if options.check:
            sys.stderr.write(f"{path}: not current\n")
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(content, encoding="utf-8")
    return 1 if options.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
