"""Webhooks over a real connection: genuine, forged, replayed, flooded."""

from __future__ import annotations

import hmac
import itertools
import json
import os
import time
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halsync.observe import hooks
from halsync.observe.pushes import concerns, read_event
from halsync.observe.signatures import TOLERANCE, prove
from tests.observe.sidecar import (
    SECRET,
    Answer,
    Sidecar,
    connect,
    eventually,
    github,
    post,
    read_all,
    running,
)

PUSH = json.dumps({"ref": "refs/heads/main", "repository": {"default_branch": "main"}}).encode()


def _hex(body: bytes, secret: str = SECRET) -> str:
    return hmac.digest(secret.encode(), body, "sha256").hex()


def _standard(body: bytes, secret: str, *, at: float, key: bytes) -> dict[str, str]:
    signed = f"msg_1.{at:.0f}.".encode() + body
    value = b64encode(hmac.digest(key, signed, "sha256")).decode()
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": f"{at:.0f}",
        "webhook-signature": f"v1,{'A' * 43}= v1,{value}",
    }


def _plain(body: bytes, at: float) -> dict[str, str]:
    stamp = f"{at:.0f}"
    return {
        "X-Halsync-Timestamp": stamp,
        "X-Halsync-Signature": "sha256=" + _hex(stamp.encode() + b"." + body),
    }


def _genuine(now: float) -> dict[str, Mapping[str, str]]:
    """How each forge signs ``PUSH``."""
    return {
        "github": github(PUSH),
        "bitbucket": {"X-Hub-Signature": "sha256=" + _hex(PUSH), "X-Event-Key": "repo:push"},
        "gitea": {"X-Gitea-Signature": _hex(PUSH), "X-Gitea-Event": "push"},
        "forgejo": {"X-Forgejo-Signature": _hex(PUSH), "X-Forgejo-Event": "push"},
        "gogs": {"X-Gogs-Signature": _hex(PUSH), "X-Gogs-Event": "push"},
        "gitlab token": {"X-Gitlab-Token": SECRET, "X-Gitlab-Event": "Push Hook"},
        "gitlab signing": {
            **_standard(PUSH, SECRET, at=now, key=SECRET.encode()),
            "X-Gitlab-Event": "Push Hook",
        },
        "plain": _plain(PUSH, now),
    }


_DIFFERENT = itertools.count()
"""White space behind a payload, so that no two deliveries are the same."""

FORGES = tuple(_genuine(0))


@pytest.mark.parametrize("forge", FORGES)
def test_a_genuine_push_wakes(tmp_path: Path, forge: str) -> None:
    with running(tmp_path) as sidecar:
        answer = post(sidecar, "/hooks/hal", PUSH, _genuine(time.time())[forge])
        assert (answer.status, json.loads(answer.text)["result"]) == (202, "woken")
        assert sidecar.wakes == [("hal", "webhook: refs/heads/main")] or forge == "plain"
        assert sidecar.wakes[0][0] == "hal"
        assert sidecar.counted('halsync_hooks_total{source="hal",outcome="woken"}') == 1


@pytest.mark.parametrize("forge", FORGES)
def test_a_changed_body_or_another_secret_does_not(tmp_path: Path, forge: str) -> None:
    headers = dict(_genuine(time.time())[forge])
    with running(tmp_path) as sidecar:
        if forge != "gitlab token":  # which signs nothing
            assert post(sidecar, "/hooks/hal", PUSH + b" ", headers).status == 401
        sidecar.secret_file.write_text("another secret")
        answer = post(sidecar, "/hooks/hal", PUSH, headers)
        assert answer.status == 401
        assert sidecar.wakes == []
        assert sidecar.reports[0][1].items() >= {"why": "signature", "from": "127.0.0.1"}.items()
        assert SECRET not in answer.text + repr(sidecar.reports)


@pytest.mark.parametrize("forge", ["gitlab signing", "plain"])
def test_a_signed_timestamp_must_be_of_now(tmp_path: Path, forge: str) -> None:
    with running(tmp_path) as sidecar:
        for away in (-TOLERANCE - 5, TOLERANCE + 60):
            headers = _genuine(time.time() + away)[forge]
            answer = post(sidecar, "/hooks/hal", PUSH, headers)
            assert (answer.status, "timestamp" in answer.text) == (401, True)
        changed = {key: str(int(time.time()) + 30) if "imestamp" in key else value
                   for key, value in _genuine(time.time())[forge].items()}  # fmt: skip
        assert "signature is wrong" in post(sidecar, "/hooks/hal", PUSH, changed).text
        assert sidecar.wakes == []


def test_the_secret_of_standard_webhooks_may_be_base64(tmp_path: Path) -> None:
    key = os.urandom(24)
    with running(tmp_path) as sidecar:
        secret = "whsec_" + b64encode(key).decode()
        sidecar.secret_file.write_text(secret)
        headers = _standard(PUSH, secret, at=time.time(), key=key)
        assert post(sidecar, "/hooks/hal", PUSH, headers).status == 202


def test_unsigned_ones_are_refused_before_their_body_is_read(tmp_path: Path) -> None:
    with running(tmp_path) as sidecar, connect(sidecar) as link:
        link.send(b"POST /hooks/hal HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n")
        assert Answer(read_all(link)).status == 401  # though nothing of the body was sent


def test_who_sent_it_is_told_as_people_write_it(tmp_path: Path) -> None:
    with running(tmp_path, listen=":0") as sidecar:
        assert post(sidecar, "/hooks/hal", b"{}").status == 401
        ((_, fields),) = sidecar.reports
        assert fields["from"] == "127.0.0.1"


def test_sha1_is_not_enough(tmp_path: Path) -> None:
    sha1 = {"X-Hub-Signature": "sha1=" + hmac.digest(SECRET.encode(), PUSH, "sha1").hex()}
    with running(tmp_path) as sidecar:
        assert post(sidecar, "/hooks/hal", PUSH, sha1).status == 401
        assert post(sidecar, "/hooks/hal", PUSH, {"X-Hub-Signature-256": ""}).status == 401
        assert post(sidecar, "/hooks/hal", PUSH, {"X-Gitlab-Token": ""}).status == 401
        assert post(sidecar, "/hooks/hal", PUSH, {"X-Gitlab-Token": "\xe9"}).status == 401


def test_which_sources_there_are_is_told_to_those_who_know_the_secret(tmp_path: Path) -> None:
    with running(tmp_path) as sidecar:
        forged = github(PUSH, "guess")
        known, unknown = (post(sidecar, f"/hooks/{name}", PUSH, forged) for name in ("hal", "x"))
        assert known.raw == unknown.raw
        known, unknown = (post(sidecar, f"/hooks/{name}", PUSH) for name in ("hal", "x"))
        assert known.raw == unknown.raw
        answer = post(sidecar, "/hooks/x", PUSH, github(PUSH))
        assert (answer.status, answer.text) == (404, "no such source; there are: hal, boms\n")
        assert 'source="x"' not in sidecar.metrics.text(sidecar.view)


def test_without_a_secret_there_is_no_endpoint(tmp_path: Path) -> None:
    with running(tmp_path, signed=False) as sidecar:
        for headers in ({}, github(PUSH, ""), {"X-Gitlab-Token": ""}):
            assert post(sidecar, "/hooks/hal", PUSH, headers).status == 404
        assert sidecar.wakes == []


def test_the_secret_is_read_at_every_use(tmp_path: Path) -> None:
    with running(tmp_path) as sidecar:
        sidecar.secret_file.write_text("rotated-secret\n")
        assert post(sidecar, "/hooks/hal", PUSH, github(PUSH)).status == 401
        assert post(sidecar, "/hooks/hal", PUSH, github(PUSH, "rotated-secret")).status == 202


@pytest.mark.parametrize("content", [None, "", "\n"])
def test_without_a_readable_secret_nothing_passes(tmp_path: Path, content: str | None) -> None:
    with running(tmp_path) as sidecar:
        if content is None:
            sidecar.secret_file.unlink()
        else:
            sidecar.secret_file.write_text(content)
        for headers in (github(PUSH, ""), github(PUSH), {"X-Gitlab-Token": ""}):
            answer = post(sidecar, "/hooks/hal", PUSH, headers)
            assert answer.status == 503
        assert str(tmp_path) not in answer.text
        assert sidecar.wakes == []
        assert sidecar.reports[0][1]["why"] == "secret"


@pytest.mark.parametrize("forge", FORGES)
def test_a_replayed_delivery_wakes_once(tmp_path: Path, forge: str) -> None:
    headers = dict(_genuine(time.time())[forge])
    with running(tmp_path) as sidecar:
        assert post(sidecar, "/hooks/hal", PUSH, headers).status == 202
        # The id is not signed: whoever replays a delivery can change it.
        if forge == "github":
            headers["X-GitHub-Delivery"] = "another"
        for _ in range(3):
            answer = post(sidecar, "/hooks/hal", PUSH, headers)
            assert (answer.status, json.loads(answer.text)["result"]) == (200, "repeated")
        assert len(sidecar.wakes) == 1
        assert post(sidecar, "/hooks/boms", PUSH, headers).status == 202  # another source


def test_what_is_remembered_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "_REMEMBERED", 3)
    with running(tmp_path) as sidecar:
        for number in range(6):
            body = b'{"ref": "refs/heads/main", "n": %d}' % number
            post(sidecar, "/hooks/hal", body, github(body))
        assert len(sidecar.server._connections._handler._hooks._seen) == 3  # type: ignore[attr-defined]


def test_a_flood_is_stopped_and_probes_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks, "_BURST", 10.0)
    monkeypatch.setattr(hooks, "_REFILL", 0.001)
    with running(tmp_path) as sidecar:
        forged = github(PUSH, "guess")
        statuses = [post(sidecar, "/hooks/hal", PUSH, forged).status for _ in range(30)]
        assert statuses == [401] * 10 + [429] * 20
        answer = post(sidecar, "/hooks/hal", PUSH, github(PUSH))
        assert (answer.status, answer.headers["retry-after"]) == (429, "10")
        # One report for each reason, whatever the number.
        assert [fields["why"] for _, fields in sidecar.reports] == ["signature", "flood"]
        assert sidecar.counted('halsync_hooks_total{source="hal",outcome="flood"}') == 21


def test_large_bodies_count_for_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "_BURST", 10.0)
    monkeypatch.setattr(hooks, "_REFILL", 0.001)
    body = b"a" * (4 * 64 * 1024)
    with running(tmp_path, max_body=1024**2) as sidecar:
        statuses = [post(sidecar, "/hooks/hal", body, github(body, "x")).status for _ in range(4)]
        assert statuses == [401, 401, 429, 429]


def test_a_wake_that_came_too_soon_comes_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks, "_WAKE_SPACING", 0.3)
    with running(tmp_path) as sidecar:
        for number in range(5):
            body = b'{"ref": "refs/heads/main", "n": %d}' % number
            assert post(sidecar, "/hooks/hal", body, github(body)).status == 202
        eventually(lambda: len(sidecar.wakes) >= 2)


def test_wakes_in_quick_succession_are_put_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(tmp_path) as sidecar:
        for number in range(10):
            body = b'{"ref": "refs/heads/main", "n": %d}' % number
            assert post(sidecar, "/hooks/hal", body, github(body)).status == 202
        assert len(sidecar.wakes) == 1
        monkeypatch.setattr(hooks, "_WAKE_SPACING", 0.0)
        assert post(sidecar, "/nowhere").status == 404  # the server's thread comes round
        eventually(lambda: len(sidecar.wakes) == 2)  # the last one is not lost
        assert not sidecar.server._connections._handler._hooks._later  # type: ignore[attr-defined]


def test_a_body_that_is_too_large(tmp_path: Path) -> None:
    with running(tmp_path, max_body=100) as sidecar:
        body = b"a" * 101
        assert post(sidecar, "/hooks/hal", body, github(body)).status == 413
        assert post(sidecar, "/hooks/hal", body[1:], github(body[1:])).status == 202


def _event(sidecar: Sidecar, payload: object, headers: Mapping[str, str], name: str = "hal") -> str:
    body = json.dumps(payload).encode() + b" " * next(_DIFFERENT)
    signed = {"X-Hub-Signature-256": "sha256=" + _hex(body), **headers}
    result: str = json.loads(post(sidecar, f"/hooks/{name}", body, signed).text)["result"]
    return result


def test_what_an_event_is_about_decides(tmp_path: Path) -> None:
    github_push, gitlab = {"X-GitHub-Event": "push"}, {"X-Gitlab-Event": "Push Hook"}
    cloud, center = {"X-Event-Key": "repo:push"}, {"X-Event-Key": "repo:refs_changed"}
    with running(tmp_path) as sidecar:
        for payload, headers, result in (
            ({"ref": "refs/heads/main"}, github_push, "woken"),
            ({"ref": "refs/heads/other"}, github_push, "ignored"),
            ({"ref": "refs/heads/x/main"}, github_push, "ignored"),
            ({"ref": "refs/tags/main"}, github_push, "woken"),
            ({"ref": "main", "ref_type": "branch"}, {"X-GitHub-Event": "create"}, "woken"),
            ({"ref": "other", "ref_type": "tag"}, {"X-GitHub-Event": "delete"}, "ignored"),
            ({"zen": "…"}, {"X-GitHub-Event": "ping"}, "ping"),
            ({"action": "opened"}, {"X-GitHub-Event": "issues"}, "ignored"),
            ({"ref": "refs/heads/other"}, {"X-Gitea-Event": "push"}, "ignored"),
            ({"ref": "refs/heads/other"}, {"X-Forgejo-Event": "push"}, "ignored"),
            ({"ref": "refs/heads/main", "x": 1}, gitlab, "woken"),
            ({"ref": "refs/tags/v1"}, {"X-Gitlab-Event": "Tag Push Hook"}, "ignored"),
            ({"x": 1}, {"X-Gitlab-Event": "Note Hook"}, "ignored"),
            ({"test": True}, {"X-Event-Key": "diagnostics:ping"}, "ping"),
            ({"x": 2}, {"X-Event-Key": "pr:opened"}, "ignored"),
            (_cloud("main"), cloud, "woken"),
            (_cloud("other"), cloud, "ignored"),
            ({"push": {"changes": [{"new": None, "old": None}]}}, cloud, "woken"),
            ({"push": {"changes": "?"}}, cloud, "woken"),
            ({"changes": [{"ref": {"id": "refs/heads/main"}}]}, center, "woken"),
            ({"changes": [{"ref": {"id": "refs/heads/other"}}]}, center, "ignored"),
            ({"anything": 3}, {}, "woken"),
            ([1, 2], github_push, "woken"),
            ({"ref": 5}, github_push, "woken"),
        ):
            assert _event(sidecar, payload, headers) == result, (payload, headers)
        # A source without a ref, a bucket for example, is woken by any push.
        assert _event(sidecar, {"ref": "refs/heads/other"}, github_push, "boms") == "woken"


def _cloud(branch: str) -> dict[str, object]:
    change = {"new": {"type": "branch", "name": branch}, "old": None}
    return {"push": {"changes": [change]}}


@pytest.mark.parametrize(
    ("ref", "moved", "default", "wakes"),
    [
        ("HEAD", "main", "main", True),
        ("HEAD", "other", "main", False),
        ("HEAD", "other", "", True),
        ("refs/heads/main", "main", "", True),
        ("refs/heads/main", "other", "", False),
        ("heads/main", "main", "", True),
        ("release/1.0", "release/1.0", "", True),
        ("a" * 40, "other", "", True),
    ],
)
def test_refs_as_settings_write_them(ref: str, moved: str, default: str, wakes: bool) -> None:
    payload = {"ref": f"refs/heads/{moved}", "repository": {"default_branch": default}}
    news = read_event({"x-github-event": "push"}, json.dumps(payload).encode())
    assert concerns(news, ref) is wakes


def test_githubs_other_content_type(tmp_path: Path) -> None:
    from urllib.parse import urlencode

    form = {"Content-Type": "application/x-www-form-urlencoded"}
    with running(tmp_path) as sidecar:
        for branch, result in (("other", "ignored"), ("main", "woken")):
            body = urlencode({"payload": json.dumps({"ref": f"refs/heads/{branch}"})}).encode()
            answer = post(sidecar, "/hooks/hal", body, {**github(body), **form})
            assert json.loads(answer.text)["result"] == result


def test_a_payload_too_deep_or_too_long_to_read_wakes() -> None:
    for body in (b"[" * 100_000, b'{"ref": "refs/heads/x", "y": "' + b"z" * 2_000_000 + b'"}'):
        assert concerns(read_event({"x-github-event": "push"}, body), "main")


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "x-hub-signature-256", "x-hub-signature", "x-gitea-signature", "webhook-signature",
                "webhook-id", "webhook-timestamp", "x-halsync-signature", "x-halsync-timestamp",
                "x-gitlab-token", "x-github-event", "content-type",
            ]
        ),
        st.text(st.characters(max_codepoint=255), max_size=80),
    ),
    st.binary(max_size=200),
)  # fmt: skip
def test_nothing_made_up_is_taken_for_genuine(headers: dict[str, str], body: bytes) -> None:
    assert prove(SECRET, headers, body, 1_800_000_000).refused
    concerns(read_event(headers, body), "main")
