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
        "render.release",
        "id",
        "For the preset: name of the Helm release.",
        group="Rendering",
        example="isd",
    ),
    Option(
        "render.namespace",
        "id",
        "For the preset: namespace of the installation; by default that of the pod.",
        group="Rendering",
        example="opsmx",
    ),
    Option(
        "render.nodeIp",
        "text",
        "For the preset with autoConfiguration: address of the node (the pod's status.hostIP).",
        group="Rendering",
        example="192.0.2.10",
    ),
    Option(
        "render.servicesFile",
        "path",
        "For the preset with autoConfiguration: what kubectl get services -o json printed.",
        group="Rendering",
        example="/etc/halsync/services.json",
    ),
    Option(
        "render.secretsDir",
        "path",
        "For the preset: directory in which the Secrets that the chart reads (servicenow-secret, "
        "jira-secret) are mounted, each in a directory of its name.",
        group="Rendering",
        example="/run/secrets/opsmx",
    ),
    Option(
        "render.sshKey",
        "secret",
        "For the preset with ssh: private key for the repository of the dynamic accounts; by "
        "default that of the sources.",
        group="Rendering",
        example="/run/secrets/ssh-key",
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
        "metadata.namespace}. Add files: PATTERN to fill it in only there, secret: true or "
        "false where the name does not tell whether it is one, and optional: true where it may "
        "occur nowhere.",
        flag="--set",
        metavar="NAME=VALUE",
        commands=LOOKING,
        group="Rendering",
        example="{RELEASE_NAME: isd, SPINNAKER_NAMESPACE: {env: POD_NAMESPACE}}",
        flag_help="Fill in a placeholder; beats the one of that name in halsync.yaml, and the "
        "last of several.",
    ),
)
