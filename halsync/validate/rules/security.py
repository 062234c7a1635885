"""HAL15xx: addresses, roles, certificates."""

from __future__ import annotations

from halsync.validate.rules.base import Finding, rule
from halsync.validate.rules.local import host_and_port, is_later
from halsync.validate.rules.view import cut

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from halsync.model import Severity
    from halsync.validate.rules.view import Configuration, Deployment


@rule(
    "HAL1501",
    "no addresses for a distributed deployment",
    "warning",
    ids=("security-base-urls-unset",),
    on_deploy=True,
    good="""
security:
  apiSecurity: {overrideBaseUrl: "https://api.acme.example"}
  uiSecurity: {overrideBaseUrl: "https://ui.acme.example"}
deploymentEnvironment: {type: Distributed, accountName: k8s}
providers: {kubernetes: {accounts: [{name: k8s}]}}
""",
    bad="""
security: {authn: {enabled: false}}
deploymentEnvironment: {type: Distributed, accountName: k8s}
providers: {kubernetes: {accounts: [{name: k8s}]}}
""",
)
def no_addresses(config: Configuration) -> Iterator[Finding]:
    """A distributed deployment without ``security.apiSecurity.overrideBaseUrl`` and
    ``security.uiSecurity.overrideBaseUrl`` is reached through a tunnel only: the pages in the
    browser ask ``localhost``."""
    for deployment in config.deployments:
        if deployment.environment.text("type") != "Distributed":
            continue
        security = deployment.node("security")
        missing = [
            part
            for part in ("apiSecurity", "uiSecurity")
            if not security.node(part).text("overrideBaseUrl")
        ]
        if missing:
            message = f"{' and '.join(missing)} have no overrideBaseUrl"
            message = message if len(missing) > 1 else message.replace(" have ", " has ")
            yield Finding(
                security.at(missing[0], "overrideBaseUrl"),
                f"{message}: Spinnaker is reached through a tunnel only",
                "add the addresses at which people reach gate and deck",
            )


@rule(
    "HAL1502",
    "address that is no URL",
    "error",
    ids=("override-base-url-no-scheme", "override-base-url-no-host", "override-base-url-invalid"),
    good='security: {apiSecurity: {overrideBaseUrl: "https://api.acme.example"}}',
    bad="security: {apiSecurity: {overrideBaseUrl: api.acme.example}}",
)
def base_url(config: Configuration) -> Iterator[Finding]:
    """``overrideBaseUrl`` must be a whole address: ``https://host``, a port and a path if needed.
    Pages in the browser are told to ask there.

    A path alone (``/gate``) is a warning: Halyard calls it an error when asked, but where one host
    serves both deck and gate browsers get along with it.
    """
    for deployment in config.deployments:
        for part in ("apiSecurity", "uiSecurity"):
            node = deployment.node("security").node(part)
            url = node.text("overrideBaseUrl")
            fault = url_fault(url) if url and not is_later(url) else ""
            if fault:
                hint = "write it like https://gate.acme.example"
                severity: Severity | None = "warning" if url.startswith("/") else None
                yield Finding(node.at("overrideBaseUrl"), fault, hint, severity=severity)


def url_fault(url: str) -> str:
    """Why a base URL does not do, as ``java.net.URI`` sees it; empty if it does."""
    from halsync.validate.schema.java_net import uri_fault

    fault = uri_fault(url)
    if fault:
        return f"'{cut(url)}' is no address: {fault}"
    scheme, colon, rest = url.partition(":")
    if not colon or "/" in scheme:
        return f"'{cut(url)}' does not say https:// or http://"
    if not rest.startswith("//"):
        return f"'{cut(url)}' does not say https:// or http://"
    host, _ = host_and_port(url)
    if not host:
        return f"'{cut(url)}' names no host"
    if "_" in host:
        return f"Java finds no host in '{cut(url)}': a host name has no '_'"
    return ""


_ROLES: dict[str, tuple[str, ...]] = {
    "FILE": ("path",),
    "GITHUB": ("organization", "accessToken"),
    "GOOGLE": ("adminUsername", "credentialPath", "domain"),
    "LDAP": ("url",),
}


@rule(
    "HAL1511",
    "incomplete source of roles",
    "error",
    ids=(
        "authz-file-path-missing",
        "authz-github-organization-missing",
        "authz-github-token-missing",
        "authz-google-admin-missing",
        "authz-google-credential-missing",
        "authz-google-domain-missing",
        "authz-ldap-url-missing",
        "authz-ldap-manager-dn-missing",
        "authz-ldap-manager-password-missing",
    ),
    good="""
security:
  authz: {enabled: true, groupMembership: {service: LDAP, ldap: {url: "ldap://ldap:389"}}}
""",
    bad="""
security:
  authz: {enabled: true, groupMembership: {service: LDAP, ldap: {groupSearchBase: ou=groups}}}
""",
)
def roles(config: Configuration) -> Iterator[Finding]:
    """``authz`` is enabled, and ``groupMembership.service`` chooses where fiat gets roles from;
    the chosen section lacks what fiat needs for it."""
    for deployment in config.deployments:
        yield from _roles(deployment)


def _roles(deployment: Deployment) -> Iterator[Finding]:
    authz = deployment.node("security").node("authz")
    membership = authz.node("groupMembership")
    service = membership.text("service").strip()
    if not authz.flag("enabled") or service not in _ROLES:
        return
    node = membership.node(service.lower())
    for key in _ROLES[service]:
        if not node.text(key):
            message = f"roles come from {service}, but {service.lower()} has no {key}"
            is_empty = service == "LDAP" and node.is_set(key)
            severity: Severity | None = "warning" if is_empty else None
            yield Finding(node.at(key), message, f"add {key}", severity=severity)
    if service == "LDAP":
        for key, other in (("managerDn", "managerPassword"), ("managerPassword", "managerDn")):
            if node.is_set(key) and not node.text(other):
                yield Finding(node.at(other), f"{key} without {other}", f"add {other}")


@rule(
    "HAL1512",
    "TLS without a certificate",
    "warning",
    good="""
security:
  apiSecurity: {ssl: {enabled: true, keyStore: "encryptedFile:tls:gate.jks", keyAlias: gate}}
""",
    bad="security: {apiSecurity: {ssl: {enabled: true, keyAlias: gate}}}",
)
def no_certificate(config: Configuration) -> Iterator[Finding]:
    """``ssl.enabled`` is true, but there is no key store (gate) or certificate and key (deck), so
    the service does not start."""
    wanted = {
        "apiSecurity": ("keyStore",),
        "uiSecurity": ("sslCertificateFile", "sslCertificateKeyFile"),
    }
    for deployment in config.deployments:
        for part, keys in wanted.items():
            ssl = deployment.node("security").node(part).node("ssl")
            for key in keys:
                if ssl.flag("enabled") and not ssl.text(key):
                    yield Finding(ssl.at(key), f"TLS is on, but there is no {key}", f"add {key}")
