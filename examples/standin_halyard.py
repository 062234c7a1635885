"""What a Halyard daemon does with a ``.hal``, in small: reading, checking, deploying.

For ``standin_daemon.py``. It reads the real files for every task, as Halyard does, and judges by
what stands in them; it deploys nowhere, but writes what Halyard writes (``staging``, ``history``,
``.backup/config``).
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

Problem = dict[str, Any]
Tell = Callable[[str, str], None]

_ROOT_KEYS = {"halyardVersion", "currentDeployment", "deploymentConfigurations"}


class Refused(Exception):
    """A task fails with these problems (a ``HalException``)."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(problems[0]["message"])
        self.problems = list(problems)


def problem(severity: str, message: str, location: str = "Global", remedy: str = "") -> Problem:
    """As ``Problem.java:26`` is written."""
    return {
        "message": message,
        "remediation": remedy or None,
        "options": None,
        "severity": severity,
        "location": location,
    }


class Hal:
    """One halconfig directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def config(self) -> dict[str, Any]:
        """The halconfig, read afresh."""
        path = self.directory / "config"
        try:
            text = path.read_text()
            found = yaml.safe_load(text)
        except OSError as error:
            raise Refused(problem("FATAL", f"Failed to read halconfig: {error}")) from error
        except yaml.YAMLError as error:
            # As Jackson does, with a piece of the file: secrets and all.
            mark = getattr(error, "problem_mark", None)
            line = text.splitlines()[mark.line] if mark and mark.line < text.count("\n") else ""
            raise Refused(
                problem("FATAL", f"Could not parse your halconfig: {error}\n{line}")
            ) from error
        if not isinstance(found, dict):
            raise Refused(problem("FATAL", "Could not parse your halconfig: it is no mapping"))
        for key in found:
            if key not in _ROOT_KEYS:
                message = f'Could not parse your halconfig: Unrecognized field "{key}"'
                raise Refused(problem("FATAL", message))
        return found

    def current(self) -> str:
        """Name of the current deployment."""
        return str(self.config().get("currentDeployment") or "default")

    def deployment(self, name: str) -> dict[str, Any]:
        """One deployment of the halconfig."""
        for found in self.config().get("deploymentConfigurations") or []:
            if isinstance(found, dict) and found.get("name") == name:
                return found
        message = f'No deployment configuration with name "{name}" could be found'
        raise Refused(problem("FATAL", message, remedy="Create a new deployment configuration"))

    def check(self, name: str) -> list[Problem]:
        """What the validators of a deploy find."""
        deployment = self.deployment(name)
        found = []
        if not deployment.get("version"):
            found.append(problem("WARNING", "You have not yet selected a version", name))
        storage = deployment.get("persistentStorage") or {}
        if not storage.get("persistentStoreType"):
            found.append(
                problem(
                    "ERROR",
                    "Your deployment will most likely fail until you configure and enable a"
                    " persistent store.",
                    f"{name}.persistentStorage",
                )
            )
        for kind, provider in (deployment.get("providers") or {}).items():
            if isinstance(provider, dict):
                found += self._provider(f"{name}.provider.{kind}", provider)
        return found

    def _provider(self, location: str, provider: dict[str, Any]) -> list[Problem]:
        accounts = [each for each in provider.get("accounts") or [] if isinstance(each, dict)]
        names = [each.get("name") for each in accounts]
        found = [
            problem("FATAL", f"Account name {name} is used more than once", location)
            for name in sorted({str(name) for name in names if names.count(name) > 1})
        ]
        if provider.get("enabled") and provider.get("primaryAccount") not in (None, *names):
            message = f"Primary account {provider['primaryAccount']} is not an account"
            found.append(problem("ERROR", message, location, "Choose an account that exists"))
        for account in accounts:
            file = account.get("kubeconfigFile")
            if file and not str(file).startswith("encrypted") and not self._at(str(file)).exists():
                place = f"{location}.{account.get('name')}"
                found.append(problem("FATAL", f"Cannot find provided path: {file}", place))
        return found

    def deploy(self, name: str, tell: Tell, seconds: float, stopped: Callable[[], bool]) -> None:
        """Generate, then pretend to roll out for so many seconds."""
        deployment = self.deployment(name)
        tell("Generating deployment", "Generating Spinnaker config")
        self._bill_of_materials(str(deployment.get("version") or ""))
        staging = self.directory / name / "staging"
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(parents=True)
        for kind in ("profiles", "service-settings"):
            for path in sorted((self.directory / name / kind).rglob("*.yml")):
                try:
                    yaml.safe_load(path.read_text())
                except yaml.YAMLError as error:
                    where = path.relative_to(self.directory)
                    raise Refused(problem("FATAL", f"Unable to parse {where}: {error}")) from error
        (staging / "clouddriver.yml").write_text(json.dumps(deployment.get("providers")))
        end = time.monotonic() + seconds
        tell("Deploying", f"Deploying Spinnaker {deployment.get('version')}")
        while time.monotonic() < end:
            if stopped():
                raise InterruptedError
            time.sleep(0.01)
        for directory in (self.directory / name / "history", self.directory / ".backup"):
            directory.mkdir(parents=True, exist_ok=True)
        (self.directory / name / "history" / "service-settings.yml").write_text("{}\n")
        shutil.copyfile(self.directory / "config", self.directory / ".backup" / "config")
        tell("Deploying", "Success")

    def _bill_of_materials(self, version: str) -> None:
        if not version:
            raise Refused(problem("FATAL", "Unable to parse a version: it is empty"))
        if version.startswith("local:"):
            path = self.directory / ".boms" / "bom" / f"{version.removeprefix('local:')}.yml"
            if not path.exists():
                raise Refused(problem("FATAL", f"Unable to read BOM: {path} (No such file)"))

    def _at(self, path: str) -> Path:
        return self.directory / path


def own_settings(directory: Path) -> None:
    """Read the daemon's own Spring files, as it does when it starts.

    Raises:
        yaml.YAMLError: one cannot be parsed, which keeps the daemon from starting.
        ValueError: its port is none, which does so, too (Spring's ServerProperties).
    """
    for name in ("halyard.yml", "halyard.yaml", "halyard-local.yml", "halyard-local.yaml"):
        path = directory / name
        if path.exists():
            found = yaml.safe_load(path.read_text())
            server = found.get("server") if isinstance(found, dict) else None
            port = server.get("port", 0) if isinstance(server, dict) else 0
            if not isinstance(port, int) or not 0 <= port <= 65_535:
                raise ValueError(f"server.port: {port!r} is not a port")
