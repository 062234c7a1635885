"""What is done through the client, against the test server or a real cluster."""

from __future__ import annotations

import pytest

from halsync import redact
from halsync.clients.kubernetes.api import Api
from halsync.clients.kubernetes.events import create_event, repeat_event
from halsync.clients.kubernetes.failures import Conflict, ObjectNotFound, Rejected
from halsync.clients.kubernetes.leases import Lease
from halsync.clients.kubernetes.objects import (
    delete,
    find,
    get,
    list_at,
    server_side_apply,
)
from halsync.clients.kubernetes.pods import (
    annotate_pod,
    delete_pod,
    list_pods,
    own_pod,
    owner,
    read_pod,
)
from halsync.clients.kubernetes.secrets import read_secret, read_service, secret_versions
from halsync.clients.kubernetes.workloads import change_workload, read_workload
from halsync.errors import ConfigError
from tests.clients.kubernetes.workloads import eventually, stateful_set
from tests.servers.kube import Cluster


def test_a_secret_is_read_as_bytes_and_registered(kube: Cluster, api: Api) -> None:
    kube.secret("passwords", {"text": "hunter2-hunter2", "binary": b"\x00\xff\xfe"})
    found = read_secret(api, "passwords")
    assert found.data == {"text": b"hunter2-hunter2", "binary": b"\x00\xff\xfe"}
    assert found.type == "Opaque"
    assert "hunter2" not in redact.redact("it is hunter2-hunter2")


def test_the_version_of_a_secret_changes_with_it_and_when_it_is_made_anew(
    kube: Cluster, api: Api
) -> None:
    kube.secret("s", {"a": "one"})
    first = secret_versions(api, ["s", "absent", "s"])
    assert first["absent"] == ""
    assert secret_versions(api, ["s"])["s"] == first["s"]
    kube.secret("s", {"a": "two"})
    second = secret_versions(api, ["s"])["s"]
    kube.delete("v1", "secrets", "s")
    kube.secret("s", {"a": "two"})
    assert len({first["s"], second, read_secret(api, "s").version}) == 3


def test_what_is_not_there_is_said_so(kube: Cluster, api: Api) -> None:
    with pytest.raises(ObjectNotFound) as caught:
        read_secret(api, "absent")
    assert caught.value.where == f"secret {kube.namespace}/absent"
    assert "absent" in caught.value.message
    assert kube.namespace in caught.value.hint
    assert find(api, "ConfigMap", "absent") is None


def test_a_name_that_no_object_can_have_is_never_sent(api: Api) -> None:
    for name in (
        "",
        "../x",
        "a/b",
        "other -n kube-system",
        "A",
        "a?b=c",
        "a%2fb",
        "x" * 254,
        "a..b",
    ):
        with pytest.raises(ConfigError, match="cannot be the name of a secret"):
            read_secret(api, name)


def test_a_service_is_read(kube: Cluster, api: Api) -> None:
    body = {"metadata": {"name": "gate"}, "spec": {"ports": [{"port": 8084}]}}
    kube.put("v1", "services", body)
    assert read_service(api, "gate")["spec"]["ports"][0]["port"] == 8084


def test_a_manifest_is_applied_changed_and_nothing_else_touched(kube: Cluster, api: Api) -> None:
    manifest = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "c", "labels": {"halsync.io/owned": "yes"}},
        "data": {"a": "1", "b": "2"},
    }
    dry = server_side_apply(api, manifest, dry_run=True)
    assert dry["data"] == {"a": "1", "b": "2"}
    assert find(api, "ConfigMap", "c") is None
    first = server_side_apply(api, manifest)
    assert {item["manager"] for item in first["metadata"]["managedFields"]} == {"halsync"}
    again = server_side_apply(api, manifest)
    assert again["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]
    kube.kubectl("patch", "configmap", "c", "--type=merge", "-p", '{"data":{"other":"x"}}')
    changed = server_side_apply(api, manifest | {"data": {"a": "9"}})
    assert changed["data"] == {"a": "9", "other": "x"}
    for owned, names in (("yes", ["c"]), ("no", [])):
        query = {"labelSelector": f"halsync.io/owned={owned}"}
        found = list_at(api, "v1", "configmaps", query)
        assert [item["metadata"]["name"] for item in found] == names


def test_a_field_of_somebody_else_is_a_conflict_unless_forced(kube: Cluster, api: Api) -> None:
    theirs = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: theirs}\n"
    kube.kubectl("create", "-f", "-", stdin=theirs)
    manifest = {
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "ours"},
    }  # fmt: skip
    with pytest.raises(Conflict) as caught:
        server_side_apply(api, manifest)
    assert ".data.a" in caught.value.message
    assert "kubectl-create" in caught.value.message
    assert "--force" in caught.value.hint
    assert server_side_apply(api, manifest, force=True)["data"] == {"a": "ours"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"data": {"a": 1}}, "cannot unmarshal number"),
        ({"dta": {"a": "1"}}, "unknown field"),
        ({"data": {"a b": "1"}}, "data[a b]"),
    ],
)
def test_a_manifest_that_is_wrong_is_rejected(
    api: Api, change: dict[str, object], said: str
) -> None:
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, **change}
    with pytest.raises(Rejected) as caught:
        server_side_apply(api, manifest, dry_run=True)
    assert said in caught.value.message
    assert caught.value.exit_code == 5


def test_deleting_with_a_uid_spares_the_successor(kube: Cluster, api: Api) -> None:
    kube.secret("s", {})
    old = get(api, "Secret", "s")["metadata"]["uid"]
    kube.delete("v1", "secrets", "s")
    kube.secret("s", {"new": "yes"})
    with pytest.raises(Conflict):
        delete(api, "Secret", "s", uid=old)
    delete(api, "Secret", "s", uid=get(api, "Secret", "s")["metadata"]["uid"], dry_run=True)
    assert kube.data("s") == {"new": b"yes"}
    delete(api, "Secret", "s")
    with pytest.raises(ObjectNotFound):
        delete(api, "Secret", "s")


def test_a_changed_template_brings_a_new_pod(kube: Cluster, api: Api) -> None:
    kube.put("apps/v1", "statefulsets", stateful_set())
    pod = eventually(lambda: list_pods(api, "app=halyard"))[0]
    assert owner(pod, "StatefulSet") == ("StatefulSet", "halyard")
    mine = own_pod(api, kube.settings._replace(pod_name="halyard-0"))
    assert mine["metadata"]["uid"] == pod["metadata"]["uid"]
    change = {"spec": {"template": {"metadata": {"annotations": {"halsync.io/release": "abc"}}}}}
    changed = change_workload(api, "StatefulSet", "halyard", lambda _: change)
    assert changed["metadata"]["generation"] == 2

    def replaced() -> bool:
        pods = list_pods(api, "app=halyard")
        return bool(pods) and pods[0]["metadata"]["uid"] != pod["metadata"]["uid"]

    eventually(replaced)
    assert read_pod(api, "halyard-0")["metadata"]["annotations"]["halsync.io/release"] == "abc"
    same = change_workload(api, "StatefulSet", "halyard", lambda _: None)
    assert same["metadata"]["generation"] == 2


def test_a_change_by_somebody_else_in_between_starts_again(kube: Cluster, api: Api) -> None:
    kube.put("apps/v1", "statefulsets", stateful_set())
    seen = []

    def change(found: dict[str, object]) -> dict[str, object]:
        seen.append(found)
        if len(seen) == 1:
            kube.kubectl("annotate", "statefulset", "halyard", "who=other")
        return {"metadata": {"annotations": {"halsync.io/x": "1"}}}

    change_workload(api, "StatefulSet", "halyard", change)
    found = read_workload(api, "StatefulSet", "halyard")
    assert len(seen) >= 2
    annotations = found["metadata"]["annotations"]
    assert (annotations["who"], annotations["halsync.io/x"]) == ("other", "1")


def test_deleting_the_pod_brings_a_new_one(kube: Cluster, api: Api) -> None:
    kube.put("apps/v1", "statefulsets", stateful_set())
    old = eventually(lambda: list_pods(api, "app=halyard"))[0]["metadata"]["uid"]
    with pytest.raises(Conflict):
        delete_pod(api, "halyard-0", uid="11111111-1111-1111-1111-111111111111")
    delete_pod(api, "halyard-0", uid=old, grace=0)

    def new() -> bool:
        return any(pod["metadata"]["uid"] != old for pod in list_pods(api, "app=halyard"))

    eventually(new)


def test_the_own_pod_is_annotated_and_gets_events(kube: Cluster, api: Api) -> None:
    kube.put("apps/v1", "statefulsets", stateful_set())
    pod = eventually(lambda: list_pods(api, "app=halyard"))[0]
    annotate_pod(api, "halyard-0", {"halsync.io/state": "idle", "halsync.io/old": None})
    assert read_pod(api, "halyard-0")["metadata"]["annotations"]["halsync.io/state"] == "idle"
    redact.register("swordfish")
    event = create_event(
        api, pod, reason="Published", note="generation 12 with swordfish " + "ä" * 2000
    )
    assert len(event["note"].encode()) <= 1024
    repeat_event(api, event, 3)
    shown = kube.kubectl("get", "events", "-o", "json")
    assert '"reason": "Published"' in shown
    assert '"count": 3' in shown
    assert "swordfish" not in shown


def test_a_lease_has_one_holder(api: Api) -> None:
    now = [0.0]
    one = Lease(api, "turns", "one", seconds=30, clock=lambda: now[0])
    two = Lease(api, "turns", "two", seconds=30, clock=lambda: now[0])
    assert one.acquire()
    assert not two.acquire()
    assert two.holder == "one"
    now[0] += 20
    assert one.renew()
    now[0] += 20
    assert not two.acquire()  # renewed in between
    now[0] += 31
    assert two.acquire()  # not renewed for its whole duration
    assert not one.acquire()
    one.release()
    assert two.renew()
    two.release()
    assert one.acquire()


def test_the_own_pod_that_is_not_there_is_explained(kube: Cluster, api: Api) -> None:
    with pytest.raises(ConfigError, match="there is no pod laptop"):
        own_pod(api, kube.settings._replace(pod_name="laptop"))
