"""No transcript passes for nothing: a fact, a field of a message or an effect that is taken away makes one fail.

The mutations go through the one public seam that every turn passes: `engine.advance(state, event, now, facts)`. So
they hold no private name in place; how the conversation is built inside is its own business.
"""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

import pytest

from tests.whatsapp.journeys import Journey
from tests.whatsapp.line import Line
from whatsapp.conversation import effects, engine
from whatsapp.conversation.state import State
from whatsapp.conversation.steps import Step
from whatsapp.conversation.types import Event, InboundMessage, TurnContext

JOURNEYS = Path(__file__).parents[2] / "journeys"
Advance = Callable[[State, Event, datetime, TurnContext], Step]

# What the context is said to hold instead of what it holds, and the transcripts that must notice.
FACTS: list[tuple[dict[str, Any], str]] = [
    ({"danger": None}, "tehlike-gaz tehlike-tel tehlike-isirma"),
    ({"follow": ""}, "tehlike-kimse-gelmedi"),
    ({"phone_known": False}, "tehlike-siddet"),
    ({"command": ""}, "durum komut-yardim komut-durum-yazim-hatasi bildirim-istemiyorum temsilci"),
    ({"chatter": ""}, "selam hayirli-cumalar tesekkur-sonra"),
    ({"yes": None}, "iptal-yaziyla-evet"),
    ({"faq": ""}, "soru-kacta-acik"),
    ({"speaks": ""}, "ingilizce arapca"),
    ({"language": ""}, "arapca numara-arapca"),
    ({"outside": False}, "ilce-disi-konum ilce-disi-konum-dogru"),
    ({"own": ()}, "bilgi-ekle cozuldu-evet cozuldu-hayir iptal-dugmesi kurum-yine-de-ilet"),
    ({"blocked": False}, "engellenen"),
    ({"staffed": False}, "gorevliye-cevap"),
    ({"discussed": None}, "gorevliye-cevap"),
    ({"silent_until": None}, "temsilci gorevli-yazar"),
    ({"category": ""}, "sonuca-yazilan"),
    ({"sure": False}, "ikinci-konu"),
    ({"cites": ()}, "numara-sira-ile numara-baskasinin"),
    ({"place_required": False}, "yalniz-yazi"),
    ({"place_required": True}, "yer-gerekmeyen"),
    ({"place_known": False}, "mahalle-ekli"),
    ({"notice_version": ""}, "selam"),
    ({"person": False}, "temsilci-cumle-icinde"),
    ({"waits": False}, "temsilci-mesai-disi"),
    ({"opens": None}, "temsilci-mesai-disi"),
    ({"question": ""}, "soru-kimsiniz soru-isareti sabirsiz iyi-haber duzeltme-konu"),
    ({"files": 0}, "foto-geldi-mi"),
    ({"data_request": ""}, "verilerim-ve-sorun"),
    ({"data_asked": False}, "verilerimi-silin"),
    ({"lost": ()}, "acilamayan-foto acilamayan-yalniz-foto acilamayan-foto-gorevlide"),
    ({"bulletin": 0}, "duyuru duyuru-tehlikede"),
    ({"talk": 0}, "sohbet-dinlenir sohbet-kalir"),
    ({"neighbourhood": ""}, "acik-basvuruya-soz"),
    ({"department": ""}, "ayni-birim"),
    ({"abroad": False}, "yurt-disi-konum"),
    ({"result": ""}, "sonuca-yapilmadi"),
    ({"stars": 0}, "sonuca-yapilmadi"),
    ({"served": False}, "gorevli-cevapladiktan-sonra"),
    ({"asks": 0}, "soru-gorevliye soru-birime"),
    ({"beside": ""}, "soru-ve-sorun"),
    ({"for_desk": False}, "soru-birime"),
    ({"queued": False}, "soru-gorevliye"),
    ({"asked_lately": False}, "soru-ve-belge"),
]
# What a message is said to carry instead of what it carries.
MESSAGES: list[tuple[dict[str, Any], str]] = [
    ({"choice": ""}, "iptal-dugmesi kurum-yine-de-ilet baskasinin-dugmesi"),
    ({"place": None}, "foto-yazi-konum harita-baglantisi"),
    ({"about": None}, "yanit-hat-susarken"),
    ({"changes": None}, "silinen-mesaj duzeltilen-mesaj silinen-konum"),
    ({"address": ""}, "sokak-ve-mahalle"),
    ({"phone": ""}, "numara-paylasimi"),
    ({"where": False}, "adres-konu-degildir cevap-yerine-adres"),
    ({"advice": ""}, "kimlik-no"),
]
# What the conversation wants done and nobody does.
EFFECTS: list[tuple[type[Any], str]] = [
    (effects.OpenTicket, "foto-yazi-konum"),
    (effects.Join, "sonradan-foto adres-sonradan"),
    (effects.Warn, "tehlike-gaz tehlike-siddet"),
    (effects.OpenDanger, "tehlike-gaz"),
    (effects.RaiseDanger, "tehlike-iki-tehlike"),
    (effects.RingAgain, "tehlike-kimse-gelmedi"),
    (effects.NoteDangerNews, "tehlike-bulundu"),
    (effects.Relocate, "konum-duzelt konum-duzelt-yaziyla"),
    (effects.Say, "selam"),
    (effects.AnswerStatus, "durum"),
    (effects.Choose, "iptal-secilir"),
    (effects.Cancel, "iptal-dugmesi"),
    (effects.Insist, "kurum-yine-de-ilet"),
    (effects.Settle, "cozuldu-evet"),
    (effects.Reopen, "cozuldu-hayir"),
    (effects.RateTicket, "cozuldu-evet"),
    (effects.AskStaff, "temsilci"),
    (effects.Mute, "bildirim-istemiyorum"),
    (effects.Speak, "dil-komutu"),
    (effects.KeepNumber, "numara-paylasimi"),
    (effects.NoteLost, "acilamayan-foto-gorevlide"),
    (effects.AskOfficer, "verilerimi-silin"),
    (effects.TakeFileBack, "duzeltme-foto-basvuruda"),
    (effects.LetBe, "sohbet-kalir"),
]
# Not taken away: `guess` only breaks ties that `sure` leaves, the times belong to the journey's own clock,
# and without its key, kind or text a message is none. No transcript holds more words than a message can (`whole`).
LEFT_OUT = {"guess", "settle", "draft_timeout", "message", "kind", "text", "whole"}


def with_facts(**instead: Any) -> Callable[[Advance], Advance]:
    return lambda advance: (
        lambda state, event, now, facts: advance(state, event, now, replace(facts, **instead))
    )


def with_messages(**instead: Any) -> Callable[[Advance], Advance]:
    def mutated(advance: Advance) -> Advance:
        def changed(event: Event) -> Event:
            return replace(event, **instead) if isinstance(event, InboundMessage) else event

        return lambda state, event, now, facts: advance(state, changed(event), now, facts)

    return mutated


def without_effect(kind: type[Any]) -> Callable[[Advance], Advance]:
    def mutated(advance: Advance) -> Advance:
        def kept(step: Step) -> Step:
            return replace(step, effects=tuple(each for each in step.effects if not isinstance(each, kind)))

        return lambda state, event, now, facts: kept(advance(state, event, now, facts))

    return mutated


def cases() -> list[Any]:
    mutations = [
        *((f"fact {name}", with_facts(**instead), told) for instead, told in FACTS for name in instead),
        *(
            (f"message {name}", with_messages(**instead), told)
            for instead, told in MESSAGES
            for name in instead
        ),
        *((f"effect {kind.__name__}", without_effect(kind), told) for kind, told in EFFECTS),
    ]
    return [
        pytest.param(mutation, transcript, id=f"{name}, {transcript}")
        for name, mutation, transcripts in mutations
        for transcript in transcripts.split()
    ]


@pytest.mark.long
@pytest.mark.parametrize(("mutation", "transcript"), cases())
def test_a_transcript_fails_without(
    line: Line,
    jpeg: bytes,
    monkeypatch: pytest.MonkeyPatch,
    mutation: Callable[[Advance], Advance],
    transcript: str,
):
    monkeypatch.setattr(engine, "advance", mutation(engine.advance))
    with pytest.raises(AssertionError):
        Journey(line, jpeg).play((JOURNEYS / f"{transcript}.txt").read_text(encoding="utf-8"))


def test_every_fact_field_and_effect_is_taken_away_by_some_mutation():
    taken = {name for instead, _ in (*FACTS, *MESSAGES) for name in instead} | LEFT_OUT
    assert {field.name for kind in (TurnContext, InboundMessage) for field in fields(kind)} <= taken
    assert {kind for kind, _ in EFFECTS} == set(get_args(effects.Effect))
