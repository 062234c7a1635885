"""HAL165x: publish/subscribe."""

from __future__ import annotations

from halsync.validate.rules.base import Finding, rule
from halsync.validate.rules.view import cut

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from halsync.validate.rules.view import Configuration

_GOOD = """
pubsub:
  google:
    enabled: true
    publishers:
    - {name: out, project: p, topicName: spinnaker}
"""


@rule(
    "HAL1650",
    "incomplete publisher",
    "error",
    ids=("pubsub-publisher-project-missing", "pubsub-publisher-topic-missing"),
    good=_GOOD,
    bad=_GOOD.replace(", topicName: spinnaker", ""),
)
def incomplete(config: Configuration) -> Iterator[Finding]:
    """A publisher needs ``project`` and ``topicName``."""
    for deployment in config.deployments:
        for publisher in deployment.node("pubsub").node("google").nodes("publishers"):
            for key in ("project", "topicName"):
                if not publisher.text(key):
                    yield Finding(publisher.at(key), f"this publisher has no {key}", f"add {key}")


@rule(
    "HAL1651",
    "two publishers of one name",
    "error",
    ids=("pubsub-publisher-duplicate",),
    good=_GOOD,
    bad=_GOOD + "    - {name: out, project: q, topicName: other}\n",
)
def duplicate(config: Configuration) -> Iterator[Finding]:
    """Publishers are found by their names, so each must have its own."""
    for deployment in config.deployments:
        names: list[str] = []
        for publisher in deployment.node("pubsub").node("google").nodes("publishers"):
            name = publisher.text("name")
            if name in names:
                message = f"there is a publisher '{cut(name)}' already"
                yield Finding(publisher.at("name"), message, "give one of them another name")
            names.append(name)
