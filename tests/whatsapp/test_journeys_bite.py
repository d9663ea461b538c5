"""No transcript passes for nothing: with its behaviour taken out of the line, it fails."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from departments.places import Located
from tests.whatsapp.journeys import Journey
from tests.whatsapp.line import Line
from whatsapp import (
    aftercare,
    commands,
    conversation,
    doing,
    drafts,
    hearing,
    inbox,
    outbox,
    questions,
    receipts,
    spots,
    taps,
    texts,
    turns,
)
from whatsapp.standing import State
from whatsapp.turns import Facts, Turn, turn

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


def unheeded(state: State, *_: Any) -> Turn:
    return turn(state, outcome="noted")


def no_offer(state: State, *_: Any) -> tuple[State, tuple[()]]:
    return state, ()


def anywhere(*_: Any) -> Located:
    return Located(None, approximate=False, inside=None)


def any_danger(state: State, _heard: Any, facts: Facts) -> bool:
    return bool(facts.danger) or (state.draft is not None and state.draft.warned)


TAKEN_OUT: list[tuple[Any, str, Any, str]] = [
    (drafts, "FOLLOW_UP", timedelta(0), "sonradan-foto adres-sonradan"),
    (drafts, "WAITING", "?", "soru-yanitlanmadan soru-varken-baska-konu"),
    (drafts, "goes_on", nothing, "tehlike-devami"),
    (drafts, "holds", always, "duzeltilen-selam"),
    (drafts, "change", unheeded, "silinen-mesaj duzeltilen-mesaj silinen-konum duzeltme-tehlike"),
    (drafts, "beside", nothing, "yanit-yeni-konu-yazilirken"),
    (drafts, "join_replied", nothing, "yanit-hat-susarken"),
    (drafts, "join_discussed", unheeded, "gorevliye-cevap"),
    (drafts, "hold", unheeded, "temsilci"),
    (drafts, "_offer_reopening", no_offer, "sonuca-yazilan"),
    (drafts, "SETTLE_AT_MOST", timedelta(seconds=1), "uzun-anlatan"),
    (conversation, "is_silent", never, "temsilci gorevli-yazar"),
    (conversation, "_is_of_danger", never, "tehlike-engelliyken tehlike-sirasinda-sessizlik"),
    (conversation, "_is_of_danger", any_danger, "tehlike-gorevlide-iptal"),
    (conversation, "ANSWERS_A_MINUTE", 999, "sel-gibi-mesaj"),
    (conversation, "SILENT", frozenset[str](), "begeni-onayda tepki-ve-cikartma"),
    (conversation, "REPLIES", dict[str, str](), "kisi-karti"),
    (aftercare, "about_result", nothing, "cozuldu-hayir-nedensiz cozuldu-hala-duruyor"),
    (aftercare, "expected", nothing, "bilgi-ekle konum-duzelt konum-duzelt-yaziyla cozuldu-evet"),
    (taps, "about_cancelling", nothing, "iptal-yaziyla-vazgec iptal-iki-kez iptal-hangisi-yaziyla"),
    (taps, "tap", unheeded, "iptal-dugmesi kurum-yine-de-ilet baskasinin-dugmesi"),
    (turns, "owes_notice", never, "selam"),
    (commands, "command_of", no_words, "durum komut-yardim komut-durum-yazim-hatasi bildirim-istemiyorum"),
    (commands, "chatter_of", no_words, "selam hayirli-cumalar tesekkur-sonra"),
    (commands, "language_of", no_words, "ingilizce arapca ingilizce-yer"),
    (spots, "is_address", never, "adres-konu-degildir adres-sonradan cevap-yerine-adres iki-parca-adres"),
    (spots, "coordinates_in", nothing, "harita-baglantisi"),
    (spots, "street_in", no_words, "sokak-ve-mahalle"),
    (hearing, "DANGERS", dict[str, str](), "tehlike-gaz tehlike-tel tehlike-isirma"),
    (hearing, "locate", anywhere, "ilce-disi-konum ilce-disi-konum-dogru"),
    (questions, "answer_to", no_words, "soru-kacta-acik"),
    (doing, "like", lambda *_, **__: [], "daha-once-bildirilen"),
    (doing, "_holds_several", never, "iki-sorun-bir-mesaj"),
    (doing, "LUNCH", FOR_EVER, "mesai-disi"),
    (inbox, "_is_ghost_of", never, "hayalet"),
    (outbox, "is_open", always, "pencere-kapali cozuldu-fotografli-pencere-kapali"),
    (outbox, "INTERIM", frozenset[str](), "bildirim-istemiyorum"),
    (outbox, "LOST_ANSWER", FOR_EVER, "cevabi-kaybolan-gonderim"),
    (receipts, "_REACHED", dict[str, str](), "durum-bildirimi-mesaj-degildir"),
    (texts, "news", nothing, "haberler red"),
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
