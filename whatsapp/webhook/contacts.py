"""From the names WhatsApp uses for a person to our citizen (contract section 3).

A citizen has our own id; a BSUID, its parent and a number only point at it. A BSUID is asked first, then the
number; what came along and is new is attached. Where two names point at two citizens, staff are shown it and
nothing is merged. A number that comes with another BSUID than its owner's has been sold again: whoever writes is
somebody else (docs/decisions).
"""

from datetime import datetime

from django.db.models import QuerySet

from tickets.models import Citizen
from tickets.phones import e164
from whatsapp.graph.payloads import BSUID, Inbound, Sender
from whatsapp.models import Conversation, Identity

Kind = Identity.Kind
NAME_LENGTH = 200  # of the column; nobody is refused for a longer one


def conversation_of(sender: Sender, now: datetime, *, said_at: datetime | None = None) -> Conversation:
    """The conversation with this sender, made when there is none. Call it inside a transaction.

    `said_at` is when the message left that names them: one that was long on its way takes no number from anybody.
    Two callers that meet the same newcomer wait for each other on the unique index: one creates, both find.
    """
    names = [(Kind.BSUID, sender.bsuid), (Kind.WA_ID, sender.wa_id), (Kind.PARENT_BSUID, sender.parent_bsuid)]
    names = [(kind, value) for kind, value in names if value]
    former = _former_owner(sender)
    if former and (said_at or now) < former.created_at:
        names.remove((Kind.WA_ID, sender.wa_id))
    elif former:
        _give_up_number(former, now)
    known = _known(names)
    citizen_id = next((known[name] for name in names if name in known and name[0] != Kind.PARENT_BSUID), None)
    if citizen_id is None:
        citizen_id = _newcomer(names[0], sender, now)
    for kind, value in names:
        if (kind, value) not in known:
            _attach(citizen_id, kind, value, now)
    conversation, _ = Conversation.objects.get_or_create(citizen_id=citizen_id)
    _flag_conflict(conversation, {known[name] for name in names if name in known} - {citizen_id})
    if former:
        _flag(conversation, f"Numarası önce başka kayıttaydı: {former.citizen_id}")
    return conversation


def _former_owner(sender: Sender) -> Identity | None:
    """The number as somebody else's, who is known by another BSUID than the one that writes from it now."""
    if not (sender.bsuid and sender.wa_id):
        return None
    number = _in_use(Kind.WA_ID, sender.wa_id).first()
    if number is None:
        return None
    named = Identity.objects.filter(citizen_id=number.citizen_id, kind=Kind.BSUID, retired_at=None)
    bsuids = set(named.values_list("value", flat=True))
    return number if bsuids and sender.bsuid not in bsuids else None


def _give_up_number(number: Identity, now: datetime) -> None:
    """Nothing about the former owner goes to that number any more, and nobody calls them there."""
    Identity.objects.filter(pk=number.pk).update(retired_at=now)
    Citizen.objects.filter(pk=number.citizen_id, phone=e164(number.value)).update(phone=None)
    for conversation in Conversation.objects.filter(citizen_id=number.citizen_id):
        _flag(conversation, "Numarasını artık başka biri kullanıyor")


def follow_change(message: Inbound, now: datetime) -> Conversation | None:
    """A system message: where it says that a person changed number or BSUID, the new name points at them too.

    The old name is given up, because a number is sold again: whoever writes from it next is somebody else.
    Returns the conversation with that person, None when we never had one.
    """
    old, new = _change_of(message)
    known = _known(
        [(kind, value) for kind, value in ((Kind.BSUID, old.bsuid), (Kind.WA_ID, old.wa_id)) if value]
    )
    if not known:
        return None
    citizen_id = next(iter(known.values()))
    conversation, _ = Conversation.objects.get_or_create(citizen_id=citizen_id)
    pairs = [(Kind.BSUID, old.bsuid, new.bsuid), (Kind.WA_ID, old.wa_id, new.wa_id)]
    changed = [(kind, before, after) for kind, before, after in pairs if after and after != before]
    taken = set(_known([(kind, after) for kind, _, after in changed]).values()) - {citizen_id}
    _flag_conflict(conversation, taken)
    if not taken:
        for kind, _, after in changed:
            Identity.objects.filter(citizen_id=citizen_id, kind=kind, retired_at=None).update(retired_at=now)
            _attach(citizen_id, kind, after, now)
        if new.wa_id:
            Citizen.objects.filter(pk=citizen_id).update(phone=e164(new.wa_id))
    return conversation


def _change_of(message: Inbound) -> tuple[Sender, Sender]:
    """The names before and after; the old BSUID may stand only in the sentence that tells of the change."""
    system = message.raw.get("system")
    system = system if isinstance(system, dict) else {}
    user_id = str(system.get("user_id") or "")
    wa_id = str(system.get("wa_id") or system.get("new_wa_id") or "")  # older versions say new_wa_id
    previous = str(system.get("previous_user_id") or message.sender.bsuid)
    if user_id and previous in ("", user_id):
        # The person's own name stands in that sentence too, so only its end can be trusted.
        named = BSUID.findall(message.text)[-2:]
        previous = named[0] if len(named) == 2 and named[1] == user_id else ""
    return Sender(bsuid=previous, wa_id=message.sender.wa_id), Sender(bsuid=user_id, wa_id=wa_id)


def _known(names: list[tuple[Kind, str]]) -> dict[tuple[Kind, str], int]:
    found = {}
    for kind, value in names:
        citizen_id = _in_use(kind, value).values_list("citizen_id", flat=True).first()
        if citizen_id is not None:
            found[kind, value] = citizen_id
    return found


def _newcomer(name: tuple[Kind, str], sender: Sender, now: datetime) -> int:
    """A new citizen under this name, or the one that somebody else made of it a moment ago."""
    kind, value = name
    citizen = Citizen.objects.create(name=sender.name[:NAME_LENGTH] or None, phone=e164(sender.wa_id))
    made = Identity(citizen=citizen, kind=kind, value=value, created_at=now)
    Identity.objects.bulk_create([made], ignore_conflicts=True)
    owner = _in_use(kind, value).get().citizen_id
    if owner != citizen.pk:
        citizen.delete()
    return owner


def _attach(citizen_id: int, kind: Kind, value: str, now: datetime) -> None:
    """Points a name at a citizen; a number, too, is what staff call them by if they have no other."""
    Identity.objects.bulk_create(
        [Identity(citizen_id=citizen_id, kind=kind, value=value, created_at=now)], ignore_conflicts=True
    )
    if kind == Kind.WA_ID:
        Citizen.objects.filter(pk=citizen_id, phone=None).update(phone=e164(value))


def _in_use(kind: Kind, value: str) -> QuerySet[Identity]:
    return Identity.objects.filter(kind=kind, value=value, retired_at=None)


def _flag_conflict(conversation: Conversation, others: set[int]) -> None:
    if others:
        _flag(conversation, f"Aynı kişi gibi görünen başka kayıt: {', '.join(map(str, sorted(others)))}")


def _flag(conversation: Conversation, text: str) -> None:
    """Shows staff what is odd about who this is."""
    if conversation.conflict != text:
        Conversation.objects.filter(pk=conversation.pk).update(conflict=text)
