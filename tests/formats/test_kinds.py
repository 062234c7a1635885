from __future__ import annotations

import pytest

from halsync.formats.kinds import kind_of
from halsync.formats.text import BadEncoding, Lines, decode


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("config", "yaml"),
        ("sub/config", "yaml"),
        ("default/profiles/gate-local.yml", "yaml"),
        ("default/profiles/gate-local.YAML", "yaml"),
        ("default/service-settings/clouddriver-rw.yml.s3", "yaml"),
        ("default/profiles/spinnakerconfig.yml.ssh", "yaml"),
        ("default/profiles/orca-local.yaml-bckp", "yaml"),
        ("default/profiles/spinnakerconfig.yml-bkp", "yaml"),
        ("default/profiles/rosco/packer/x.json", "json"),
        ("default/profiles/settings-local.js", "javascript"),
        ("a.properties", "properties"),
        ("README.md", "text"),
        ("Makefile", "text"),
        ("config/notes", "text"),
        ("secrets.yml.enc", "text"),
        ("gate.yml.j2", "text"),
        ("s3", "text"),
        (".yml", "yaml"),
    ],
)
def test_kinds(path: str, kind: str) -> None:
    assert kind_of(path) == kind


def test_lines_end_where_yaml_ends_them() -> None:
    lines = Lines("a\r\nb\rc\nd\x85e\u2028f\u2029g")
    assert [lines.line(number) for number in range(9)] == ["", *"abcdefg", ""]
    assert lines.mark(lines.text.index("e")) == (5, 1)
    assert lines.mark(len(lines.text)) == (7, 2)
    assert len(Lines("a\nb\n")) == 3


def test_what_cannot_be_decoded_stays_readable() -> None:
    with pytest.raises(BadEncoding) as caught:
        decode(b"a: b\nc: \xffd\n")
    assert Lines(caught.value.readable).line(2) == "c: \ufffdd"
    with pytest.raises(BadEncoding, match="binary"):
        decode(b"\x7fELF\0\0\xff\xfe\xfd" * 3)
    with pytest.raises(BadEncoding, match="without a byte order mark"):
        decode("é: something\n".encode("utf-16-le"))
