"""What arrives from a bucket, byte for byte, and what may not."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from halsync.errors import ContentRefused, SourceNotFound, SourceUnreachable
from halsync.settings.model import Limits
from tests.servers.faults import faulty
from tests.servers.s3 import S3Server, serve_rclone, why_not
from tests.servers.s3_fixtures import OpenS3

ODD = {
    "config": b"a: 1\n",
    "with space/and+plus.yml": b"x: 1\n",
    "per%20cent/%2e%2e.yml": b"x: 2\n",
    "ümläut/日本.yml": b"x: 3\n",
    "a&b=c;d'e(f)!*$@,.yml": b"x: 4\n",
    "~tilde/-dash/_under.yml": b"x: 5\n",
    "empty": b"",
    "binary": bytes(range(256)) * 40,
}


def contents(source: object) -> dict[str, bytes]:
    return {path: file.content for path, file in source.fetch().files.items()}  # type: ignore[attr-defined]


def test_odd_names_arrive_as_they_are(s3_server: S3Server, bucket: str, open_s3: OpenS3) -> None:
    s3_server.fill(bucket, ODD)
    assert contents(open_s3(s3_server.settings(bucket))) == ODD


def test_a_prefix_is_a_directory_and_not_a_beginning(
    s3_server: S3Server, bucket: str, open_s3: OpenS3
) -> None:
    s3_server.fill(bucket, {"a/hal/config": b"1", "a/hal-old/config": b"2", "a/halx": b"3"})
    source = open_s3(s3_server.settings(bucket, "a/hal"))
    snapshot = source.fetch()
    assert {path: file.content for path, file in snapshot.files.items()} == {"config": b"1"}
    assert snapshot.location == f"s3://{bucket}/a/hal"
    assert source.revision() == snapshot.revision


def test_the_revision_is_a_digest_of_keys_etags_and_sizes(
    moto: S3Server, bucket: str, open_s3: OpenS3
) -> None:
    moto.fill(bucket, {"b": b"2", "a": b"1"})
    lines = [f"{key}\0{hashlib.md5(body).hexdigest()}\0{len(body)}\n" for key, body in
             (("a", b"1"), ("b", b"2"))]  # fmt: skip
    expected = hashlib.sha256("".join(lines).encode()).hexdigest()
    assert open_s3(moto.settings(bucket)).revision() == expected


def test_directory_markers_are_nothing_and_other_keys_with_a_slash_are_refused(
    moto: S3Server, bucket: str, open_s3: OpenS3
) -> None:
    moto.fill(bucket, {"hal/": b"", "hal/default/": b"", "hal/config": b"1"})
    assert contents(open_s3(moto.settings(bucket, "hal"))) == {"config": b"1"}
    moto.fill(bucket, {"hal/config": b"1", "hal/dir/": b"content"})
    with pytest.raises(ContentRefused) as caught:
        open_s3(moto.settings(bucket, "hal")).fetch()
    assert [problem.file for problem in caught.value.problems] == ["dir/"]


def test_keys_that_lead_elsewhere_are_refused_by_name_before_anything_is_fetched(
    moto: S3Server, bucket: str, open_s3: OpenS3
) -> None:
    bad = ["../up", "/etc/passwd", "a//b", "a/./b", "x/../../y"]
    moto.fill(bucket, {**dict.fromkeys(bad, b"x"), "good": b"y"})
    with faulty(moto.url) as proxy:
        access = moto.access(endpoint=proxy.url)
        with pytest.raises(ContentRefused) as caught:
            open_s3(moto.settings(bucket, access=access)).fetch()
        assert [asked for asked in proxy.seen if "list-type" not in asked] == []
    assert sorted(problem.file for problem in caught.value.problems) == sorted(bad)


def test_ignored_files_count_for_nothing(moto: S3Server, bucket: str, open_s3: OpenS3) -> None:
    moto.fill(bucket, {"config": b"1", "docs/a.md": b"x", "b/../c.md": b"y"})
    options = moto.settings(bucket, ignore=("docs/", "**/*.md"))
    before = open_s3(options).fetch()
    assert set(before.files) == {"config"}
    moto.fill(bucket, {"config": b"1", "docs/a.md": b"changed"})
    assert open_s3(options).revision() == before.revision


def test_a_listing_beyond_the_limit_ends_early(
    moto: S3Server, bucket: str, open_s3: OpenS3
) -> None:
    s3 = moto.fill(bucket, {})
    for number in range(30):
        s3.put_object(Bucket=bucket, Key=f"f{number:03}", Body=b"x")
    source = open_s3(moto.settings(bucket), limits=Limits(files=20))
    with pytest.raises(ContentRefused) as caught:
        source.fetch()
    [problem] = caught.value.problems
    assert (problem.code, problem.file) == ("HAL0104", "f020")
    assert "limits.files" in problem.hint
    assert source.revision()


@pytest.mark.e2e
def test_a_hundred_thousand_keys_are_not_all_listed(tmp_path: Path, open_s3: OpenS3) -> None:
    prepare(tmp_path, {f"f{number:06}": b"" for number in range(100_000)})
    with serve_rclone(tmp_path) as server, faulty(server.url) as proxy:
        access = server.access(endpoint=proxy.url)
        source = open_s3(server.settings("many", access=access), seconds=120)
        with pytest.raises(ContentRefused) as caught:
            source.fetch()
        assert len(proxy.seen) == 11
    assert "more than 10000 files" in caught.value.problems[0].message


def test_several_pages_are_one_snapshot(tmp_path: Path, open_s3: OpenS3) -> None:
    files = {f"d{n // 50}/f{n:04}.yml": b"n: %d\n" % n for n in range(1100)}
    prepare(tmp_path, files)
    with serve_rclone(tmp_path) as server:
        assert contents(open_s3(server.settings("many"))) == files


def prepare(place: Path, files: dict[str, bytes]) -> None:
    """The bucket ``many``, before the server starts."""
    if reason := why_not("rclone"):
        pytest.skip(reason)
    bucket = place / "data/many"
    for key, body in files.items():
        (bucket / key).parent.mkdir(parents=True, exist_ok=True)
        (bucket / key).write_bytes(body)


@pytest.mark.parametrize(
    ("prefix", "says"),
    [("environments/prud", "environments/prod"), ("environments/prod/config", "names an object")],
)
def test_a_prefix_that_is_not_there(
    prefix: str, says: str, s3_server: S3Server, bucket: str, open_s3: OpenS3
) -> None:
    s3_server.fill(bucket, {"environments/prod/config": b"x"})
    with pytest.raises(SourceNotFound) as caught:
        open_s3(s3_server.settings(bucket, prefix)).fetch()
    assert says in caught.value.hint
    assert caught.value.exit_code == 3


def test_an_empty_bucket_is_told(s3_server: S3Server, bucket: str, open_s3: OpenS3) -> None:
    s3_server.fill(bucket, {})
    with pytest.raises(SourceNotFound) as caught:
        open_s3(s3_server.settings(bucket)).revision()
    assert "no object" in caught.value.message


def test_what_changes_while_it_is_read_is_read_again(
    s3_server: S3Server, bucket: str, open_s3: OpenS3
) -> None:
    s3 = s3_server.fill(bucket, {"config": b"old", "other": b"same"})
    with faulty(s3_server.url) as proxy:
        once: list[str] = []

        def change(asked: str) -> None:
            if "/config" in asked and not once:
                once.append(asked)
                s3.put_object(Bucket=bucket, Key="config", Body=b"new!")

        proxy.before = change
        access = s3_server.access(endpoint=proxy.url)
        source = open_s3(s3_server.settings(bucket, access=access))
        snapshot = source.fetch()
        assert snapshot.files["config"].content == b"new!"
        assert len([asked for asked in proxy.seen if "list-type" in asked]) == 2
    assert open_s3(s3_server.settings(bucket)).revision() == snapshot.revision


def test_what_is_removed_while_it_is_read_is_gone(
    s3_server: S3Server, bucket: str, open_s3: OpenS3
) -> None:
    s3 = s3_server.fill(bucket, {"config": b"a", "old": b"b"})
    with faulty(s3_server.url) as proxy:

        def remove(asked: str) -> None:
            if "/old" in asked:
                s3.delete_object(Bucket=bucket, Key="old")

        proxy.before = remove
        access = s3_server.access(endpoint=proxy.url)
        assert contents(open_s3(s3_server.settings(bucket, access=access))) == {"config": b"a"}


def test_what_never_rests_is_given_up(moto: S3Server, bucket: str, open_s3: OpenS3) -> None:
    s3 = moto.fill(bucket, {"config": b"0"})
    with faulty(moto.url) as proxy:
        count = iter(range(1, 1000))

        def change(asked: str) -> None:
            if "/config" in asked:
                s3.put_object(Bucket=bucket, Key="config", Body=b"%d" % next(count))

        proxy.before = change
        source = open_s3(moto.settings(bucket, access=moto.access(endpoint=proxy.url)))
        with pytest.raises(SourceUnreachable) as caught:
            source.fetch()
        assert len([asked for asked in proxy.seen if "list-type" in asked]) == 5
    assert "keep changing" in caught.value.message


def test_as_of_takes_the_versions_of_that_time(
    moto: S3Server, bucket: str, open_s3: OpenS3
) -> None:
    import time

    s3 = moto.fill(bucket, {})
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for key, body in (("config", b"old"), ("gone", b"g"), ("kept", b"k")):
        s3.put_object(Bucket=bucket, Key=key, Body=body)
    time.sleep(1.1)  # S3 tells times in seconds
    versions = s3.list_object_versions(Bucket=bucket)["Versions"]
    moment = max(each["LastModified"] for each in versions)
    time.sleep(1.1)
    s3.put_object(Bucket=bucket, Key="config", Body=b"new")
    s3.put_object(Bucket=bucket, Key="later", Body=b"l")
    s3.delete_object(Bucket=bucket, Key="gone")
    past = open_s3(moto.settings(bucket, as_of=moment))
    snapshot = past.fetch()
    found = {path: file.content for path, file in snapshot.files.items()}
    assert found == {"config": b"old", "gone": b"g", "kept": b"k"}
    assert snapshot.ref == moment
    assert past.revision() == snapshot.revision
    now = contents(open_s3(moto.settings(bucket)))
    assert now == {"config": b"new", "kept": b"k", "later": b"l"}


def test_as_of_without_versions_is_refused(moto: S3Server, bucket: str, open_s3: OpenS3) -> None:
    moto.fill(bucket, {"config": b"new"})
    with pytest.raises(SourceNotFound) as caught:
        open_s3(moto.settings(bucket, as_of="2020-01-01T00:00:00+00:00")).fetch()
    assert caught.value.where == f"s3://{bucket}/config"
    assert "versioning" in caught.value.hint


def test_encrypted_objects(moto: S3Server, bucket: str, open_s3: OpenS3) -> None:
    s3 = moto.fill(bucket, {})
    s3.put_object(
        Bucket=bucket, Key="kms", Body=b"1", ServerSideEncryption="aws:kms", SSEKMSKeyId="alias/x"
    )
    s3.put_object(Bucket=bucket, Key="aes", Body=b"2", ServerSideEncryption="AES256")
    assert contents(open_s3(moto.settings(bucket))) == {"kms": b"1", "aes": b"2"}


def test_multipart_objects_are_verified_part_by_part(
    moto: S3Server, bucket: str, open_s3: OpenS3
) -> None:
    from tests.servers.faults import Fault, corrupt

    parts = [b"a" * 5 * 1024**2, b"b" * 1000]
    s3 = moto.fill(bucket, {})
    upload = s3.create_multipart_upload(Bucket=bucket, Key="big")["UploadId"]
    done = [
        {
            "PartNumber": number,
            "ETag": s3.upload_part(
                Bucket=bucket, Key="big", PartNumber=number, UploadId=upload, Body=part
            )["ETag"],
        }
        for number, part in enumerate(parts, 1)
    ]
    s3.complete_multipart_upload(
        Bucket=bucket, Key="big", UploadId=upload, MultipartUpload={"Parts": done}
    )
    assert s3.head_object(Bucket=bucket, Key="big")["ETag"].strip('"').endswith("-2")
    assert contents(open_s3(moto.settings(bucket))) == {"big": b"".join(parts)}
    with faulty(moto.url) as proxy:
        proxy.faults = [Fault(corrupt, "/big")]
        source = open_s3(moto.settings(bucket, access=moto.access(endpoint=proxy.url)))
        with pytest.raises(SourceUnreachable, match="does not match its ETag"):
            source.fetch()
