"""The frame of the command line: what is found, what is explained, what is refused."""

from __future__ import annotations

import fcntl
import json
import re
import shlex
import struct
import termios
from argparse import ArgumentParser
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from inspect import signature
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given, note
from hypothesis.strategies import (
    DataObject,
    SearchStrategy,
    data,
    just,
    lists,
    one_of,
    sampled_from,
    text,
    tuples,
)

from halsync import __version__
from halsync.cli.code_page import page
from halsync.cli.command import Command
from halsync.cli.commands import COMMANDS
from halsync.cli.help import EXIT_CODES, GROUPS, for_command, overview
from halsync.cli.main import find
from halsync.cli.parser import fill
from halsync.cli.words import flags_of, parse
from halsync.errors import ConfigError
from halsync.observe.console import Console
from halsync.settings.options import OPTIONS
from halsync.settings.schema import schema_names
from halsync.settings.spec import takes_flag
from halsync.validate.catalogue import entry
from tests.harness import halsync
from tests.observe.streams import Terminal, console

TEXT = {"HALSYNC_LOG_FORMAT": "text"}

each_command = pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)


def test_the_overview_names_everything() -> None:
    text = overview(console()[0])
    for command in COMMANDS:
        assert f"  {command.name}" in text
        assert command.summary in text
    for code, meaning in EXIT_CODES:
        assert f"  {code}  {meaning}" in text
    assert text.count("  halsync ") == 4, "examples to try"
    assert max(map(len, text.splitlines())) <= 100


def test_colour_moves_nothing() -> None:
    coloured = overview(console({"FORCE_COLOR": "1"})[0])
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == overview(console()[0])


@pytest.mark.parametrize(("columns", "widest"), [(40, 60), (72, 72), (200, 100), (0, 88)])
def test_help_is_as_wide_as_the_terminal(columns: int, widest: int) -> None:
    """Between 60 and 100 columns; what is to be copied, and names of options, stay whole."""
    terminal = Terminal()
    fcntl.ioctl(terminal.stream, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    talk = Console({"NO_COLOR": "1"}, stdout=terminal.stream)
    (validate,) = (command for command in COMMANDS if command.name == "validate")
    talk.print(overview(talk))
    talk.print(for_command(validate, talk))
    talk.print(page(entry("HAL1003"), talk))
    talk.flush()
    whole = re.compile(r"  halsync |  -|    [^ ]| *\S+$")
    prose = [line for line in terminal.text().splitlines() if not whole.match(line)]
    assert widest - 12 < max(map(len, prose)) <= widest


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"], ["help"]])
def test_help_is_the_answer_to_nothing(words: list[str]) -> None:
    result = halsync(*words)
    assert (result.code, result.err) == (0, "")
    assert result.out == overview(console()[0]) + "\n"


@each_command
def test_help_of_a_command(command: Command) -> None:
    text = for_command(command, console()[0])
    assert command.examples
    for example in command.examples:
        assert f"  # {example.tells}\n  {example.line}" in text
    for flag in flags_of(command):
        assert flag in text
    assert max(map(len, text.splitlines())) <= 110
    assert halsync(*command.name.split(), "--help").out == text + "\n"
    assert halsync("help", *command.name.split()).out == text + "\n"


@pytest.mark.parametrize(
    "words", [["manifests", "--help"], ["manifests", "-h"], ["help", "manifests"]]
)
def test_help_of_the_first_of_two_words(words: list[str]) -> None:
    result = halsync(*words)
    assert (result.code, result.err) == (0, "")
    for command in COMMANDS:
        assert (command.summary in result.out) == command.name.startswith("manifests ")


@each_command
def test_examples_are_legal(command: Command) -> None:
    for example in command.examples:
        lines = [part for part in example.line.replace("<(", "| ").split("|") if "halsync" in part]
        line = lines[0].partition(">")[0].partition(" -- ")
        words = shlex.split((line[2] or line[0]).strip(" )").removeprefix("source "))
        assert words[0] == "halsync"
        found, rest = find(words[1:])
        assert found is command
        parse(found, rest)


@cache
def as_argparse(command: Command) -> ArgumentParser:
    parser = ArgumentParser(add_help=False, allow_abbrev=False)
    fill(parser, command)
    return parser


@cache
def legal_words(command: Command) -> SearchStrategy[list[str]]:
    """Command lines that ``command`` takes, operands apart."""
    pieces: list[SearchStrategy[list[str]]] = []
    for action in as_argparse(command)._actions:
        if not action.option_strings or "--help" in action.option_strings:
            continue
        name = sampled_from(action.option_strings)
        if action.nargs == 0:
            pieces.append(name.map(lambda flag: [flag]))
            continue
        # "--" as a value is lost in argparse, and kept by us.
        anything = text("-= ab1.é\n", max_size=5).filter(lambda word: word != "--")
        value = sampled_from(list(action.choices)) if action.choices else anything
        pieces.append(tuples(name, value).map(lambda pair: joined(*pair)))
        apart = value.filter(lambda word: not word.startswith("-") or word in ("-", "-1", "- a"))
        pieces.append(tuples(name, apart).map(list))
    return lists(one_of(pieces or [just([])]), max_size=6).map(lambda found: [*chain(*found)])


def joined(flag: str, value: str) -> list[str]:
    return [f"{flag}={value}" if flag.startswith("--") or not value else f"{flag}{value}"]


@each_command
@given(data=data())
def test_options_are_read_as_argparse_reads_them(command: Command, data: DataObject) -> None:
    operands = [
        next(iter(argument.choices), "x")
        for argument in command.arguments
        if "operand" in argument.kind
    ]
    words = operands + data.draw(legal_words(command))
    note(words)
    theirs = vars(as_argparse(command).parse_args(words))
    ours = parse(command, words)
    found = {**vars(ours.arguments), **ours.flags}
    if ours.config:
        found["config"] = ours.config
    own = any("--config" in argument.names for argument in command.arguments)
    theirs = {name: value for name, value in theirs.items() if name != "config" or value or own}
    assert found == theirs


@each_command
def test_every_option_says_what_it_does(command: Command) -> None:
    for action in as_argparse(command)._actions:
        assert action.help
        assert action.help.strip().endswith("."), action.help


@each_command
def test_options_do_not_clash(command: Command) -> None:
    flags = flags_of(command)
    assert len(flags) == len(set(flags))


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.key)
def test_every_flag_belongs_to_a_command_and_a_heading(option: object) -> None:
    option = next(each for each in OPTIONS if each is option)
    assert option.group in GROUPS
    assert option.help.endswith(".")
    names = {command.name for command in COMMANDS}
    assert set(option.commands) <= names
    assert not option.flag or any(takes_flag(option, name) for name in names)


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (["inti"], "no command 'inti'", "halsync init"),
        (["rolback", "--target", "x"], "no command 'rolback'", "halsync rollback"),
        (["config"], "one more word", "halsync config show"),
        (["config", "shwo"], "one more word", "halsync config show"),
        (["qqq"], "no command 'qqq'", "halsync --help"),
        (["--target", "x", "init"], "command comes first", "halsync init"),
    ],
)
def test_unknown_commands(words: list[str], message: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        find(words)
    assert message in caught.value.message
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("init --targt x", "no option --targt", "--target"),
        ("init --tar x", "no option --tar", "--target"),
        ("init --git-token s3cret", "no option --git-token", "--git-token-file"),
        ("init --git-token=s3cret", "no option --git-token", "--git-token-file"),
        ("init --allowed-signers x", "no option --allowed-signers", "mean --allowed-signers-file?"),
        ("init --wrong=s3cret", "no option --wrong", "--help"),
        ("init --git-path=s3cret", "no option --git-path", "did you mean --path?"),
        ("init --limits-files 9", "no option --limits-files", "HALSYNC_LIMITS_FILES, or limits."),
        ("status --git x", "does not take --git", "halsync status --help"),
        ("init s3cret", "more operands", "halsync init --help"),
        ("init --lfs=s3cret", "--lfs", "halsync init --help"),
        ("init --target", "--target needs a value", "--target=VALUE"),
        ("version -o yml", "-o", "json"),
        ("version -o jsn", "--output must be one of text, json", "json"),
        ("completion", "SHELL", "halsync completion --help"),
        ("completion fsh", "SHELL must be one of", "fish"),
        ("rollback a s3cret", "more operands", "halsync rollback --help"),
    ],
)
def test_wrong_options(line: str, message: str, hint: str) -> None:
    result = halsync(*line.split(), env=TEXT)
    assert result.code == 2
    assert result.out == ""
    first, *rest = result.err.splitlines()
    assert first.startswith("error: halsync ")
    assert message in first or message in result.err
    assert hint in "".join(rest)
    assert "s3cret" not in result.err


@pytest.mark.parametrize(
    ("words", "missing", "ways"),
    [
        (["init"], "no source", ("--git URL", "--dir DIR", "HALSYNC_GIT_URL", "sources:")),
        (["init", "--dir", "."], "no target", ("--target DIR", "HALSYNC_TARGET", "target:")),
        (["render"], "no source", ("--git URL",)),
        (["diff", "--dir", "."], "no target", ("--target DIR",)),
        (["status"], "no target", ("--target DIR",)),
        (["rollback"], "no target", ("--target DIR",)),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_a_command_cannot_do_without(
    words: list[str], missing: str, ways: tuple[str, ...], tmp_path: Path
) -> None:
    result = halsync(*words, env=TEXT, cwd=tmp_path)
    assert result.code == 2
    assert result.err.startswith(f"error: halsync {words[0]}: {missing}")
    assert all(way in result.err for way in ways)


def test_version() -> None:
    assert halsync("version").out == f"halsync {__version__}\n"
    assert halsync("--version").out == f"halsync {__version__}\n"
    assert json.loads(halsync("version", "-o", "json").out)["halsync"] == __version__


def test_version_works_with_broken_settings(tmp_path: Path) -> None:
    (tmp_path / "halsync.yaml").write_text("nonsense: [")
    assert halsync("version", env={"HALSYNC_NONSENSE": "1"}, cwd=tmp_path).code == 0


def test_schema_is_printed(tmp_path: Path) -> None:
    printed = halsync("schema", "halsync", cwd=tmp_path).out
    assert json.loads(printed)["title"] == "halsync.yaml"
    assert halsync("schema").out == printed
    wrong = halsync("schema", "halsnyc", env=TEXT)
    assert wrong.code == 2
    assert "write halsync" in wrong.err


@each_command
def test_every_command_can_be_run(command: Command) -> None:
    module = import_module(command.module)
    assert list(signature(module.run).parameters) == ["settings", "arguments", "console"]


def test_the_console_script_ends_as_quickly_as_the_module() -> None:
    (script,) = entry_points(group="console_scripts", name="halsync")
    assert script.value == "halsync.__main__:program"


def test_every_schema_that_is_offered_is_there() -> None:
    (command,) = (each for each in COMMANDS if each.name == "schema")
    assert sorted(command.arguments[0].choices) == sorted(schema_names())
