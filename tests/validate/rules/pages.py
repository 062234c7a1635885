"""``python -m tests.validate.rules.pages`` writes ``docs/rules.md`` from the rules."""

from __future__ import annotations

from halsync.validate.catalogue import Entry, entries

from ...harness import ROOT

PAGE = ROOT / "docs" / "rules.md"

_HEAD = """# Rules

Written by `python -m tests.validate.rules.pages` from the docstrings in `halsync/validate/rules/`.
`halsync explain CODE` shows the same. Each rule can be left out by `--ignore CODE`, by
`validate.ignore` in `halsync.yaml`, or by a comment `# halsync: ignore[CODE] reason`.

*On deploy* tells whether `hal deploy apply` finds it too; Halyard checks much less when it deploys
than when it is asked to validate. Rules without that word are halsync's own. An example is the body
of a deployment; `--- PATH` begins another file. How many faults the rules find is measured in
[rules-found.md](rules-found.md).

"""


def page() -> str:
    """The whole document."""
    rules = [entry for entry in entries().values() if entry.group == "rules"]
    index = ["| code | severity | on deploy | what it finds |", "| --- | --- | --- | --- |"]
    for rule in rules:
        deploy = {True: "yes", False: "no", None: ""}[rule.on_deploy]
        link = f"[{rule.code}](#{rule.code.lower()})"
        index.append(f"| {link} | {rule.severity} | {deploy} | {rule.title} |")
    return _HEAD + "\n".join([*index, ""]) + "\n" + "\n".join(map(_section, rules))


def _section(rule: Entry) -> str:
    lines = [f"## {rule.code}", "", f"**{rule.title}** ({rule.severity})", "", _text(rule.text), ""]
    if rule.ids:
        deploy = "finds it when it deploys" if rule.on_deploy else "does not look when it deploys"
        names = ", ".join(f"`{name}`" for name in rule.ids)
        lines += [f"Halyard {deploy}. Its checks: {names}.", ""]
        lines += [f"Source: {', '.join(f'`{java}`' for java in rule.java)}", ""]
    lines += ["Wrong:", "", "```yaml", rule.bad.strip("\n"), "```", ""]
    lines += ["Right:", "", "```yaml", rule.good.strip("\n"), "```", ""]
    return "\n".join(lines)


def _text(text: str) -> str:
    """Docstrings mark code as reStructuredText does, pages as Markdown; tables stay as they are."""
    lines, table = [], False
    for line in text.split("\n"):
        if line.startswith("==") and not table:
            lines.append("```text")
            table = True
            lines.append(line)
        elif table and not line.strip():
            lines += ["```", ""]
            table = False
        else:
            lines.append(line if table else line.replace("``", "`"))
    return "\n".join([*lines, "```"] if table else lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
