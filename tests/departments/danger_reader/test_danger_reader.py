"""What the reader of danger makes of a message."""

import tomllib
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from departments.common.model_files import ModelError
from departments.danger_reader import reader
from departments.danger_reader.checksums import MANY, of_parts
from departments.danger_reader.kinds import kinds
from departments.danger_reader.language import FILE as LANGUAGE
from departments.danger_reader.language import spoken_in
from departments.danger_reader.model import (
    LIFE,
    NOTHING,
    ROWS,
    DangerModel,
    ModelReading,
    Windows,
    pair_rows,
    windows_of,
)
from departments.danger_reader.plain import plain_kind
from departments.danger_reader.reader import life_in, life_sums, model, read
from departments.danger_reader.tokenizer import clauses_in, folded, parts_of, words_in, words_of
from departments.training.danger_corpus import DangerExample, judged, read_corpus
from departments.training.danger_language import learn
from departments.training.danger_scoring import Scored, thresholds_of
from departments.training.danger_training import train

STORY = (
    "Merhaba, sokağımızın lambaları yanmıyor, çöpler iki gündür alınmadı, konteynerin kapağı kırık, kaldırım taşları "
    "söküldü, parkın bankları eski, otobüs durağının camı yok, yolun ortasında çukur var. "
)

PLAIN = [
    ("apartmanda yangın çıktı", "fire"),
    ("komşunun evi yanıyor", "fire"),
    ("Köşk mahallesinde çöp konteyneri yanıyor", "fire"),
    ("evde gaz kokusu var", "gas_in"),
    ("sobadan zehirlendik başımız dönüyor", "co"),
    ("elektrik teli koptu yere düştü", "wire"),
    ("köpek çocuğu ısırdı", "bite"),
    ("babam bayıldı uyanmıyor", "unconscious"),
    ("asansörde kaldık çıkamıyoruz", "trapped"),
    ("oğlum kayboldu bulamıyorum", "lost_child"),
    ("intihar edeceğim", "despair"),
    ("kocam beni dövüyor", "violence"),
    ("evde hırsız var", "intruder"),
    ("there is a fire in the building", "fire"),
    ("gas smell in my flat", "gas_in"),
    ("في حريق بالبناية", "fire"),
]


@pytest.mark.parametrize(("text", "kind"), PLAIN)
def test_a_plain_sentence_of_danger_is_heard(text: str, kind: str) -> None:
    reading = read(text)
    assert reading.level == "life"
    assert kinds()[reading.kind].family == kinds()[kind].family


@pytest.mark.parametrize(
    "text",
    [
        "",
        "merhaba",
        "yardım",
        "help",
        "yolda çukur var",
        "çöpler üç gündür alınmadı",
        "gaz sancısı için hangi doktora gideyim",
        "yangın merdiveni boyanacak mı",
        "sosyal yardım başvurusu nasıl yapılır",
        "doğalgaz faturam çok geldi",
    ],
)
def test_what_is_no_danger_warns_nobody(text: str) -> None:
    assert read(text).level != "life"


def test_a_harmless_word_beside_it_cancels_nothing() -> None:
    assert read("apartmanda yangın var ışıklar da gitti çocuklar içerde").level == "life"


def test_a_danger_in_the_middle_of_a_long_story_is_heard() -> None:
    told = STORY * 5 + "yan dairede gaz kaçağı var herkes baygın. " + STORY * 5
    assert read(told).level == "life"
    assert read(STORY * 10).level == "none"


@pytest.mark.parametrize(
    "spelling", ["Gaz kokusu var evde", "GAZ KOKUSU VAR EVDE", "gazzzz kokusu varrrr evde"]
)
def test_the_spelling_is_no_matter(spelling: str) -> None:
    assert read(spelling).kind == "gas_in"


def test_a_sentence_without_its_turkish_letters_is_the_same() -> None:
    assert words_of("köpek çocuğu ısırdı") == words_of("kopek cocugu isirdi")


@pytest.mark.parametrize("text", ["Binanın bodrumundan yangın çıktı", "sokakta su borusu patladı yollar göl"])
def test_the_reason_has_its_words_as_they_were_written(text: str) -> None:
    said = read(text).reason.partition(": ")[2].replace(",", "").split()
    assert said
    assert set(said) <= set(text.split())


def test_the_reason_names_the_kind_and_the_words() -> None:
    reason = read("evde gaz kokusu var").reason
    assert reason.startswith(f"{kinds()['gas_in'].name}: ")
    assert "gaz" in reason


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("evde yangın var", "tr"),
        ("there is a fire", "en"),
        ("في حريق", "ar"),
        ("3ndi 7aree2 bel bet", "ar"),
        ("jarti 3am tsarre5 el7a2ouni", "ar"),
        ("evde 7den beri gaz kokusu var", "tr"),
        ("A blok 5inci kat yaniyor", "tr"),
        ("drank bleach", "en"),
        ("hellp plz hury smoke", "en"),
        ("when does gas reach Bürüngüz", "en"),
        ("", "tr"),
    ],
)
def test_the_language_is_that_of_the_words(text: str, language: str) -> None:
    assert spoken_in(words_of(text)).language == language


@pytest.mark.parametrize(
    "text", ["a" * 4096, "gaz " * 1024, "ي" * 4096, "🔥" * 4096, "1 " * 2048, "\x00\u202e"]
)
def test_anything_can_be_read(text: str) -> None:
    assert read(text).level in ("life", "work", "none")


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("iş vermezseniz kendimi belediyenin önünde yakacağım", "despair"),
        ("uyanmak istemiyorum artık", "despair"),
        ("hayatıma son vereceğim", "despair"),
        ("yaşamak için sebebim kalmadı", "despair"),
        ("I don't want to wake up", "despair"),
        ("ما بدي عيش", "despair"),
        ("bileğimi kestim", "despair"),
        ("komşu kendini vuracak diye bağırıyor", "despair_other"),
        ("adam çatıdan atlayacak", "despair_other"),
        ("أختي بدها تموت", "despair_other"),
        ("kayınvalidemin ağzı kaydı", "unconscious"),
        ("bebek çamaşır suyu içti", "unconscious"),
        ("lokma boğazına kaçtı", "unconscious"),
        ("çocuk fare zehri yedi", "unconscious"),
        ("hamileyim kanamam var", "unconscious"),
        ("hastaneye bomba koymuşlar", "package"),
        ("bu binada bomba var", "package"),
        ("belediyeyi havaya uçuracağım", "package"),
        ("there is a bomb in the bus", "package"),
        ("حطينا قنبلة بالبلدية", "package"),
    ],
)
def test_despair_heavy_illness_and_bombs_in_their_plainest_words_are_known_by_rules(
    text: str, family: str
) -> None:
    kind, said = plain_kind(words_of(text))
    assert (kinds()[kind].family, bool(said)) == (family, True)


@pytest.mark.parametrize(
    "text",
    [
        "bu mahallede yaşamak istemiyorum taşınma yardımı var",
        "kendimi attım koltuğa yorgunluktan",
        "I don't want to live near the stadium",
        "heart attack seminar in the culture centre",
        "çukur yüzünden jantım eğildi",
        "ما بدي عيش بهالحارة",
        "pazarda bomba gibi kampanya var",
        "kedi fare zehri yemiş",
        "bombayı patlattık, oğlum sınavı kazandı",
    ],
)
def test_what_sounds_like_despair_illness_or_a_bomb_is_taken_for_it_by_no_rule(text: str) -> None:
    assert plain_kind(words_of(text)) == ("", "")


def test_in_a_story_less_is_enough_for_the_calm_line(monkeypatch: pytest.MonkeyPatch) -> None:
    story, short = STORY * 8, STORY[:150]
    monkeypatch.setattr(reader, "IN_A_STORY_FROM", 0.0)
    possible = reader.read_with(model(), story)
    assert (possible.level, possible.sure, possible.in_a_story) == ("life", False, True)
    assert not reader.is_doubtful(possible)  # though its words are surely of an ordinary subject, too
    assert reader.is_doubtful(replace(possible, in_a_story=False))
    assert reader.read_with(model(), short).level == "none"
    assert reader.read_with(model(), STORY * 40).level == "none"


def test_every_word_of_a_long_message_is_in_some_window() -> None:
    for length in (1, 39, 40, 41, 120, 121, 1000):
        covered = {place for start, end in windows_of(length) for place in range(start, end)}
        assert covered == set(range(length))


@given(st.lists(st.text(st.sampled_from("abşيn🔥"), min_size=1, max_size=6), max_size=12))
def test_a_pair_stands_in_the_row_of_its_name(words: list[str]) -> None:
    starts = [word[:5] for word in words]
    names = [(1, [f"{one}>{other}" for one, other in pairwise(starts)])]
    names += [
        (apart, [" ".join(sorted(near)) for near in zip(starts, starts[apart:], strict=False)])
        for apart in range(1, 6)
    ]
    expected = [(apart, [crc32(name.encode()) % ROWS for name in those]) for apart, those in names]
    assert [(apart, rows.tolist()) for apart, rows in pair_rows(words)] == expected


def test_texts_read_in_one_go_are_read_as_each_alone() -> None:
    parts = [words_of(text) for text, _ in PLAIN] + [words_of(STORY * 3), ["imdat"]]
    alone = np.concatenate([model().read(part).likely for part in parts])
    ends = np.cumsum([len(part) for part in parts])
    spans = [(end - len(part), end) for part, end in zip(parts, ends.tolist(), strict=True)]
    together = ModelReading(model(), [word for part in parts for word in part])
    assert np.allclose(together.stretches(spans), alone, atol=1e-5)


@given(st.lists(st.text(st.sampled_from("abşيو1!🔥"), min_size=1, max_size=9), max_size=40))
def test_the_parts_of_many_words_have_the_checksums_of_their_names(words: list[str]) -> None:
    checksums, begins = of_parts(["a", "b"] * MANY + words)
    found = [set(its.tolist()) for its in np.split(checksums, begins[1:])]
    assert found == [{crc32(part.encode()) for part in parts_of(word)} for word in ["a", "b"] * MANY + words]


def test_a_clause_is_a_stretch_of_the_words() -> None:
    said = folded("Ev yanıyor! kocam yaktı, 3 çocuk: içeride...\nkoşun 🔥")
    words = words_in(said)
    clauses = [" ".join(words[start:end]) for start, end in clauses_in(said)]
    assert list(filter(None, clauses)) == ["ev yaniyor", "kocam yakti", "#child cocuk", "iceride", "kosun 🔥"]


@pytest.mark.long
def test_the_languages_that_ship_are_those_that_the_corpus_teaches() -> None:
    assert learn(read_corpus()) == LANGUAGE.read_bytes()


@pytest.mark.slow
def test_a_model_survives_being_stored() -> None:
    known = model()
    again = DangerModel.from_bytes(known.to_bytes())
    words = words_of("apartmanda yangın çıktı")
    assert np.allclose(again.read(words).likely, known.read(words).likely)
    assert again.metadata == known.metadata


def test_bytes_that_are_no_model_are_refused() -> None:
    with pytest.raises(ModelError):
        DangerModel.from_bytes(b"nothing")


def test_the_model_knows_every_kind() -> None:
    heads = {head.removeprefix("life:") for head in model().metadata.heads if head.startswith("life:")}
    assert heads == set(kinds())


def test_an_arabic_word_is_known_without_its_article() -> None:
    assert set(parts_of("حريق")) <= set(parts_of("الحريق"))


def likely_of(words: int, *likelihoods: float) -> float:
    """How likely danger is told of in a message of so many words, of which each likelihood is another family's."""
    heads = {
        f"{LIFE}{kind}": at
        for at, kind in zip(likelihoods, ("fire", "bite", "driver", "other"), strict=False)
    }
    row = [[heads.get(head, 0.0) for head in model().metadata.heads]]
    windows = Windows(np.array([0]), np.array([words]), np.array(row, dtype=np.float32))
    sums = life_sums(windows, model().places(LIFE), words)
    return float(life_in(model(), windows, sums, words)[0])


def test_what_looks_like_one_danger_is_likelier_than_what_looks_a_little_like_many() -> None:
    assert likely_of(20, 0.6) == pytest.approx(0.6)
    assert likely_of(20, 0.15, 0.15, 0.15, 0.15) < 0.5


def test_few_words_have_to_speak_louder() -> None:
    assert likely_of(20, 0.6) > likely_of(10, 0.6) > likely_of(2, 0.6)
    assert likely_of(2, 0.999) > 0.9


@pytest.mark.parametrize(
    "text", ["dönüşte yeşil ok ters yönü gösteriyor", "trafik ışıkları her yöne yeşil yanıyor"]
)
def test_a_light_that_sends_people_at_each_other_is_urgent_work(text: str) -> None:
    reading = read(text)
    assert (reading.level, reading.kind) == ("work", "traffic_light")


# --- learning ------------------------------------------------------------------------------------------------
def learned() -> list[DangerExample]:
    said = [
        ("ev yanıyor alev var", "life:fire"),
        ("köpek ısırdı kan var", "life:bite"),
        ("yolda çukur var", ""),
    ]
    return [
        DangerExample(f"{text} {number}", "tr", head, f"a{number % 3}", "fire" if not head else "")
        for number in range(20)
        for text, head in said
    ]


def test_the_same_examples_give_the_same_model() -> None:
    first, second = (train(learned(), (0.5, 0.3, 0.5), "1") for _ in range(2))
    assert first.to_bytes() == second.to_bytes()


def test_of_what_nobody_can_judge_nothing_is_learned(tmp_path: Path) -> None:
    row = '{"text": "%s", "language": "tr", "level": "%s", "kind": "%s", "near": ""}\n'
    told = row % ("yol çöktü", "life", "excavation") + row % ("kapağı çalınmış kutunun", "unclear", "")
    (tmp_path / "ordinary.jsonl").write_text(told, encoding="utf-8")
    assert [each.text for each in read_corpus(tmp_path)] == ["yol çöktü"]
    assert judged(tmp_path) == {"yol çöktü", "kapağı çalınmış kutunun"}


def test_what_was_learned_is_read() -> None:
    trained = train(learned(), (0.5, 0.3, 0.5), "1")
    likely = trained.read(words_of("alev var ev yanıyor")).likely[0]
    assert trained.metadata.heads[int(likely.argmax())] == "life:fire"


def test_no_more_look_alikes_than_wanted_reach_a_threshold() -> None:
    look_alikes = [
        Scored(DangerExample("x", "tr", "", "a", "fire"), life / 1000, 0.0, life / 1000)
        for life in range(1000)
    ]
    sure, unsure, _ = thresholds_of(look_alikes)
    assert sum(each.life >= sure for each in look_alikes) <= 10
    assert sum(each.life >= unsure for each in look_alikes) <= 30


@pytest.mark.parametrize(
    "text",
    [
        "imdat",
        "İMDATTT",
        "imdaaaat",
        "imdat imdat!!",
        "yetişin ne olur",
        "yardım edin lütfen",
        "help me please",
        "الحقوني بسرعة",
    ],
)
def test_nothing_but_a_cry_is_a_cry(text: str) -> None:
    reading = read(text)
    assert (reading.level, reading.kind, reading.sure) == ("life", "cry", True)


@pytest.mark.parametrize(
    "text", ["imdat bu ne koku belediye uyuyor", "imdat frenlerim tutmuyor diye şarkı var"]
)
def test_a_cry_among_other_words_is_not_taken_at_its_word(text: str) -> None:
    told = read(text)
    assert not (told.kind == "cry" and told.sure)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("помогите!!!", "cry"),
        ("квартира горит, мы на третьем этаже", "fire"),
        ("کمک کنید", "cry"),
        ("بوی گاز میاد", "gas_in"),
        ("Hilfe, es brennt im Keller", "fire"),
        ("yordam bering", "cry"),
        ("au secours", "cry"),
    ],
)
def test_the_plainest_words_are_heard_in_languages_that_the_line_does_not_speak(text: str, kind: str) -> None:
    reading = read(text)
    assert (reading.level, reading.kind, reading.language) == ("life", kind, "")


def test_none_of_a_hundred_plain_sentences_is_missed() -> None:
    plain = tomllib.loads((Path(__file__).parent / "plain_dangers.toml").read_text(encoding="utf-8"))
    sentences = [text for texts in plain.values() for text in texts]
    assert len(sentences) == 100
    missed = [text for text in sentences if not ((told := read(text)).level == "life" and told.sure)]
    assert missed == []


@pytest.mark.parametrize(
    "text",
    [
        "Y A N G I N  V A R",
        "y.a.n.g.ı.n v.a.r evde",
        "yan\u200bgın ç\u200dıktı",
        "evde yan\u00adgın çık\u00adtı",
    ],
)
def test_words_are_heard_though_they_are_spelt_out_or_hold_what_nobody_sees(text: str) -> None:
    assert (read(text).level, read(text).kind) == ("life", "fire")


def test_the_sign_of_a_call_for_help_is_a_cry() -> None:
    assert read("🔥🏠🆘").kind == "cry"


@pytest.mark.parametrize(
    "text",
    [
        "ev yanıyor dışarı çıkamıyorum",
        "evde yangın var çıkamıyoruz mahsur kaldık",
        "çıkamıyoruz merdiven alev alev yanıyor",
    ],
)
def test_who_cannot_get_out_of_a_fire_is_told_to_stay_behind_the_door(text: str) -> None:
    assert read(text).kind == "fire_in"


@pytest.mark.parametrize(
    ("text", "shielded"),
    [
        ("Ev yanıyor. Kocam yaktı, beni öldürecek.", True),
        ("Bina yanıyor ve içerde gaz kokusu var, kocam beni bıçakla kovalıyor", True),
        ("eşim beni dövdü kafam kanıyor", True),
        ("ev yanıyor çocuklar içeride", False),
        ("babam bayıldı uyanmıyor", False),
        ("yolda çukur var", False),
    ],
)
def test_violence_told_of_beside_another_danger_is_heard(text: str, shielded: bool) -> None:
    assert read(text).shielded == shielded


@pytest.mark.slow
def test_of_a_thousand_harmless_messages_less_than_one_is_taken_at_its_plain_word() -> None:
    harmless = [words_of(each.text) for each in read_corpus() if each.head == NOTHING]
    taken = [words for words in harmless if plain_kind(words)[0]]
    assert len(taken) * 1000 < len(harmless)


@pytest.mark.parametrize(
    "text",
    [
        "gaz kokuyor, Bahçelievler mah Gül sokak 8/2",
        "gaz kokusu alıyorum Selçuk caddesi 45",
        "doğalgaz kokusu geliyor hocam Zafer sk no:4",
        "çok fena gaz kokuyor",
        "smell of gas, Rose Street 12",
    ],
)
def test_the_street_of_an_address_is_no_place_of_the_smell_of_gas(text: str) -> None:
    reading = read(text)
    assert (reading.kind, reading.sure) == ("gas_in", True)
    assert "sokakta" not in reading.reason


@pytest.mark.parametrize(
    "text",
    [
        "bizim sokakta gaz kokusu var",
        "kaldırımdan gaz kokusu geliyor Gül sokak 15 önü",
        "kazı yaparken doğalgaz borusunu deldiler Selçuk caddesi",
        "Zafer caddesinde gaz borusu patladı",
        "gas smell on the street near the tram stop",
    ],
)
def test_gas_that_is_told_of_outdoors_is_gas_in_the_street(text: str) -> None:
    assert read(text).kind == "gas_out"


@pytest.mark.parametrize(
    "text",
    [
        "üst kattaki amca 4 gündür görünmüyor",
        "karşı dairedeki nineden iki gündür ses yok",
        "komşu teyze üç gündür kapıyı açmıyor",
        "babam kapıyı açmıyor içeriden imdat diyor",
        "anneannem banyoda yerde yatıyor kapıyı açamıyoruz",
        "kıranardında alt kattaki teyze üç gündür görünmüyor",
    ],
)
def test_who_does_not_answer_behind_their_door_is_locked_in_and_not_lost(text: str) -> None:
    reading = read(text)
    assert (reading.kind, reading.sure) == ("locked", True)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("dedem iki gündür kayıp evden çıktı", "lost_adult"),
        ("yan dairedeki adam karısını dövüyor kapıyı açmıyor içeriden imdat sesi geliyor", "violence_other"),
        ("oğlum kapıyı kilitledi intihar edecek", "despair_other"),
        ("komşunun köpeği üç gündür havlıyor ses yok belediyeden", ""),
        ("yaşlı teyzeye evde bakım istedik 3 haftadır ses yok", ""),
    ],
)
def test_a_closed_door_hides_no_other_danger_and_is_none_by_itself(text: str, kind: str) -> None:
    assert read(text).kind == kind


def test_who_asks_whether_to_go_in_after_an_earthquake_that_cracked_the_walls_is_told_to_stay_out() -> None:
    assert read("az önce deprem oldu duvar çatladı içeri girelim mi").kind == "collapse"
    assert not read("deprem olursa bu duvar çatlar mı").kind
    assert not read("depremde duvarımız çatladı hasar tespiti istiyoruz").sure
