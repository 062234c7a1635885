"""What the sidecar says of itself while it waits."""

from __future__ import annotations

from pathlib import Path

import pytest

from halsync.restart import hold
from tests.agent.watch.rounds import rounds
from tests.agent.watch.test_sequences import AT_ONCE, published, reacting
from tests.restart.conftest import halyard
from tests.servers.halyard import Halyard

__all__ = ["halyard"]


def test_a_release_that_waits_for_its_source_says_so(
    tmp_path: Path, halyard: Halyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    governor = {**AT_ONCE, "debounce": "1h"}
    with rounds(tmp_path, halyard.hal, restart=reacting(halyard, governor=governor)) as loop:
        published(loop)
        loop.write("1.31.0")
        loop.round()
        view = loop.loop.view
        assert (view.state, view.detail) == ("waiting", loop.parts.governing.reason)
        assert view.until > 0
        # As for `rollout`: the new pod's init would have to fetch.
        monkeypatch.setattr(loop.parts.phases.strategy, "in_place", False)
        loop.source.rename(tmp_path / "away")
        loop.round()
        view = loop.loop.view
        assert view.state == "waiting"
        assert view.detail.startswith("hal: ")
        assert view.detail.endswith("; the next pod's init could not fetch")
        assert view.pending
        assert view.until == 0, "nobody knows"
        (tmp_path / "away").rename(loop.source)
        loop.round()
        assert loop.loop.view.detail == loop.parts.governing.reason
        hold.set(str(loop.target), "demo")
        loop.parts.governing.due = 0.0
        loop.round()
        assert loop.loop.view.state == "held"
        assert loop.loop.view.detail.startswith("demo, ")


def test_what_a_command_says_is_one_line(tmp_path: Path, halyard: Halyard) -> None:
    command = ["/bin/sh", "-c", "echo one >&2; echo two >&2; exit 3"]
    with rounds(tmp_path, halyard.hal, restart=reacting(halyard, command=command)) as loop:
        assert loop.round().outcome == "unconfirmed"
        view = loop.loop.view
        assert (view.state, view.blamed) == ("refused", False)
        assert view.detail.endswith("exit code 3: one two")


@pytest.mark.e2e
def test_the_newest_revision_is_known_to_be_in_quarantine(tmp_path: Path, halyard: Halyard) -> None:
    """Until a fix comes, also for a process that did not see it happen; that the old one is
    remembered after that is no news."""
    sick = f"grep -q 6.6.6 {halyard.hal}/config && echo true || echo false"
    script = f"""echo "{{\\"never_healthy\\": $({sick})}}" > {halyard.directory}/switches.json"""
    settings = reacting(halyard, command=["/bin/sh", "-c", script])
    settings["confirm"] = {"timeout": "2s", "settle": "0s"}
    with rounds(tmp_path, halyard.hal, restart=settings) as loop:
        published(loop)
        loop.write("6.6.6")
        for _ in range(3):
            loop.round()
        view = loop.loop.view
        assert (view.state, view.blamed, len(view.quarantined)) == ("refused", True, 1)
        loop.loop._looked = None
        loop.parts.phases.fell_back = ""
        loop.round()
        assert loop.loop.view.blamed, "as a new process finds it"
        (loop.source / "config").write_text("[")
        loop.round()
        assert (loop.loop.view.state, loop.loop.view.blamed) == ("refused", False)
        loop.write("1.32.0")
        loop.round()
        view = loop.loop.view
        assert (view.state, view.blamed, len(view.quarantined)) == ("idle", False, 1)
