"""The bill of materials: which version of Spinnaker, and which image for each service."""

from __future__ import annotations

from halsync.render.presets.opsmx.codes import BAD_BOM
from halsync.render.presets.opsmx.names import BOM, SETTINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from halsync.formats.document import Document
    from halsync.render.presets.opsmx.draft import Draft


def add(draft: Draft) -> None:
    """Version and images from the file ``bom`` at the root of the repository."""
    found = draft.root_file(BOM)
    if found is None:
        return
    place, file = found
    draft.remove(place)
    from halsync.formats.yaml import parse

    parsed = parse(file.content)
    issue = next((issue for issue in parsed.issues if issue.severity == "error"), None)
    if issue is not None:
        draft.report(BAD_BOM, f"it cannot be parsed: {issue.message}", file=place,
                     at=(issue.line, issue.column), hint=issue.hint)  # fmt: skip
        return
    if not parsed.documents or not isinstance(parsed.documents[0].value, dict):
        draft.report(BAD_BOM, "it is no mapping with version and services", file=place)
        return
    _Bom(draft, place, parsed.documents[0]).add()


class _Bom:
    def __init__(self, draft: Draft, place: str, document: Document) -> None:
        self._draft = draft
        self._place = place
        self._document = document

    def add(self) -> None:
        value = self._document.value
        if "version" in value:
            version = self._text(value["version"], ("version",))
            if version:
                self._draft.deployments({"version": version})
        else:
            self._wrong((), "it has no version")
        services = value.get("services")
        if services is not None and not isinstance(services, dict):
            self._wrong(("services",), "services is no mapping")
            return
        for name, service in (services or {}).items():
            path = ("services", name, "image")
            image = service.get("image") if isinstance(service, dict) else None
            image = self._text(image, path)
            if image:
                self._set_image(str(name), image, path)

    def _set_image(self, name: str, image: str, path: tuple[str, ...]) -> None:
        """The chart sets the image in every file whose name begins with the service's."""
        start = f"{SETTINGS}/{name}"
        files = [
            file
            for file in self._draft.names()
            if file.startswith(start) and "/" not in file[len(SETTINGS) + 1 :]
        ]
        for file in files:
            self._draft.merge(file, {"artifactId": image})
        if not files:
            self._draft.report(
                BAD_BOM._replace(severity="warning"),
                f"there is no file {SETTINGS}/{name}* that could get the image of {name}",
                file=self._place,
                at=self._document.locate(path),
            )

    def _text(self, value: Any, path: tuple[str, ...]) -> str:
        if isinstance(value, str) and value:
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            # 1.30 is a version and no number.
            return self._document.text_at(path).split("#")[0].strip()
        self._wrong(path, f"{'.'.join(path)} is no text")
        return ""

    def _wrong(self, path: tuple[str, ...], message: str) -> None:
        self._draft.report(BAD_BOM, message, file=self._place, at=self._document.locate(path))
