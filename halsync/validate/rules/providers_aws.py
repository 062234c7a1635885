"""HAL130x: AWS and ECS accounts."""

from __future__ import annotations

import re

from halsync.validate.rules.base import Finding, rule
from halsync.validate.rules.view import cut, did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from halsync.validate.rules.view import Configuration, Node

_GOOD = """
providers:
  aws:
    accounts:
    - name: aws
      lifecycleHooks:
      - defaultResult: ABANDON
        heartbeatTimeout: 120
        notificationTargetARN: arn:aws:sns:eu-west-1:123456789012:hooks
        roleARN: arn:aws:iam::123456789012:role/hooks
"""


def _hooks(config: Configuration) -> Iterator[Node]:
    for deployment in config.deployments:
        for account in deployment.accounts("aws"):
            yield from account.nodes("lifecycleHooks")


@rule(
    "HAL1301",
    "malformed ARN of a lifecycle hook",
    "fatal",
    ids=("aws-hook-sns-arn", "aws-hook-role-arn"),
    on_deploy=True,
    good=_GOOD,
    bad=_GOOD.replace("arn:aws:sns:eu-west-1:123456789012:hooks", "hooks"),
)
def arn(config: Configuration) -> Iterator[Finding]:
    """``notificationTargetARN`` must look like ``arn:aws:sns:REGION:ACCOUNT:TOPIC``, ``roleARN``
    like ``arn:aws:iam::ACCOUNT:role/NAME``. Halyard refuses other partitions (``aws-us-gov``,
    ``aws-cn``) as well."""
    forms = (
        (
            "notificationTargetARN",
            "arn:aws:sns:[^:]+:[^:]+:[^:]+",
            "arn:aws:sns:REGION:ACCOUNT:TOPIC",
        ),
        ("roleARN", "arn:aws:iam::[^:]+:[^:]+", "arn:aws:iam::ACCOUNT:role/NAME"),
    )
    for hook in _hooks(config):
        for key, form, example in forms:
            value = hook.text(key)
            if hook.is_set(key) and not re.fullmatch(form, value):
                message = f"'{cut(value)}' is no ARN that Halyard accepts"
                yield Finding(hook.at(key), message, f"write it as {example}")


@rule(
    "HAL1302",
    "unknown default result of a lifecycle hook",
    "fatal",
    ids=("aws-hook-default-result",),
    on_deploy=True,
    good=_GOOD,
    bad=_GOOD.replace("ABANDON", "abandon"),
)
def default_result(config: Configuration) -> Iterator[Finding]:
    """``defaultResult`` is ``ABANDON`` or ``CONTINUE``, in capitals."""
    for hook in _hooks(config):
        if hook.text("defaultResult") not in ("ABANDON", "CONTINUE"):
            message = "defaultResult must be ABANDON or CONTINUE"
            yield Finding(hook.at("defaultResult"), message, "write one of the two")


@rule(
    "HAL1303",
    "heartbeat timeout out of range",
    "fatal",
    ids=("aws-hook-heartbeat-timeout",),
    on_deploy=True,
    good=_GOOD,
    bad=_GOOD.replace("120", "10"),
)
def heartbeat(config: Configuration) -> Iterator[Finding]:
    """``heartbeatTimeout`` is a number of seconds from 30 to 7200."""
    for hook in _hooks(config):
        seconds = hook.number("heartbeatTimeout")
        if seconds is None or not 30 <= seconds <= 7200:
            message = "heartbeatTimeout must be from 30 to 7200 seconds"
            yield Finding(hook.at("heartbeatTimeout"), message, "write 3600, for example")


@rule(
    "HAL1304",
    "ECS account without its AWS account",
    "error",
    ids=("ecs-aws-account-missing",),
    on_deploy=True,
    good="""
providers:
  aws: {accounts: [{name: aws}]}
  ecs: {accounts: [{name: ecs, awsAccount: aws}]}
""",
    bad="""
providers:
  aws: {accounts: [{name: aws}]}
  ecs: {accounts: [{name: ecs, awsAccount: amazon}]}
""",
)
def aws_account(config: Configuration) -> Iterator[Finding]:
    """An ECS account works through an AWS account, which ``awsAccount`` must name.

    Halyard looks among the accounts of the *current* deployment. If there is no AWS account at
    all its check fails without a word; the accounts may then come from a profile, so this is a
    warning.
    """
    current = config.root.text("currentDeployment") or "default"
    names = [
        account.text("name")
        for deployment in config.deployments
        if deployment.name == current
        for account in deployment.accounts("aws")
    ]
    for deployment in config.deployments:
        for account in deployment.accounts("ecs"):
            wanted = account.text("awsAccount")
            if wanted not in names:
                yield Finding(
                    account.at("awsAccount"),
                    f"there is no AWS account '{cut(wanted)}'"
                    if wanted
                    else "no AWS account named",
                    did_you_mean(wanted, names) or "add the account to providers.aws",
                    severity=None if names else "warning",
                )


@rule(
    "HAL1305",
    "ECS accounts are hardly checked",
    "warning",
    ids=("ecs-validation-limited",),
    on_deploy=True,
    on_request=True,
    good="providers: {aws: {accounts: [{name: aws}]}}",
    bad="providers: {aws: {accounts: [{name: a}]}, ecs: {accounts: [{name: e, awsAccount: a}]}}",
)
def limited(config: Configuration) -> Iterator[Finding]:
    """Halyard says for every ECS account that it checks no more than its AWS account. This is no
    fault, so the rule runs only where it is selected (``--select HAL1305``)."""
    for deployment in config.deployments:
        for account in deployment.accounts("ecs"):
            yield Finding(account.path, "Halyard checks the AWS account of this ECS account only")
