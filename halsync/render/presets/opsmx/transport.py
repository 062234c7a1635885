"""Where the dynamic accounts come from: git over https or ssh, stash, or S3."""

from __future__ import annotations

from halsync.render.presets.opsmx.codes import UNKNOWN
from halsync.render.presets.opsmx.defaults import REPO
from halsync.render.presets.opsmx.names import CLOUDDRIVERS, DYNAMIC, ECHO

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from halsync.render.presets.opsmx.draft import Draft
    from halsync.render.presets.opsmx.values import Values

SSH_KEY = "HALSYNC_SSH_PRIVATE_KEY"
"""Stands in the profile between the patch that puts it there and the key."""

_USUAL_KEY = ("spring", "cloud", "config", "server", "git", "privateKey")


def add(draft: Draft) -> None:
    """Variants and placeholders of the repository's kind."""
    if draft.values.text(f"{REPO}.type") == "s3":
        _s3(draft)
    else:
        if draft.values.flag(f"{REPO}.sshkeysecret"):
            _ssh(draft)
        else:
            _https(draft)
        path = f"{REPO}.dynAccntConfigPath"
        draft.placeholder("DYN_ACCNT_CONFG_PATH", (DYNAMIC,), draft.values.text(path), path)
    if draft.values.chart == "4.0":
        _label(draft)


def dynamic_repository(values: Values) -> str:
    """URL of the repository that holds the dynamic accounts."""
    host, organization, repository = (
        values.text(f"{REPO}.{key}")
        for key in ("baseUrlHostName", "organization", "dynamicAccRepository")
    )
    if values.flag(f"{REPO}.sshkeysecret"):
        return f"git@{host}:{organization}/{repository}.git"
    return "/".join(("https:/", host, organization, *_project(values), f"{repository}.git"))


def clone_url(values: Values) -> str:
    """URL of the repository that holds the halconfig, without credentials."""
    host, organization, repository = (
        values.text(f"{REPO}.{key}") for key in ("baseUrlHostName", "organization", "repository")
    )
    if values.flag(f"{REPO}.sshkeysecret"):
        return f"git@{host}:{organization}/{repository}.git"
    return "/".join(("https:/", host, organization, *_project(values), f"{repository}.git"))


def _project(values: Values) -> tuple[str, ...]:
    project = values.text(f"{REPO}.projectName")
    return (project,) if project and values.text(f"{REPO}.type") == "stash" else ()


def _https(draft: Draft) -> None:
    user, token = f"{REPO}.username", f"{REPO}.token"
    _credential(draft, "GIT_USER", user, secret=False)
    _credential(draft, "GIT_TOKEN", token, secret=True)
    draft.placeholder(
        "DYNAMIC_ACCOUNTS_REPO", (DYNAMIC,), dynamic_repository(draft.values).rstrip(" "),
        f"{REPO}.dynamicAccRepository",
    )  # fmt: skip


def _credential(draft: Draft, name: str, key: str, *, secret: bool) -> None:
    # The chart cuts blanks off the end, which the file of a Secret often has.
    value = draft.values.text(key).rstrip(" ")
    if value:
        draft.placeholder(name, (DYNAMIC,), value, key, secret=secret)
    elif draft.needs(name, (DYNAMIC,)):
        draft.report_name(
            UNKNOWN,
            name,
            f"is to be filled in, and the Helm values have no {key}",
            f"give it below render.placeholders: {name}: {{file: PATH}}",
        )


def _ssh(draft: Draft) -> None:
    key = f"{REPO}.sshkeysecret"
    draft.variant("ssh", (DYNAMIC,), key)
    draft.placeholder(
        "DYNAMIC_ACCOUNTS_REPO", (DYNAMIC,), dynamic_repository(draft.values),
        f"{REPO}.dynamicAccRepository",
    )  # fmt: skip
    places = _empty_keys(draft)
    if not places:
        return
    if SSH_KEY not in draft.facts.own and not draft.facts.ssh_key:
        draft.report(
            UNKNOWN,
            "the config server is to read the dynamic accounts over ssh, and no private key is"
            " known",
            file=DYNAMIC,
            hint="name the mounted key as render.sshKeyFile in halsync.yaml",
        )
        return
    for place in places:
        value: Any = f"{SSH_KEY}\n"
        for part in reversed(place):
            value = {part: value}
        draft.merge(DYNAMIC, value, key)
    draft.secret_placeholder(SSH_KEY, (DYNAMIC,), draft.facts.ssh_key, key)


def _empty_keys(draft: Draft) -> list[tuple[str, ...]]:
    """Where the profile waits for the key: every ``privateKey`` without a value."""
    if draft.tree is None:
        return [_USUAL_KEY]
    variant = draft.value_of(f"{DYNAMIC}.ssh")
    value = draft.value_of(DYNAMIC) if variant is None else variant
    found: list[tuple[str, ...]] = []

    def walk(value: Any, path: tuple[str, ...]) -> None:
        if not isinstance(value, dict):
            return
        for key, below in value.items():
            if key == _USUAL_KEY[-1] and (below is None or below == ""):
                found.append((*path, key))
            walk(below, (*path, key))

    walk(value, ())
    return found


def _label(draft: Draft) -> None:
    branch, key, name = (
        f"{REPO}.halConfigBranch",
        "global.sapor.config.encrypt.key",
        "global.CDName",
    )
    draft.placeholder("BRANCH", (DYNAMIC,), draft.values.text(branch), branch)
    draft.placeholder("KEY", (DYNAMIC,), draft.values.text(key), key, secret=True)
    draft.placeholder("CDName", (ECHO,), draft.values.text(name), name)


def _s3(draft: Draft) -> None:
    draft.variant("s3", (*CLOUDDRIVERS, DYNAMIC), f"{REPO}.type")
    for name, key, files, secret in (
        ("AWS_ACCESS_KEY_ID", "s3accesskey", CLOUDDRIVERS, False),
        ("AWS_SECRET_ACCESS_KEY", "s3secretkey", CLOUDDRIVERS, True),
        ("AWS_S3_BUCKET", "s3bucket", (DYNAMIC,), False),
        ("AWS_S3_REGION", "s3region", (DYNAMIC,), False),
    ):
        value = draft.values.text(f"{REPO}.{key}")
        if value:
            draft.placeholder(name, files, value, f"{REPO}.{key}", secret=secret)
        elif draft.needs(name, files):
            draft.report_name(
                UNKNOWN,
                name,
                f"is to be filled in, and the Helm values have no {REPO}.{key}",
                f"give it below render.placeholders: {name}: …, or in the values",
            )
