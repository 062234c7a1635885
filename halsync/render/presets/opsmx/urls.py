"""The addresses at which gate and deck are reached from outside."""

from __future__ import annotations

import json

from halsync.errors import ConfigError
from halsync.patterns import Pattern
from halsync.render.presets.opsmx.codes import NO_SERVICE, UNKNOWN
from halsync.render.presets.opsmx.names import DECK, HAL_CONFIG, OVERRIDES, SPINNAKER, STORMDRIVER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from halsync.render.presets.opsmx.draft import Draft
    from halsync.render.presets.opsmx.surroundings import Service, Services

_AUTO = "global.autoConfiguration.enabled"
_SSL = "global.ssl.enabled"
_COMMON = "global.commonGate.enabled"
_OWN_URL = "global.spinnakerUrl"
_STORMDRIVER = "global.stormdriver"
_UI = "global.oesUI.host"
_UI_URL = Pattern(rb"uiUrl")


def add(draft: Draft) -> None:
    """Everything of this module."""
    scheme = "https" if draft.values.flag(_SSL) else "http"
    # The chart leaves PROTOCOL where it discovers addresses, which gives no URL at all.
    draft.placeholder("PROTOCOL", (HAL_CONFIG,), scheme, _SSL)
    if draft.values.flag(_AUTO):
        _discovered(draft, "OVERRIDE_API_URL", "gate", 8084)
        _discovered(draft, "OVERRIDE_DECK_URL", "deck", 9000)
    else:
        _named(draft)
    if draft.values.chart == "4.0":
        if draft.values.flag(_OWN_URL):
            _own_url(draft)
        _stormdriver(draft)


def _named(draft: Draft) -> None:
    common = draft.values.flag(_COMMON)
    new = draft.values.chart == "4.0"
    api = ("global.oesGate.host" if not new else _UI) if common else "global.spinGate.host"
    deck = _UI if new else "global.spinDeck.host"
    for name, key, path in (
        ("OVERRIDE_API_URL", api, "/gate" if new and common else ""),
        ("OVERRIDE_DECK_URL", deck, "/deck" if new else ""),
    ):
        if draft.needs(name, (HAL_CONFIG,)):
            draft.placeholder(name, (HAL_CONFIG,), draft.host(key) + path, key)


def _discovered(draft: Draft, name: str, what: str, port: int) -> None:
    """``LB-IP:port``, else ``NODE-IP:node port``."""
    if not draft.needs(name, (HAL_CONFIG,)):
        return
    services = draft.facts.services
    if services is None and not draft.facts.looks:
        return
    if services is None:
        draft.report_name(
            NO_SERVICE,
            name,
            f"is to be discovered ({_AUTO} at {draft.values.place(_AUTO)}), and nothing"
            " here can look at Services",
        )
        return
    balancer, node = _both(draft, services, name, what)
    for service in (balancer, node):
        if service is not None and service.addresses:
            draft.placeholder(name, (HAL_CONFIG,), f"{service.addresses[0]}:{port}", _AUTO)
            return
    ports = dict(node.node_ports) if node else {}
    node_port = ports.get(port) or (next(iter(ports.values())) if len(ports) == 1 else None)
    if node_port is None:
        draft.report_name(
            NO_SERVICE,
            name,
            f"is to be discovered ({_AUTO} at {draft.values.place(_AUTO)}), but Service"
            f" spin-{what}-lb has no address, and spin-{what}-np no node port for {port}",
        )
        return
    address = draft.facts.node_ip or services.node_ip()
    if not address:
        draft.report_name(
            UNKNOWN,
            name,
            f"is to be the node's address with port {node_port}, and that address is not known",
            "set HALSYNC_RENDER_NODE_IP from the pod's field status.hostIP, or render.nodeIp",
        )
    else:
        draft.placeholder(name, (HAL_CONFIG,), f"{address}:{node_port}", _AUTO)


def _both(
    draft: Draft, services: Services, name: str, what: str
) -> tuple[Service | None, Service | None]:
    """The Service with a load balancer, and the one with node ports."""
    try:
        return services.find(f"spin-{what}-lb"), services.find(f"spin-{what}-np")
    except ConfigError as error:
        raise ConfigError(
            f"{name} is to be discovered ({_AUTO} at {draft.values.place(_AUTO)}): {error.message}",
            where=error.where,
            hint=f"{error.hint}; or give render.servicesFile and render.nodeIp, or turn it off",
        ) from None


def _own_url(draft: Draft) -> None:
    """Spinnaker has an address beside that of the UI."""
    values = draft.values
    ui = f"{values.text('global.oesUI.protocol')}://{draft.host(_UI)}"
    deck = f"{values.text('global.spinDeck.protocol')}://{draft.host('global.spinDeck.host')}"
    draft.deployments(
        {
            "security": {
                "apiSecurity": {"overrideBaseUrl": f"{ui}/gate"},
                "uiSecurity": {"overrideBaseUrl": deck},
            }
        },
        _OWN_URL,
        _UI,
    )
    file = draft.file(DECK)
    if file is None or not _UI_URL.search(file.content):
        draft.write(DECK, "", _OWN_URL)
        draft.append(DECK, f"var uiUrl = {json.dumps(ui)};\n", _OWN_URL)


def _stormdriver(draft: Draft) -> None:
    if not draft.values.flag(_STORMDRIVER):
        for path in (*OVERRIDES, SPINNAKER):
            draft.remove(path, _STORMDRIVER)
        return
    url = f"{draft.values.text('global.oesUI.protocol')}://{draft.host(_UI)}"
    services = {"deck": {"baseUrl": f"{url}/deck"}, "gate": {"baseUrl": f"{url}/gate"}}
    draft.merge(STORMDRIVER, {"services": services}, _STORMDRIVER, _UI)
    if draft.values.flag("global.commonGate.spinnakerRBAC"):
        enabled = {"services": {"fiat": {"enabled": True}}}
        draft.merge(SPINNAKER, enabled, _STORMDRIVER, optional=True)
