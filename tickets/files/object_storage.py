"""Citizens' files in a bucket of S3 (Amazon's, or any server that speaks it), by django-storages.

MEDIA_STORAGE names it: s3://bucket/folder?endpoint=https://…&region=…&sse=AES256&reads=direct. The keys are those that
boto3 finds, mostly AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. Its packages (requirements-s3.txt) are imported only
where there is such a setting.
"""

import contextlib
import functools
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any
from urllib.parse import parse_qs, urlsplit

from django.core.files import File
from django.core.files.base import ContentFile

URL_SECONDS = 60  # that a presigned address works
CONNECT_SECONDS, ANSWER_SECONDS, TRIES = 2, 5, 2
PART_BYTES = 8 << 20  # of a multipart upload: larger files come in parts, and a part is what is sent again
IN_MEMORY_BYTES = 1 << 20  # of a file that is read; more lies on the disk meanwhile, without a name
ENCRYPTIONS = ("AES256", "aws:kms", "none")
READS = ("direct", "through")
_TRIAL = "deneme"
_GONE = frozenset({"NoSuchKey", "404"})


class StorageDownError(OSError):
    """The bucket cannot be asked, or refuses: nothing is known of the file. Trying again may help."""


@dataclass(frozen=True)
class BucketAddress:
    """What MEDIA_STORAGE says. `endpoint` is "" for Amazon's own; `folder` is "" or ends in no slash."""

    name: str
    folder: str = ""
    endpoint: str = ""
    region: str = ""
    encryption: str = "AES256"
    reads: str = "direct"

    @property
    def origin(self) -> str:
        """Where browsers read from by presigned addresses."""
        if self.endpoint:
            parts = urlsplit(self.endpoint)
            return f"{parts.scheme}://{parts.netloc}"
        return f"https://{self.name}.s3.{self.region}.amazonaws.com"


@functools.cache
def parse(address: str) -> BucketAddress | None:
    """The bucket that the setting names; None for "": the disk. Raises ValueError where it is not understood."""
    if not address:
        return None
    parts = urlsplit(address)
    given = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    options = {name: values[-1] for name, values in given.items()}
    unknown = options.keys() - {"endpoint", "region", "sse", "reads"}
    bucket = BucketAddress(
        parts.netloc,
        parts.path.strip("/"),
        options.get("endpoint", "").rstrip("/"),
        options.get("region", ""),
        options.get("sse", "AES256"),
        options.get("reads", "direct"),
    )
    if parts.scheme != "s3" or not parts.netloc or "@" in parts.netloc or unknown:
        raise ValueError("not s3://bucket/folder with known options")
    if bucket.encryption not in ENCRYPTIONS or bucket.reads not in READS:
        raise ValueError("sse or reads")
    if not (bucket.endpoint or bucket.region):
        raise ValueError("neither endpoint nor region")
    return bucket


class ObjectStorage:
    """The files in one bucket. Whatever is wrong with it is `StorageDownError`; only a file that is not there, in a
    bucket that is, is FileNotFoundError: nobody takes an ill bucket for files that are gone.
    """

    def __init__(self, bucket: BucketAddress) -> None:
        from boto3.s3.transfer import TransferConfig
        from botocore.config import Config
        from storages.backends.s3 import S3Storage

        encryption = {} if bucket.encryption == "none" else {"ServerSideEncryption": bucket.encryption}
        self.bucket = bucket
        self._s3: S3Storage = S3Storage(
            bucket_name=bucket.name,
            location=bucket.folder,
            endpoint_url=bucket.endpoint or None,
            region_name=bucket.region
            or "us-east-1",  # a server of one's own asks for none, the signature does
            default_acl=None,
            file_overwrite=True,  # names are random: none is asked for beforehand
            object_parameters=encryption,
            querystring_expire=URL_SECONDS,
            transfer_config=TransferConfig(
                multipart_threshold=PART_BYTES, multipart_chunksize=PART_BYTES, use_threads=False
            ),
            client_config=Config(
                connect_timeout=CONNECT_SECONDS,
                read_timeout=ANSWER_SECONDS,
                retries={"mode": "standard", "total_max_attempts": TRIES},
                signature_version="s3v4",
                s3={"addressing_style": "path" if bucket.endpoint else "virtual"},
                # Not every server understands the checksums that newer boto3 adds by itself; the ETag and TLS stay.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def save(self, name: str, content: "File[Any]") -> None:
        """Stores the file under exactly this name."""
        with _faults():
            self._s3._save(name, content)

    def open(self, name: str) -> "File[bytes]":
        """The whole file, fetched by one request. Raises FileNotFoundError."""
        whole: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES)  # noqa: SIM115 - closed by its reader
        try:
            with _faults():
                found = self._client.get_object(Bucket=self.bucket.name, Key=self._key(name))
                with contextlib.closing(found["Body"]) as body:
                    shutil.copyfileobj(body, whole, 1 << 16)
        except BaseException:
            whole.close()
            raise
        whole.seek(0)
        return File(whole, name)

    def exists(self, name: str) -> bool:
        """Whether the file is there."""
        return self._head(name) is not None

    def size(self, name: str) -> int:
        """Bytes of the file. Raises FileNotFoundError."""
        found = self._head(name)
        if found is None:
            raise FileNotFoundError(name)
        return int(found["ContentLength"])

    def modified(self, name: str) -> datetime:
        """When the file was stored. Raises FileNotFoundError."""
        found = self._head(name)
        if found is None:
            raise FileNotFoundError(name)
        at: datetime = found["LastModified"]
        return at

    def delete(self, name: str) -> None:
        """Removes the file; one that is not there is fine."""
        with _faults():
            self._client.delete_object(Bucket=self.bucket.name, Key=self._key(name))

    def listdir(self, folder: str) -> tuple[list[str], list[str]]:
        """The names of folders and of files in the folder."""
        with _faults():
            folders, files = self._s3.listdir(folder)
        return folders, files

    def names(self) -> Iterator[tuple[str, int, datetime]]:
        """Every file with its size in bytes and when it was stored."""
        prefix = f"{self.bucket.folder}/" if self.bucket.folder else ""
        with _faults():
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self.bucket.name, Prefix=prefix):
                for entry in page.get("Contents", ()):
                    yield entry["Key"].removeprefix(prefix), entry["Size"], entry["LastModified"]

    def url(self, name: str, *, mime_type: str, disposition: str, cache: str) -> str:
        """An address that opens the file for a minute, for whoever holds it, with these headers. Asks nobody."""
        headers = {
            "ResponseContentType": mime_type,
            "ResponseContentDisposition": disposition,
            "ResponseCacheControl": cache,
        }
        return str(self._s3.url(name, parameters=headers))

    def abort_unfinished(self, before: datetime) -> int:
        """Ends uploads in parts that began before then and never came to an end, and lets their parts go; returns how
        many. They are part of no listing, and nothing else would ever remove them.
        """
        aborted = 0
        prefix = f"{self.bucket.folder}/" if self.bucket.folder else ""
        with _faults():
            pages = self._client.get_paginator("list_multipart_uploads")
            for page in pages.paginate(Bucket=self.bucket.name, Prefix=prefix):
                for upload in page.get("Uploads", ()):
                    if upload["Initiated"] < before:
                        self._client.abort_multipart_upload(
                            Bucket=self.bucket.name, Key=upload["Key"], UploadId=upload["UploadId"]
                        )
                        aborted += 1
        return aborted

    def trouble(self) -> list[str]:
        """What is wrong with the bucket, each in a Turkish sentence: it cannot be reached or written to, or it removes
        or keeps files against our own retention. Writes an empty file and removes it.
        """
        try:
            with _faults():
                self._client.head_bucket(Bucket=self.bucket.name)
        except (StorageDownError, FileNotFoundError) as error:
            return [f"Kovaya ulaşılamıyor ({error})."]
        try:
            self.save(_TRIAL, ContentFile(b""))
            self.delete(_TRIAL)
        except (StorageDownError, FileNotFoundError) as error:
            return [
                f"Kovaya yazılamıyor ({error}): anahtarın yazma ve silme hakkı var mı, sunucu şifreliyor mu (sse)?"
            ]
        found = []
        if self._asked("get_bucket_versioning").get("Status") == "Enabled":
            found.append(
                "Kova silinen dosyaların eski sürümlerini saklıyor: silinen kişisel veri orada kalır."
            )
        rules = self._asked("get_bucket_lifecycle_configuration").get("Rules", [])
        if any("Expiration" in rule and rule.get("Status") == "Enabled" for rule in rules):
            found.append("Kovanın kendi silme kuralı var: saklama sürelerini ve bekletmeleri tanımaz.")
        return found

    def _asked(self, what: str) -> dict[str, Any]:
        """The answer to a question about the bucket; nothing where the server does not know it or may not tell."""
        try:
            with _faults():
                answer: dict[str, Any] = getattr(self._client, what)(Bucket=self.bucket.name)
        except (StorageDownError, FileNotFoundError):
            return {}
        return answer

    def _head(self, name: str) -> dict[str, Any] | None:
        try:
            with _faults():
                found: dict[str, Any] = self._client.head_object(Bucket=self.bucket.name, Key=self._key(name))
        except FileNotFoundError:
            # The answer has no body that tells whether the file or its whole bucket is missing.
            try:
                with _faults():
                    self._client.head_bucket(Bucket=self.bucket.name)
            except FileNotFoundError as error:
                raise StorageDownError("NoSuchBucket") from error
            return None
        return found

    def _key(self, name: str) -> str:
        return str(self._s3._normalize_name(name))

    @property
    def _client(self) -> Any:
        return self._s3.connection.meta.client


@functools.cache
def _storage(bucket: BucketAddress) -> ObjectStorage:
    return ObjectStorage(bucket)


def storage(address: str) -> ObjectStorage | None:
    """The storage that MEDIA_STORAGE names; None for the disk."""
    bucket = parse(address)
    return _storage(bucket) if bucket else None


@contextlib.contextmanager
def _faults() -> Iterator[None]:
    """Tells errors apart by their meaning: FileNotFoundError, and `StorageDownError`, which names no file."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", "unknown"))
        if code in _GONE:
            raise FileNotFoundError(code) from error
        raise StorageDownError(code) from error
    except (Boto3Error, BotoCoreError, HTTPClientError) as error:
        raise StorageDownError(type(error).__name__) from error
