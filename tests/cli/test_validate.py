"""``halsync validate`` as people and pipelines call it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.harness import EXAMPLE, VALUES, Result, halsync, sets

BAD = "deploymentConfigurations:\n- name: default\n  providers: {kuberntes: {}}\n"


def validate(*words: str | Path, cwd: Path, stdin: str = "") -> Result:
    return halsync("validate", *words, cwd=cwd, stdin=stdin, env={"HALSYNC_LOG_FORMAT": "text"})


def problems(*words: str | Path, cwd: Path, stdin: str = "") -> list[tuple[str, str, int]]:
    done = validate(*words, "-o", "json", "--fail-on", "never", cwd=cwd, stdin=stdin)
    assert done.code == 0, done.err
    return [(each["code"], each["file"], each["line"]) for each in json.loads(done.out)["problems"]]


@pytest.fixture
def hal(tmp_path: Path) -> Path:
    """A plain ``.hal``."""
    place = tmp_path / ".hal"
    shutil.copytree(EXAMPLE, place)
    for path in place.rglob("*"):
        if path.is_file():
            path.write_bytes(filled(path.read_bytes()))
    return place


def filled(content: bytes) -> bytes:
    """With the example's placeholders filled in."""
    for value in VALUES:
        name, _, text = value.partition("=")
        content = content.replace(name.encode(), text.encode())
    return content


def test_the_example_is_good(tmp_path: Path) -> None:
    done = validate(EXAMPLE, *sets(), cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert (
        done.out
        == f"no problems found in {sum(1 for p in EXAMPLE.rglob('*') if p.is_file())} files\n"
    )


def test_what_is_wrong_and_where(hal: Path, tmp_path: Path) -> None:
    config = hal / "config"
    config.write_text(config.read_text().replace("dockerRegistry:\n", "dockerRegisty:\n", 1))
    done = validate(cwd=tmp_path)
    assert done.code == 5
    assert ".hal/config:8:5: error[HAL0401]" in done.out
    assert "  8 |     dockerRegisty:\n    |     ^\n  fix: did you mean" in done.out
    assert done.out.splitlines()[-1].startswith("1 error")
    assert "\x1b" not in done.out
    assert validate(".hal", cwd=tmp_path).out == done.out
    inside = validate(cwd=hal)
    assert inside.out.startswith("config:8:5: error[HAL0401]")


@pytest.mark.parametrize("at", ["hal", "clusters/prod/hal"])
def test_the_halconfig_below(at: str, tmp_path: Path) -> None:
    place = tmp_path / at
    place.mkdir(parents=True)
    (place / "config").write_text(BAD)
    (tmp_path / "other").mkdir()
    (tmp_path / "other/config").write_text("[core]\n\tbare = false\n")
    assert problems(cwd=tmp_path) == [("HAL0401", f"{at}/config", 3)]


def test_every_environment_below(tmp_path: Path) -> None:
    for name in ("dev", "prod"):
        (tmp_path / "environments" / name).mkdir(parents=True)
        (tmp_path / "environments" / name / "config").write_text(BAD)
    assert [file for _, file, _ in problems(cwd=tmp_path)] == [
        "environments/dev/config",
        "environments/prod/config",
    ]


def test_no_halconfig_at_all(tmp_path: Path) -> None:
    (tmp_path / "halconfig.yml").write_text(BAD)
    done = validate(cwd=tmp_path)
    assert done.code == 5
    assert "error[HAL0020]" in done.out
    assert "rename 'halconfig.yml' to 'config'" in done.out


def test_many_paths_are_one_report(hal: Path, tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("hots: 1\n")
    (tmp_path / "config").write_text(BAD)
    settings = hal / "default/service-settings/gate.yml"
    settings.write_text("hots: 1\n")
    assert problems(hal, "config", settings, cwd=tmp_path) == [
        ("HAL0403", str(settings), 1),
        ("HAL0401", "config", 3),
    ]


def test_a_hal_that_halsync_publishes(tmp_path: Path) -> None:
    target = tmp_path / "hal"
    assert halsync("init", "--dir", EXAMPLE, "--target", target, *sets()).code == 0
    assert (target / "config").is_symlink()
    (target / "default/history").mkdir()
    (target / "default/history/config").write_text("a: b: c")
    files = json.loads(validate(target, "-o", "json", cwd=tmp_path).out)["summary"]["checked"]
    assert files == sum(1 for path in EXAMPLE.rglob("*") if path.is_file())


def test_links_of_a_plain_hal_are_read_through(hal: Path, tmp_path: Path) -> None:
    outside = tmp_path / "elsewhere.yml"
    outside.write_text("hots: 1\n")
    settings = hal / "default/service-settings"
    (settings / "gate.yml").unlink()
    (settings / "gate.yml").symlink_to(outside)
    (settings / "loop").symlink_to("..")
    (hal / "default/profiles/gate.yml").symlink_to("nowhere")
    assert problems(".hal", cwd=tmp_path) == [
        ("HAL0031", ".hal/default/profiles/gate.yml", 0),
        ("HAL0403", ".hal/default/service-settings/gate.yml", 1),
        ("HAL0102", ".hal/default/service-settings/loop", 0),
    ]


def test_a_repository_is_judged_as_init_judges_it(tmp_path: Path) -> None:
    (tmp_path / "hal").mkdir()
    (tmp_path / "shared.yml").write_text("hots: 1\n")
    (tmp_path / "hal/config").write_text(BAD.replace("kuberntes", "kubernetes"))
    settings = tmp_path / "hal/default/service-settings"
    settings.mkdir(parents=True)
    (settings / "gate.yml").symlink_to("../../../shared.yml")
    (settings / "deck.yml").symlink_to("/etc/passwd")
    (tmp_path / "hal/default/history").mkdir()
    (tmp_path / "hal/default/history/x").write_text("x")
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    assert problems(cwd=tmp_path) == [
        ("HAL0110", "hal/default/history", 0),
        ("HAL0102", "hal/default/service-settings/deck.yml", 0),
        ("HAL0403", "hal/default/service-settings/gate.yml", 1),
    ]
    shown = validate(cwd=tmp_path).out
    assert "  from: shared.yml\n" in shown
    assert "file=shared.yml,line=1" in validate("-o", "github", cwd=tmp_path).out


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [
        ("halconfig", "a: 1\n", "HAL0401"),
        ("service-settings", "hots: 1\n", "HAL0403"),
        ("halyard", "halconfig: {filesystem: {path: /x}}\n", "HAL0430"),
        ("bom", "version: '1'\n", "HAL0431"),
        ("versions", "versions: 1\n", "HAL0405"),
        ("profile", "a: 1\na: 2\n", "HAL0010"),
        ("halsync", "targt: x\n", "HAL0050"),
    ],
)
def test_standard_input(kind: str, text: str, code: str, tmp_path: Path) -> None:
    found = problems("--kind", kind, "-", cwd=tmp_path, stdin=text)
    assert {code for code, _, _ in found} >= {code}
    assert {file for _, file, _ in found} == {"<stdin>"}
    assert {line for _, _, line in found} <= {1, 2}


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("config", "a: 1\n", "HAL0401"),
        ("my-halconfig.yml", "a: 1\ndeploymentConfigurations: [{name: x}]\n", "HAL0401"),
        ("x/service-settings/gate.yml", "hots: 1\n", "HAL0403"),
        ("halyard-local.yml", "halconfig: {filesystem: {path: /x}}\n", "HAL0430"),
        (".boms/bom/1.yml", "version: '1'\n", "HAL0431"),
        ("default/profiles/orca-local.yml", "a: 1\na: 2\n", "HAL0010"),
        ("halsync.yaml", "targt: x\n", "HAL0050"),
    ],
)
def test_names_tell_what_a_file_is(name: str, text: str, code: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    # halsync.yaml in the current directory would be read as settings, too.
    (tmp_path / "elsewhere").mkdir()
    found = problems(f"../{name}", cwd=tmp_path / "elsewhere")
    assert (code, f"../{name}") in {(code, file) for code, file, _ in found}


def test_the_settings_themselves_where_they_are_read(tmp_path: Path) -> None:
    """A report, as of any other file; mistakes elsewhere end the run."""
    (tmp_path / "halsync.yaml").write_text("targt: x\nvalidate: {ignore: [HAL0403]}\n")
    (tmp_path / "config").write_text(BAD)
    assert problems("halsync.yaml", cwd=tmp_path) == [("HAL0050", "halsync.yaml", 1)]
    assert problems("./halsync.yaml", cwd=tmp_path) == [("HAL0050", "halsync.yaml", 1)]
    both = problems("halsync.yaml", "config", cwd=tmp_path)
    assert both == [("HAL0401", "config", 3), ("HAL0050", "halsync.yaml", 1)]
    done = validate("halsync.yaml", "-o", "github", cwd=tmp_path)
    assert (done.code, done.err) == (5, "")
    assert done.out.startswith("::error file=halsync.yaml,line=1,col=1,title=HAL0050::")
    for words in (("config",), (), ("halsync.yaml", "--timeout", "soon")):
        done = validate(*words, cwd=tmp_path)
        assert (done.code, done.out) == (2, "")
    (tmp_path / "halsync.yaml").write_text("target: [\n")
    assert [code for code, _, _ in problems("halsync.yaml", cwd=tmp_path)] == ["HAL0050"]


def test_what_cannot_be_looked_at(hal: Path, tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("x")
    for words, expected in (
        (("x.txt",), "x.txt: what kind of file this is cannot be told"),
        (("x.tx",), "x.tx: no such file or directory\n  fix: did you mean x.txt?"),
        ((".hal", "--kind", "bom"), ".hal: --kind is for single files"),
        ((".hal", "--dir", "."), "a PATH is checked as it stands"),
        ((".hal", "--select", "shcema"), "did you mean schema?"),
        ((".hal", "--select", "HAL0419"), "there is no code HAL0419\n  fix: did you mean HAL04"),
        ((".hal", "--halyard-version", "new"), "'new' is no version of Halyard"),
        ((".hal", "--kind", "bob"), "--kind must be one of"),
    ):
        done = validate(*words, cwd=tmp_path)
        assert done.code == 2, words
        assert expected in done.err
        assert "Traceback" not in done.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read(hal: Path, tmp_path: Path) -> None:
    (hal / "config").chmod(0)
    done = validate(cwd=tmp_path)
    assert done.code == 4
    assert ".hal/config: permission denied" in done.err


def test_select_ignore_and_fail_on(tmp_path: Path) -> None:
    (tmp_path / "config").write_text(BAD)
    settings = tmp_path / "default/service-settings"
    settings.mkdir(parents=True)
    (settings / "gate.yml").write_text("hots: 1\nhost: y\nhost: z\n")
    every = {"HAL0401", "HAL0403", "HAL0010"}

    def run(*words: str) -> tuple[int, set[str]]:
        done = validate(*words, "-o", "json", cwd=tmp_path)
        return done.code, {each["code"] for each in json.loads(done.out)["problems"]}

    assert run() == (5, every)
    assert run("--select", "schema") == (5, every - {"HAL0010"})
    assert run("--select", "parse,HAL0403") == (0, {"HAL0010", "HAL0403"})
    assert run("--ignore", "HAL0401") == (0, every - {"HAL0401"})
    assert run("--ignore", "schema", "--ignore", "parse") == (0, set())
    assert run("--ignore", "hal0401", "--fail-on", "warning")[0] == 5
    assert run("--fail-on", "never") == (0, every)
    (tmp_path / "halsync.yaml").write_text("validate: {ignore: [HAL0401], failOn: warning}\n")
    assert run(".") == (5, every - {"HAL0401"})
    assert run(".", "--fail-on", "error")[0] == 0


def test_the_target_release(tmp_path: Path) -> None:
    text = "deploymentConfigurations: [{name: d, stats: {enabled: false}}]\n"
    (tmp_path / "config").write_text(text)
    assert problems(cwd=tmp_path) == []
    assert problems("--halyard-version", "1.20.0", cwd=tmp_path) == [("HAL0402", "config", 1)]
    (tmp_path / "halsync.yaml").write_text('validate: {halyardVersion: "1.20.0"}\n')
    assert problems(cwd=tmp_path) == [("HAL0402", "config", 1)]


def test_what_the_sources_render_to(hal: Path, tmp_path: Path) -> None:
    config = hal / "config"
    config.write_text(config.read_text().replace("chaos: false", "chaos: CHAOS"))
    (tmp_path / "halsync.yaml").write_text(
        "sources: [{name: hal, dir: {path: .hal}}]\nrender: {placeholders: {CHAOS: sometimes}}\n"
    )
    [(code, file, line)] = problems(cwd=tmp_path)
    assert (code, file) == ("HAL0406", "config")
    assert problems("--config", "halsync.yaml", cwd=tmp_path) == [(code, file, line)]
    assert problems("--set", "CHAOS=true", cwd=tmp_path) == []
    assert problems(".hal", cwd=tmp_path) == [("HAL0406", ".hal/config", line)]
    below = tmp_path / "deploy"
    below.mkdir()
    (below / "halsync.yaml").write_text(
        "sources: [{name: hal, dir: {path: ../.hal}}]\nrender: {placeholders: {CHAOS: false}}\n"
    )
    assert problems("deploy", cwd=tmp_path) == []
    (tmp_path / "halsync.yaml").unlink()
    assert problems("--dir", ".hal", "--set", "CHAOS=true", cwd=tmp_path) == []


def test_rendering_that_fails_is_a_failed_check(hal: Path, tmp_path: Path) -> None:
    done = validate("--dir", ".hal", "--set", "A_B=c", cwd=tmp_path)
    assert done.code == 0
    (tmp_path / "halsync.yaml").write_text(
        "sources: [{name: hal, dir: {path: .hal}}]\n"
        "render: {placeholders: {GATE_HOST: {env: NOT_SET}}}\n"
    )
    done = validate(cwd=tmp_path)
    assert done.code == 5
    assert "error[HAL0205]" in done.out


def test_reports_for_machines(tmp_path: Path) -> None:
    (tmp_path / "config").write_text(BAD + "# 100%, a:b\n")
    sarif = json.loads(validate("-o", "sarif", cwd=tmp_path).out)
    assert sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 3,
        "startColumn": 15,
    }
    junit = ElementTree.fromstring(validate("-o", "junit", cwd=tmp_path).out)
    assert (junit.get("tests"), junit.get("failures")) == ("1", "1")
    github = validate("-o", "github", cwd=tmp_path)
    assert github.code == 5
    assert github.out.startswith("::error file=config,line=3,col=15,title=HAL0401::Halyard")
    assert "%0Afix: did you mean" in github.out
    assert len(github.out.splitlines()) == 2


def test_reports_beside_lines_name_the_files_that_are_here(tmp_path: Path) -> None:
    """Whatever is checked, and from wherever: a pull request knows only its own paths."""
    (tmp_path / "hal").mkdir()
    (tmp_path / "hal/config").write_text(BAD)
    (tmp_path / "halsync.yaml").write_text(
        "sources: [{name: hal, dir: {path: hal}}]\nrender: {placeholders: {A_B: {env: NOT_SET}}}\n"
    )

    def named(*words: str | Path) -> list[set[str]]:
        lines = validate(*words, "-o", "github", cwd=tmp_path).out.splitlines()
        github = {line.partition("file=")[2].partition(",")[0] for line in lines[:-1]}
        log = json.loads(validate(*words, "-o", "sarif", cwd=tmp_path).out)
        results = log["runs"][0]["results"]
        places = [each["locations"][0]["physicalLocation"] for each in results]
        return [github, {place["artifactLocation"]["uri"] for place in places}]

    assert named() == [{"halsync.yaml"}] * 2
    (tmp_path / "halsync.yaml").write_text("sources: [{name: hal, dir: {path: hal}}]\n")
    assert named() == [{"hal/config"}] * 2
    assert named("hal") == [{"hal/config"}] * 2
    assert named(tmp_path / "hal") == [{"hal/config"}] * 2
    (tmp_path / "halsync.yaml").rename(tmp_path / "hal/halsync.yaml")
    assert named("--dir", "hal") == [{"hal/config"}] * 2
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy/halsync.yaml").write_text("sources: [{name: x, dir: {path: ../hal}}]\n")
    assert named("deploy") == [{"hal/config"}] * 2


def test_colour_where_it_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "config").write_text(BAD)
    done = halsync("validate", cwd=tmp_path, env={"FORCE_COLOR": "1"})
    assert "\x1b[1;31merror[HAL0401]\x1b[0m" in done.out
    done = halsync("validate", "-o", "github", cwd=tmp_path, env={"FORCE_COLOR": "1"})
    assert "\x1b" not in done.out
