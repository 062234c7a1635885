"""Every setting of halsync. Adding one: a record here or beside, and a field in ``model.py``.

This module has what concerns every run; its neighbours have a subject each.
"""

from __future__ import annotations

from halsync.settings.options.cluster import CLUSTER, MANIFESTS
from halsync.settings.options.rendering import RENDERING
from halsync.settings.options.s3 import S3
from halsync.settings.options.secrets import SECRETS
from halsync.settings.options.sidecar import RESTART, WATCH
from halsync.settings.options.sources import SOURCES
from halsync.settings.options.vault import VAULT
from halsync.settings.spec import LOOKING, Option

_TARGET = ("init", "watch", "diff", "status", "rollback")
_WRITE = ("init", "watch", "rollback")

OPTIONS: tuple[Option, ...] = (
    Option(
        "target",
        "path",
        "The .hal directory that halsync publishes into.",
        flag="--target",
        metavar="DIR",
        commands=(*_TARGET, "sync", "hold", "resume"),
        group="Publishing",
        example="/home/spinnaker/.hal",
    ),
    Option(
        "daemonConfig",
        "path",
        "Directory for halyard.yml and halyard-local.yml, which the Halyard daemon reads from "
        "its own place; without it they are not published.",
        flag="--daemon-config",
        metavar="DIR",
        commands=_TARGET,
        group="Publishing",
        example="/opt/halyard/config",
    ),
    *SOURCES,
    *VAULT,
    *S3,
    *RENDERING,
    *SECRETS,
    Option(
        "validate.failOn",
        "choice",
        "The mildest problem that stops a run.",
        "error",
        "--fail-on",
        choices=("error", "warning"),
        # validate has one of its own, which takes never as well.
        commands=tuple(name for name in LOOKING if name != "validate"),
        group="Validating",
    ),
    Option(
        "validate.ignore",
        "list",
        "Problem codes or groups that are not reported.",
        flag="--ignore",
        metavar="CODE",
        commands=LOOKING,
        group="Validating",
        example="[HAL0312, HAL0007]",
    ),
    Option(
        "validate.select",
        "list",
        "Problem codes or groups that alone are reported and counted.",
        flag="--select",
        metavar="CODE",
        commands=("validate",),
        group="Validating",
        example="[schema, HAL0312]",
    ),
    Option(
        "validate.halyardVersion",
        "text",
        "The release of Halyard that is to read the configuration; by default the newest known.",
        flag="--halyard-version",
        metavar="VERSION",
        commands=LOOKING,
        group="Validating",
        example='"1.44.0"',
    ),
    Option(
        "publish.keep",
        "integer",
        "Generations that are kept, the live one among them.",
        5,
        "--keep",
        commands=_WRITE,
        group="Publishing",
        example="10",
    ),
    Option(
        "publish.keepFor",
        "duration",
        "A generation is removed only when it is beyond publish.keep and older than this.",
        "7d",
        "--keep-for",
        commands=_WRITE,
        group="Publishing",
        example="30d",
    ),
    Option(
        "publish.umask",
        "mode",
        "Permissions that published files do not get, in octal digits.",
        "027",
        "--umask",
        "MODE",
        commands=_WRITE,
        group="Publishing",
        example='"007"',
    ),
    Option(
        "publish.group",
        "id",
        "Group, name or number, of published files; empty leaves it to the directory (fsGroup).",
        "",
        "--group",
        "GROUP",
        commands=_WRITE,
        group="Publishing",
        example="spinnaker",
    ),
    Option(
        "publish.lockTimeout",
        "duration",
        "How long to wait for another halsync that works on the same target; by default as long "
        "as timeout, but no longer than 60s.",
        flag="--lock-timeout",
        commands=_WRITE,
        group="Publishing",
        example="5m",
    ),
    Option("limits.files", "integer", "Files that one source may bring.", 10_000, minimum=1),
    Option("limits.fileBytes", "size", "Size that one file may have.", "16MiB"),
    Option("limits.totalBytes", "size", "Size that all files of one source may have.", "128MiB"),
    Option("limits.pathLength", "integer", "Bytes that a file's path may have.", 512, minimum=1),
    *CLUSTER,
    *MANIFESTS,
    *WATCH,
    *RESTART,
    Option(
        "timeout",
        "duration",
        "Time for all network work of one run, retries included.",
        "2m",
        "--timeout",
        commands=LOOKING,
        example="5m",
        minimum=1,
    ),
    Option(
        "workDir",
        "path",
        "Directory for temporary files; by default the first writable one of $TMPDIR, /tmp, "
        "/dev/shm and <target>/.halsync.",
        flag="--work-dir",
        metavar="DIR",
        commands=LOOKING,
        example="/scratch",
    ),
    Option(
        "log.level",
        "choice",
        "The least important log line that is written.",
        "info",
        "--log-level",
        choices=("debug", "info", "warning", "error"),
    ),
    Option(
        "log.format",
        "choice",
        "Log lines as text or JSON; 'auto' writes text to a terminal and JSON elsewhere.",
        "auto",
        "--log-format",
        choices=("auto", "text", "json"),
    ),
    Option(
        "terminationLog",
        "path",
        "File that gets the last line of a run, for kubectl describe; /dev/null for none. The "
        "default is used only where it exists.",
        "/dev/termination-log",
        "--termination-log",
        commands=("init", "watch"),
    ),
)
