"""What may be handed to git at all."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halsync.errors import ConfigError
from halsync.sources.git.names import check_ref, parse_url
from halsync.sources.git.submodules import absolute_url


@pytest.mark.parametrize(
    ("url", "scheme", "host"),
    [
        ("https://git.example.com/a/b.git", "https", "git.example.com"),
        ("https://Git.Example.com:8443/a/b", "https", "git.example.com:8443"),
        ("http://127.0.0.1:8080/r.git", "http", "127.0.0.1:8080"),
        ("https://[::1]:8443/r.git", "https", "[::1]:8443"),
        ("ssh://git@host:2222/a/b.git", "ssh", "host:2222"),
        ("git@github.com:acme/r.git", "ssh", "github.com"),
        ("host:path", "ssh", "host"),
        ("file:///srv/r.git", "file", ""),
        ("/srv/my repos/r.git", "file", ""),
        ("/srv/a:b", "file", ""),
    ],
)
def test_legal_urls(url: str, scheme: str, host: str) -> None:
    remote = parse_url(url)
    assert (remote.url, remote.scheme, remote.host) == (url, scheme, host)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "-u/tmp/x",
        "--upload-pack=touch /tmp/x",
        "ext::sh -c touch% /tmp/x",
        "fd::17",
        "transport::address",
        "git://host/r.git",
        "ftp://host/r.git",
        "relative/path",
        "./r.git",
        "https://host/r.git\n",
        "https://host/\x00r",
        "https:///r.git",
        "https://host:65536/r.git",
        "ssh://host:99999/r.git",
        "https://host",
        "https://ho st/r.git",
        "https://-oProxyCommand=x/r.git",
        "ssh://-oProxyCommand=x/r.git",
        "-oProxyCommand=x:path",
        "git@-oProxyCommand=x:path",
        "git@host:-path",
        "ssh://-l@host/r.git",
        "file://host/srv/r.git",
        " https://host/r.git",
    ],
)
def test_illegal_urls(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_url(url)
    assert caught.value.hint


@pytest.mark.parametrize(
    "url",
    [
        "https://ada:hunter22@host/r.git",
        "https://hunter22@host/r.git",
        "https://a:hunter22:x@host/r.git",
        "ssh://git:hunter22@host/r.git",
        "ftp://a:hunter22@host/r",
    ],
)
def test_passwords_in_urls_are_not_repeated(url: str) -> None:
    with pytest.raises(ConfigError, match="user name or password") as caught:
        parse_url(url)
    assert "hunter22" not in str(caught.value)
    assert "tokenFile" in caught.value.hint


@settings(deadline=None)  # it starts a process
@given(st.text(alphabet=st.sampled_from("aB1-./@{}~^:?*[\\ \x7f\tlock+äé_"), max_size=12))
def test_refs_are_judged_as_git_does(ref: str) -> None:
    for name in (ref, f"{ref}.lock"):
        done = subprocess.run(
            ["git", "check-ref-format", "--allow-onelevel", name], check=False, capture_output=True
        )
        legal = done.returncode == 0 and not name.startswith("-") and name != "@"
        legal = legal and not name.startswith("/")
        try:
            check_ref(name)
        except ConfigError:
            assert not legal
        else:
            assert legal


@pytest.mark.parametrize(
    ("parent", "url", "absolute"),
    [
        ("https://h/a/b.git", "../c.git", "https://h/a/c.git"),
        ("https://h/a/b.git/", "../../d/c.git", "https://h/d/c.git"),
        ("https://h/a/b.git", "./c.git", "https://h/a/b.git/c.git"),
        ("git@h:a/b.git", "../c.git", "git@h:a/c.git"),
        ("git@h:b.git", "../c.git", "git@h:c.git"),
        ("/srv/a.git", "../b.git", "/srv/b.git"),
        ("https://h/a.git", "https://other/x.git", "https://other/x.git"),
        ("https://h/a.git", "../../../x.git", ""),
        ("git@h:b.git", "../../c.git", ""),
    ],
)
def test_relative_urls_of_submodules(parent: str, url: str, absolute: str) -> None:
    assert absolute_url(parent, url) == absolute
