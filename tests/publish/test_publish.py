"""Publishing into a fresh or an already managed target."""

from __future__ import annotations

import os
import shutil
import stat
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest

from halsync.errors import PublishError
from halsync.publish import drift, publish, read_generation, read_state, rollback
from halsync.settings.model import PublishSettings

from .support import V1, V2, everything, put, sources, tree, visible


def test_a_first_publication_shows_the_tree_and_nothing_else(tmp_path: Path) -> None:
    result = put(tmp_path / "deep" / ".hal", V1)
    assert (result.changed, result.previous, result.outcome) == (True, "", "published")
    assert visible(tmp_path / "deep" / ".hal") == V1
    assert result.warnings == ()


def test_links_are_relative_as_high_as_possible_and_deployments_stay_directories(
    tmp_path: Path,
) -> None:
    put(tmp_path, V1)
    assert os.readlink(tmp_path / "config") == ".halsync/current/config"
    assert os.readlink(tmp_path / ".boms") == ".halsync/current/.boms"
    assert os.readlink(tmp_path / "scripts") == ".halsync/current/scripts"
    link = os.readlink(tmp_path / "default" / "profiles")
    assert link == "../.halsync/current/default/profiles"
    assert stat.S_ISDIR(os.lstat(tmp_path / "default").st_mode)
    moved = tmp_path.parent / (tmp_path.name + "-mounted-elsewhere")
    os.rename(tmp_path, moved)
    assert visible(moved) == V1


def test_both_inputs_of_a_deployment_always_exist(tmp_path: Path) -> None:
    put(tmp_path, {"config": "a", "prod/profiles/gate-local.yml": "b"})
    assert os.listdir(tmp_path / "prod" / "service-settings") == []


@pytest.mark.parametrize(
    ("config", "directory"),
    [
        ("deploymentConfigurations:\n- name: staging\n  version: 1\n", "staging"),
        ('deploymentConfigurations: [{"name": "staging", "version": 1}]\n', "staging"),
        ("", "default"),
    ],
)
def test_a_directory_that_halyard_will_write_into_is_never_a_link(
    tmp_path: Path, config: str, directory: str
) -> None:
    put(tmp_path, {"config": config, f"{directory}/files/a.txt": "x"})
    (tmp_path / directory / "history").mkdir()
    assert (tmp_path / directory / "files").is_symlink()
    assert (tmp_path / directory / "profiles").is_dir()


def test_the_same_input_has_the_same_name_everywhere(tmp_path: Path) -> None:
    first = put(tmp_path / "a", V1)
    second = put(tmp_path / "b", dict(reversed(V1.items())), "another revision")
    assert first.generation == second.generation
    assert put(tmp_path / "c", {**V1, "config": "x"}).generation != first.generation


def test_the_execute_bit_is_part_of_the_name_and_of_the_file(tmp_path: Path) -> None:
    plain = put(tmp_path, V1)
    marked = publish(
        tree(V1, executable=["scripts/check.sh"]),
        sources(),
        PublishSettings(),
        str(tmp_path),
        started=time.time(),
    )
    assert marked.generation != plain.generation
    assert stat.S_IMODE(os.stat(tmp_path / "scripts/check.sh").st_mode) == 0o550


def test_an_update_changes_adds_and_removes(tmp_path: Path) -> None:
    first = put(tmp_path, V1)
    second = put(tmp_path, V2, "r2")
    assert second.previous == first.generation
    assert visible(tmp_path) == V2
    assert not os.path.lexists(tmp_path / ".boms")
    assert put(tmp_path, V1, "r3").generation == first.generation
    assert visible(tmp_path) == V1


def test_nothing_is_written_when_nothing_changed(tmp_path: Path) -> None:
    daemon = tmp_path / "daemon"
    files = {**V1, "halyard.yaml": "server: {}\n", "secret.yml": "s3cr3t"}
    put(tmp_path / "t", files, daemon=daemon, secret=["secret.yml"])
    before = everything(tmp_path)
    result = put(tmp_path / "t", files, daemon=daemon, secret=["secret.yml"])
    assert (result.outcome, result.changed) == ("unchanged", False)
    assert everything(tmp_path) == before


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
def test_an_unchanged_run_makes_no_system_call_that_writes(tmp_path: Path) -> None:
    put(tmp_path / "t", V1)
    code = (
        "import sys; sys.path.insert(0, sys.argv[2])\n"
        "from tests.publish.support import V1, put\n"
        "assert put(sys.argv[1], V1).outcome == 'unchanged'\n"
    )
    log = tmp_path / "log"
    root = Path(__file__).parents[2]
    trace = ["strace", "-f", "-y", "-e", "trace=%file,%desc,%process", "-o", str(log)]
    child = [sys.executable, "-B", "-c", code, str(tmp_path / "t"), str(root)]
    subprocess.run([*trace, *child], check=True, cwd=root)
    lines = [line for line in log.read_text().splitlines() if str(tmp_path / "t") in line]
    assert any("openat" in line for line in lines)
    creating = ["O_CREAT", "O_WRONLY", "O_RDWR", "mkdir", "rename", "unlink", "symlink"]
    changing = ["chmod", "chown", "utime", "fsync", "syncfs", "link(", "linkat", "write("]
    found = [line for line in lines if any(word in line for word in creating + changing)]
    assert [line for line in found if "readlink" not in line] == []


def test_an_equal_tree_at_a_new_revision_only_updates_the_state(tmp_path: Path) -> None:
    first = put(tmp_path, V1, "r1")
    before = everything(tmp_path)
    result = put(tmp_path, V1, "r2")
    assert (result.outcome, result.changed) == ("unchanged", False)
    state = read_state(str(tmp_path))
    assert state is not None
    assert (state.current, state.sources[0].revision) == (first.generation, "r2")
    after = everything(tmp_path)
    changed = {path for path in before if before[path] != after.get(path)}
    assert changed == {str(tmp_path / ".halsync"), str(tmp_path / ".halsync/state.json")}


def test_what_halyard_writes_is_neither_published_nor_touched(tmp_path: Path) -> None:
    (tmp_path / "default" / "history").mkdir(parents=True)
    (tmp_path / "default" / "history" / "service-profiles.yml").write_text("halyard's")
    (tmp_path / ".backup").mkdir()
    (tmp_path / ".backup" / "config").write_text("backup")
    result = put(
        tmp_path,
        {
            **V1,
            "default/history/service-profiles.yml": "ours",
            ".backup/config": "ours",
            ".halsync/state.json": "{}",
        },
    )
    assert len(result.warnings) == 3
    assert all("not published" in warning for warning in result.warnings)
    assert (tmp_path / "default/history/service-profiles.yml").read_text() == "halyard's"
    assert (tmp_path / ".backup/config").read_text() == "backup"
    assert result.adopted == ()


def test_a_directory_becomes_a_deployment_and_back(tmp_path: Path) -> None:
    plain = {"config": "a", "ops/readme.txt": "1"}
    deployed = {"config": "a", "ops/readme.txt": "1", "ops/profiles/gate-local.yml": "2"}
    file = {"config": "a", "ops": "just a file"}
    for files in (plain, deployed, plain, file, deployed, file, plain):
        put(tmp_path, files)
        assert visible(tmp_path) == files
        assert drift(str(tmp_path)) == []
        before = everything(tmp_path)
        put(tmp_path, files)
        assert everything(tmp_path) == before
    assert not os.path.lexists(tmp_path / ".halsync" / "adopted")


def test_a_deployment_directory_in_use_is_never_replaced_by_a_link(tmp_path: Path) -> None:
    put(tmp_path, {"config": "a", "ops/profiles/gate-local.yml": "2"})
    (tmp_path / "ops" / "history").mkdir()
    (tmp_path / "ops" / "history" / "x").write_text("halyard's")
    result = put(tmp_path, {"config": "a", "ops": "a file now"})
    assert any("ops" in warning for warning in result.warnings)
    result = put(tmp_path, {"config": "b", "ops": "a file now"})
    assert visible(tmp_path) == {"config": "b", "ops/history/x": "halyard's"}
    assert result.adopted == ()


def test_modes_follow_the_umask_setting_and_not_that_of_the_process(tmp_path: Path) -> None:
    outer = os.umask(0o077)
    try:
        put(tmp_path, V1, options=PublishSettings(umask=0o027), secret=["config"])
        assert os.umask(0o077) == 0o077
    finally:
        os.umask(outer)
    base = (tmp_path / ".halsync/current").resolve()
    assert stat.S_IMODE((base / "config").stat().st_mode) == 0o400
    assert stat.S_IMODE((base / "scripts/check.sh").stat().st_mode) == 0o440
    assert stat.S_IMODE((base / "scripts").stat().st_mode) == 0o550
    assert stat.S_IMODE((tmp_path / "default").stat().st_mode) == 0o750
    put(tmp_path, V1, options=PublishSettings(umask=0o077), secret=["config"])
    assert stat.S_IMODE((base / "scripts/check.sh").stat().st_mode) == 0o400
    assert stat.S_IMODE((base / "scripts").stat().st_mode) == 0o500
    assert drift(str(tmp_path)) == []


def test_a_default_acl_of_the_volume_does_not_change_modes(tmp_path: Path) -> None:
    """Where there is one, it counts instead of the umask: this one gives a group nothing."""
    anybody = 0xFFFFFFFF
    owner, group, other = (1, 7, anybody), (4, 0, anybody), (32, 0, anybody)
    acl = struct.pack("<I" + "HHI" * 3, 2, *owner, *group, *other)
    try:
        os.setxattr(tmp_path, "system.posix_acl_default", acl)
    except OSError as error:
        pytest.skip(f"no ACLs here: {error.strerror}")
    put(tmp_path, V1)
    assert drift(str(tmp_path)) == []
    base = (tmp_path / ".halsync/current").resolve()
    assert stat.S_IMODE((base / "config").stat().st_mode) == 0o440


def test_a_group_may_read_secrets_too(tmp_path: Path) -> None:
    gid = os.getgid()
    put(tmp_path, V1, options=PublishSettings(group=str(gid)), secret=["config"])
    status = os.stat(tmp_path / "config")
    assert (status.st_gid, stat.S_IMODE(status.st_mode)) == (gid, 0o440)
    with pytest.raises(PublishError, match="no-such-group"):
        put(tmp_path, V2, options=PublishSettings(group="no-such-group"))


def test_digests_over_secrets_are_keyed(tmp_path: Path) -> None:
    one = put(tmp_path / "a", V1, secret=["config"])
    two = put(tmp_path / "b", V1, secret=["config"])
    assert one.generation.startswith("k")
    assert one.generation != two.generation
    assert stat.S_IMODE(os.stat(tmp_path / "a/.halsync/key").st_mode) == 0o600
    assert not (tmp_path / "c" / ".halsync" / "key").exists()
    assert put(tmp_path / "a", V1, secret=["config"]).outcome == "unchanged"
    manifest = (tmp_path / f"a/.halsync/manifests/{one.generation}.json").read_text()
    from hashlib import sha256

    assert sha256(V1["config"].encode()).hexdigest() not in manifest
    assert sha256(V1[".boms/bom/acme.yml"].encode()).hexdigest() not in manifest


def test_an_older_run_never_replaces_a_newer_one(tmp_path: Path) -> None:
    late = put(tmp_path, V2, started=2000.0)
    result = put(tmp_path, V1, started=1000.0)
    assert (result.outcome, result.generation) == ("superseded", late.generation)
    assert visible(tmp_path) == V2


def test_rollback_pins_until_the_source_moves(tmp_path: Path) -> None:
    first = put(tmp_path, V1, "r1")
    second = put(tmp_path, V2, "r2")
    back = rollback(str(tmp_path))
    assert (back.generation, back.previous, back.outcome) == (
        first.generation,
        second.generation,
        "rolled-back",
    )
    assert visible(tmp_path) == V1
    before = everything(tmp_path)
    assert put(tmp_path, V2, "r2").outcome == "pinned"
    assert everything(tmp_path) == before
    state = read_state(str(tmp_path))
    assert state is not None
    assert state.pin is not None
    assert state.pin.sources[0].revision == "r2"
    assert put(tmp_path, V2, "r3").outcome == "published"
    state = read_state(str(tmp_path))
    assert state is not None
    assert state.pin is None


def test_rolling_back_twice_keeps_the_revisions_first_left_behind(tmp_path: Path) -> None:
    first = put(tmp_path, V1, "r1")
    put(tmp_path, V2, "r2")
    put(tmp_path, {**V2, "config": "3"}, "r3")
    rollback(str(tmp_path))
    rollback(str(tmp_path), first.generation[:8])
    assert put(tmp_path, {**V2, "config": "3"}, "r3").outcome == "pinned"
    assert visible(tmp_path) == V1


def test_rollback_refuses_what_it_cannot_trust(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match="nothing is published"):
        rollback(str(tmp_path / "none"))
    assert not (tmp_path / "none").exists()
    first = put(tmp_path, V1)
    with pytest.raises(PublishError, match="no earlier generation"):
        rollback(str(tmp_path))
    with pytest.raises(PublishError, match="live already"):
        rollback(str(tmp_path), first.generation)
    put(tmp_path, V2)
    with pytest.raises(PublishError, match="no generation begins with 'zz'"):
        rollback(str(tmp_path), "zz")
    damaged = tmp_path / ".halsync/generations" / first.generation / "config"
    os.chmod(damaged, 0o600)
    damaged.write_text("tampered")
    with pytest.raises(PublishError, match="config: the content differs"):
        rollback(str(tmp_path), first.generation)
    assert visible(tmp_path) == V2


def test_an_edit_through_the_link_is_kept_and_published_over(tmp_path: Path) -> None:
    first = put(tmp_path, V1)
    os.chmod(tmp_path / "config", 0o600)
    (tmp_path / "config").write_text("edited in place")
    assert [(item.path, item.kind) for item in drift(str(tmp_path))] == [("config", "changed")]
    result = put(tmp_path, V1)
    assert result.generation == f"{first.generation}.2"
    assert (tmp_path / result.adopted[0]).read_text() == "edited in place"
    assert visible(tmp_path) == V1
    assert put(tmp_path, V1).outcome == "unchanged"


def test_drift_names_every_kind_of_difference(tmp_path: Path) -> None:
    daemon = tmp_path / "daemon"
    target = tmp_path / "t"
    assert drift(str(target)) == []
    put(target, {**V1, "halyard.yaml": "a: 1\n"}, daemon=daemon)
    assert drift(str(target), str(daemon)) == []
    os.unlink(target / "scripts")
    os.unlink(target / "default/profiles")
    (target / "default/profiles").mkdir()
    base = (target / ".halsync/current").resolve()
    os.chmod(base / "config", 0o644)
    os.chmod(base / ".boms/bom", 0o755)
    os.unlink(base / ".boms/bom/acme.yml")
    (base / ".boms/bom/other.yml").write_text("new")
    (daemon / "halyard.yaml").unlink()
    found = {(item.path, item.kind) for item in drift(str(target), str(daemon))}
    assert found == {
        ("scripts", "missing"),
        ("default/profiles", "replaced"),
        ("config", "mode"),
        (".boms/bom/acme.yml", "removed"),
        (".boms/bom/other.yml", "added"),
        (str(daemon / "halyard.yaml"), "daemon"),
    }
    put(target, {**V1, "halyard.yaml": "a: 1\n"}, daemon=daemon)
    assert drift(str(target), str(daemon)) == []


def test_a_generation_can_be_read_back(tmp_path: Path) -> None:
    assert read_generation(str(tmp_path)).files == {}
    first = put(tmp_path, V1, secret=["config"])
    put(tmp_path, V2)
    found = read_generation(str(tmp_path), first.generation)
    assert found == tree(V1, secret=["config"])
    assert read_generation(str(tmp_path)) == tree(V2)


def test_a_lost_state_file_is_made_up_for(tmp_path: Path) -> None:
    first = put(tmp_path, V1, "r1")
    second = put(tmp_path, V2, "r2")
    (tmp_path / ".halsync/state.json").write_text("{ damaged")
    state = read_state(str(tmp_path))
    assert state is not None
    assert (state.current, state.sources) == (second.generation, sources("r2"))
    put(tmp_path, V2, "r2")
    assert rollback(str(tmp_path), first.generation).generation == first.generation


def test_a_flip_by_hand_is_believed(tmp_path: Path) -> None:
    first = put(tmp_path, V1, "r1")
    put(tmp_path, V2, "r2")
    link = tmp_path / ".halsync/current"
    link.unlink()
    link.symlink_to(f"generations/{first.generation}")
    # Clocks of file systems are coarse, and people slow.
    os.utime(link, (time.time() + 1,) * 2, follow_symlinks=False)
    state = read_state(str(tmp_path))
    assert state is not None
    assert (state.current, state.sources) == (first.generation, sources("r1"))
    assert put(tmp_path, V2, "r2").changed
    assert visible(tmp_path) == V2
