"""The commands that act on a cluster."""

from __future__ import annotations

from halsync.cli.command import Argument, Command, Example, output

IN_CLUSTER: tuple[Command, ...] = (
    Command(
        "manifests diff",
        "In the cluster",
        "show what applying the repository's manifests would change",
        "Reads the manifests below manifests.paths as init does, secret references and jasypt "
        "values filled in, and has the cluster try them (dry run). Shows each object and its "
        "changed fields; what a Secret holds is never shown. Changes nothing.",
        (
            Example("halsync manifests diff --config halsync.yaml", "for a person"),
            Example("halsync manifests diff --exit-code", "exit with 1 if anything would change"),
        ),
        (
            Argument(("--prune",), "Count what would be deleted, too.", kind="switch"),
            Argument(("--exit-code",), "Exit with 1 if anything would change.", kind="switch"),
            output("text", "json"),
        ),
        needs=("sources",),
    ),
    Command(
        "manifests apply",
        "In the cluster",
        "apply the repository's manifests to the cluster",
        "Checks the whole configuration first, then has the cluster try every manifest (dry run), "
        "and only then applies them with server-side apply, as field manager halsync. Objects "
        "that halsync made and that the repository does not bring any more are deleted with "
        "--prune, and named otherwise.",
        (
            Example("halsync manifests apply --config halsync.yaml", "apply"),
            Example("halsync manifests apply --prune", "delete what is gone, too"),
            Example("halsync manifests apply --dry-run", "only have the cluster try them"),
        ),
        (
            Argument(("--prune",), "Delete what the repository does not bring.", kind="switch"),
            Argument(("--dry-run",), "Try them, change nothing.", kind="switch"),
            Argument(("--force",), "Take over fields that other managers have set.", kind="switch"),
            output("text", "json"),
        ),
        needs=("sources",),
        termination_log=True,
    ),
    Command(
        "accounts sync",
        "In the cluster",
        "fetch the kubeconfigs that dynamic accounts name, into a directory",
        "For clouddriver's pods: finds every kubeconfigFile below accounts.directory in "
        "clouddriver*.yml and config, reads the Kubernetes Secret of that name (DIRECTORY/SECRET, "
        "or DIRECTORY/SECRET/KEY) and writes its content there as a private file, each in one "
        "atomic step and only if it has changed. What no account names any more is removed.",
        (
            Example(
                "halsync accounts sync --git https://git.example.com/acme/accounts.git "
                "--directory /opsmx",
                "once, in an init container",
            ),
            Example(
                "halsync accounts sync --watch 1m --directory /opsmx",
                "beside clouddriver, for ever",
            ),
        ),
        (output("text", "json"),),
        needs=("sources",),
        termination_log=True,
    ),
)
