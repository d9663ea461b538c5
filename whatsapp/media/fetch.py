"""The files of messages: fetched outside every lock, checked, stripped, stored, and put on their ticket.

A row is claimed by moving its next attempt ahead, and kept by moving it on while its bytes come: the file of a worker
that died is fetched again when that short time is over. Attempts are counted before the work, and so are those in a row
that came to no end: a file that killed three workers, or three decoders, is refused. The id of a file lives seven days
at Meta (docs/whatsapp-cloud-api.md, section 5); only then is it given up, and shown as lost.
"""

import logging
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from tempfile import SpooledTemporaryFile
from typing import IO

from django.db import transaction

from departments.places.points import Point, locate
from tickets import services
from tickets.files import storing, virus_scan
from tickets.files.storing import RefusedFileError
from tickets.files.virus_scan import ScannerDownError
from tickets.http_deadline import at_most
from tickets.models import Attachment, LocationSource, Ticket
from tickets.permissions import Actor
from tickets.photos.decoder import DecoderDiedError
from tickets.photos.storage import StoredFile
from whatsapp import log_fields, wakeup
from whatsapp.conversation.state import with_lost_file
from whatsapp.conversation.time_limits import LOST_FILES
from whatsapp.graph import client
from whatsapp.graph.client import MediaGoneError, MediaRefusedError
from whatsapp.graph.errors import CloudApiError, ErrorAction
from whatsapp.models import Conversation, Media
from whatsapp.number import pace

log = logging.getLogger(__name__)

State = Media.State
LIVES = timedelta(days=7)
TASK_SECONDS = (
    240  # hard limit of one task: more than a file may take to be downloaded, looked through and decoded
)
WORK_FOR = timedelta(seconds=5)  # then whatever else waits for the process has its turn
LEASE = timedelta(seconds=20)
KEEP_EVERY = timedelta(seconds=5)
NOT_AS_SENT = "Gelen dosya, iletinin bildirdiği dosya değil (SHA-256 farklı)."
DOWNLOAD_SECONDS, DOWNLOAD_SECONDS_AT_MOST = 20, 120
PAUSE_AT_MOST = timedelta(hours=1)
SCANNER_PAUSE = timedelta(seconds=10)  # while the virus scanner is down; no attempt is counted
# Bytes; a sender cannot exceed Meta's own limits, so a larger file is not what it claims to be.
LIMITS = {"image": 5 << 20, "audio": 16 << 20, "video": 16 << 20, "document": 100 << 20, "sticker": 512_000}


def work(clock: Callable[[], datetime]) -> datetime | None:
    """Fetches what is due, one after the other. Returns when the next attempt will be due."""
    until = clock() + WORK_FOR
    waiting = Media.objects.filter(state=State.WAITING).order_by("next_attempt_at")
    next_attempts = waiting.values_list("next_attempt_at", flat=True)
    while (due := next_attempts.first()) and due <= clock() < until:
        if not virus_scan.is_ready():
            return clock() + SCANNER_PAUSE
        media = _claim(clock())
        if media is None:
            break
        with log_fields.bind(media=media.pk, message=media.message_id):
            if media.unfinished > storing.DEATHS:
                _give_up(media, State.REFUSED, storing.KILLS, clock())
            else:
                _fetch(media, clock)
    return due


def _claim(now: datetime) -> Media | None:
    with transaction.atomic():
        due = Media.objects.filter(state=State.WAITING, next_attempt_at__lte=now).order_by("next_attempt_at")
        media = due.select_for_update(skip_locked=True, no_key=True).first()
        if media is not None:
            media.attempts += 1
            media.unfinished += 1
            media.next_attempt_at = now + max(LEASE, _pause(media.attempts))
            media.save(update_fields=["attempts", "unfinished", "next_attempt_at"])
    return media


def _fetch(media: Media, clock: Callable[[], datetime]) -> None:
    try:
        with SpooledTemporaryFile(max_size=8 << 20) as file:
            _download(media, file, clock)
            as_sent = _is_as_sent(media, file)
            _keep(media, clock(), storing.time_at_most())
            stored, place = storing.store(file, kind=media.kind, said=media.mime_type, now=clock())
        stored = stored if as_sent else storing.flagged(stored, NOT_AS_SENT)
        _stored(media, stored, Point(*place) if place else None, clock())
    except (MediaRefusedError, RefusedFileError) as error:
        _give_up(media, State.REFUSED, str(error), clock())
    except DecoderDiedError as error:
        if media.unfinished < storing.DEATHS:
            _try_later(media, error, clock(), unfinished=media.unfinished)
        else:
            _give_up(media, State.REFUSED, storing.KILLS, clock())
    except ScannerDownError:
        waits = {"attempts": media.attempts - 1, "unfinished": 0, "next_attempt_at": clock() + SCANNER_PAUSE}
        Media.objects.filter(pk=media.pk, state=State.WAITING).update(**waits)
    except Exception as error:  # noqa: BLE001 - a file that nobody foresaw must not hold up the others
        _try_later(media, error, clock())


def _download(media: Media, file: IO[bytes], clock: Callable[[], datetime]) -> None:
    """Writes the whole file; an address that has expired is asked for anew, once."""
    try:
        _read(media, file, clock)
    except MediaGoneError:
        _read(media, file, clock)


def _read(media: Media, file: IO[bytes], clock: Callable[[], datetime]) -> None:
    url = client.media_info(media.media_id).url
    keep_at = clock()
    # All files wait for one that drips: it is cut off soon, and has longer at the next attempt.
    seconds = min(DOWNLOAD_SECONDS * media.attempts, DOWNLOAD_SECONDS_AT_MOST)
    with at_most(seconds), client.media_stream(url, LIMITS[media.kind]) as chunks:
        for chunk in chunks:
            file.write(chunk)
            if clock() >= keep_at:
                _keep(media, clock())
                keep_at = clock() + KEEP_EVERY
    file.seek(0)


def _is_as_sent(media: Media, file: IO[bytes]) -> bool:
    """Whether the file has the SHA-256 that came with the message, in base64; what came without any has it."""
    if not media.sha256:
        return True
    hashed = sha256()
    for part in iter(lambda: file.read(1 << 20), b""):
        hashed.update(part)
    file.seek(0)
    digest = b64encode(hashed.digest()).decode()
    if digest != media.sha256:
        log.warning("a file is not what its message said: another SHA-256")
    return digest == media.sha256


def _keep(media: Media, now: datetime, lease: timedelta = LEASE) -> None:
    """Nobody else begins with a file while its bytes come, or while it is made safe."""
    ours = Media.objects.filter(pk=media.pk, state=State.WAITING, next_attempt_at__lt=now + lease)
    ours.update(next_attempt_at=now + lease)


def _stored(media: Media, stored: StoredFile, place: Point | None, now: datetime) -> None:
    kept = False
    try:
        with transaction.atomic():
            wanted = _put_on_ticket(media, stored, place, now)
        kept = wanted
    finally:
        if not kept:
            stored.delete()


def _put_on_ticket(media: Media, stored: StoredFile, place: Point | None, now: datetime) -> bool:
    """Whether it was wanted: the message may be forgotten meanwhile, or another worker was quicker."""
    row = _locked(media)
    if row is None or row.state != State.WAITING:
        return False
    row.state, row.error = State.STORED, stored.warning
    row.name, row.thumbnail, row.size, row.stored_type = (
        stored.name,
        stored.thumbnail,
        stored.size,
        stored.mime_type,
    )
    row.place = [place.lat, place.lon] if place else None
    row.save()
    if row.attachment:
        services.attachment_stored(attachment=row.attachment, now=now, stored=stored)
        place_by_photo(row, row.attachment.ticket, now)
    return True


def place_by_photo(media: Media, ticket: Ticket, now: datetime) -> None:
    """Gives a ticket without a place the one that its photo tells; a pin and words go before it."""
    if media.place and Ticket.objects.filter(pk=ticket.pk, place_missing=True).exists():
        point = Point(*media.place)
        services.locate(
            ticket=ticket,
            actor=Actor.system(),
            now=now,
            point=point,
            source=LocationSource.EXIF,
            neighbourhood=locate(point).neighbourhood,
        )


def _try_later(media: Media, error: Exception, now: datetime, *, unfinished: int = 0) -> None:
    """Growing pauses for as long as the id lives, then lost: a dead token or a fault at Meta may be mended by then."""
    if isinstance(error, CloudApiError) and error.action == ErrorAction.STOP_CHANNEL:
        pace.stop(now, f"{error} (kod {error.code})")
    if now >= media.message.sent_at + LIVES:
        _give_up(media, State.LOST, f"{type(error).__name__}: {error}", now)
        return
    log.warning("attempt %s failed: %s", media.attempts, type(error).__name__)
    Media.objects.filter(pk=media.pk, state=State.WAITING).update(
        next_attempt_at=now + _pause(media.attempts),
        unfinished=unfinished,
        error=f"{type(error).__name__}: {error}",
    )


def _pause(attempts: int) -> timedelta:
    return min(timedelta(seconds=5 * 2 ** min(attempts, 12)), PAUSE_AT_MOST)


def _give_up(media: Media, state: Media.State, reason: str, now: datetime) -> None:
    """Nobody will have the file: staff see it, and the citizen's next turn is to tell them."""
    with transaction.atomic():
        talks = Conversation.objects.filter(messages=media.message_id).select_for_update(no_key=True)
        talk = talks.first()
        row = _locked(media)
        if row is None:
            return
        row.state, row.error = state, reason
        row.save()
        if talk and media.kind != "sticker":  # no report was made with one
            _have_told(talk, media.message_id, now)
        if row.attachment:
            services.attachment_lost(
                attachment=row.attachment, now=now, state=Attachment.State(state), reason=reason
            )


def _have_told(talk: Conversation, message: int, now: datetime) -> None:
    due = now + LOST_FILES
    talk.state = with_lost_file(talk.state, message, now)
    talk.wake_at = min(talk.wake_at or due, due)
    talk.save(update_fields=["state", "wake_at"])
    wakeup.wake_at(wakeup.INBOX, due)


def _locked(media: Media) -> Media | None:
    # Its attachment is read after the lock, not joined to it: a turn that is just putting the file on a ticket has the
    # lock, and what is joined would be what stood there before.
    return Media.objects.select_for_update(no_key=True).filter(pk=media.pk).first()
