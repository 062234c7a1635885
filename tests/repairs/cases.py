"""What is broken in each repository, and what a person does about the messages, round by round."""

from __future__ import annotations

from typing import NamedTuple


class Edit(NamedTuple):
    """One change of one file."""

    file: str
    old: str
    new: str


class Move(NamedTuple):
    """A file gets another name."""

    file: str
    to: str


class Case(NamedTuple):
    """One repository."""

    title: str
    story: str
    breaks: tuple[Edit | Move, ...]
    rounds: tuple[tuple[str, tuple[Edit | Move, ...]], ...]
    """For each look at the messages: what the reader makes of them, and does."""
    words: tuple[str, ...] = ()
    """Further words of the command line."""


GATE = "default/service-settings/gate.yml"
PROFILES = "default/profiles"

CASES: tuple[Case, ...] = (
    Case(
        "Typing mistakes",
        "An account was added in a hurry, late on a Friday.",
        (
            Edit("config", "- name: production\n", "- name: production\n        contxt: prod\n"),
            Edit("config", "kubeconfigFile: /etc", "kubeConfigFile: /etc"),
            Edit("config", "type: Distributed", "type: distributed"),
            Edit("config", "liveManifestCalls: false", "liveManifestCalls: nope"),
            Edit("config", "primaryAccount: staging", "primaryAccount: stagign"),
        ),
        (
            (
                "Five messages, five words. Each says which one is meant.",
                (
                    Edit("config", "stagign", "staging"),
                    Edit("config", "contxt: prod", "context: prod"),
                    Edit("config", "kubeConfigFile", "kubeconfigFile"),
                    Edit("config", "nope", "false"),
                    Edit("config", "type: distributed", "type: Distributed"),
                ),
            ),
            (
                "Now that the key has its name, it stands there twice. The last one wins, and is"
                " the right one.",
                (Edit("config", "        context: prod\n", ""),),
            ),
        ),
    ),
    Case(
        "A merge gone wrong",
        "Two branches were merged by hand.",
        (
            Edit("config", "  features:\n", "<<<<<<< HEAD\n  features:\n"),
            Edit(f"{PROFILES}/gate-local.yml", "spring:\n", "server:\n  port: 8084\nspring:\n"),
            Edit(f"{PROFILES}/orca-local.yml", "  daysOfExec", "\tdaysOfExec"),
            Edit(GATE, "/health\n", "/health\nhealthEndpoint: /ready\n"),
            Edit("config", "size: SMALL", "sise: SMALL"),
        ),
        (
            (
                "Nothing in config can be judged before it can be read. The port is what the other"
                " branch wanted; it goes into the first of the two sections.",
                (
                    Edit("config", "<<<<<<< HEAD\n", ""),
                    Edit(f"{PROFILES}/gate-local.yml", "server:\n  port: 8084\n", ""),
                    Edit(f"{PROFILES}/gate-local.yml", "server:\n", "server:\n  port: 8084\n"),
                    Edit(f"{PROFILES}/orca-local.yml", "\tdaysOfExec", "  daysOfExec"),
                    Edit(GATE, "healthEndpoint: /ready\n", ""),
                ),
            ),
            (
                "Behind the conflict there was one more.",
                (Edit("config", "sise", "size"),),
            ),
        ),
    ),
    Case(
        "Values that YAML reads otherwise",
        "Somebody took the quotes away.",
        (
            Edit("config", 'version: "1.36.1"', "version: 1.30"),
            Edit("config", "      - name: acme-github\n", "      - name: 2024-01-31\n"),
            Edit("config", "      botName: spinnaker\n", "      botName: no\n"),
            Edit("config", "period: 30", "period: 30s"),
        ),
        (
            (
                "Quotes where they are asked for. Which patch release is meant only its authors"
                " know.",
                (
                    Edit("config", "version: 1.30", 'version: "1.30.4"'),
                    Edit("config", "name: 2024-01-31", 'name: "2024-01-31"'),
                    Edit("config", "botName: no", 'botName: "no"'),
                    Edit("config", "period: 30s", "period: 30"),
                ),
            ),
        ),
    ),
    Case(
        "Files in the wrong place",
        "The team reorganised its repository.",
        (
            Move(f"{PROFILES}/gate-local.yml", f"{PROFILES}/Gate-local.yml"),
            Move("default/service-settings/redis.yml", "default/service-settings/reddis.yml"),
            Edit("config", "currentDeployment: default", "currentDeployment: defualt"),
            Edit(
                "config",
                "kubeconfigFile: /etc/acme/kubeconfigs/production",
                "kubeconfigFile: kubeconfigs/production",
            ),
        ),
        (
            (
                "Two names and a word. The kubeconfig is no part of the repository: it is mounted"
                " into the pod, and its path was right before.",
                (
                    Edit("config", "defualt", "default"),
                    Edit("config", " kubeconfigs/production", " /etc/acme/kubeconfigs/production"),
                    Move(
                        "default/service-settings/reddis.yml", "default/service-settings/redis.yml"
                    ),
                    Move(f"{PROFILES}/Gate-local.yml", f"{PROFILES}/gate-local.yml"),
                ),
            ),
        ),
    ),
    Case(
        "An older Halyard",
        "The pod runs Halyard 1.30, and the configuration was written for a newer one.",
        (
            Edit("config", "f:slack.yml!k:token", "f:slack.yml!k"),
            Edit("config", "      - name: staging\n", "      - name: production\n"),
            Edit(GATE, "healthEndpoint", "healthEndPoint"),
        ),
        (
            (
                "The first of the two accounts is the one that three messages miss.",
                (
                    Edit("config", "- name: production", "- name: staging"),
                    Edit("config", "f:slack.yml!k\n", "f:slack.yml!k:token\n"),
                    Edit("config", "  stats:\n    enabled: false\n", ""),
                    Edit(GATE, "healthEndPoint", "healthEndpoint"),
                ),
            ),
        ),
        ("--halyard-version", "1.30.0"),
    ),
)
