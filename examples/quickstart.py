"""See halsync work, without a network: a real git repository becomes a published `.hal`.

The repository is made from `acme-spinnaker/` beside this file. Four steps, each one command
that you could type: publish, do nothing, refuse a broken commit, publish a change. Everything
happens in a new directory that is named at the end, for you to look around in.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
WORK = Path(tempfile.mkdtemp(prefix="halsync-quickstart-"))
REPOSITORY = WORK / "acme-spinnaker"
TARGET = WORK / "home" / ".hal"
SOURCE = ["--git", REPOSITORY.as_uri(), "--ref", "main"]
VALUES = [
    "SPINNAKER_NAMESPACE=spinnaker",
    "RELEASE_NAME=acme",
    "GATE_HOST=api.spinnaker.acme.example",
    "DECK_HOST=spinnaker.acme.example",
]
COLOUR = sys.stdout.isatty() and "NO_COLOR" not in os.environ
FAILED_VALIDATION = 5


def git(*arguments: str) -> None:
    """Run git in the example's repository, free of the user's own settings."""
    identity = ["-c", "user.name=ACME", "-c", "user.email=platform@acme.example"]
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["git", "-C", str(REPOSITORY), *identity, *arguments]
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)


def commit(message: str) -> None:
    git("add", "--all")
    git("commit", "--quiet", "--message", message)


def replace(path: str, old: str, new: str) -> None:
    file = REPOSITORY / path
    text = file.read_text(encoding="utf-8")
    assert old in text, f"{path} holds no {old!r}"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def say(text: str) -> None:
    print(f"\n\x1b[1m# {text}\x1b[0m" if COLOUR else f"\n# {text}", flush=True)


def halsync(*arguments: str, expected: int = 0, source: bool = True) -> None:
    """Run halsync as a user would, showing the command; stop if it ends differently."""
    settings = [*SOURCE, *[word for value in VALUES for word in ("--set", value)]]
    command = [*arguments, *(settings if source else []), "--target", str(TARGET)]
    shown = shlex.join(["halsync", *arguments]) + (" --git … --ref main" if source else "")
    shown += " --target …"
    print(f"\x1b[36m$ {shown}\x1b[0m" if COLOUR else f"$ {shown}", flush=True)
    # Sentences also where the output is not a terminal; a pod gets JSON lines.
    environment = {**os.environ, "HALSYNC_LOG_FORMAT": "text"}
    run = subprocess.run([sys.executable, "-m", "halsync", *command], check=False, env=environment)
    code = run.returncode
    if code != expected:
        sys.exit(f"halsync ended with {code} instead of {expected}; look into {WORK}")


def main() -> None:
    shutil.copytree(HERE / "acme-spinnaker", REPOSITORY)
    git("init", "--quiet", "--initial-branch=main")
    commit("Spinnaker as it runs today")

    say("The repository is pulled, checked, rendered and published.")
    halsync("init")
    for path in ("config", "default/profiles", "default/service-settings"):
        print(f"  {path} -> {os.readlink(TARGET / path)}")

    say("Again: nothing changed, so nothing is written.")
    halsync("init")

    say("Somebody breaks the indentation of `config`. The commit is refused, .hal stays.")
    replace("config", "      primaryAccount: staging\n", "     primaryAccount: staging\n")
    commit("A slip of the keyboard")
    halsync("init", expected=FAILED_VALIDATION)

    say("The mistake is reverted and a change is made. First a look, then the real thing.")
    git("revert", "--no-edit", "HEAD")
    replace("config", "      primaryAccount: staging\n", "      primaryAccount: production\n")
    commit("Production is the primary account")
    halsync("diff")
    halsync("init")

    say("What is live, and where it came from:")
    halsync("status", source=False)
    print(f"\nLook around in {WORK} (remove it when done).")


if __name__ == "__main__":
    main()
