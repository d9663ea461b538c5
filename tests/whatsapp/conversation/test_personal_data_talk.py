"""What somebody asks about their own data, or sends of themselves without need, by their words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from whatsapp.conversation.commands import data_request_of, shows_identity_card
from whatsapp.conversation.effects import AskOfficer, Join, Say
from whatsapp.conversation.engine import advance
from whatsapp.conversation.state import Draft, DraftPart, State, ToldDanger, dump, load
from whatsapp.conversation.types import InboundMessage, TicketView, TurnContext
from whatsapp.texts import render

NOW = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
FACTS = TurnContext(timedelta(seconds=6), timedelta(minutes=15), notice_version="1")
ASKING = replace(FACTS, command="data", data_request="erase")
BEGUN = State(notice="1")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Verilerimi silin", "erase"),
        ("verilerimi siler misiniz", "erase"),
        ("Merhaba, kişisel verilerimin silinmesini istiyorum", "erase"),
        ("numaramı sistemden silin", "erase"),
        ("telefonumu listenizden çıkarın artık", "erase"),
        ("beni sisteminizden silin", "erase"),
        ("tüm bilgilerimi yok edin", "erase"),
        ("hakkımda hangi bilgiler var", "access"),
        ("Hakkımda ne biliyorsunuz?", "access"),
        ("verilerime erişmek istiyorum", "access"),
        ("hangi verilerimi saklıyorsunuz", "access"),
        ("kişisel verilerimin bir kopyasını istiyorum", "access"),
        ("kişisel bilgilerimi düzeltin", "correct"),
        ("adım yanlış yazılmış, düzeltin", "correct"),
        ("açık rızamı geri çekiyorum", "other"),
        ("KVKK başvurusu yapmak istiyorum", "other"),
        ("delete my data", "erase"),
        ("please remove my number from your system", "erase"),
        ("What data do you have about me?", "access"),
        ("I want access to my data", "access"),
        ("احذفوا بياناتي", "erase"),
        ("ما هي المعلومات التي لديكم عني", "access"),
    ],
)
def test_a_request_about_ones_data_is_known_by_its_words(text: str, kind: str) -> None:
    assert data_request_of(text) == (kind, True)


@pytest.mark.parametrize(
    "text",
    [
        "Yolda çukur var",
        "sokaktaki yazıları silin",
        "kapı numaramı silmişler",
        "kapı numaramı değiştirin",
        "bilgilerim silinmiş, borcum görünmüyor",
        "duvardaki çirkin yazıları siler misiniz",
        "çocuk parkı hakkında bilgi istiyorum",
        "park hakkında bilgi var mı",
        "başvurumun durumu nedir",
        "adımı sordular söylemedim",
        "kvkk hakkında bilgi",
        "delete the graffiti on my wall",
    ],
)
def test_a_report_is_none(text: str) -> None:
    assert data_request_of(text) == ("", False)


def test_a_request_beside_a_report_is_not_all_that_is_said() -> None:
    assert data_request_of("Çöp alınmıyor. Ayrıca verilerimi silin.") == ("erase", False)


@pytest.mark.parametrize(
    "caption", ["kimlik kartım", "kimliğim", "nüfus cüzdanı ektedir", "kimlik", "my ID card", "صورة هويتي"]
)
def test_words_below_a_photo_tell_of_an_identity_card(caption: str) -> None:
    assert shows_identity_card(caption, with_file=True)


@pytest.mark.parametrize(
    "text", ["kimliğimin fotoğrafı", "kimlik kartımı gönderiyorum", "photo of my passport"]
)
def test_a_message_tells_of_an_identity_card_that_is_sent(text: str) -> None:
    assert shows_identity_card(text, with_file=False)


@pytest.mark.parametrize(
    "caption", ["kimliği belirsiz kişiler çöp döküyor", "ehliyetsiz sürücüler var", "çukur", "kimliksiz kişi"]
)
def test_other_words_below_a_photo_do_not(caption: str) -> None:
    assert not shows_identity_card(caption, with_file=True)


def test_a_card_that_was_lost_is_no_photo_of_it() -> None:
    assert not shows_identity_card("kimlik kartım kayboldu", with_file=False)


def test_it_is_kept_for_the_officer_and_answered_at_once() -> None:
    turn = advance(BEGUN, InboundMessage(1, "text", "verilerimi silin"), NOW, ASKING)
    assert turn.effects == (AskOfficer("erase", "verilerimi silin"), Say("data_asked"))


def test_a_blocked_citizens_request_is_kept_without_a_word() -> None:
    blocked = replace(ASKING, blocked=True)
    turn = advance(BEGUN, InboundMessage(1, "text", "verilerimi silin"), NOW, blocked)
    assert turn.effects == (AskOfficer("erase", "verilerimi silin"),)


def test_no_request_is_lost_in_a_flood() -> None:
    flooded = replace(BEGUN, answers=(NOW,) * 6)
    turn = advance(flooded, InboundMessage(1, "text", "verilerimi silin"), NOW, ASKING)
    assert turn.effects == (AskOfficer("erase", "verilerimi silin"),)


def test_the_address_is_said_only_where_one_is_set() -> None:
    assert "Başvuru adresi: Kayseri" in render.say("data_asked", detail="Kayseri").text
    assert "Başvuru adresi" not in render.say("data_asked").text


def test_what_joins_a_ticket_without_a_word_is_answered_with_the_advice_alone() -> None:
    own = replace(FACTS, own=(TicketView(7, "MG-2026-000007", is_open=True),))
    writing = replace(BEGUN, draft=Draft((DraftPart(1, "çukur"),), since=NOW, due=NOW))
    turn = advance(writing, InboundMessage(2, "text", "x", about=7, advice="identity_number"), NOW, own)
    assert turn.effects == (Join(7, (2,), "x", None), Say("identity_number"))


def test_the_advice_is_given_once() -> None:
    hello = replace(FACTS, command="help")
    first = advance(BEGUN, InboundMessage(1, "text", "x", advice="identity_number"), NOW, hello)
    second = advance(first.state, InboundMessage(2, "text", "x", advice="identity_number"), NOW, hello)
    assert first.effects == (Say("help", advice="identity_number"),)
    assert second.effects == (Say("help"),)
    assert load(dump(first.state)) == first.state


def test_in_danger_no_advice_is_given() -> None:
    endangered = replace(BEGUN, danger=ToldDanger("fire", "tr", NOW, ticket=7))
    turn = advance(endangered, InboundMessage(1, "text", "x", advice="identity_number"), NOW, FACTS)
    assert not any(isinstance(each, Say) for each in turn.effects)
