"""The declaration of ``halsync push``."""

from __future__ import annotations

from halsync.cli.command import Argument, Command, Example, output

PUSH = Command(
    "push",
    "Set up",
    "load an existing tree into a bucket or into Vault",
    "Takes from DIR what Halyard reads and the files that it names, shows how that differs from "
    "what is at the destination, secrets masked, and writes it there: after asking, or with "
    "--yes. What somebody else has written there, or changed since the last push, is only "
    "overwritten with --force. Region, endpoint and credentials come from HALSYNC_S3_… and AWS_… "
    "(HALSYNC_VAULT_…) variables, or from a source of halsync.yaml with --to.",
    (
        Example("halsync push ~/.hal --to-s3 s3://acme-spinnaker/halyard", "look, then confirm"),
        Example("halsync push ~/.hal --to-s3 s3://acme-spinnaker/halyard --dry-run", "only look"),
        Example("halsync push ~/.hal --to-vault secret/spinnaker/hal", "into Vault or OpenBao"),
        Example(
            "halsync push ~/.hal --to hal-config --config halsync.yaml --yes",
            "to a source that halsync.yaml declares",
        ),
    ),
    (
        Argument(("directory",), "The tree, for example ~/.hal.", "DIR", kind="operand"),
        Argument(("--to-s3",), "Bucket and prefix to write to.", "s3://BUCKET/PREFIX"),
        Argument(("--to-vault",), "Path in Vault to write to.", "MOUNT/PATH"),
        Argument(("--to",), "Source of halsync.yaml to write to.", "NAME"),
        Argument(("--config",), "The halsync.yaml that declares it.", "FILE"),
        Argument(("--sse",), "Encryption that S3 is asked for.", "", ("AES256", "aws:kms")),
        Argument(("--sse-kms-key",), "KMS key of it.", "KEY"),
        Argument(("--all",), "Take every file of DIR.", kind="switch"),
        Argument(("--delete",), "Remove what is there and not in the tree.", kind="switch"),
        Argument(("--force",), "Overwrite what somebody else has written.", kind="switch"),
        Argument(("--dry-run",), "Write nothing.", kind="switch"),
        Argument(("--yes",), "Do not ask.", kind="switch"),
        output("text", "json"),
    ),
    settings=False,
)
