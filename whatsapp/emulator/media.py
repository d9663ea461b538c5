"""Media: uploaded by the business, sent by people, downloaded from URLs that expire after five minutes."""

import base64
import hashlib
import hmac
import secrets

from whatsapp.emulator.errors import GraphError
from whatsapp.emulator.limits import MEDIA_TYPES
from whatsapp.emulator.line import Line
from whatsapp.emulator.records import File, Json, Media

URL_SECONDS = 300
UPLOADED_SECONDS = 30 * 24 * 3600
RECEIVED_SECONDS = 7 * 24 * 3600


class MediaShelf:
    """Stores files by id. Download URLs are not stored: they carry their expiry and a signature."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def receive(self, file: File) -> Json:
        """Stores a file that a person sent; returns `{mime_type, sha256, id}` as in a message, sha256 in base64."""
        media = self._add(file, RECEIVED_SECONDS)
        digest = base64.b64encode(bytes.fromhex(media.sha256)).decode()
        if self._line.faults.take("media_wrong_sha"):
            digest = base64.b64encode(hashlib.sha256(b"another file").digest()).decode()
        return {"mime_type": media.mime_type, "sha256": digest, "id": media.id}

    def upload(self, file: File) -> Json:
        """Stores a file that the business uploads; its id is valid for 30 days.

        Raises:
            GraphError: 100 for a type that cannot be sent, 131053 for an empty or too large file.
        """
        plain = file.mime_type.split(";")[0]
        largest = max((most for most, types in MEDIA_TYPES.values() if plain in types), default=None)
        if largest is None:
            raise GraphError(100, f"Param file must not be a file of the type {plain}")
        if not 0 < len(file.data) <= largest:
            raise GraphError(131053, f"The file must have between 1 and {largest} bytes")
        return {"id": self._add(file, UPLOADED_SECONDS).id}

    def describe(self, media_id: str, base_url: str) -> Json:
        """The answer to GET {media_id}: a URL that is valid for five minutes, and sha256 in hex."""
        media = self._known(media_id)
        ends = int(self._line.clock.now()) + URL_SECONDS
        query = f"mid={media.id}&ext={ends}&hash={self._hash(media.id, str(ends))}"
        return {
            "messaging_product": "whatsapp",
            "url": f"{base_url}/whatsapp_business/attachments/?{query}",
            "mime_type": media.mime_type,
            "sha256": media.sha256,
            "file_size": len(media.data),
            "id": media.id,
        }

    def fetch(self, media_id: str, ends: str, given_hash: str) -> Media | None:
        """The file of a download URL, or None when it is invalid or expired."""
        if not hmac.compare_digest(given_hash, self._hash(media_id, ends)):
            return None
        if int(ends) <= self._line.clock.now() or self._line.faults.take("media_url_expired"):
            return None
        return self._line.store.media(media_id)

    def delete(self, media_id: str) -> Json:
        self._line.store.delete_media(self._known(media_id).id)
        return {"success": True}

    def _known(self, media_id: str) -> Media:
        media = self._line.store.media(media_id)
        if (
            media is None
            or self._line.faults.take("media_gone")
            or media.expires_at <= self._line.clock.now()
        ):
            raise GraphError(100, f"Object with ID '{media_id}' does not exist", subcode=33, http_status=404)
        return media

    def _add(self, file: File, seconds: float) -> Media:
        media = Media(
            id=str(secrets.randbelow(9 * 10**14) + 10**14),
            mime_type=file.mime_type,
            sha256=hashlib.sha256(file.data).hexdigest(),
            filename=file.name,
            expires_at=self._line.clock.now() + seconds,
            data=file.data,
        )
        self._line.store.add_media(media)
        return media

    def _hash(self, media_id: str, ends: str) -> str:
        secret = self._line.config.access_token.encode()
        return hmac.new(secret, f"{media_id} {ends}".encode(), hashlib.sha256).hexdigest()
