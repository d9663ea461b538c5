"""The files of messages: fetched outside every lock, checked, stripped, stored, and put on their ticket.

Several are downloaded at once, so that one that drips holds up no other (download.py); they are made safe one after the
other, in one more thread. Of a conversation there is one at a time: nobody's album keeps others waiting.

A row is claimed by moving its next attempt ahead, and kept by moving it on while it is worked on: the file of a worker
that died is fetched again when that short time is over. Attempts are counted before the work, and so are those in a row
that came to no end: a file that killed three workers, or three decoders, is refused. Whatever was in hand when a worker
died is fetched alone the next time, lest it be counted with the one at fault. The id of a file lives seven days at Meta
(docs/whatsapp-cloud-api.md, section 5); only then is it given up, and shown as lost.
"""

import logging
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from functools import partial
from typing import IO, Any

from django.db import transaction

from departments.common.row_by_row import each_row
from departments.models import RowWork
from departments.places.points import Point, locate
from tickets.attachments import uploads
from tickets.attachments.attachments import attachment_lost, attachment_stored
from tickets.casework import locating
from tickets.files import storing, virus_scan
from tickets.files.decoder import DecoderDiedError
from tickets.files.storage import StoredFile
from tickets.files.storing import RefusedFileError, SafeFile
from tickets.files.virus_scan import ScannerDownError
from tickets.models import Attachment, LocationSource, Ticket
from tickets.record.permissions import Actor
from whatsapp import log_fields, wakeup
from whatsapp.conversation.state import with_lost_file
from whatsapp.conversation.time_limits import LOST_FILES
from whatsapp.conversations.models.conversations import Conversation
from whatsapp.conversations.models.messages import Media
from whatsapp.graph.client import MediaRefusedError
from whatsapp.graph.errors import CloudApiError, ErrorAction
from whatsapp.media import download, retry
from whatsapp.number import pace

log = logging.getLogger(__name__)

State = Media.State
AT_ONCE = 16  # downloads
AGAIN_AT_ONCE = 8  # of them, of files that did not come before: new ones always have room
# Hard limit of one task: more than a run, and the last files that are looked through and decoded.
TASK_SECONDS = 240
WORK_FOR = timedelta(seconds=5)  # then an upload has its turn, as often as so much time has passed
RUN_FOR = timedelta(seconds=120)  # while files are coming: the last of them will have come by then
LEASE = timedelta(seconds=20)  # kept up while a file is worked on; a worker that died costs this
LOOK_SECONDS = 1.0  # at what became due while files are coming
NOT_AS_SENT = "Gelen dosya, iletinin bildirdiği dosya değil (SHA-256 farklı); dosya saklanmadı."


def work(clock: Callable[[], datetime]) -> datetime | None:
    """Fetches what is due. Returns when the next attempt will be due."""
    due = _next_due()
    if due is None or due > clock():
        return due
    if not virus_scan.is_ready():
        return clock() + retry.SCANNER_PAUSE
    with (
        ThreadPoolExecutor(AT_ONCE, "download") as threads,
        ThreadPoolExecutor(1, "storing") as storer,
    ):
        _Run(clock, threads, storer).work()
    return _next_due()


def _next_due() -> datetime | None:
    waiting = Media.objects.filter(state=State.WAITING).order_by("next_attempt_at")
    return waiting.values_list("next_attempt_at", flat=True).first()


class _Run:
    """Files that are coming, or are being made safe; this thread alone asks the database."""

    def __init__(
        self, clock: Callable[[], datetime], threads: ThreadPoolExecutor, storer: ThreadPoolExecutor
    ) -> None:
        self._clock, self._threads, self._storer, self._begin = clock, threads, storer, clock()
        self._coming: dict[Future[IO[bytes]], Media] = {}
        self._storing: dict[Future[SafeFile], Media] = {}
        self._kept_until = self._upload_at = self._begin

    def work(self) -> None:
        self._claim(1, died=True)
        is_alone = bool(self._coming)
        if not is_alone:
            self._claim(AT_ONCE)
        self._upload_at = self._begin + WORK_FOR
        while self._coming or self._storing:
            in_work: list[Future[Any]] = [*self._coming, *self._storing]
            done = wait(in_work, LOOK_SECONDS, FIRST_COMPLETED).done
            self._keep()
            for come in sorted(done & self._coming.keys(), key=lambda one: self._coming[one].pk):
                media = self._coming.pop(come)
                self._storing[self._storer.submit(_make_safe, media, come, self._clock())] = media
            for stored in done & self._storing.keys():
                media = self._storing.pop(stored)
                _alone(media, partial(_finish, media, stored, self._clock), self._clock())
                is_alone = False
            in_hand = len(self._coming) + len(self._storing)
            if not is_alone and (in_hand or self._clock() < self._begin + WORK_FOR):
                self._claim(AT_ONCE - in_hand)
            if in_hand and self._clock() >= self._upload_at:
                uploads.work_on_next(self._clock, self._keep)
                self._upload_at = self._clock() + WORK_FOR

    def _claim(self, limit: int, *, died: bool = False) -> None:
        """Has that many more files come that will have come before the run is over; `died`: of those that were in hand
        when a worker died.
        """
        now = self._clock()
        in_hand = [*self._coming.values(), *self._storing.values()]
        claimed = Media.objects.claim(
            now,
            limit=limit,
            again=AGAIN_AT_ONCE - sum(media.attempts > 1 for media in in_hand),
            attempts=download.attempts_within((self._begin + RUN_FOR - now).total_seconds()),
            busy=[media.talk for media in in_hand],
            died=died,
            lease=LEASE,
        )
        self._kept_until = min(self._kept_until, now + LEASE) if in_hand else now + LEASE
        for media in claimed:
            if media.unfinished > storing.MAX_CRASHES:
                _alone(media, partial(_give_up, media, State.REFUSED, storing.KILLS, now), now)
                continue
            seconds = download.seconds_of(1 if died else media.attempts)
            self._coming[self._threads.submit(download.download, media, seconds)] = media

    def _keep(self) -> None:
        """Nobody else begins with what is in hand for another while; written at half of it."""
        now = self._clock()
        if self._kept_until < now + LEASE / 2:
            self._kept_until = now + LEASE
            in_hand = [media.pk for media in (*self._coming.values(), *self._storing.values())]
            ours = Media.objects.filter(pk__in=in_hand, state=State.WAITING)
            ours.filter(next_attempt_at__lt=self._kept_until).update(next_attempt_at=self._kept_until)


def _alone(media: Media, step: Callable[[], object], now: datetime) -> None:
    """What fails there concerns this file alone: its lease lets it rest, and the others go on."""
    each_row(RowWork.MEDIA, [media.pk], lambda _: step(), now=now, are_all=False, in_transaction=False)


def _make_safe(media: Media, coming: Future[IO[bytes]], now: datetime) -> SafeFile:
    """Stores what came, in a thread: the database is asked nothing here. Raises what the download did."""
    with log_fields.bind(media=media.pk, message=media.message_id), coming.result() as file:
        if not download.is_as_sent(media, file):
            log.warning("a file is not what its message said: another SHA-256")
            raise RefusedFileError(NOT_AS_SENT)
        return storing.store(file, kind=media.kind, said=media.mime_type, now=now)


def _finish(media: Media, made: Future[SafeFile], clock: Callable[[], datetime]) -> None:
    """Keeps what was made of it, or notes why there is nothing."""
    with log_fields.bind(media=media.pk, message=media.message_id):
        try:
            stored, place = made.result()
            _stored(media, stored, Point(*place) if place else None, clock())
        except (MediaRefusedError, RefusedFileError) as error:
            _give_up(media, State.REFUSED, str(error), clock())
        except DecoderDiedError as error:
            if media.unfinished < storing.MAX_CRASHES:
                _try_later(media, error, clock(), unfinished=media.unfinished)
            else:
                _give_up(media, State.REFUSED, storing.KILLS, clock())
        except ScannerDownError:
            waits = {
                "attempts": media.attempts - 1,
                "unfinished": 0,
                "next_attempt_at": clock() + retry.SCANNER_PAUSE,
            }
            Media.objects.filter(pk=media.pk, state=State.WAITING).update(**waits)
        except Exception as error:  # noqa: BLE001 - a file that nobody foresaw must not hold up the others
            _try_later(media, error, clock())


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
    row.save(update_fields=["state", "error", "name", "thumbnail", "size", "stored_type", "place"])
    if row.attachment:
        attachment_stored(attachment=row.attachment, now=now, stored=stored)
        place_by_photo(row, row.attachment.of_ticket, now)
    return True


def place_by_photo(media: Media, ticket: Ticket, now: datetime) -> None:
    """Gives a ticket without a place the one that its photo tells; a pin and words go before it."""
    if media.place and Ticket.objects.filter(pk=ticket.pk, place_missing=True).exists():
        point = Point(*media.place)
        locating.locate(
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
    if now >= media.message.sent_at + retry.TRIED_FOR:
        _give_up(media, State.LOST, f"{type(error).__name__}: {error}", now)
        return
    log.warning("attempt %s failed: %s", media.attempts, type(error).__name__)
    Media.objects.filter(pk=media.pk, state=State.WAITING).update(
        next_attempt_at=now + retry.pause_after(media.attempts),
        unfinished=unfinished,
        error=f"{type(error).__name__}: {error}",
    )


def _give_up(media: Media, state: Media.State, reason: str, now: datetime) -> None:
    """Nobody will have the file: staff see it, and the citizen's next turn is to tell them."""
    with transaction.atomic():
        talks = Conversation.objects.filter(messages=media.message_id).select_for_update(no_key=True)
        talk = talks.first()
        row = _locked(media)
        if row is None:
            return
        row.state, row.error = state, reason
        row.save(update_fields=["state", "error"])
        if talk and media.kind != "sticker":  # no report was made with one
            _have_told(talk, media.message_id, now)
        if row.attachment:
            attachment_lost(attachment=row.attachment, now=now, state=Attachment.State(state), reason=reason)


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
