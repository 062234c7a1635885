"""The servers these tests run against."""

from tests.servers.fixtures import tls_identity
from tests.servers.s3_fixtures import bucket, moto, open_s3, rclone, s3_server

__all__ = ["bucket", "moto", "open_s3", "rclone", "s3_server", "tls_identity"]
