"""Plays a transcript that a clerk can read, line by line, against the real line and its database.

    # words for the reader
    @ 21:30                         the talk begins at this hour of Kayseri, on Tuesday 24 November 2026
    > Yolda çukur var               Ayşe writes; also: photo NAME, voice NAME, video NAME, document NAME, sticker,
                                    reaction 👍, pin LAT LON, card, address TEXT, number PHONE, poll, ghost, order;
                                    of a file with words beside it: photo NAME :: WORDS;
                                    edit TEXT, delete (her last message); after `ghost` the next
                                    message comes under the same id, as Meta has been seen to do
    > Veli: selam                   so does Veli, who has a username only
    > reply: Çok derin              an answer to the last message of the line
    > reply MG-2026-000001: Hâlâ    an answer to the last message of the line about that ticket
    > tap İptal                     a tap on what a message of the line offered, the newest that offered it
    > 30 × durum                    thirty times, one right after the other
    > together: selam | çukur var   both in one delivery
    > again                         Meta delivers the last once more
    > late photo NAME               the file of this one cannot be fetched yet; see `arrives`
    > broken photo NAME             the file of this one is no picture
    ~ 6s                            time passes: s, m, h, d
    < Başvurunuz alındı. … FEN …    the line says this to Ayşe; … is anything, and a line break is a space
    < Veli: …                       or to Veli
    < photo …                       the line shows a photo with these words
    + Bilgi ekle | İptal            and offers this to tap
    * RESOLVED Kapatıldı.           staff move the newest ticket; PLANNED takes a day, ASSIGNED a department,
                                    REJECTED a reason and a text, REDIRECTED an agency, DUPLICATE a number
    * MG-2026-000001 RESOLVED Bitti.    or the ticket of that number
    * writes Bakıyoruz              staff write by hand from the telephone; also: hands back,
                                    blocks, unblocks, asks number, photographs (the work done), closes (what
                                    was settled seven days ago), replies TEXT (from the newest ticket's page)
    * bulletin 2d Kar yağıyor.      the supervisor sets a bulletin, in Turkish, for so long; ends bulletin
    * refuses 131047                Meta refuses the next message with that code; loses: its answer is lost;
                                    arrives NAME: a file can be fetched; reports delivered: the status of the
                                    last message of the line, with contacts beside it
    ! ticket yol_cukur FEN Alpaslan ASSIGNED photos=1     what is true of the newest ticket then; - is none
    ! tickets 1                     how many there are
    * supervises                    there is a supervisor from now on
    ! said delivered                how far the last message of the line got
    ! read typing                   her last message was shown as read, and an answer as on its way; read alone:
                                    as read and no more; unread: not at all
    ! danger fire gizli             its danger, and whether it is restricted (gizli), unsure (belirsiz)
    ! hidden 1                      how many files are hidden
    ! became talk                   what became of the newest message (its outcome)
    ! address Alpaslan …            where it is in words
    ! waits asked                   why the citizen waits for staff; - for not
    * answers Buyurun               staff answer whoever waits, from the page of those who wait
    ! news Vatandaş …               the newest note of its timeline
    ! rung 2                        how often it rang for the supervisor, where there is one

The line may say nothing that the transcript does not: what is left over when the next thing happens is an error. To one
person it says it in the order written; to two people it writes at the same time.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.models import User

from departments.models import Agency, Department
from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tests.whatsapp.meta import Answer, graph_error, text_of
from tests.whatsapp.wire import AYSE, VELI, Person
from tickets.attachments.uploads import attach_after_photo
from tickets.casework.closing import close_settled
from tickets.models import Attachment, Notification, Ticket, TicketEvent, WaitingConversation
from tickets.record.permissions import Actor, actor_of
from tickets.record.statuses import Status
from tickets.record.undo_window import UNDO_WINDOW
from tickets.undo.actions import perform
from whatsapp.handover import begin_and_end
from whatsapp.models import Conversation, Message, Outbox
from whatsapp.texts import bulletins
from whatsapp.turns import ticket_effects

CITY = ZoneInfo("Europe/Istanbul")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
PEOPLE = {"Ayşe": AYSE, "Veli": VELI}
MEDIA = {"photo": "image", "voice": "audio", "video": "video", "document": "document", "sticker": "sticker"}
CARD = {"name": {"formatted_name": "Veli"}, "phones": [{"phone": "+905550001122"}]}
BREATH = 0.2  # seconds between two things that happen


def offered(message: dict[str, Any]) -> list[tuple[str, str]]:
    """What a message of the line offers to tap: (id, title). A template's buttons are called by their payload."""
    if message["type"] == "template":
        buttons = [part for part in message["template"]["components"] if part["type"] == "button"]
        return [(part["parameters"][0]["payload"], part["parameters"][0]["payload"]) for part in buttons]
    action = message.get("interactive", {}).get("action", {})
    rows = [row for section in action.get("sections", ()) for row in section["rows"]]
    return [(each["id"], each["title"]) for each in rows or [b["reply"] for b in action.get("buttons", ())]]


def _danger() -> list[str]:
    ticket = Ticket.objects.latest("id")
    return [ticket.danger, *["gizli"] * ticket.restricted, *["belirsiz"] * ticket.danger_unsure]


def _address() -> list[str]:
    return Ticket.objects.latest("id").address.split()


def _news() -> list[str]:
    notes = TicketEvent.objects.filter(ticket=Ticket.objects.latest("id"), kind=TicketEvent.Kind.NOTE)
    newest = notes.order_by("id").last()
    return newest.note.split() if newest else []


# What `!` looks up, as words.
_SHOWN: dict[str, Callable[[], list[str]]] = {
    "tickets": lambda: [str(Ticket.objects.count())],
    "rung": lambda: [str(Notification.objects.filter(kind=Notification.Kind.DANGER).count())],
    "waits": lambda: [row.reason for row in WaitingConversation.objects.filter(ended_at=None)] or ["-"],
    "said": lambda: [str(Outbox.objects.latest("id").state)],
    "address": _address,
    "became": lambda: [Message.objects.latest("id").outcome],
    "hidden": lambda: [str(Attachment.objects.exclude(hidden="").count())],
    "danger": _danger,
    "news": _news,
}


class Journey:
    def __init__(self, line: Line, jpeg: bytes) -> None:
        self.line, self.jpeg = line, jpeg
        self.clerk: Actor | None = None
        self.told: set[int] = set()  # what of the line's words was expected, by its place among them
        self.last: dict[str, Any] = {}  # the last that was
        self.ghost: dict[str, Any] = {}  # the id under which a message that could not be read comes itself
        self.heard: list[dict[str, Any]] = []  # the messages of the last delivery
        self.said = ""  # the wamid of what was said last
        self.due: datetime | None = None  # when the line will do something by itself

    def play(self, transcript: str) -> None:
        acts = {
            "@": self.begin,
            ">": self.say,
            "~": self.wait,
            "<": self.expect,
            "+": self.offers,
            "*": self.act,
            "!": self.check,
        }
        for number, text in enumerate(transcript.splitlines(), 1):
            if not text.strip() or text.startswith("#"):
                continue
            try:
                if text[0] in ">~*":
                    self.nothing_unexpected()
                acts[text[0]](text[1:].strip())
            except AssertionError as error:
                raise AssertionError(f"line {number}: {text}\n{error}") from error
        self.nothing_unexpected()

    # --- what happens ----------------------------------------------------------------------------------------
    def begin(self, hour: str) -> None:
        hours, minutes = hour.split(":")
        self.line.now = self.line.now.astimezone(CITY).replace(hour=int(hours), minute=int(minutes))

    def say(self, said: str) -> None:
        person, said = self.person(said)
        times, cross, rest = said.partition(" × ")
        said, count = (rest, int(times)) if cross else (said, 1)
        for at in range(count):
            if at:
                self.line.work()
            context, words = self.context(said)
            message = self.message(person, words) | context | self.ghost
            self.ghost = {"id": message["id"]} if said == "ghost" else {}
            if said == "again":
                message = self.heard[-1]
            together = [self.message(person, each) for each in self.parts(words)]
            self.heard = together or [message]
            self.line.arrives(*self.heard, by=person)
            self.said = self.heard[-1]["id"]
        self.due = self.line.breathe(seconds=BREATH)

    def parts(self, words: str) -> list[str]:
        """What is said in one delivery; nothing where it is not several."""
        several = words.removeprefix("together: ")
        return several.split(" | ") if several != words else []

    def context(self, said: str) -> tuple[dict[str, Any], str]:
        """The message of the line that this one answers, and the words without saying so."""
        answers = re.match(r"reply( MG-\S+)?: ", said)
        if answers is None:
            return {}, said
        sent = Outbox.objects.filter(wamid__isnull=False)
        about = sent.filter(ticket__number=answers[1].strip()) if answers[1] else sent
        return {"context": {"id": about.latest("id").wamid}}, said[answers.end() :]

    def message(self, person: Person, said: str) -> dict[str, Any]:
        word, _, rest = said.partition(" ")
        if word in MEDIA:
            return self.media(person, MEDIA[word], rest)
        if said.startswith("late photo "):
            return wire.photo(person, rest.removeprefix("photo "))
        if said.startswith("broken photo "):
            name = rest.removeprefix("photo ")
            self.line.meta.files[name] = b"no picture"
            return wire.photo(person, name)
        changed: dict[str, Any] = {"original_message_id": self.said}
        build: dict[str, Callable[[], dict[str, Any]]] = {
            "pin": lambda: wire.place(person, *(float(part) for part in rest.split())),
            "reaction": lambda: wire.message(person, "reaction", {"message_id": "wamid.OUT1", "emoji": rest}),
            "tap": lambda: self.tap(person, rest),
            "edit": lambda: wire.message(
                person, "edit", changed | {"message": {"type": "text", "text": {"body": rest}}}
            ),
            "delete": lambda: wire.message(person, "revoke", changed),
            "card": lambda: wire.message(person, "contacts", [CARD]),
            "number": lambda: wire.message(
                person, "contacts", [{"origin": "contact_request", "phones": [{"phone": rest}]}]
            ),
            "address": lambda: wire.message(
                person, "contacts", [{"addresses": [{"street": rest, "city": "Kayseri"}]}]
            ),
            "poll": lambda: wire.message(person, "unsupported", errors=[{"code": 131051}]),
            "ghost": lambda: wire.message(person, "unsupported", errors=[{"code": 131060}]),
            "order": lambda: wire.message(person, "order", {"catalog_id": "1", "text": ""}),
        }
        return build.get(word, lambda: wire.text(person, said))()

    def media(self, person: Person, kind: str, said: str) -> dict[str, Any]:
        name, _, caption = said.partition(" :: ")
        if kind != "sticker":
            self.line.meta.files[name] = self.jpeg
        file = {"id": name or "sticker", "mime_type": "image/jpeg"} | (
            {"caption": caption} if caption else {}
        )
        return wire.message(person, kind, file)

    def tap(self, person: Person, title: str) -> dict[str, Any]:
        for message in reversed(self.line.meta.sent):
            choice = {shown: id_ for id_, shown in offered(message)}.get(title)
            if choice and message["type"] == "template":
                return wire.message(person, "button", {"payload": choice, "text": title})
            if choice:
                reply = {"type": "button_reply", "button_reply": {"id": choice, "title": title}}
                return wire.message(person, "interactive", reply)
        raise AssertionError(f"nothing offers {title}")

    def wait(self, time: str) -> None:
        self.due = self.line.wait(self.due, **{UNITS[time[-1]]: float(time[:-1])})

    def act(self, said: str) -> None:
        """Staff do something; the workers are woken as they are in the back office."""
        word, _, rest = said.partition(" ")
        talks = Conversation.objects.filter(citizen__name=AYSE.name)
        match word:
            case "writes":
                stamp = int(self.line.now.timestamp())
                echo: dict[str, Any] = {"id": f"wamid.ECHO{stamp}", "to": AYSE.phone, "type": "text"}
                echo |= {"timestamp": str(stamp), "text": {"body": rest}}
                body = wire.envelope(wire.value(message_echoes=[echo]), field="smb_message_echoes")
                self.line.receive(wire.dump(body))
            case "hands":
                begin_and_end.hand_back(talks, self.line.now)
            case "blocks":
                begin_and_end.block(talks)
            case "unblocks":
                begin_and_end.unblock(talks, self.line.now)
            case "asks":
                ticket_effects.request_phone_number(talks.get(), self.line.now)
            case "photographs" | "replies" | "answers" | "bulletin" | "ends":
                self.work(word, rest)
            case "supervises" | "closes" | "refuses" | "loses" | "arrives" | "reports":
                self.happen(word, rest)
            case _:
                self.move(word, rest)
        self.due = self.line.breathe(seconds=BREATH)

    def happen(self, word: str, rest: str) -> None:
        """What nobody does: the clock, the network and Meta."""
        match word:
            case "supervises":
                User.objects.create_superuser("amir")
            case "closes":
                close_settled(now=self.line.now)
            case "refuses":
                self.line.meta.answers.append(graph_error(int(rest)))
            case "loses":
                self.line.meta.answers.append(Answer(drop=True))
            case "arrives":
                self.line.meta.files[rest] = self.jpeg
            case _:
                self.report(rest)

    def move(self, status: str, rest: str) -> None:
        details: dict[str, Any]
        ticket = Ticket.objects.latest("id")
        if status.startswith("MG-"):
            ticket = Ticket.objects.get(number=status)
            status, _, rest = rest.partition(" ")
        match status:
            case "PLANNED":
                details = {"planned_for": date.fromisoformat(rest)}
            case "ASSIGNED":
                details = {"department": Department.objects.get(code=rest)}
            case "REJECTED":
                reason, _, answer = rest.partition(" ")
                details = {"reason": reason, "answer": answer}
            case "DUPLICATE":
                details = {"duplicate_of": Ticket.objects.get(number=rest)}
            case "REDIRECTED":
                details = {"agency": Agency.objects.get(code=rest)}
            case _:
                details = {"answer": rest}
        self.perform("move", ticket=ticket, to=Status(status), **details)

    def perform(self, name: str, /, **given: Any) -> None:
        """Staff do this, and nobody takes it back."""
        perform(name, actor=self.staff(), now=self.line.now, **given)
        self.line.later(seconds=UNDO_WINDOW.total_seconds())

    def bulletin(self, word: str, rest: str) -> None:
        """A supervisor sets one, in Turkish and for so long, or ends it."""
        user, now = self.staff().user, self.line.now
        assert user
        time, _, text = rest.partition(" ")
        if word == "bulletin":
            ends_at = now + timedelta(**{UNITS[time[-1]]: float(time[:-1])})
            bulletins.put_up(texts={"tr": text}, ends_at=ends_at, user=user, now=now)
        else:
            row = bulletins.active(now)
            assert row
            assert bulletins.end(bulletin=row, user=user, now=now)

    def work(self, word: str, rest: str) -> None:
        """What staff do on the newest ticket beside moving it, for whoever waits, and on none."""
        if word in ("bulletin", "ends"):
            self.bulletin(word, rest)
            return
        if word == "answers":
            waiting = WaitingConversation.objects.get(ended_at=None)
            self.perform("answer", handover=waiting, text=rest)
            return
        ticket = Ticket.objects.latest("id")
        if word == "replies":
            self.perform("reply", ticket=ticket, text=rest)
        else:
            attach_after_photo(ticket=ticket, actor=self.staff(), now=self.line.now, file=BytesIO(self.jpeg))

    def report(self, state: str) -> None:
        sent = Outbox.objects.filter(wamid__isnull=False).latest("id")
        status = wire.status(str(sent.wamid), state)
        value = wire.value(AYSE, statuses=[status])  # the contacts are of no message
        self.line.receive(wire.dump(wire.envelope(value)))

    def staff(self) -> Actor:
        self.clerk = self.clerk or actor_of(User.objects.create_superuser("clerk"))
        return self.clerk

    # --- what must be so -------------------------------------------------------------------------------------
    def expect(self, pattern: str) -> None:
        """The next that the line says to this person; in which order it writes to two people nobody knows."""
        person, pattern = self.person(pattern)
        address = {"to": f"+{person.phone}"} if person.phone else {"recipient": person.bsuid}
        theirs = [place for place in self.untold() if address.items() <= self.line.meta.sent[place].items()]
        assert theirs, "the line says nothing to them"
        self.told.add(theirs[0])
        self.last = self.line.meta.sent[theirs[0]]
        said = " ".join(text_of(self.last).split())
        anything = ".*".join(re.escape(part.strip()) for part in pattern.split("…"))
        assert re.fullmatch(anything.replace(".*", r"\s*.*\s*"), said), f"the line says: {said}"

    def untold(self) -> list[int]:
        """The places of what the line has said and nothing expected."""
        return [place for place in range(len(self.line.meta.sent)) if place not in self.told]

    def offers(self, titles: str) -> None:
        shown = [title for _, title in offered(self.last)]
        assert shown == titles.split(" | "), f"the line offers: {shown}"

    def nothing_unexpected(self) -> None:
        extra = [text_of(self.line.meta.sent[place]) for place in self.untold()]
        assert not extra, f"the line says, too: {extra}"

    def check(self, claim: str) -> None:
        subject, *facts = claim.split()
        if subject == "read":
            self.check_read(facts[0])
            return
        if subject in _SHOWN:
            assert (found := _SHOWN[subject]()) == facts, f"it is {found}"
            return
        ticket = Ticket.objects.latest("id")
        is_so: list[Any] = [
            ticket.category.code if ticket.category else "-",
            ticket.department.code if ticket.department else "-",
            ticket.neighbourhood.name.replace(" ", "_") if ticket.neighbourhood else "-",
            str(ticket.status),
        ]
        more = {
            "photos": ticket.attachments.filter(kind="image", state="stored", after=False).count(),
            "place": ticket.location_source or "-",
            "missing": ",".join(["konum"] * ticket.place_missing + ["açıklama"] * ticket.description_missing)
            or "-",
            "urgent": "yes" if ticket.urgent else "no",
            "danger": ticket.danger or "-",
            "unsure": "yes" if ticket.danger_unsure else "no",
            "restricted": "yes" if ticket.restricted else "no",
            "agency": ticket.proposed_agency.code if ticket.proposed_agency else "-",
            "stars": ticket.satisfaction_score or "-",
            "word": ticket.satisfaction_comment.replace(" ", "_") or "-",
            "reopened": ticket.reopened,
            "summary": ticket.summary.replace(" ", "_") or "-",
            "address": ticket.address.replace(" ", "_") or "-",
            "voices": ticket.attachments.filter(kind="audio").count(),
            "phone": (ticket.citizen.phone if ticket.citizen else "") or "-",
            "text": ticket.description.replace("\n", " ").replace(" ", "_"),
        }
        named = dict(fact.split("=", 1) for fact in facts[4:])
        wanted = facts[:4] + list(named.items())
        so = is_so + [(key, str(more[key])) for key in named]
        assert wanted == so, f"it is so: {so}"

    def check_read(self, how: str) -> None:
        mine = [each for each in self.line.meta.read if each["message_id"] == self.said]
        shown = [("typing" if "typing_indicator" in each else "alone") for each in mine] or ["unread"]
        assert shown == [how], f"it is shown: {shown}"

    def person(self, text: str) -> tuple[Person, str]:
        name, colon, rest = text.partition(": ")
        return (PEOPLE[name], rest) if colon and name in PEOPLE else (AYSE, text)
