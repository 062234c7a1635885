"""A render plan in the making, with what every part of the preset needs to know."""

from __future__ import annotations

import re

from halsync.formats.globs import among
from halsync.formats.text import Lines
from halsync.model import Problem
from halsync.paths import normalise
from halsync.render.presets.opsmx.defaults import REPO
from halsync.render.presets.opsmx.names import HAL_CONFIG, ROOT
from halsync.render.presets.opsmx.templates import Unsupported, expand
from halsync.settings.model import PlaceholderSettings
from halsync.settings.steps import FileStep, Patch, RenderPlan, Variant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from halsync.model import File, Tree
    from halsync.render.codes import Code
    from halsync.render.presets.opsmx.surroundings import Facts
    from halsync.render.presets.opsmx.values import Values
    from halsync.settings.model import SecretRef


class Draft:
    """Collects steps and problems."""

    def __init__(self, values: Values, facts: Facts, tree: Tree | None) -> None:
        self.values = values
        self.facts = facts
        self.tree = tree
        """None if the plan is made for trees that are not known (``halsync migrate``)."""
        self.problems: list[Problem] = []
        self.scopes: dict[str, tuple[str, ...]] = {}
        """In which files each placeholder is filled in, the user's own ones too."""
        self._variants: list[Variant] = []
        self._files: list[FileStep] = []
        self._patches: list[Patch] = []
        self._placeholders: dict[str, PlaceholderSettings] = {}

    def plan(self) -> RenderPlan:
        """What has been collected, in order."""
        return RenderPlan(
            tuple(self._variants),
            (),
            tuple(self._files),
            tuple(self._patches),
            tuple(self._placeholders.values()),
        )

    # What the values say

    def because(self, *keys: str) -> str:
        """Where a step comes from, for ``declared_at``."""
        named = ", ".join(f"{key} at {self.values.place(key)}" for key in keys)
        return f"preset opsmx ({named})" if named else f"preset opsmx (chart {self.values.chart})"

    def host(self, key: str) -> str:
        """A host of the values, its template expanded; a failure is recorded."""
        text = self.values.text(key)
        try:
            return expand(text, self.values, self.facts.release, self.facts.namespace)
        except Unsupported as error:
            from halsync.render.presets.opsmx.codes import UNKNOWN

            self.report(UNKNOWN, f"{key} at {self.values.place(key)}: {error.message}",
                        hint=f"write the result instead of {text}")  # fmt: skip
            return text

    # What the tree holds

    def file(self, path: str) -> File | None:
        """A file of the tree."""
        return self.tree.files.get(path) if self.tree else None

    def root_file(self, path: str) -> tuple[str, File] | None:
        """A file of the repository's root, and where it is in the tree: at the root only if the
        halconfig is there, too."""
        places = [f"{ROOT}/{path}"]
        if not normalise(self.values.text(f"{REPO}.halConfigPath")):
            places.insert(0, path)
        for place in places:
            if found := self.file(place):
                return place, found
        return None

    def value_of(self, path: str) -> Any:
        """The parsed value of a YAML file; None if it is missing or unreadable, which others
        report."""
        from halsync.formats.yaml import parse

        file = self.file(path)
        if file is None:
            return None
        parsed = parse(file.content)
        return parsed.documents[0].value if parsed.documents and not parsed.failed else None

    def names(self) -> list[str]:
        """The paths of the tree once the chosen variants have taken their places."""
        paths = self.tree.files if self.tree else ()
        return sorted({self._base(path) for path in paths})

    def _base(self, path: str) -> str:
        for variant in self._variants:
            base = path.removesuffix(f".{variant.name}")
            if base != path and base in variant.files:
                return base
        return path

    def stands(self, name: str, files: Sequence[str]) -> bool:
        """Whether a placeholder may be needed: it stands as a whole word in one of the files, or
        in a variant of one. Without a tree it may."""
        return self.tree is None or self._first(name, files) is not None

    def _first(self, name: str, files: Sequence[str]) -> tuple[str, int] | None:
        """Path and offset in bytes of the first place where a name stands."""
        all_files = self.tree.files if self.tree else {}
        word = re.compile(rb"(?<![A-Za-z0-9_])%b(?![A-Za-z0-9_])" % re.escape(name.encode()))
        taken = {base for path in all_files if (base := self._base(path)) != path}
        for path, file in all_files.items():
            if path not in taken and among(files, self._base(path)):
                found = word.search(file.content)
                if found:
                    return path, found.start()
        return None

    # Steps

    def variant(self, name: str, files: tuple[str, ...], *keys: str) -> None:
        """Files of a suffix take the place of the plain ones, as far as there are any."""
        self._variants.append(Variant(name, files, True, self.because(*keys)))

    def remove(self, path: str, *keys: str) -> None:
        """Leave a file or a directory out, if it is there."""
        self._files.append(FileStep("remove", path, optional=True, declared_at=self.because(*keys)))

    def write(self, path: str, content: str, *keys: str, always: bool = False) -> None:
        """Create a file, once; ``always`` in the place of one that is there."""
        if any(step.action == "write" and step.path == path for step in self._files):
            return
        self._files.append(
            FileStep(
                "write", path, content=content, optional=not always, override=always,
                declared_at=self.because(*keys),
            )
        )  # fmt: skip

    def append(self, path: str, content: str, *keys: str) -> None:
        """Add lines to the end of a file."""
        self._files.append(
            FileStep("append", path, content=content, declared_at=self.because(*keys))
        )

    def merge(self, file: str, value: Any, *keys: str, optional: bool = False) -> None:
        """Merge a value into the YAML files that match."""
        self._patches.append(
            Patch(file, "merge", value, optional, override=True, declared_at=self.because(*keys))
        )

    def merge_or_create(self, file: str, value: Any, *keys: str) -> None:
        """Merge into a file that is created where there is none."""
        self.write(file, "", *keys)
        self.merge(file, value, *keys)

    def deployments(self, value: Any, *keys: str) -> None:
        """Merge a value into every deployment of the halconfig."""
        self.merge(HAL_CONFIG, {"deploymentConfigurations": [{"name": "*", **value}]}, *keys)

    def patch(self, patch: Patch) -> None:
        """Any other patch."""
        self._patches.append(patch)

    def placeholder(
        self,
        name: str,
        files: tuple[str, ...],
        value: str | int | bool = "",
        *keys: str,
        secret: bool = False,
        file: str = "",
        field: str = "",
    ) -> None:
        """Fill a name in, unless the user does it or it stands nowhere."""
        if not self.needs(name, files):
            return
        literal = None if file or field else value
        self._placeholders[name] = PlaceholderSettings(
            name, literal, file=file, field=field, secret=secret, files=files, optional=True,
            declared_at=self.because(*keys),
        )  # fmt: skip

    def secret_placeholder(
        self, name: str, files: tuple[str, ...], ref: SecretRef, *keys: str
    ) -> None:
        """Fill in a secret at a name that an earlier step puts there."""
        self.scopes[name] = files
        if name not in self.facts.own:
            self._placeholders[name] = PlaceholderSettings(
                name, env=ref.env, file=ref.file, secret=True, files=files,
                declared_at=self.because(*keys),
            )  # fmt: skip

    def needs(self, name: str, files: Sequence[str]) -> bool:
        """Whether a value must be found for a placeholder, which may be costly or impossible."""
        self.scopes[name] = tuple(files)
        return name not in self.facts.own and self.stands(name, files)

    def report(
        self,
        code: Code,
        message: str,
        *,
        file: str = "",
        at: tuple[int, int] = (0, 0),
        hint: str = "",
    ) -> None:
        """Record a problem; ``at`` is line and column, from 1."""
        found = self.file(file)
        excerpt = Lines(found.content.decode("utf-8", "replace")).line(at[0]) if found else ""
        self.problems.append(
            Problem(code.code, "render", code.severity, message, hint or code.remedy, file, *at,
                    excerpt=excerpt, origin=found.origin if found else None)
        )  # fmt: skip

    def report_name(self, code: Code, name: str, message: str, hint: str = "") -> None:
        """Record a problem with a placeholder, at the first place where it stands."""
        path, offset = self._first(name, self.scopes[name]) or ("", 0)
        before = self.tree.files[path].content[:offset] if self.tree and path else b""
        text = before.decode("utf-8", "replace")
        at = Lines(text).mark(len(text)) if path else (0, 0)
        self.report(code, f"{name} {message}", file=path, at=at, hint=hint)
