"""The settings below ``kubernetes`` (which cluster, and as whom), ``manifests``, ``accounts``."""

from __future__ import annotations

from halsync.settings.spec import LOOKING, Option

_CLUSTER = "kubernetes."
_MANIFESTS = "manifests."
_JASYPT = _MANIFESTS + "jasypt."
_ACCOUNTS = "accounts."
_GROUP = "Manifests"
_SYNC = ("accounts sync",)

CLUSTER: tuple[Option, ...] = (
    Option(
        _CLUSTER + "kubeconfig",
        "path",
        "Kubeconfig for the Kubernetes API; by default the pod's service account, or else "
        "$KUBECONFIG or ~/.kube/config.",
        flag="--kubeconfig",
        commands=LOOKING,
        group="Kubernetes",
        example="/etc/halsync/kubeconfig",
    ),
    Option(
        _CLUSTER + "context",
        "text",
        "Context of the kubeconfig; by default its current one.",
        flag="--kube-context",
        metavar="NAME",
        commands=LOOKING,
        group="Kubernetes",
        example="production",
    ),
    Option(
        _CLUSTER + "namespace",
        "text",
        "The one namespace that halsync reads and writes; by default that of the pod or of the "
        "context.",
        flag="--namespace",
        metavar="NAME",
        commands=LOOKING,
        group="Kubernetes",
        example="spinnaker",
    ),
    Option(
        _CLUSTER + "podName",
        "text",
        "Name of the pod that halsync runs in; by default $POD_NAME, else the host name.",
        group="Kubernetes",
        example="halyard-0",
    ),
    Option(
        _CLUSTER + "serviceAccountDir",
        "path",
        "Where the service account is mounted: token, ca.crt and namespace.",
        "/var/run/secrets/kubernetes.io/serviceaccount",
        group="Kubernetes",
        example="/run/secrets/halsync-account",
    ),
)

MANIFESTS: tuple[Option, ...] = (
    Option(
        _MANIFESTS + "paths",
        "list",
        "Directories, files or patterns of the tree that hold Kubernetes manifests. They are "
        "applied to the cluster and not published. With the preset opsmx: pipeline-promotion and "
        "clusterconfig.",
        group=_GROUP,
        example="[pipeline-promotion, clusterconfig]",
    ),
    Option(
        _MANIFESTS + "kinds",
        "list",
        "Kinds of objects that manifests may bring; by default ConfigMap and Secret.",
        group=_GROUP,
        example="[ConfigMap, Secret, CronJob]",
    ),
    Option(
        _MANIFESTS + "namespaces",
        "list",
        "Namespaces, besides the own one, that a manifest may name.",
        group=_GROUP,
        example="[sapor]",
    ),
    Option(
        _MANIFESTS + "apply",
        "choice",
        "When manifests are applied: by init, after validation and before publishing, or only by "
        "the command halsync manifests apply.",
        "command",
        choices=("command", "init"),
        group=_GROUP,
    ),
    Option(
        _MANIFESTS + "prune",
        "boolean",
        "Delete what halsync made and the repository does not bring any more.",
        False,
        group=_GROUP,
    ),
    Option(
        _MANIFESTS + "force",
        "boolean",
        "Take over fields that other managers have set to other values.",
        False,
        group=_GROUP,
    ),
    Option(
        _MANIFESTS + "inventory",
        "text",
        "Name of the ConfigMap that remembers what was applied.",
        "halsync-manifests",
        group=_GROUP,
        example="halsync-promotion",
    ),
    Option(
        _JASYPT + "password",
        "secret",
        "Password for jasypt values, ENC(…), in manifests; by default it is read from a "
        "Kubernetes Secret.",
        group=_GROUP,
        example="/run/secrets/jasypt",
    ),
    Option(
        _JASYPT + "secret",
        "text",
        "Kubernetes Secret with the password for jasypt values.",
        "bootstrap",
        group=_GROUP,
        example="jasypt",
    ),
    Option(
        _JASYPT + "key",
        "text",
        "Key of that Secret: the password itself, or a YAML file that holds it as "
        "jasypt.encryptor.password.",
        "bootstrap.yml",
        group=_GROUP,
        example="password",
    ),
    Option(
        _JASYPT + "algorithm",
        "choice",
        "How jasypt values are encrypted; 'auto' finds out.",
        "auto",
        choices=("auto", "PBEWithMD5AndDES", "PBEWithHmacSHA512AndAES_256"),
        group=_GROUP,
    ),
    Option(
        _ACCOUNTS + "directory",
        "path",
        "Directory into which the kubeconfigs of dynamic accounts are written.",
        flag="--directory",
        metavar="DIR",
        commands=_SYNC,
        group="Accounts",
        example="/opsmx",
    ),
    Option(
        _ACCOUNTS + "seenAs",
        "text",
        "The same directory as accounts name it in kubeconfigFile; by default it is the same path.",
        "",
        flag="--seen-as",
        metavar="DIR",
        commands=_SYNC,
        group="Accounts",
        example="/opsmx",
    ),
    Option(
        _ACCOUNTS + "interval",
        "duration",
        "Stay, and look again so often; by default halsync accounts sync looks once.",
        flag="--watch",
        metavar="TIME",
        commands=_SYNC,
        group="Accounts",
        example="1m",
        minimum=1,
    ),
    Option(
        _ACCOUNTS + "files",
        "list",
        "Patterns of the files that name accounts; by default **/clouddriver*.yml and config.",
        group="Accounts",
        example='["clouddriver-local.yml"]',
    ),
    Option(
        _ACCOUNTS + "mode",
        "mode",
        "Permissions of the kubeconfigs, in octal digits.",
        "640",
        group="Accounts",
        example='"600"',
    ),
    Option(
        _ACCOUNTS + "group",
        "id",
        "Group, name or number, of the kubeconfigs; empty leaves it to the directory (fsGroup).",
        "",
        group="Accounts",
        example="spinnaker",
    ),
)
