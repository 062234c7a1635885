"""Every command. Adding one: a record here and a module of its name with ``run``."""

from __future__ import annotations

from halsync.cli.command import Argument, Command, Example, output
from halsync.cli.command_push import PUSH
from halsync.cli.in_cluster import IN_CLUSTER

COMMANDS: tuple[Command, ...] = (
    Command(
        "init",
        "Publish",
        "fetch, render, check and publish, once",
        "Fetches the sources, renders and checks the configuration and publishes it into the "
        "target with one atomic step. If anything is wrong nothing is published. Run again, it "
        "writes only if the result has changed.",
        (
            Example(
                "halsync init --git https://git.example.com/acme/spinnaker.git --ref main "
                "--target ~/.hal",
                "publish a branch",
            ),
            Example(
                "halsync init --dir ./hal --set RELEASE_NAME=isd --target ~/.hal",
                "publish a local directory, filling in a placeholder",
            ),
            Example("halsync init --config /etc/halsync/halsync.yaml", "everything from a file"),
        ),
        (output("text", "json"),),
        needs=("sources", "target"),
        termination_log=True,
    ),
    Command(
        "watch",
        "Publish",
        "stay, and publish and act on every change",
        "The sidecar: checks the sources every interval and whenever it is woken (a webhook, "
        "SIGHUP, halsync sync), publishes what changed, makes Halyard take notice as "
        "restart.strategy says, waits until it is seen healthy, and goes back to the last known "
        "good configuration if it is not. Ends at SIGTERM. docs/watch.md tells the states.",
        (
            Example("halsync watch --config /etc/halsync/halsync.yaml", "as a sidecar"),
            Example(
                "halsync watch --git https://git.example.com/acme/spinnaker.git --ref main "
                "--target ~/.hal --interval 10s",
                "on a laptop",
            ),
            Example("halsync watch --once", "one turn, with init's exit codes"),
        ),
        (Argument(("--once",), "One turn, then end.", kind="switch"),),
        needs=("sources", "target"),
        termination_log=True,
    ),
    Command(
        "sync",
        "Publish",
        "have the running sidecar look now, and wait for what comes of it",
        "Asks halsync watch, through the socket beside its target, to check its sources now; "
        "waits until the turn is over and prints what it did. Exits as init does: 5 if the new "
        "revision is invalid, 8 if Halyard did not come up with it. Run it as the sidecar's user.",
        (
            Example("halsync sync --target ~/.hal", "after a push, instead of waiting"),
            Example(
                "kubectl exec halyard-0 -c halsync -- halsync sync --no-wait",
                "only wake it",
            ),
            Example("halsync sync --retry", "try again what is in quarantine"),
        ),
        (
            Argument(("--source",), "Check this source only.", metavar="NAME"),
            Argument(("--no-wait",), "Do not wait for what comes of it.", kind="switch"),
            Argument(
                ("--retry",),
                "Lift the quarantine first: the release was not at fault.",
                kind="switch",
            ),
            output("text", "json"),
        ),
        needs=("target",),
    ),
    Command(
        "render",
        "Look first",
        "show the rendered configuration without publishing it",
        "Does what init does up to publishing, and writes the result to a directory or to "
        "standard output, secrets masked.",
        (
            Example("halsync render --dir ./hal --out ./rendered", "into a new directory"),
            Example("halsync render --dir ./hal | less", "to the terminal, secrets masked"),
        ),
        (
            Argument(
                ("--out",), "Directory to write to; it must not exist or be empty.", metavar="DIR"
            ),
            Argument(
                ("--show-secrets",),
                "With --out: write secret values instead of masking them.",
                kind="switch",
            ),
            output("text", "json"),
        ),
        needs=("sources",),
    ),
    Command(
        "diff",
        "Look first",
        "show what init would change in the target",
        "Compares the rendered configuration with what is published, file by file and key by "
        "key, secrets masked. Writes nothing.",
        (
            Example(
                "halsync diff --git . --ref HEAD --target ~/.hal", "what a commit would change"
            ),
            Example("halsync diff --exit-code", "exit with 1 if anything would change"),
        ),
        (
            Argument(("--exit-code",), "Exit with 1 if init would change anything.", kind="switch"),
            output("text", "json"),
        ),
        needs=("sources", "target"),
    ),
    Command(
        "validate",
        "Look first",
        "say what is wrong with a configuration, and what to do about it",
        "Checks files as they stand: directories (a .hal, a repository; the halconfig may stand "
        "below) and single files. Without PATH it checks what the sources of halsync.yaml render "
        "to, or the current directory if there is none. Comments like "
        "'# halsync: ignore[HAL0403] reason' leave problems out. Exits with 5 if something is "
        "wrong.",
        (
            Example("halsync validate", "the current directory"),
            Example("halsync validate ~/.hal environments/prod", "several directories"),
            Example("halsync validate --dir . --set RELEASE_NAME=isd", "a directory, rendered"),
            Example("halsync validate --kind halconfig - < config", "standard input"),
            Example("halsync validate ~/.hal --daemon http://localhost:8064", "and ask Halyard"),
            Example("halsync validate -o sarif > halsync.sarif", "for a code scanner"),
        ),
        (
            Argument(
                ("path",),
                "Directory or file; - is standard input.",
                metavar="PATH",
                kind="operands",
            ),
            Argument(
                ("--kind",),
                "What the single files are; by default their names tell.",
                choices=(
                    "halconfig",
                    "service-settings",
                    "halyard",
                    "bom",
                    "versions",
                    "profile",
                    "halsync",
                ),
            ),
            Argument(
                ("--fail-on",),
                "The mildest problem that makes the check fail; by default validate.failOn.",
                choices=("error", "warning", "never"),
            ),
            Argument(
                ("--daemon",),
                "Let the Halyard daemon there check what it reads, too.",
                metavar="URL",
            ),
            Argument(("--watch",), "Check again whenever a file is saved.", kind="switch"),
            output("text", "json", "sarif", "github", "junit"),
        ),
        even_so=True,
    ),
    Command(
        "explain",
        "Look first",
        "where a value comes from, or what a problem code means",
        "Renders as init does and says of one value what it is (secrets masked), which source, "
        "revision, file and line it was written in, and which overlay, patch or placeholder "
        "touched it, each with its own place. Works as well while checks fail. Of a problem code "
        "it says why it matters and what to do, with an example.",
        (
            Example(
                "halsync explain 'providers.kubernetes.accounts[prod].context' --dir ./hal",
                "a value of the current deployment in config",
            ),
            Example("halsync explain gate-local.yml:server.tomcat --dir ./hal", "of another file"),
            Example("halsync explain HAL0401", "what a problem code means"),
            Example("halsync explain settings-local.js:3 --dir ./hal", "a line of a file"),
        ),
        (
            Argument(
                ("path",),
                "PATH of config, FILE:PATH, FILE:LINE, FILE, or a CODE.",
                metavar="PATH",
                kind="operand",
            ),
            output("text", "json"),
        ),
        even_so=True,
    ),
    Command(
        "status",
        "Afterwards",
        "what is published, from where, since when, and drift",
        "Shows the live generation, the revisions it was made from, the generations that are "
        "kept, and every published file that was changed by hand; what a running sidecar says of "
        "itself, and whether it is on hold. Needs no source; of bad settings the target is enough.",
        (
            Example("halsync status --target ~/.hal", "for a person"),
            Example("halsync status --target ~/.hal -o json", "for a script"),
        ),
        (output("text", "json"),),
        needs=("target",),
        even_so=True,
    ),
    Command(
        "rollback",
        "Afterwards",
        "make a kept generation live again",
        "Publishes a generation that is kept, by the same atomic step as init, and pins it: init "
        "leaves it alone until the source moves on.",
        (
            Example("halsync rollback --target ~/.hal", "to the generation before the live one"),
            Example(
                "halsync rollback 3f2a90c1 --target ~/.hal",
                "to a certain one, named by the start of its digest (see halsync status)",
            ),
        ),
        (
            Argument(
                ("generation",),
                "Start of the digest of a kept generation; without it, the one before.",
                metavar="GENERATION",
                kind="optional operand",
            ),
            output("text", "json"),
        ),
        needs=("target",),
    ),
    Command(
        "hold",
        "Afterwards",
        "let halsync watch change nothing until resume",
        "Writes a file into the target's .halsync that stops a sidecar from restarting Halyard or "
        "publishing what would need it. It goes on looking, and says what waits. A restart that "
        "is under way is not broken off.",
        (
            Example('halsync hold --reason "freeze until Monday" --target ~/.hal', "with a reason"),
            Example("halsync hold --target ~/.hal", "without; halsync status shows since when"),
        ),
        (
            Argument(("--reason",), "Why, for those who find it held.", metavar="TEXT"),
            output("text", "json"),
        ),
        needs=("target",),
    ),
    Command(
        "resume",
        "Afterwards",
        "end halsync hold",
        "Removes what halsync hold wrote; the newest change that waited is then acted upon.",
        (Example("halsync resume --target ~/.hal", "go on"),),
        (output("text", "json"),),
        needs=("target",),
    ),
    *IN_CLUSTER,
    Command(
        "config show",
        "Set up",
        "the effective settings and where each comes from",
        "Shows every setting as flags, environment, halsync.yaml and defaults together make it, "
        "with its origin. Secrets are masked. Takes every flag that init and the others take.",
        (
            Example("halsync config show", "for a person"),
            Example("halsync config show -o yaml > settings.yaml", "write it down as a file"),
        ),
        (output("text", "json", "yaml"),),
    ),
    Command(
        "migrate opsmx",
        "Set up",
        "a halsync.yaml from the values of the OpsMx chart",
        "Prints the settings that do without the preset what the chart's init containers do, "
        "with comments; what could not be carried over stands there and on standard error. "
        "Secrets are named as files, never printed.",
        (
            Example(
                "halsync migrate opsmx values.yaml --release isd --namespace opsmx "
                "--checkout ./repo > halsync.yaml",
                "with what depends on the repository's files: bom, fiat's roles, integrations",
            ),
        ),
        (
            Argument(
                ("values",),
                "The Helm values with which the chart was installed.",
                metavar="VALUES",
                kind="operand",
            ),
            Argument(
                ("--chart",),
                "Generation of the chart.",
                metavar="CHART",
                choices=("3.12", "4.0"),
                default="4.0",
            ),
            Argument(("--release",), "Name of the Helm release.", metavar="NAME"),
            Argument(
                ("--namespace",),
                "Namespace; by default the pod is asked for its own.",
                metavar="NS",
            ),
            Argument(
                ("--checkout",),
                "Work tree of the repository that holds the configuration.",
                metavar="DIR",
            ),
            Argument(
                ("--secrets",),
                "Where secrets are going to be mounted, a file each.",
                metavar="DIR",
                default="/run/secrets/halsync",
            ),
        ),
        settings=False,
    ),
    Command(
        "schema",
        "Set up",
        "print a JSON schema",
        "Prints a JSON schema (draft 2020-12), for editors and linters.",
        (Example("halsync schema halsync > halsync.schema.json", "the schema of halsync.yaml"),),
        (
            Argument(
                ("name",),
                "Which schema; halsync is that of halsync.yaml, report that of validate -o json, "
                "results that of -o json elsewhere.",
                metavar="NAME",
                choices=(
                    "halsync",
                    "halconfig",
                    "service-settings",
                    "halyard",
                    "bom",
                    "versions",
                    "report",
                    "results",
                ),
                default="halsync",
                kind="optional operand",
            ),
        ),
        settings=False,
    ),
    Command(
        "completion",
        "Set up",
        "print a completion script for a shell",
        "Prints a script that teaches the shell to complete commands, options and values.",
        (
            Example("source <(halsync completion bash)", "bash, this session"),
            Example('halsync completion zsh > "${fpath[1]}/_halsync"', "zsh, for good"),
            Example(
                "halsync completion fish > ~/.config/fish/completions/halsync.fish",
                "fish, for good",
            ),
        ),
        (
            Argument(
                ("shell",),
                "The shell.",
                metavar="SHELL",
                choices=("bash", "zsh", "fish"),
                kind="operand",
            ),
        ),
        settings=False,
    ),
    PUSH,
    Command(
        "version",
        "Set up",
        "print the version",
        "Prints the version of halsync.",
        (Example("halsync version", "also: halsync --version"),),
        (output("text", "json"),),
        settings=False,
    ),
)
