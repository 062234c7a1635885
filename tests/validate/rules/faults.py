"""The kinds of faults: from a good tree to trees with one thing wrong.

Each function yields what it changed and the files with the change.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any, NamedTuple

from halsync.validate.documents import Documents
from halsync.validate.schema.visit import Object, Scalar, visit

from ..trees import tree

Files = dict[str, str | bytes]
At = tuple[str | int, ...]


class Base(NamedTuple):
    """A good tree."""

    files: Files
    config: Any
    said: Counter[tuple[str, str]]


class Fault(NamedTuple):
    """One mutant."""

    kind: str
    what: str
    files: Files


def _with(base: Base, at: At, change: Callable[[Any], Any]) -> Files:
    """The files with one value of the halconfig changed; ``change`` returns None to delete it."""
    config = deepcopy(base.config)
    holder = config
    for part in at[:-1]:
        holder = holder[part]
    new = change(holder[at[-1]])
    if new is None:
        del holder[at[-1]]
    else:
        holder[at[-1]] = new
    return {**base.files, "config": json.dumps(config, indent=1)}


def _set(base: Base, at: At, value: Any) -> Files:
    """The files with one value of the halconfig replaced."""
    return _with(base, at, lambda _: value)


def _merge(base: Base, at: At, more: dict[str, Any]) -> Files:
    """The files with keys added to one mapping of the halconfig."""
    return _with(base, at, lambda value: {**value, **more})


def _scalars(base: Base) -> list[Scalar]:
    return [part for part in visit("halconfig", base.config) if isinstance(part, Scalar)]


def _objects(base: Base) -> list[Object]:
    return [part for part in visit("halconfig", base.config) if isinstance(part, Object)]


REFERENCES = {
    ("DeploymentEnvironment", "accountName"),
    ("EcsAccount", "awsAccount"),
    ("DockerRegistryReference", "accountName"),
    ("DCOSAccount.ClusterCredential", "name"),
    ("Halconfig", "currentDeployment"),
    ("Canary", "defaultMetricsAccount"),
    ("Canary", "defaultStorageAccount"),
}


def dangling(base: Base) -> Iterator[tuple[str, Files]]:
    for scalar in _scalars(base):
        if (scalar.cls, scalar.field) in REFERENCES or scalar.field == "primaryAccount":
            for change in (lambda v: f"{v}x", lambda v: f"x-{v}", lambda v: f"{v[1:]}-{v[:1]}"):
                yield scalar.field, _with(base, scalar.path, change)


def target_renamed(base: Base) -> Iterator[tuple[str, Files]]:
    """The thing that is referred to gets another name."""
    values = {
        scalar.value
        for scalar in _scalars(base)
        if (scalar.cls, scalar.field) in REFERENCES or scalar.field == "primaryAccount"
    }
    for scalar in _scalars(base):
        is_name = scalar.field == "name" and scalar.cls != "DCOSAccount.ClusterCredential"
        if is_name and scalar.value in values:
            yield scalar.cls, _with(base, scalar.path, lambda v: f"{v}-2")


def duplicated(base: Base) -> Iterator[tuple[str, Files]]:
    for part in _objects(base):
        if "name" in part.value and part.path and isinstance(part.path[-1], int):
            copy = deepcopy(part.value)
            at = part.path[:-1]
            holder: Any = base.config
            for step in at:
                holder = holder[step]
            yield part.cls, _set(base, at, [*holder, copy])
            yield part.cls, _set(base, at, [copy, *holder])


def file_deleted(base: Base) -> Iterator[tuple[str, Files]]:
    named = {str(scalar.value) for scalar in _scalars(base) if scalar.kind in "fF"}
    for path in base.files:
        if path in named or (path.startswith(".boms/") and path.endswith(".yml")):
            yield path, {name: text for name, text in base.files.items() if name != path}


def file_emptied(base: Base) -> Iterator[tuple[str, Files]]:
    named = {str(scalar.value) for scalar in _scalars(base) if scalar.kind in "fF"}
    for path in base.files:
        if path in named and base.files[path]:
            yield path, {**base.files, path: ""}


def path_misspelt(base: Base) -> Iterator[tuple[str, Files]]:
    for scalar in _scalars(base):
        text = str(scalar.value)
        if scalar.kind in "fF" and text in base.files:
            for wrong in (text + "x", "x/" + text, text[1:], "~/" + text):
                yield scalar.field, _set(base, scalar.path, wrong)


REQUIRED: dict[str, tuple[str, ...]] = {
    "AppengineAccount": ("project", "name"),
    "CloudFoundryAccount": ("api", "user", "password", "name"),
    "DeploymentEnvironment": ("accountName",),
    "DCOSCluster": ("dcosUrl",),
    "DockerRegistryAccount": ("name",),
    "GoogleAccount": ("project",),
    "GoogleCanaryAccount": ("project", "bucket", "name"),
    "GooglePublisher": ("project", "topicName"),
    "HuaweiCloudAccount": ("authUrl", "username", "password", "projectName", "domainName"),
    "HuaweiCloudBakeryDefaults": (
        "authUrl",
        "username",
        "password",
        "projectName",
        "domainName",
        "vpcId",
        "subnetId",
        "securityGroup",
    ),
    "HuaweiCloudBaseImage.HuaweiCloudImageSettings": ("packageType",),
    "HuaweiCloudBaseImage.HuaweiCloudVirtualizationSettings": (
        "region",
        "instanceType",
        "sourceImageId",
        "eipType",
        "sshUserName",
    ),
    "TencentCloudBaseImage.TencentCloudVirtualizationSettings": (
        "region",
        "zone",
        "instanceType",
        "sourceImageId",
        "sshUserName",
    ),
    "OracleBakeryDefaults": ("availabilityDomain", "subnetId", "instanceShape"),
    "OracleBaseImage.OracleVirtualizationSettings": ("baseImageId", "sshUserName"),
    "JenkinsMaster": ("name",),
    "GitHubArtifactAccount": ("name",),
    "PrometheusCanaryAccount": ("name",),
    "EcsAccount": ("awsAccount", "name"),
    "AwsAccount": ("name",),
    "AwsProvider.AwsLifecycleHook": ("defaultResult", "heartbeatTimeout"),
    "DCOSAccount.ClusterCredential": ("name", "password"),
    "DockerRegistryReference": ("accountName",),
    "SidecarConfig": ("dockerImage",),
    "KubernetesAccount": ("name",),
    "LdapRoleProvider": ("url",),
    "Ldap": ("url", "userDnPattern"),
    "OAuth2.Client": ("clientId", "clientSecret"),
    "OracleAccount": ("compartmentId", "userId", "fingerprint", "tenancyId", "region"),
    "OraclePersistentStore": ("compartmentId", "userId", "fingerprint", "tenancyId", "namespace"),
    "PersistentStorage": ("persistentStoreType",),
    "Saml": ("issuerId", "keyStore", "keyStorePassword", "keyStoreAliasName", "serviceAddress"),
    "SlackNotification": ("token",),
    "S3PersistentStore": ("bucket",),
    "TencentCloudAccount": ("secretId", "secretKey"),
    "TencentCloudBakeryDefaults": ("secretId", "secretKey"),
    "DeploymentConfiguration": ("version",),
    "DeploymentEnvironment.LivenessProbeConfig": ("initialDelaySeconds",),
}


def required_removed(base: Base) -> Iterator[tuple[str, Files]]:
    for part in _objects(base):
        for field in REQUIRED.get(part.cls, ()):
            if field == "userDnPattern" and part.value.get("userSearchFilter"):
                continue
            if part.value.get(field) not in (None, ""):
                yield f"{part.cls}.{field}", _with(base, (*part.path, field), lambda _: None)
                if isinstance(part.value[field], str):
                    yield f"{part.cls}.{field}", _with(base, (*part.path, field), lambda _: "")


def file_misnamed(base: Base) -> Iterator[tuple[str, Files]]:
    for path in base.files:
        directory, _, name = path.rpartition("/")
        if not directory.endswith(("/profiles", "/service-settings")):
            continue
        if not name.endswith(".yml") or name.startswith("spinnaker"):
            continue
        wrong = [name.replace("-", "_"), f"x{name}", name[1:], name.capitalize(), f"old/{name}"]
        if directory.endswith("service-settings"):
            wrong += [name[:-4] + ".yaml", f"spin-{name}", name[:-4] + "-local.yml"]
        for other in wrong:
            if other != name:
                files = {key: text for key, text in base.files.items() if key != path}
                yield path, {**files, f"{directory}/{other}": base.files[path]}


SIZED = ("customSizing", "sidecars", "initContainers", "hostAliases", "tolerations", "affinity")


def wrong_service_name(base: Base) -> Iterator[tuple[str, Files]]:
    for part in _objects(base):
        if part.cls != "DeploymentEnvironment":
            continue
        for section in SIZED:
            for key in dict(part.value.get(section) or {}):
                for wrong in (key[:-1], key.replace("spin-", "spin_"), key.upper(), f"{key}s"):
                    if wrong != key:
                        renamed = {
                            (wrong if name == key else name): value
                            for name, value in part.value[section].items()
                        }
                        where = (*part.path, section)
                        yield f"{section}.{key}", _set(base, where, renamed)


def ha_switched(base: Base) -> Iterator[tuple[str, Files]]:
    """High availability on or off, where sizes or endpoints are given for the other."""
    for part in _objects(base):
        is_environment = part.cls == "DeploymentEnvironment"
        sizing: dict[str, Any] = (is_environment and part.value.get("customSizing")) or {}
        for service in ("clouddriver", "echo") if sizing else ():
            if any(name == f"spin-{service}" for name in sizing):
                where = (*part.path,)
                services = {"haServices": {service: {"enabled": True}}}
                yield service, _merge(base, where, services)
            if any(name.startswith(f"spin-{service}-") for name in sizing):
                off = {"haServices": {service: {"enabled": False}}}
                yield service, _merge(base, part.path, off)
        if part.cls == "ClouddriverHaService" and part.value.get("enabled"):
            for key in ("redisMasterEndpoint", "redisSlaveEndpoint"):
                more = {key: "redis://redis:6379"}
                yield key, _merge(base, part.path, more)


def _references(base: Base) -> Iterator[Scalar]:
    for scalar in _scalars(base):
        if isinstance(scalar.value, str) and scalar.value.startswith("encrypted"):
            yield scalar


def reference_broken(base: Base) -> Iterator[tuple[str, Files]]:
    for scalar in _references(base):
        text = str(scalar.value)
        if "!" in text:
            head, *parts = text.split("!")
            wrong = ["!".join([head, *parts[1:]]), text.replace(":", "", 2), head + "x!" + parts[0]]
            wrong.append("!".join([head, parts[0].replace(":", ""), *parts[1:]]))
        else:
            prefix, name, key = text.split(":", 2)
            wrong = [f"{prefix}:{name}", f"{prefix}:{name}:", f"{prefix}:{name}_x:{key}"]
            wrong += [f"{prefix}::{key}", f"{prefix}:{name}/{key}", f"{text}'"]
        for other in wrong:
            yield scalar.field, _set(base, scalar.path, other)


def wrong_reference_kind(base: Base) -> Iterator[tuple[str, Files]]:
    for scalar in _references(base):
        if scalar.kind in "SfF":
            prefix, _, rest = str(scalar.value).partition(":")
            other = "encrypted" if prefix == "encryptedFile" else "encryptedFile"
            yield scalar.field, _set(base, scalar.path, f"{other}:{rest}")


def plain_text(base: Base) -> Iterator[tuple[str, Files]]:
    for scalar in _references(base):
        if scalar.kind == "S":
            for text in ("hunter2", "Tr0ub4dor&3 correct"):
                yield scalar.field, _set(base, scalar.path, text)


COMBINATIONS: dict[str, tuple[dict[str, Any], ...]] = {
    "KubernetesAccount": (
        {"kinds": ["pod"], "omitKinds": ["event"]},
        {"namespaces": ["a"], "omitNamespaces": ["b"]},
        {"namespaces": ["a", "a"]},
        {"cacheThreads": -1},
        {"customResources": [{"versioned": True}]},
        {"kinds": ["pod"], "customResources": [{"kubernetesKind": "a.b"}]},
        {"omitKinds": ["a.b"], "customResources": [{"kubernetesKind": "a.b"}]},
        {"providerVersion": "V1"},
        {"serviceAccount": True, "kubeconfigContents": "x: 1"},
        {"requiredGroupMembership": ["ops"]},
        {"dockerRegistries": [{"accountName": "nobody"}]},
    ),
    "DockerRegistryAccount": (
        {"password": "encrypted:a:b", "passwordCommand": "x", "username": "u"},
        {"username": "u", "password": None, "passwordCommand": None, "passwordFile": None},
        {"username": None, "password": "encrypted:a:b", "passwordCommand": None},
        {"repositoriesRegex": "a(b"},
        {"repositoriesRegex": "[a"},
        {"name": "Not_Allowed"},
    ),
    "CloudFoundryAccount": ({"skipSslValidation": True}, {"appsManagerUri": "ftp://a"}),
    "HuaweiCloudAccount": ({"insecure": True}, {"regions": []}),
    "DCOSCluster": ({"insecureSkipTlsVerify": True}, {"loadBalancer": {}}),
    "DCOSAccount": ({"clusters": []}, {"dockerRegistries": []}),
    "ClouddriverHaService": ({"enabled": True, "redisSlaveEndpoint": "redis://a:1"},),
    "DeploymentEnvironment": (
        {"type": "Distributed", "accountName": ""},
        {"type": "LocalGit", "gitConfig": {}},
        {"livenessProbeConfig": {"enabled": True}},
        {"sidecars": {"spin-gate": [{"name": "a", "dockerImage": "b"}] * 2}},
        {"initContainers": {"spin-gate": [{"name": "a"}]}},
        {"initContainers": {"spin-gate": [None]}},
        {"sidecars": {"spin-gate": [{"name": "a"}]}},
    ),
    "Ldap": ({"enabled": True, "url": "http://a:1"}, {"enabled": True, "url": "ldap://a"}),
    "Saml": ({"signatureDigest": "sha1"}, {"serviceAddress": "http://a"}),
    "Halconfig": ({"currentDeployment": "nobody"},),
}


def bad_combination(base: Base) -> Iterator[tuple[str, Files]]:
    for part in _objects(base):
        for more in COMBINATIONS.get(part.cls, ()):
            merged = {k: v for k, v in {**part.value, **more}.items() if v is not None}
            if merged == part.value:
                continue
            if part.path:
                yield part.cls, _set(base, part.path, merged)
            else:
                yield part.cls, {**base.files, "config": json.dumps(merged)}


BAD_VALUES: dict[tuple[str, str], tuple[Any, ...]] = {
    ("DeploymentConfiguration", "timezone"): ("Europe/Berlun", "utc", "GMT+2", "+02:00"),
    ("DeploymentConfiguration", "version"): ("1.35", "branch:master", "v1.35.4", "latest"),
    ("ApiSecurity", "overrideBaseUrl"): ("gate.example", "https://", "https://a_b", "ht tp://a"),
    ("UiSecurity", "overrideBaseUrl"): ("deck.example", "//deck", "https:///x"),
    ("AwsProvider.AwsLifecycleHook", "heartbeatTimeout"): (0, 29, 7201),
    ("AwsProvider.AwsLifecycleHook", "defaultResult"): ("abandon", ""),
    ("AwsProvider.AwsLifecycleHook", "roleARN"): ("role", "arn:aws:iam:1:2"),
    ("AwsProvider.AwsLifecycleHook", "notificationTargetARN"): ("x", "arn:aws:sqs:a:b:c"),
    ("OraclePersistentStore", "bucketName"): ("a b", "x" * 64, "a/b"),
    ("CloudFoundryProvider.ClientConfig", "maxRetries"): (0, -1),
    ("HuaweiCloudBakeryDefaults", "eipBandwidthSize"): (0, -5),
    ("PersistentStorage", "persistentStoreType"): ("gcs", "azs"),
}


def bad_value(base: Base) -> Iterator[tuple[str, Files]]:
    for scalar in _scalars(base):
        for value in BAD_VALUES.get((scalar.cls, scalar.field), ()):
            if value != scalar.value:
                yield scalar.field, _set(base, scalar.path, value)
    for part in _objects(base):
        if part.cls == "DeploymentEnvironment":
            for name, size in (part.value.get("customSizing") or {}).items():
                for wrong in ("2", 1.5, True, -1) if name.startswith("spin-") else ():
                    at = (*part.path, "customSizing", name)
                    changed = {**size, "replicas": wrong}
                    yield "replicas", _set(base, at, changed)


def bom_broken(base: Base) -> Iterator[tuple[str, Files]]:
    for path, text in base.files.items():
        if path.startswith(".boms/bom/"):
            files = {name: content for name, content in base.files.items() if name != path}
            yield "renamed", {**files, path[:-4] + ".yaml": text}
            yield "renamed", {**files, path.replace("/bom/", "/boms/"): text}
            plain = text.decode() if isinstance(text, bytes) else text
            if "local:" in plain:
                yield "prefix", {**base.files, path: plain.replace("local:", "")}


BAD_SETTINGS: dict[str, Any] = {
    "overrideBaseUrl": "http://a b",
    "baseUrl": "http://[",
    "port": "many",
    "targetSize": [1],
    "env": {"A": ["b"]},
    "kubernetes": {"podAnnotations": {"a": 'say "b"'}},
}


def bad_setting(base: Base) -> Iterator[tuple[str, Files]]:
    for path in base.files:
        directory, _, name = path.rpartition("/")
        document = Documents(tree(base.files, config=None)).parsed(path) if ".yml" in path else None
        if not directory.endswith("/service-settings") or document is None or not name[0].islower():
            continue
        value = document.documents[0].value if document.documents else {}
        for key, bad in BAD_SETTINGS.items():
            yield key, {**base.files, path: json.dumps({**value, key: bad})}
        yield "empty", {**base.files, path: "# nothing\n"}


KINDS: dict[str, Callable[[Base], Iterator[tuple[str, Files]]]] = {
    "reference to a name that does not exist": dangling,
    "referenced thing renamed": target_renamed,
    "name given twice": duplicated,
    "named file deleted": file_deleted,
    "named file emptied": file_emptied,
    "path of a file misspelt": path_misspelt,
    "needed setting removed or emptied": required_removed,
    "profile or service-settings file misnamed": file_misnamed,
    "sizing or sidecars for a service that does not exist": wrong_service_name,
    "high availability and its sizes or endpoints disagree": ha_switched,
    "secret reference malformed": reference_broken,
    "secret reference of the wrong kind": wrong_reference_kind,
    "secret in plain text": plain_text,
    "settings that exclude each other, or must not be": bad_combination,
    "value out of its range or form": bad_value,
    "service-settings that end the deployment": bad_setting,
    "local bill of materials broken": bom_broken,
}
