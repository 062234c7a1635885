"""The C parser alone: what is loaded, and that nobody else's PyYAML suffers from it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

yaml_c = pytest.importorskip("yaml._yaml", reason="PyYAML was built without libyaml")


def run(code: str, *, where: Path | None = None) -> str:
    """What ``code`` prints, run by itself: this process has all of PyYAML already."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=where
    )
    assert not done.returncode, done.stderr
    return done.stdout.strip()


_PARSE = "from halsync.formats.yaml import parse; "


def test_reading_loads_four_modules_beside_the_parser() -> None:
    names = run(
        _PARSE + "import sys; assert not parse(b'a: [1, 2]').issues;"
        "print(*sorted(name for name in sys.modules if name.startswith('yaml.')))"
    )
    assert names == "yaml._yaml yaml.error yaml.events yaml.nodes yaml.tokens"


@pytest.mark.parametrize(
    "code",
    [
        "import yaml; assert yaml.safe_load('a: 1') == {'a': 1}",
        "from yaml import safe_load; assert safe_load('a: 1') == {'a': 1}",
        "from yaml import *; assert safe_load('a: 1') == {'a': 1}",
        "import yaml.constructor; assert yaml.constructor.SafeConstructor",
        "import yaml; assert yaml.reader.Reader and yaml.scanner.Scanner",
        "import yaml; assert yaml.load('a: 1', yaml.CSafeLoader) == {'a': 1}",
        "import yaml; assert yaml.__version__ and yaml.__with_libyaml__",
        "import yaml; assert yaml.dump({'a': 1}, Dumper=yaml.CSafeDumper) == 'a: 1\\n'",
        "import yaml; assert not hasattr(yaml, 'nothing'); assert yaml.safe_load('1') == 1",
    ],
)
def test_whoever_imports_yaml_afterwards_gets_all_of_it(code: str) -> None:
    run(_PARSE + "parse(b'a: 1');" + code)


@pytest.mark.parametrize("before", ["", _PARSE, _PARSE + "parse(b'\\x01'); parse(b'a: [');"])
@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("a: [", "yaml.parser.ParserError"),
        ("a: '", "yaml.scanner.ScannerError"),
        ("a\x01", "yaml.reader.ReaderError"),
        ("*a", "yaml.composer.ComposerError"),
        ("!no 1", "yaml.constructor.ConstructorError"),
    ],
)
def test_errors_are_those_that_others_catch(before: str, text: str, error: str) -> None:
    run(
        f"{before}import yaml\ntry: yaml.load({text!r}, yaml.CSafeLoader)\n"
        f"except yaml.YAMLError as error: assert type(error) is {error}, type(error)\n"
        "else: raise SystemExit('no error')"
    )


def test_a_package_that_was_there_before_is_used_as_it_is() -> None:
    run(
        "import yaml; before = yaml.YAMLError; from halsync.formats import libyaml;"
        "assert libyaml.YAMLError is before and libyaml.CParser is yaml._yaml.CParser"
    )


def test_another_package_than_expected_is_imported_in_the_ordinary_way(tmp_path: Path) -> None:
    package = tmp_path / "yaml"
    package.mkdir()
    source = Path(yaml_c.__file__).parent
    for module in source.glob("*.py"):
        (package / module.name).write_text(module.read_text())
    # As PyYAML is where no C compiler was: the parser in Python serves.
    out = run(
        "import sys; sys.path.insert(0, '.');" + _PARSE + "from halsync.formats import libyaml;"
        "assert libyaml.CParser is None; import yaml; assert not yaml.__with_libyaml__;"
        "print(parse(b'a: [1, x]').documents[0].value)",
        where=tmp_path,
    )
    assert out == "{'a': [1, 'x']}"
