"""Plays a transcript that a clerk can read, line by line, against the real line and its database.

    # words for the reader
    > Yolda çukur var               Ayşe writes; also: photo NAME, voice NAME, sticker, reaction 👍, pin LAT LON
    > Veli: selam                   so does Veli, who has a username only
    > reply: Çok derin              an answer to the last message of the line
    ~ 6s                            time passes: s, m, h, d
    < Başvurunuz alındı. … FEN …    the line says this to Ayşe; … is anything, and a line break is a space
    < Veli: …                       or to Veli
    * RESOLVED Kapatıldı.           staff move the newest ticket; PLANNED takes a day, ASSIGNED a department,
                                    REJECTED a reason and a text, REDIRECTED an agency
    ! ticket yol_cukur FEN Alpaslan ASSIGNED photos=1     what is true of the newest ticket then; - is none
    ! tickets 1                     how many there are

The line may say nothing that the transcript does not: what is left over when the next thing happens is an error.
"""

import re
from datetime import date
from typing import Any

from django.contrib.auth.models import User

from departments.models import Agency, Department
from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tests.whatsapp.meta import text_of
from tests.whatsapp.wire import AYSE, VELI, Person
from tickets import services
from tickets.access import Actor, actor_of
from tickets.models import Ticket
from tickets.workflow import Status
from whatsapp.models import Outbox

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
PEOPLE = {"Ayşe": AYSE, "Veli": VELI}
BREATH = 0.2  # seconds between two things that happen


class Journey:
    def __init__(self, line: Line, jpeg: bytes) -> None:
        self.line, self.jpeg = line, jpeg
        self.clerk: Actor | None = None
        self.told = 0

    def play(self, transcript: str) -> None:
        acts = {">": self.say, "~": self.wait, "<": self.expect, "*": self.move, "!": self.check}
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
    def say(self, said: str) -> None:
        person, said = self.person(said)
        context = {}
        if said.startswith("reply: "):
            newest = Outbox.objects.filter(wamid__isnull=False).latest("id")
            said, context = said.removeprefix("reply: "), {"context": {"id": newest.wamid}}
        self.line.hear(self.message(person, said) | context, by=person)
        self.line.later(seconds=BREATH)

    def message(self, person: Person, said: str) -> dict[str, Any]:
        word, _, rest = said.partition(" ")
        match word:
            case "photo" | "voice":
                kind = {"photo": "image", "voice": "audio"}[word]
                self.line.meta.files[rest] = self.jpeg
                return wire.message(person, kind, {"id": rest, "mime_type": "image/jpeg"})
            case "pin":
                lat, lon = rest.split()
                return wire.place(person, float(lat), float(lon))
            case "sticker":
                return wire.message(person, "sticker", {"id": "sticker", "mime_type": "image/webp"})
            case "reaction":
                return wire.message(person, "reaction", {"message_id": "wamid.OUT1", "emoji": rest})
            case _:
                return wire.text(person, said)

    def wait(self, time: str) -> None:
        self.line.later(**{UNITS[time[-1]]: float(time[:-1])})

    def move(self, said: str) -> None:
        status, _, rest = said.partition(" ")
        details: dict[str, Any]
        match status:
            case "PLANNED":
                details = {"planned_for": date.fromisoformat(rest)}
            case "ASSIGNED":
                details = {"department": Department.objects.get(code=rest)}
            case "REJECTED":
                reason, _, answer = rest.partition(" ")
                details = {"reason": reason, "answer": answer}
            case "REDIRECTED":
                details = {"agency": Agency.objects.get(code=rest)}
            case _:
                details = {"answer": rest}
        self.clerk = self.clerk or actor_of(User.objects.create_superuser("clerk"))
        ticket = Ticket.objects.latest("id")
        services.change_status(
            ticket=ticket, to=Status(status), actor=self.clerk, now=self.line.now, **details
        )
        self.line.later(seconds=BREATH)

    # --- what must be so -------------------------------------------------------------------------------------
    def expect(self, pattern: str) -> None:
        person, pattern = self.person(pattern)
        assert self.told < len(self.line.meta.sent), "the line says nothing"
        message = self.line.meta.sent[self.told]
        self.told += 1
        said = " ".join(text_of(message).split())
        anything = ".*".join(re.escape(part.strip()) for part in pattern.split("…"))
        assert re.fullmatch(anything.replace(".*", r"\s*.*\s*"), said), f"the line says: {said}"
        address = {"to": f"+{person.phone}"} if person.phone else {"recipient": person.bsuid}
        assert address.items() <= message.items(), "the line says it to somebody else"

    def nothing_unexpected(self) -> None:
        extra = [text_of(message) for message in self.line.meta.sent[self.told :]]
        assert not extra, f"the line says, too: {extra}"

    def check(self, claim: str) -> None:
        subject, *facts = claim.split()
        if subject == "tickets":
            assert Ticket.objects.count() == int(facts[0]), f"there are {Ticket.objects.count()}"
            return
        ticket = Ticket.objects.latest("id")
        is_so = [
            ticket.category.code if ticket.category else "-",
            ticket.department.code if ticket.department else "-",
            ticket.neighbourhood.name.replace(" ", "_") if ticket.neighbourhood else "-",
            str(ticket.status),
        ]
        more = {
            "photos": ticket.attachments.filter(kind="image", state="stored").count(),
            "place": ticket.location_source or "-",
            "missing": ",".join(["konum"] * ticket.place_missing + ["açıklama"] * ticket.description_missing)
            or "-",
            "urgent": "yes" if ticket.urgent else "no",
            "agency": ticket.proposed_agency.code if ticket.proposed_agency else "-",
            "text": ticket.description.replace("\n", " ").replace(" ", "_"),
        }
        named = dict(fact.split("=", 1) for fact in facts[4:])
        wanted = facts[:4] + list(named.items())
        found = is_so + [(key, str(more[key])) for key in named]
        assert wanted == found, f"it is so: {found}"

    def person(self, text: str) -> tuple[Person, str]:
        name, colon, rest = text.partition(": ")
        return (PEOPLE[name], rest) if colon and name in PEOPLE else (AYSE, text)
