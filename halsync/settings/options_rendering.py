"""The settings below ``render``; a part of :mod:`halsync.settings.options`."""

from __future__ import annotations

from halsync.settings.spec import LOOKING, Option

RENDERING: tuple[Option, ...] = (
    Option(
        "render.variants",
        "steps",
        "Chosen variants: for s3, the file x.yml.s3 takes the place of x.yml. An entry is a "
        "suffix, or {name, files, optional}.",
        flag="--variant",
        metavar="SUFFIX",
        commands=LOOKING,
        group="Rendering",
        example="[s3]",
    ),
    Option(
        "render.overlays",
        "steps",
        "Directories of the tree that are laid over the tree, one after another. An entry is a "
        "path, or {path, optional}.",
        flag="--overlay",
        metavar="SUB",
        commands=LOOKING,
        group="Rendering",
        example="[environments/prod]",
    ),
    Option(
        "render.files",
        "steps",
        "What is done to whole files: {move: PATH, to: PATH}, {copy: PATH, to: PATH}, "
        "{remove: PATH}, {write: PATH, content: TEXT}, {append: PATH, content: TEXT}; with "
        "optional and override.",
        group="Rendering",
        example="[{remove: docs}]",
    ),
    Option(
        "render.patches",
        "steps",
        "Changes of values: {file: PATH, merge: {…}}, or mergePatch (RFC 7386), jsonPatch (RFC "
        "6902), replace (words of text); with optional and override.",
        group="Rendering",
        example="[{file: config, merge: {deploymentConfigurations: [{name: default, version: "
        "1.30.1}]}}]",
    ),
    Option(
        "render.preset",
        "choice",
        "Conventions that the tree follows: opsmx is those of the OpsMx chart.",
        choices=("opsmx",),
        group="Rendering",
    ),
    Option(
        "render.chart",
        "choice",
        "Generation of the chart whose conventions the preset takes.",
        choices=("3.12", "4.0"),
        group="Rendering",
    ),
    Option(
        "render.values",
        "values",
        "The installation's own Helm values for the preset: a file, or the values themselves.",
        group="Rendering",
        example="values.yaml",
    ),
    Option(
        "render.podInfo",
        "path",
        "Where a downwardAPI volume is mounted, for placeholders with {field: …}.",
        "/etc/podinfo",
        group="Rendering",
    ),
    Option(
        "render.placeholders",
        "placeholders",
        "Declared placeholders: a value, {value: …}, {env: NAME}, {file: PATH} or {field: "
        "metadata.namespace}. Add files: PATTERN to fill it in only there, and secret: true or "
        "false where the name does not tell whether it is one.",
        flag="--set",
        metavar="NAME=VALUE",
        commands=LOOKING,
        group="Rendering",
        example="{RELEASE_NAME: isd, SPINNAKER_NAMESPACE: {env: POD_NAMESPACE}}",
        flag_help="Fill in a placeholder; beats the one of that name in halsync.yaml, and the "
        "last of several.",
    ),
)
