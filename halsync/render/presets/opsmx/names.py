"""Files of the configuration that the chart knows by name; its deployment is ``default``."""

from __future__ import annotations

from halsync.halyard import CONFIG

PROFILES = "default/profiles"
SETTINGS = "default/service-settings"

HAL_CONFIG = CONFIG
DYNAMIC = f"{PROFILES}/spinnakerconfig.yml"
"""Where clouddriver finds its dynamic accounts: the Spring Cloud Config server's profile."""
ECHO = f"{PROFILES}/echo-local.yml"
FIAT = f"{PROFILES}/fiat-local.yml"
FRONT50 = f"{PROFILES}/front50-local.yml"
ORCA = f"{PROFILES}/orca-local.yml"
ROSCO = f"{PROFILES}/rosco-local.yml"
DECK = f"{PROFILES}/settings-local.js"
SPINNAKER = f"{PROFILES}/spinnaker.yml"
STORMDRIVER = f"{PROFILES}/stormdriver-spinnaker.yml"
REDIS = f"{SETTINGS}/redis.yml"
CLOUDDRIVERS = tuple(
    f"{SETTINGS}/clouddriver-{role}.yml" for role in ("caching", "ro", "ro-deck", "rw")
)
OVERRIDES = tuple(f"{PROFILES}/{name}-overrides.yml" for name in ("orca", "fiat", "gate"))

ROOT = ".opsmx"
"""Where the repository's root is mounted if halConfigPath is a directory below it: the chart
finds ``bom`` and ``clusterconfig`` there and nowhere else. Not published."""
BOM = "bom"
SERVICENOW = "clusterconfig/servicenow-secret.yaml"
JIRA = "clusterconfig/jira-secret.yaml"
