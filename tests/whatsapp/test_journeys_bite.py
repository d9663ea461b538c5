"""No transcript passes for nothing: with its behaviour taken out of the line, it fails."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from departments.places.points import Located
from tests.whatsapp.journeys import Journey
from tests.whatsapp.line import Line
from whatsapp.conversation import commands, engine, followup, places, replies, report, types
from whatsapp.conversation.state import State
from whatsapp.conversation.types import Step, TurnContext, step
from whatsapp.outbox import send, statuses
from whatsapp.texts import render
from whatsapp.turns import context, effects, faq
from whatsapp.webhook import ingest

JOURNEYS = Path(__file__).parents[1] / "journeys"
FOR_EVER = timedelta(days=999)


def never(*_: Any, **__: Any) -> bool:
    return False


def always(*_: Any, **__: Any) -> bool:
    return True


def nothing(*_: Any, **__: Any) -> None:
    return None


def no_words(*_: Any, **__: Any) -> str:
    return ""


def unheeded(state: State, *_: Any) -> Step:
    return step(state, outcome="noted")


def no_offer(state: State, *_: Any) -> tuple[State, tuple[()]]:
    return state, ()


def anywhere(*_: Any) -> Located:
    return Located(None, approximate=False, inside=None)


def any_danger(state: State, _heard: Any, facts: TurnContext) -> bool:
    return bool(facts.danger) or (state.draft is not None and state.draft.warned)


TAKEN_OUT: list[tuple[Any, str, Any, str]] = [
    (report, "FOLLOW_UP", timedelta(0), "sonradan-foto adres-sonradan"),
    (report, "WAITING", "?", "soru-yanitlanmadan soru-varken-baska-konu"),
    (report, "continues_emergency", nothing, "tehlike-devami"),
    (report, "holds", always, "duzeltilen-selam"),
    (report, "change", unheeded, "silinen-mesaj duzeltilen-mesaj silinen-konum duzeltme-tehlike"),
    (report, "join_other_ticket", nothing, "yanit-yeni-konu-yazilirken"),
    (report, "join_replied", nothing, "yanit-hat-susarken"),
    (report, "join_discussed", unheeded, "gorevliye-cevap"),
    (report, "collect", unheeded, "temsilci"),
    (report, "_offer_reopening", no_offer, "sonuca-yazilan"),
    (report, "SETTLE_AT_MOST", timedelta(seconds=1), "uzun-anlatan"),
    (engine, "is_silent", never, "temsilci gorevli-yazar"),
    (engine, "_is_of_danger", never, "tehlike-engelliyken tehlike-sirasinda-sessizlik"),
    (engine, "_is_of_danger", any_danger, "tehlike-gorevlide-iptal"),
    (engine, "ANSWERS_A_MINUTE", 999, "sel-gibi-mesaj"),
    (engine, "SILENT", frozenset[str](), "begeni-onayda tepki-ve-cikartma"),
    (engine, "REPLIES", dict[str, str](), "kisi-karti"),
    (followup, "about_result", nothing, "cozuldu-hayir-nedensiz cozuldu-hala-duruyor"),
    (followup, "expected", nothing, "bilgi-ekle konum-duzelt konum-duzelt-yaziyla cozuldu-evet"),
    (replies, "about_cancelling", nothing, "iptal-yaziyla-vazgec iptal-iki-kez iptal-hangisi-yaziyla"),
    (replies, "tap", unheeded, "iptal-dugmesi kurum-yine-de-ilet baskasinin-dugmesi"),
    (types, "owes_notice", never, "selam"),
    (commands, "command_of", no_words, "durum komut-yardim komut-durum-yazim-hatasi bildirim-istemiyorum"),
    (commands, "small_talk_of", no_words, "selam hayirli-cumalar tesekkur-sonra"),
    (commands, "language_of", no_words, "ingilizce arapca ingilizce-yer"),
    (places, "is_address", never, "adres-konu-degildir adres-sonradan cevap-yerine-adres iki-parca-adres"),
    (places, "coordinates_in", nothing, "harita-baglantisi"),
    (places, "street_in", no_words, "sokak-ve-mahalle"),
    (context, "DANGERS", dict[str, str](), "tehlike-gaz tehlike-tel tehlike-isirma"),
    (context, "locate", anywhere, "ilce-disi-konum ilce-disi-konum-dogru"),
    (faq, "answer_to", no_words, "soru-kacta-acik"),
    (effects, "is_reported", never, "daha-once-bildirilen"),
    (effects, "_holds_several", never, "iki-sorun-bir-mesaj"),
    (effects, "LUNCH", FOR_EVER, "mesai-disi"),
    (ingest, "_is_ghost_of", never, "hayalet"),
    (send, "is_open", always, "pencere-kapali cozuldu-fotografli-pencere-kapali"),
    (send, "INTERIM", frozenset[str](), "bildirim-istemiyorum"),
    (send, "LOST_ANSWER", FOR_EVER, "cevabi-kaybolan-gonderim"),
    (statuses, "_REACHED", dict[str, str](), "durum-bildirimi-mesaj-degildir"),
    (render, "news", nothing, "haberler red"),
]


@pytest.mark.long
@pytest.mark.parametrize(
    ("owner", "name", "instead", "transcript"),
    [
        pytest.param(owner, name, instead, transcript, id=f"{name}-{transcript}")
        for owner, name, instead, transcripts in TAKEN_OUT
        for transcript in transcripts.split()
    ],
)
def test_without_its_behaviour_a_transcript_fails(
    line: Line,
    jpeg: bytes,
    monkeypatch: pytest.MonkeyPatch,
    owner: Any,
    name: str,
    instead: Any,
    transcript: str,
):
    monkeypatch.setattr(owner, name, instead)
    with pytest.raises(AssertionError):
        Journey(line, jpeg).play((JOURNEYS / f"{transcript}.txt").read_text(encoding="utf-8"))
