"""HAL15xx: ways to log in."""

from __future__ import annotations

from halsync.validate.rules.base import Finding, rule
from halsync.validate.rules.local import file_of, host_and_port, is_later
from halsync.validate.rules.view import cut

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from halsync.model import Severity
    from halsync.validate.rules.view import Configuration, Node


def _method(config: Configuration, name: str) -> Iterator[Node]:
    """One enabled way to log in of each deployment."""
    for deployment in config.deployments:
        method = deployment.node("security").node("authn").node(name)
        if method.flag("enabled"):
            yield method


_SIGNS = (
    ("oauth2", "client", "clientId"),
    ("oauth2", "client", "clientSecret"),
    ("saml", "issuerId"),
    ("saml", "keyStore"),
    ("ldap", "userDnPattern"),
    ("ldap", "userSearchBase"),
    ("ldap", "userSearchFilter"),
    ("iap", "audience"),
)


@rule(
    "HAL1503",
    "login that is set up and switched off",
    "warning",
    ids=("authn-configured-not-enabled",),
    good="security: {authn: {enabled: true, ldap: {userDnPattern: 'uid={0}'}}}",
    bad="security: {authn: {enabled: false, ldap: {userDnPattern: 'uid={0}'}}}",
)
def not_enabled(config: Configuration) -> Iterator[Finding]:
    """A way to log in is configured, but ``security.authn.enabled`` is false: anybody who reaches
    gate is let in. Switch it on, or remove what is not used."""
    for deployment in config.deployments:
        authn = deployment.node("security").node("authn")
        if authn.flag("enabled"):
            continue
        for *parts, key in _SIGNS:
            node = authn
            for part in parts:
                node = node.node(part)
            if node.text(key):
                message = f"{parts[0]} is configured, but authn is not enabled"
                hint = "set security.authn.enabled: true, if people shall log in"
                yield Finding(authn.at("enabled"), message, hint)
                break


_WANTED = (
    ("iap", "audience", True),
    ("oauth2", "clientId", True),
    ("oauth2", "clientSecret", True),
    ("ldap", "url", True),
    ("saml", "issuerId", False),
    ("saml", "keyStore", False),
    ("saml", "keyStorePassword", False),
    ("saml", "keyStoreAliasName", False),
    ("saml", "serviceAddress", True),
)
"""Method, what it needs, and whether Halyard is content with an empty value; we warn then."""


@rule(
    "HAL1504",
    "incomplete login",
    "error",
    ids=(
        "iap-audience-missing",
        "oauth2-client-id-missing",
        "oauth2-client-secret-missing",
        "saml-metadata-missing",
        "saml-issuer-missing",
        "saml-keystore-missing",
        "saml-keystore-password-missing",
        "saml-keystore-alias-missing",
        "saml-service-address-missing",
        "ldap-url-missing",
        "ldap-search-method-missing",
    ),
    good="""
security:
  authn:
    enabled: true
    oauth2: {enabled: true, client: {clientId: id, clientSecret: "encrypted:oauth:secret"}}
""",
    bad="""
security:
  authn:
    enabled: true
    oauth2: {enabled: true, client: {clientId: id}}
""",
)
def incomplete(config: Configuration) -> Iterator[Finding]:
    """A way to log in is enabled and lacks what gate needs for it:

    - ``iap``: ``audience``
    - ``oauth2``: ``client.clientId`` and ``client.clientSecret``
    - ``ldap``: ``url``, and ``userDnPattern`` or ``userSearchFilter``
    - ``saml``: ``metadataLocal`` or ``metadataRemote``, ``issuerId``, ``serviceAddress``,
      ``keyStore``, ``keyStorePassword`` and ``keyStoreAliasName``

    Add it, or set ``enabled: false``.
    """
    for method, key, may_be_empty in _WANTED:
        for node in _method(config, method):
            holder = node.node("client") if method == "oauth2" else node
            if not holder.text(key):
                is_empty = may_be_empty and holder.is_set(key)
                yield _lacks(holder, key)._replace(severity="warning" if is_empty else None)
    for ldap in _method(config, "ldap"):
        if not ldap.text("userDnPattern") and not ldap.text("userSearchFilter"):
            message = "ldap does not say how to find a user"
            hint = "add userDnPattern or userSearchFilter"
            yield Finding(ldap.at("userDnPattern"), message, hint)
    for saml in _method(config, "saml"):
        if not saml.text("metadataLocal") and not saml.text("metadataRemote"):
            message = "saml has no metadata of its identity provider"
            yield Finding(saml.at("metadataLocal"), message, "add metadataLocal or metadataRemote")


def _lacks(node: Node, key: str) -> Finding:
    method = next(part for part in reversed(node.path) if part != "client")
    return Finding(node.at(key), f"{method} is enabled, but has no {key}", f"add {key}")


_LDAP = """
security:
  authn:
    enabled: true
    ldap: {enabled: true, url: "ldaps://ldap.acme.example:636/", userDnPattern: "uid={0}"}
"""


@rule(
    "HAL1505",
    "address of the directory server that does not do",
    "error",
    ids=("ldap-url-scheme-missing", "ldap-url-port-missing", "ldap-url-protocol"),
    good=_LDAP,
    bad=_LDAP.replace("ldaps:", "https:"),
)
def ldap_url(config: Configuration) -> Iterator[Finding]:
    """``ldap.url`` begins with ``ldap://`` or ``ldaps://`` and names the port, even the usual one
    (389, 636).

    A missing port is a warning: Halyard calls it an error when asked, but gate takes the usual one.
    """
    for ldap in _method(config, "ldap"):
        url = ldap.text("url")
        if not url or is_later(url):
            continue
        scheme, colon, _ = url.partition(":")
        host, port = host_and_port(url)
        if port is not None and not (port.isascii() and port.isdigit()):
            continue  # the schema's matter
        severity: Severity | None = None
        if not colon or not scheme or "/" in scheme:
            message = "the address does not begin with ldap:// or ldaps://"
        elif scheme.lower() not in ("ldap", "ldaps"):
            message = f"'{cut(scheme)}' is not the protocol of a directory server"
        elif port is None or "_" in host:
            severity = "warning"
            message = "the address names no port"
            if port is not None:
                message = "Java finds no port in this address, because its host name has a '_'"
        else:
            continue
        hint = "write it like ldaps://ldap.acme.example:636/"
        yield Finding(ldap.at("url"), message, hint, severity=severity)


@rule(
    "HAL1506",
    "Google login open to everybody",
    "warning",
    ids=("oauth2-google-hd-missing",),
    good="""
security:
  authn:
    enabled: true
    oauth2:
      enabled: true
      provider: GOOGLE
      client: {clientId: id, clientSecret: "encrypted:oauth:secret"}
      userInfoRequirements: {hd: acme.example}
""",
    bad="""
security:
  authn:
    enabled: true
    oauth2:
      enabled: true
      provider: GOOGLE
      client: {clientId: id, clientSecret: "encrypted:oauth:secret"}
""",
)
def any_gmail(config: Configuration) -> Iterator[Finding]:
    """With provider ``GOOGLE`` everybody with a Google account may log in, unless
    ``userInfoRequirements`` names the domain (``hd``)."""
    for oauth2 in _method(config, "oauth2"):
        requirements = oauth2.node("userInfoRequirements")
        if oauth2.text("provider").strip() == "GOOGLE" and "hd" not in requirements.value:
            message = "everybody with a Google account may log in"
            hint = "add userInfoRequirements: {hd: YOUR.DOMAIN}"
            yield Finding(oauth2.at("userInfoRequirements"), message, hint)


_SAML = """
security:
  authn:
    enabled: true
    saml:
      enabled: true
      metadataRemote: https://idp.acme.example/metadata
      issuerId: spinnaker
      keyStore: configserver:saml.jks
      keyStorePassword: encrypted:saml:password
      keyStoreAliasName: saml
      serviceAddress: https://gate.acme.example
      signatureDigest: SHA256
"""


@rule(
    "HAL1507",
    "files of SAML that do not do",
    "error",
    ids=("saml-metadata-local-invalid", "saml-keystore-invalid"),
    good=_SAML,
    bad=_SAML.replace("configserver:saml.jks", "saml.jks") + "--- saml.jks\nno key store\n",
)
def saml_files(config: Configuration) -> Iterator[Finding]:
    """``metadataLocal`` must be the path of a file, ``keyStore`` a key store of Java: format JKS
    or PKCS12. (Password and alias are not tried out.)

    A key store that came through a text tool is damaged: keep it binary in the source.
    """
    for saml in _method(config, "saml"):
        metadata = saml.text("metadataLocal")
        if "\0" in metadata:
            yield Finding(saml.at("metadataLocal"), "this is no path of a file", "correct it")
        file = file_of(config, saml.text("keyStore"))
        if file is not None and not file.content.startswith((b"\xfe\xed\xfe\xed", b"\x30")):
            message = "the file is no key store of format JKS or PKCS12"
            hint = "make it with keytool, and add it as a binary file"
            yield Finding(saml.at("keyStore"), message, hint)


@rule(
    "HAL1508",
    "SAML address without TLS",
    "warning",
    ids=("saml-service-address-not-https",),
    good=_SAML,
    bad=_SAML.replace("serviceAddress: https", "serviceAddress: http"),
)
def saml_address(config: Configuration) -> Iterator[Finding]:
    """``serviceAddress`` is where the identity provider sends people back to; it should begin with
    ``https``."""
    for saml in _method(config, "saml"):
        address = saml.text("serviceAddress")
        if address and not is_later(address) and not address.lower().startswith("https:"):
            message = "serviceAddress is not https"
            yield Finding(saml.at("serviceAddress"), message, "serve gate with TLS")


@rule(
    "HAL1509",
    "unknown digest",
    "warning",
    ids=("saml-signature-digest-unknown",),
    good=_SAML,
    bad=_SAML.replace("SHA256", "sha256"),
)
def saml_digest(config: Configuration) -> Iterator[Finding]:
    """``signatureDigest`` is one of SHA1, SHA256, SHA384, SHA512, RIPEMD160 and MD5, in
    capitals."""
    known = ("SHA1", "SHA256", "SHA384", "SHA512", "RIPEMD160", "MD5")
    for saml in _method(config, "saml"):
        digest = saml.text("signatureDigest")
        if digest and digest not in known:
            message = f"'{cut(digest)}' is no digest that gate knows"
            yield Finding(saml.at("signatureDigest"), message, f"write one of {', '.join(known)}")


@rule(
    "HAL1510",
    "empty role OID",
    "warning",
    ids=("x509-role-oid-blank",),
    good="security: {authn: {enabled: true, x509: {enabled: true, roleOid: 1.2.840.10070.8.1}}}",
    bad='security: {authn: {enabled: true, x509: {enabled: true, roleOid: ""}}}',
)
def role_oid(config: Configuration) -> Iterator[Finding]:
    """``x509.roleOid`` says in which extension of a certificate the roles stand; empty it says
    nothing. Halyard means to refuse that, but its comparison never holds, so this is a warning."""
    for x509 in _method(config, "x509"):
        if x509.value.get("roleOid") == "":
            yield Finding(x509.at("roleOid"), "roleOid is empty", "give the OID, or remove the key")
