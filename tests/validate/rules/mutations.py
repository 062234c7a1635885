"""Single faults of meaning in good trees, and how many of them the gate finds.

``python -m tests.validate.rules.mutations`` writes the shares to ``docs/rules-found.md``. The
trees are the examples of all rules and ``examples/acme-spinnaker``; a fault is one change of one
place, and it is found if the gate then says something of severity warning or worse that it did
not say before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from halsync.validate.documents import Documents
from halsync.validate.gate import check
from halsync.validate.rules import all_rules
from halsync.validate.rules.example import example_files

from ...harness import EXAMPLE, ROOT, VALUES
from ..trees import tree
from .faults import KINDS, Base, Fault, Files

TABLE = ROOT / "docs" / "rules-found.md"


def said(files: Files) -> Counter[tuple[str, str]]:
    """What the gate reports from warning on: code and message, counted."""
    found = check(tree(files, config=None), hal_directories=["/home/spinnaker/.hal"])
    return Counter(
        (problem.code, problem.message) for problem in found if problem.severity != "info"
    )


def bases() -> Iterator[Base]:
    """Every good tree."""
    values = [value.split("=", 1) for value in VALUES]
    example: Files = {}
    for path in sorted(Path(EXAMPLE).rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            for name, value in values:
                content = content.replace(name.encode(), value.encode())
            example[str(path.relative_to(EXAMPLE))] = content
    texts: list[Files] = [example]
    seen = set()
    for rule in all_rules():
        if rule.good not in seen:
            seen.add(rule.good)
            texts.append(dict(example_files(rule.good)))
    for files in texts:
        document = Documents(tree(files, config=None)).parsed("config").documents[0]
        if "deploymentConfigurations" in document.value:
            yield Base(files, document.value, said(files))


def faults(every: int = 1) -> Iterator[tuple[Base, Fault]]:
    """Each ``every``-th mutant of all trees, with the tree it was made from."""
    number = 0
    for base in bases():
        for kind, make in KINDS.items():
            for what, files in make(base):
                number += 1
                if number % every == 0:
                    yield base, Fault(kind, what, files)


def is_found(base: Base, fault: Fault) -> bool:
    """Whether the gate says something new."""
    return bool(said(fault.files) - base.said)


def shares(every: int = 1) -> tuple[Counter[str], Counter[str], Counter[tuple[str, str]]]:
    """Faults by kind, those found by kind, and what was missed."""
    made: Counter[str] = Counter()
    found: Counter[str] = Counter()
    missed: Counter[tuple[str, str]] = Counter()
    for base, fault in faults(every):
        made[fault.kind] += 1
        if is_found(base, fault):
            found[fault.kind] += 1
        else:
            missed[fault.kind, fault.what] += 1
    return made, found, missed


HEAD = """# How many faults the rules find

Written by `python -m tests.validate.rules.mutations`. Single faults of meaning are seeded into good
trees (the good example of every rule, and `examples/acme-spinnaker`), one fault at a time; a fault
is found if the gate then reports something, warning or worse, that it did not report before. The
kinds are those that Halyard checks or that are known to break a deployment: what nobody has thought
of is in neither the rules nor the table.

| fault | seeded | found | share |
| --- | ---: | ---: | ---: |
"""


def table(made: Counter[str], found: Counter[str]) -> str:
    """The page."""
    rows = [(kind, made[kind], found[kind]) for kind in KINDS]
    rows.append(("**all**", sum(made.values()), sum(found.values())))
    lines = [f"| {kind} | {m} | {f} | {100 * f / m:.1f} % |" for kind, m, f in rows]
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    made, found, missed = shares()
    TABLE.write_text(table(made, found))
    print(table(made, found))
    for (kind, what), count in missed.most_common():
        print(count, kind, what)
