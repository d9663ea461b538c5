"""Two people's talks with everything that can come of them, for what has to be told of one of them and forgotten."""

from base64 import b64encode
from dataclasses import dataclass

from django.contrib.auth.models import User

from departments.models import Category, Department, Role
from departments.staff.role_permissions import give_role
from tests.attachments import attach_after_photo
from tests.pictures import photo
from tests.traces import everything, traces
from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tests.whatsapp.wire import AYSE, VELI
from tickets.attachments.blurring import blur
from tickets.casework.rating import rate
from tickets.casework.transitions import change_status
from tickets.citizens.phone_access import unmask
from tickets.files.images import Region
from tickets.models import Citizen, Destruction, MonthlyReport, SavedFilter, Ticket
from tickets.privacy.erasure import erase
from tickets.public.publishing import publish
from tickets.record.permissions import Actor, actor_of
from tickets.record.statuses import Status
from tickets.undo.actions import perform
from whatsapp.models import Outbox

STREET = "Kavaklıdere"
WORDS = (
    "Ayşe",
    "Yılmaz",
    AYSE.phone,
    "5321112233",
    AYSE.bsuid,
    STREET,
    "Selamün",
    "Muhteremsiniz",
    "Konuştuk",
)


@dataclass
class Lives:
    line: Line
    supervisor: Actor
    officer: Actor
    ticket: Ticket
    base: list[str]

    def traces(self) -> list[tuple[str, str]]:
        return traces(WORDS, self.base)

    def ayse(self) -> Citizen:
        return Citizen.objects.get(identities__value=AYSE.bsuid)

    def erase(self) -> Destruction:
        return erase(
            people=[self.ayse().pk], tickets=[], actor=self.officer, now=self.line.now, reason="Dilekçe"
        )


def live(line: Line, jpeg: bytes) -> Lives:
    """Two people's talks: one with everything that can come of it and is closed, and one that only asked."""
    staff = [User.objects.create_user(name, is_staff=True) for name in ("zeynepk", "kvkgorevli")]
    give_role(staff[0], Role.SUPERVISOR)
    give_role(staff[1], Role.DPO)
    base = everything()
    line.meta.files["m1"], line.meta.files["m2"] = jpeg, photo(color="green")
    line.hear(wire.text(VELI, "Kaçta açılıyorsunuz, Velinin sorusu"), by=VELI)
    line.hear(wire.photo(VELI, "m2", "Gesi mahallesinde çöp kutusu kırık"), by=VELI)
    line.later(seconds=20)
    # An id holds the number it came from; a status may be of no message that we know.
    line.hear(wire.text(AYSE, "Selamün aleyküm", id=f"wamid.{b64encode(AYSE.phone.encode()).decode()}"))
    line.told(wire.status("wamid.NOBODYS", "sent"))
    line.later(seconds=20)
    line.hear(
        wire.photo(AYSE, "m1", f"Alpaslan mahallesi {STREET} sokakta yolda çukur var"),
        wire.place(AYSE, 38.71234, 35.51234),
    )
    line.later(seconds=20)
    lives = Lives(line, actor_of(staff[0]), actor_of(staff[1]), lives_ticket(), base)
    _work_on(lives)
    line.told(
        wire.status(Outbox.objects.filter(ticket=lives.ticket, wamid__isnull=False)[0].wamid or "", "read")
    )
    return lives


def lives_ticket() -> Ticket:
    return Ticket.objects.get(description__contains=STREET)


def _work_on(lives: Lives) -> None:
    ticket, by, now = lives.ticket, lives.supervisor, lives.line.now
    perform("note", ticket=ticket, actor=by, now=now, text="Ayşe Hanım ile Konuştuk")
    perform("reply", ticket=ticket, actor=by, now=now, text=f"Ayşe Hanım, {STREET} sokak mı?")
    park = Category.objects.filter(department=Department.objects.get(code="PARK"), parent__isnull=False)
    perform("classify", ticket=ticket, actor=by, now=now, category=park[0])
    whole = [Region(0, 0, 1, 1)]
    blur(attachment=ticket.attachments.get(), actor=by, now=now, regions=whole)
    blur(attachment=ticket.attachments.get(), actor=by, now=now, regions=whole)
    attach_after_photo(ticket=ticket, actor=by, now=now, content=photo(color="blue"))
    answer = f"{STREET} sokaktaki çukur kapatıldı, Ayşe Hanım."
    perform("move", ticket=ticket, to=Status.RESOLVED, actor=by, now=now, answer=answer)
    publish(ticket=ticket, actor=by, now=now, text=f"{STREET} sokakta çukur")
    rate(ticket=ticket, actor=Actor.citizen(), now=now, score=5, comment="Muhteremsiniz, Ayşe")
    for query in ("q=Ay%C5%9Fe+Y%C4%B1lmaz&durum=acik", "q=0532+111+22+33", "q=Veli"):
        SavedFilter.objects.create(user_id=by.user.pk if by.user else 0, name=query[-9:], query=query)
    unmask(ticket=ticket, actor=by, now=now)
    lives.line.later(seconds=20)
    month = now.date().replace(day=1)
    quote = {"score": 5, "text": "Muhteremsiniz, …"}  # as reports.monthly keeps it
    MonthlyReport.objects.create(month=month, figures={"words": [quote]}, made_at=lives.line.now)
    change_status(ticket=ticket, to=Status.CLOSED, actor=Actor.citizen(), now=lives.line.now)
