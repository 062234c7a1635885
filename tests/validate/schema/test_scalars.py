"""Which scalars become which values: the rules of Jackson, one by one."""

from __future__ import annotations

import pytest

from halsync.validate.schema import coerce
from halsync.validate.schema.coerce import INT, LONG, OK, RANGE, SHAPE, VALUE, Binary, Millis
from halsync.validate.schema.dates import millis
from halsync.validate.schema.java_net import uri_fault, url_fault


@pytest.mark.parametrize(
    "value", [True, 0, 7, Millis(5), "true", " True\t", "FALSE", "", " ", "null"]
)
def test_booleans(value: object) -> None:
    assert coerce.to_bool(value) is OK


@pytest.mark.parametrize("value", ["yes", "tRUE", "on", "1", "Null", "~"])
def test_words_that_are_no_booleans(value: object) -> None:
    assert coerce.to_bool(value) is VALUE


@pytest.mark.parametrize("value", [1.0, [], {}, Binary("true")])
def test_kinds_that_are_no_booleans(value: object) -> None:
    assert coerce.to_bool(value) is SHAPE


@pytest.mark.parametrize(
    "value", [30, 30.7, -1.5, float("nan"), "30", " +30 ", "-0", "٣", "", "\t", "null", 2**31 - 1]
)
def test_ints(value: object) -> None:
    assert coerce.to_int(value, INT) is OK


@pytest.mark.parametrize(
    "value", [2**31, -(2**31) - 1, 2147483648.0, float("inf"), "2147483648", "9" * 5000]
)
def test_ints_out_of_range(value: object) -> None:
    assert coerce.to_int(value, INT) is RANGE


@pytest.mark.parametrize("value", ["30s", "1e3", "3.0", "0x10", "1_000", "--1", "+", "𝟑"])
def test_texts_that_are_no_ints(value: object) -> None:
    assert coerce.to_int(value, INT) is VALUE


def test_longs_compare_as_doubles() -> None:
    assert coerce.to_int(2**63 - 1, LONG) is OK
    assert coerce.to_int(2**63, LONG) is RANGE
    assert coerce.to_int(float(2**63), LONG) is OK
    assert coerce.to_int(1e19, LONG) is RANGE


@pytest.mark.parametrize("value", ["V1", " V2 ", 0, 1, "1", "001", " 0"])
def test_constants(value: object) -> None:
    assert coerce.to_enum(value, ("V1", "V2")) is OK


@pytest.mark.parametrize("value", ["v2", "", " ", 2, -1, "-1", "+1", "2", "null"])
def test_no_constants(value: object) -> None:
    assert coerce.to_enum(value, ("V1", "V2")) is VALUE


@pytest.mark.parametrize("value", [1.0, True, [], Binary("V1")])
def test_kinds_that_are_no_constants(value: object) -> None:
    assert coerce.to_enum(value, ("V1", "V2")) is SHAPE


def test_the_store_is_named_in_any_case_but_exactly() -> None:
    names = ("s3", "redis")
    assert coerce.to_any_case("S3", names) is OK
    assert coerce.to_any_case("REDıS", names) is OK
    for value in (" s3", "", 0, True):
        assert coerce.to_any_case(value, names) is VALUE


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.3, "1.3"), (1000.0, "1000.0"), (1e7, "1.0E7"), (123456789.0, "1.23456789E8"),
        (1e-3, "0.001"), (1.5e-5, "1.5E-5"), (1e21, "1.0E21"), (-0.0, "-0.0"), (0.0001, "1.0E-4"),
        (float("nan"), "NaN"), (float("-inf"), "-Infinity"), (True, "true"), (8, "8"),
        (12345678.5, "1.23456785E7"), (1e16, "1.0E16"),
    ],
)  # fmt: skip
def test_texts_of_scalars(value: object, text: str) -> None:
    assert coerce.java_text(value) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01", 0),
        ("2020-01-01", 1_577_836_800_000),
        ("2001-12-14t21:59:43.10-05:00", 1_008_385_183_100),
        ("2001-12-14 21:59:43 Z", 1_008_367_183_000),
        ("1969-12-31", -86_400_000),
        ("2019-13-01", 1_577_836_800_000),
        ("2000-02-29", 951_782_400_000),
    ],
)
def test_dates(text: str, expected: int) -> None:
    assert millis(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", "a/b", "http://h", "ldaps://h:636/dc=x", "//h", "mailto:a@b", "http://h:port", "#",
        "?q", "http://[::1]:8/", "http://[fe80::1%eth0]/", "ü", "http://a_b", "http:///p", "a%20b",
        "5",
    ],
)  # fmt: skip
def test_uris(text: str) -> None:
    assert not uri_fault(text)


@pytest.mark.parametrize(
    "text",
    [
        "a b", "http://", ":x", "1a:x", "http:", "a%zz", "a%2", "{x}", "http://h/<x>", "http://[x]/",
        "a\\b", "x#a b", "http://h|x", "http://h/^", "a#b#c", "http://[::1", "//",
    ],
)  # fmt: skip
def test_no_uris(text: str) -> None:
    assert uri_fault(text)
    assert coerce.to_uri(text) is VALUE


@pytest.mark.parametrize(
    "text",
    [
        "http://h", "HTTPS://h:8/ x", " http://h ", "url:http://h", "file:/x", "http:", "ftp://h",
        "jar:file:/a.jar!/b", "http://[::1]:80/", "http://h:", "mailto:a", "http://a@b@c:x",
    ],
)  # fmt: skip
def test_urls(text: str) -> None:
    assert not url_fault(text)
    assert coerce.to_url(text) is OK


@pytest.mark.parametrize(
    "text",
    [
        "h", "//h", "htp://h", "ldap://h", "http//h", "http://h:x", "http://h:-2", "jar:file:/a",
        "http://[x]/", "http://[::1]x", "://h", "jar:x!/y", "http://h:99999999999",
    ],
)  # fmt: skip
def test_no_urls(text: str) -> None:
    assert url_fault(text)
    assert coerce.to_url(text) is VALUE
