"""Who is who: the names of WhatsApp (docs/whatsapp-cloud-api.md, section 3) and the citizen that they point at."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tests.whatsapp.sending import reached_by
from tests.whatsapp.wire import AYSE, VELI, Person
from tickets.models import Citizen
from tickets.record.phone_numbers import e164
from whatsapp.models import Conversation, Identity, Message

BSUID_ONLY = replace(AYSE, phone="")
NUMBER_ONLY = replace(AYSE, bsuid="")


def hears(line: Line, *people: Person) -> None:
    for person in people:
        line.ingest_all(wire.said(wire.text(person, "selam"), by=person))


def system(line: Line, person: Person, kind: str, body: str = "", **change: str) -> None:
    """A system message about this person; it brings no contacts."""
    raw = wire.message(person, "system", {"type": kind, "body": body} | change)
    line.ingest_all(wire.dump(wire.envelope(wire.value(messages=[raw]))))


def citizen_of(kind: str, value: str) -> Citizen:
    return Identity.objects.get(kind=kind, value=value, retired_at=None).citizen


def test_a_name_longer_than_any_column_costs_nobody_the_message(line: Line):
    hears(line, replace(AYSE, name="Ş" * 5000))
    assert Citizen.objects.get().name == "Ş" * 200
    assert Message.objects.get().text == "selam"


# --- finding -------------------------------------------------------------------------------------------------
def test_a_newcomer_becomes_a_citizen_under_every_name_given(line: Line):
    hears(line, AYSE)
    citizen = Citizen.objects.get()
    assert (citizen.name, citizen.phone) == ("Ayşe Yılmaz", "+905321112233")
    assert set(citizen.identities.values_list("kind", "value")) == {
        ("bsuid", AYSE.bsuid),
        ("wa_id", AYSE.phone),
    }


def test_the_number_is_attached_to_whom_the_bsuid_names(line: Line):
    hears(line, BSUID_ONLY, AYSE, NUMBER_ONLY)
    assert Citizen.objects.get().identities.count() == 2


def test_a_number_that_becomes_known_later_is_the_citizens_phone(line: Line):
    hears(line, BSUID_ONLY, AYSE)
    assert Citizen.objects.get().phone == "+905321112233"


def test_the_bsuid_is_attached_to_whom_the_number_names(line: Line):
    hears(line, NUMBER_ONLY, AYSE, BSUID_ONLY)
    assert Citizen.objects.get().identities.count() == 2


def test_the_parent_is_kept_but_finds_nobody(line: Line):
    raw = wire.text(AYSE, "selam", from_parent_user_id="TR.ENT.1")
    line.ingest_all(wire.said(raw))
    other = wire.text(VELI, "selam", from_parent_user_id="TR.ENT.1")
    line.ingest_all(wire.said(other, by=VELI))
    assert citizen_of("parent_bsuid", "TR.ENT.1") == citizen_of("bsuid", AYSE.bsuid)
    assert Citizen.objects.count() == 2


def test_two_names_of_two_citizens_are_flagged_and_not_merged(line: Line):
    hears(line, BSUID_ONLY, NUMBER_ONLY)
    assert Citizen.objects.count() == 2
    hears(line, AYSE)
    by_number = citizen_of("wa_id", AYSE.phone)
    flagged = Conversation.objects.exclude(conflict="").get()
    assert flagged.citizen == citizen_of("bsuid", AYSE.bsuid) != by_number
    assert str(by_number.pk) in flagged.conflict


def test_the_username_is_no_name_to_be_found_by(line: Line):
    for person in (VELI, replace(VELI, bsuid="TR.3333333333")):
        contact = person.contact() | {"profile": {"name": "Veli Demir", "username": "veli38"}}
        line.ingest_all(
            wire.dump(wire.envelope(wire.value(None, contacts=[contact], messages=[wire.text(person, "a")])))
        )
    assert Citizen.objects.count() == 2


# --- changes -------------------------------------------------------------------------------------------------
def test_a_changed_number_leads_to_the_same_citizen(line: Line):
    hears(line, NUMBER_ONLY)
    system(line, NUMBER_ONLY, "user_changed_number", wa_id="905449998877")
    assert citizen_of("wa_id", "905449998877") == Citizen.objects.get()
    assert Citizen.objects.get().phone == "+905449998877"


def test_a_changed_number_is_read_in_the_older_form_too(line: Line):
    hears(line, NUMBER_ONLY)
    system(line, NUMBER_ONLY, "user_changed_number", new_wa_id="905449998877")
    assert citizen_of("wa_id", "905449998877") == Citizen.objects.get()


def test_a_changed_bsuid_leads_to_the_same_citizen(line: Line):
    hears(line, BSUID_ONLY)
    system(line, BSUID_ONLY, "user_changed_user_id", user_id="TR.9", previous_user_id=AYSE.bsuid)
    hears(line, replace(BSUID_ONLY, bsuid="TR.9"))
    assert Citizen.objects.count() == 1


def test_number_and_bsuid_may_change_together(line: Line):
    hears(line, AYSE)
    system(
        line, AYSE, "user_changed_number", wa_id="905449998877", user_id="TR.9", previous_user_id=AYSE.bsuid
    )
    in_use = Identity.objects.filter(retired_at=None).values_list("value", flat=True)
    assert set(in_use) == {"905449998877", "TR.9"}


def test_the_former_bsuid_may_stand_in_the_sentence_alone(line: Line):
    hears(line, BSUID_ONLY)
    nobody = replace(AYSE, phone="", bsuid="")
    sentence = f"User Ayşe changed from {AYSE.bsuid} to TR.9"
    system(line, nobody, "user_changed_user_id", sentence, user_id="TR.9")
    assert citizen_of("bsuid", "TR.9") == Citizen.objects.get()


def test_a_name_that_looks_like_a_bsuid_is_not_taken_for_the_former_one(line: Line):
    hears(line, VELI, BSUID_ONLY)
    nobody = replace(AYSE, phone="", bsuid="")
    sentence = f"User {VELI.bsuid} changed from {AYSE.bsuid} to TR.9"
    system(line, nobody, "user_changed_user_id", sentence, user_id="TR.9")
    assert citizen_of("bsuid", "TR.9").name == AYSE.name


def test_whoever_writes_from_a_number_that_was_given_up_is_somebody_else(line: Line):
    hears(line, NUMBER_ONLY)
    system(line, NUMBER_ONLY, "user_changed_number", wa_id="905449998877")
    hears(line, replace(NUMBER_ONLY, name="Fatma"))
    assert citizen_of("wa_id", AYSE.phone).name == "Fatma"
    assert citizen_of("wa_id", "905449998877").name == AYSE.name


def test_a_change_delivered_again_does_not_touch_the_numbers_next_owner(line: Line):
    hears(line, NUMBER_ONLY)
    change = wire.message(NUMBER_ONLY, "system", {"type": "user_changed_number", "wa_id": "905449998877"})
    body = wire.dump(wire.envelope(wire.value(messages=[change])))
    line.ingest_all(body)
    hears(line, replace(NUMBER_ONLY, name="Fatma"))
    line.ingest_all(body)
    assert citizen_of("wa_id", AYSE.phone).name == "Fatma"
    assert not Conversation.objects.exclude(conflict="").exists()


def test_an_old_message_delivered_again_makes_nobody_of_a_number_given_up(line: Line):
    body = wire.said(wire.text(NUMBER_ONLY, "selam"), by=NUMBER_ONLY)
    line.ingest_all(body)
    system(line, NUMBER_ONLY, "user_changed_number", wa_id="905449998877")
    line.ingest_all(body)
    assert Citizen.objects.count() == 1


def test_a_change_to_somebody_elses_name_is_flagged_and_changes_nothing(line: Line):
    hears(line, NUMBER_ONLY, replace(NUMBER_ONLY, name="Fatma", phone="905449998877"))
    system(line, NUMBER_ONLY, "user_changed_number", wa_id="905449998877")
    assert citizen_of("wa_id", "905449998877").name == "Fatma"
    assert Conversation.objects.exclude(conflict="").get().citizen.name == AYSE.name


def test_a_change_of_somebody_unknown_is_kept_and_makes_nobody(line: Line):
    system(line, NUMBER_ONLY, "user_changed_number", wa_id="905449998877")
    assert Message.objects.get().kind == "system"
    assert not Citizen.objects.exists()


def test_a_system_message_is_not_answered(line: Line):
    hears(line, NUMBER_ONLY)
    line.later(minutes=1)
    said = len(line.meta.sent)
    system(line, NUMBER_ONLY, "user_changed_number", wa_id="905449998877")
    line.later(minutes=1)
    assert len(line.meta.sent) == said


# --- a number sold again -------------------------------------------------------------------------------------
FATMA = replace(AYSE, name="Fatma", bsuid="TR.7777777777")
REPORT = "Alpaslan mahallesi, yolda büyük çukur var, asfalt bozuk"


def test_whoever_writes_from_a_known_number_under_another_bsuid_is_somebody_else(line: Line):
    hears(line, AYSE, FATMA)
    assert citizen_of("bsuid", AYSE.bsuid).name == AYSE.name
    assert (
        citizen_of("wa_id", AYSE.phone) == citizen_of("bsuid", FATMA.bsuid) != citizen_of("bsuid", AYSE.bsuid)
    )


def test_the_next_owner_of_a_number_sees_nothing_of_the_one_before(line: Line):
    line.hear(wire.text(AYSE, REPORT))
    line.later(seconds=7)
    line.meta.sent.clear()
    line.hear(wire.text(FATMA, f"durum {line.ticket().number}"), by=FATMA)
    line.hear(wire.text(FATMA, "durum"), by=FATMA)
    line.later(seconds=1)
    assert ["görünmüyor" in text for text in line.meta.texts()] == [True, False]
    assert "Bu hattan yaptığınız bir başvuru yok" in line.meta.texts()[1]


def test_news_of_the_former_owner_goes_to_their_own_bsuid(line: Line):
    hears(line, AYSE, FATMA)
    former = citizen_of("bsuid", AYSE.bsuid)
    assert reached_by(line, former.conversation) == {"recipient": AYSE.bsuid}
    assert reached_by(line, citizen_of("bsuid", FATMA.bsuid).conversation) == {"to": f"+{AYSE.phone}"}


def test_the_number_is_no_longer_where_staff_call_the_former_owner(line: Line):
    hears(line, AYSE, FATMA)
    assert citizen_of("bsuid", AYSE.bsuid).phone is None
    assert citizen_of("bsuid", FATMA.bsuid).phone == "+905321112233"


def test_staff_are_shown_both(line: Line):
    hears(line, AYSE, FATMA)
    former = citizen_of("bsuid", AYSE.bsuid)
    flags = dict(Conversation.objects.values_list("citizen__name", "conflict"))
    assert flags == {
        "Ayşe Yılmaz": "Numarasını artık başka biri kullanıyor",
        "Fatma": f"Numarası önce başka kayıttaydı: {former.pk}",
    }


def test_somebody_known_by_a_username_may_buy_a_known_number(line: Line):
    hears(line, AYSE, replace(FATMA, phone=""), FATMA)
    assert citizen_of("wa_id", AYSE.phone) == citizen_of("bsuid", FATMA.bsuid)


def test_a_message_that_was_long_on_its_way_takes_the_number_from_nobody(line: Line):
    hears(line, AYSE)
    line.now += timedelta(days=2)
    hears(line, FATMA)
    late = wire.text(AYSE, "selam", at=int((line.now - timedelta(days=1)).timestamp()))
    line.ingest_all(wire.said(late))
    assert citizen_of("wa_id", AYSE.phone) == citizen_of("bsuid", FATMA.bsuid)
    assert Citizen.objects.count() == 2


# --- addressing ----------------------------------------------------------------------------------------------
def test_a_citizen_with_a_number_is_written_to_with_a_plus(line: Line):
    hears(line, AYSE)
    assert reached_by(line, Conversation.objects.get()) == {"to": "+905321112233"}


def test_a_citizen_with_a_username_only_is_written_to_by_the_bsuid(line: Line):
    line.hear(wire.text(VELI, "durum"), by=VELI)
    assert line.meta.sent[0]["recipient"] == VELI.bsuid
    assert "to" not in line.meta.sent[0]


def test_after_a_change_the_new_number_is_written_to(line: Line):
    hears(line, NUMBER_ONLY)
    system(line, NUMBER_ONLY, "user_changed_number", wa_id="905449998877")
    assert reached_by(line, Conversation.objects.get()) == {"to": "+905449998877"}


@pytest.mark.parametrize(
    ("number", "normal"),
    [
        ("905321112233", "+905321112233"),
        ("+905321112233", "+905321112233"),
        ("05321112233", "+905321112233"),
        ("5321112233", "+905321112233"),
        ("4915112345678", "+4915112345678"),
        ("", None),
        ("çukur", None),
        ("123", None),
    ],
)
def test_numbers_become_e164_or_none(number: str, normal: str | None):
    assert e164(number) == normal
