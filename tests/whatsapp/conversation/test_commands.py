"""What a short message means by itself."""

import pytest

from whatsapp.conversation import commands
from whatsapp.conversation.commands import (
    asks_back,
    asks_for_person,
    beside_follow_up,
    cited_in,
    command_of,
    follow_up_of,
    is_child,
    small_talk_of,
)


@pytest.mark.parametrize(
    "text",
    [
        "durum",
        "DURUM",
        "Durumu nedir?",
        "durum MG-2026-000001",
        "MG-2026-000001",
        "mg 2026 000001",
        "Başvurum ne oldu?",
        "başvurumun durumu ne",
        "talebim ne oldu",
        "şikayetim ne durumda",
        "Şikâyetimin durumu nedir",
        "ne oldu",
        "MG-2026-000001 ne oldu?",
        "MG-2026-000001'i soruyorum",
        "mg 2026 1 hakkında bilgi almak istiyorum",
        "1 nolu başvurum kapandı mı?",
        "214 durum",
        "Any news about my request 214?",
        "طلبي رقم ٢١٤",
    ],
)
def test_asking_what_became_of_a_report_is_the_command_durum(text: str):
    assert command_of(text) == "status"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Yolun durumu çok kötü",
        "Bu durumdan şikayetçiyim",
        "çukur ne oldu da kapanmadı",
        "durum 2 gündür aynı",
        "214",
        "MG-2026-000001 numaralı başvurum kapatılmış ama çukur duruyor",
        "selam",
    ],
)
def test_a_report_that_only_has_such_words_in_it_is_none(text: str):
    assert command_of(text) == ""


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("durum MG-2026-000001", ["MG-2026-000001"]),
        ("mg 2026 1 ve mg 2026 2", ["MG-2026-000001", "MG-2026-000002"]),
        ("durum 214", ["214"]),
        ("214'ü iptal edin", ["214"]),
        ("214 nolu sokak", []),
        ("durum 214 215", []),
        ("214", []),
        ("", []),
    ],
)
def test_a_number_alone_is_cited_only_beside_a_command(text: str, numbers: list[str]):
    assert [str(each) for each in cited_in(text)] == numbers


@pytest.mark.parametrize(
    "text",
    [
        "selam",
        "Selamün aleyküm",
        "Merhaba",
        "MERHABALAR",
        "İyi günler",
        "iyi akşamlar efendim",
        "Hayırlı cumalar",
        "teşekkürler",
        "Çok teşekkür ederim 🙏",
        "sağ olun",
        "sağolun hocam",
        "Allah razı olsun",
        "tamam",
        "ok",
        "👍",
        "kolay gelsin",
        "Günaydın, nasılsınız?",
    ],
)
def test_greetings_thanks_and_assent_are_chatter(text: str):
    assert small_talk_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "selam çukur var",
        "merhaba yolumuz bozuk",
        "teşekkür ederim ama hâlâ akıyor",
        "saat kaçta açılıyorsunuz",
        "okul önü",
        "peki ya çöpler",
        "asfalt",
    ],
)
def test_anything_that_says_more_is_not(text: str):
    assert not small_talk_of(text)


# --- in danger -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text", ["ben çocuğum evde yangın var", "9 yaşındayım", "I am 8 years old", "أنا طفل"]
)
def test_a_child_that_says_so_is_one(text: str):
    assert is_child(text)


@pytest.mark.parametrize(
    "text",
    [
        "çocuğum kayboldu",
        "çocuğumu köpek ısırdı",
        "9 yaşında oğlum kayıp",
        "evde yalnızım, düştüm",
        "annem yok, o kayboldu",
    ],
)
def test_who_tells_of_a_child_is_none(text: str):
    assert not is_child(text)


@pytest.mark.parametrize(
    ("text", "follow"),
    [
        ("kimse gelmedi hâlâ", "nobody_came"),
        ("geliyor musunuz", "are_you_coming"),
        ("aradım açmıyorlar", "no_answer"),
        ("konuşamıyorum", "cannot_speak"),
        ("çıkamıyoruz", "cannot_get_out"),
        ("yanlışlıkla yazdım", "taken_back"),
        ("112'yi aradım", "in_hand"),
        ("bulundu", "found"),
        ("uyandı", "woke"),
        ("babam öldü", "died"),
        ("ÖLDÜ", "died"),
        ("he died", "died"),
        ("kaza oldu", ""),
        ("nerdesiniz", "nobody_came"),
        ("still no ambulance", "nobody_came"),
        ("çabuk gelin", "are_you_coming"),
        ("تعالو بسرعة", "are_you_coming"),
        ("112 is not picking up", "no_answer"),
        ("kontörüm yok", "cannot_speak"),
        ("ما بعرف تركي", "cannot_speak"),
        ("kapı açılmıyor", "cannot_get_out"),
        ("boş ver", "taken_back"),
        ("ekip geldi", "in_hand"),
        ("nobody came", "nobody_came"),
        ("i can't speak", "cannot_speak"),
        ("kalkamıyorum", "cannot_get_out"),
        ("i can't move", "cannot_get_out"),
        ("geçti", "taken_back"),
        ("yolda çukur var", ""),
    ],
)
def test_what_people_in_danger_write_next_is_known(text: str, follow: str):
    assert follow_up_of(text) == follow


@pytest.mark.parametrize(
    "text",
    [
        "şaka değil gerçekten",
        "şaka yapmıyorum",
        "iptal etmeyin lütfen",
        "ciddiyim",
        "this is not a joke",
        "not a false alarm",
        "مو مزح",
    ],
)
def test_who_says_that_it_is_no_joke_takes_nothing_back(text: str):
    assert follow_up_of(text) == "insists"


@pytest.mark.parametrize("text", ["yarım saat geçti", "20 dakika geçti", "don't cancel"])
def test_what_only_sounds_like_taking_it_back_does_not(text: str):
    assert follow_up_of(text) != "taken_back"


@pytest.mark.parametrize(
    ("text", "danger"),
    [
        ("söndü çok şükür", "fire"),
        ("the fire is out", "fire"),
        ("انطفت النار", "fire"),
        ("vanayı kapattım camları açtım", "gas_in"),
        ("koku geçti", "gas_bottle"),
        ("iyiyiz şimdi", "co"),
        ("camı açtım yeter mi", "co"),
        ("i feel better now", "co_down"),
        ("açıldı çıktık", "trapped"),
        ("sudan çıkardılar", "drowning"),
        ("hastaneye gittik", "bite"),
        ("gittiler", "shots"),
    ],
)
def test_that_a_danger_is_past_is_known_by_the_words_of_its_kind(text: str, danger: str):
    assert follow_up_of(text, danger) == "over"


@pytest.mark.parametrize(
    ("text", "danger"),
    [
        ("söndü mü", "fire"),
        ("çıktık ama babam içeride", "fire"),
        ("elektrikler gitti", "fire"),
        ("kapı açıldı o geldi", "violence"),
        ("gitti", "violence"),
        ("iyiyim", "despair"),
        ("şarjım bitti", "shots"),
    ],
)
def test_what_says_more_or_may_be_forced_ends_nothing(text: str, danger: str):
    assert follow_up_of(text, danger) != "over"


@pytest.mark.parametrize(
    ("text", "danger", "follow"),
    [
        ("eve gelmiş", "lost_child", "found"),
        ("eve geldi", "violence", ""),
        ("ما رجع", "lost_adult", ""),
        ("uyandı", "unconscious", "woke"),
        ("kocam uyandı", "violence", ""),
    ],
)
def test_that_somebody_came_home_or_woke_is_news_only_of_who_was_lost_or_asleep(
    text: str, danger: str, follow: str
):
    assert follow_up_of(text, danger) == follow


@pytest.mark.parametrize(
    ("text", "beside"), [("yangın çıktı çabuk gelin", "yangin cikti"), ("kimse gelmedi", "")]
)
def test_what_is_said_beside_it_is_left(text: str, beside: str):
    assert beside_follow_up(text) == beside


@pytest.mark.parametrize(
    ("text", "follow"),
    [
        ("telefonunu açmıyor", "unreachable"),
        ("ona ulaşamıyoruz", "unreachable"),
        ("112 açmıyor", "no_answer"),
        ("aradım açmıyorlar", "no_answer"),
    ],
)
def test_the_telephone_of_who_is_missing_is_not_that_of_112(text: str, follow: str):
    assert follow_up_of(text, "lost_child") == follow


@pytest.mark.parametrize(
    "text",
    [
        "müdürünüzle görüşmek istiyorum",
        "insan yok mu orada",
        "Kimse yok mu?",
        "robotla konuşmak istemiyorum ya",
        "beni yetkili birine bağlayın lütfen",
        "bi insanla konuşabilir miyim acaba",
        "gerçek bir insan istiyorum",
        "sizinle görüşebilir miyim",
        "çöpler hâlâ duruyor, bir yetkiliyle görüşmek istiyorum artık",
        "beni arar mısınız",
        "başkanla görüşmek istiyorum",
        "görevli ile konuşmam lazım",
        "adam akıllı bi insan versin biri",
        "insanla görüşcem",
        "müdürle görüşmem gerek",
        "telefonla arayın beni",
        "karşıma bir insan çıksın",
        "I want to speak to a real person",
        "can i talk with someone please",
        "اريد التحدث مع موظف",
    ],
)
def test_a_person_is_asked_for_in_many_words(text: str):
    assert asks_for_person(text)


@pytest.mark.parametrize(
    "text",
    [
        "parkta görevli personel çöp topluyor",
        "sorumlu müdürlükle görüştüm, yine de yapılmadı",
        "zabıta memuru geldi konuştu gitti",
        "otobüs otomatik kapı bozuk",
        "parkta bekçi yok",
        "insanlar yürüyemiyor",
        "belediye başkanı sokağımıza gelsin baksın",
        "birileri gece ateş yakıyor",
        "temsilciler meclisi ne zaman",
        "yetkililer nerede bu yol böyle",
        "komşumla konuştum anlaşamadık",
        "adam köpeği bağlamıyor",
    ],
)
def test_who_tells_of_people_asks_for_none(text: str):
    assert not asks_for_person(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("temsilci", ""),
        ("müdür beyle konuşmak istiyorum lütfen", ""),
        ("bir görevliyle görüşmek istiyorum Köşk mahallesinde çukur var", "Köşk mahallesinde çukur var"),
        ("Merhaba, bir yetkiliyle görüşmek istiyorum. Yolda çukur var.", "Yolda çukur var."),
        ("temsilci istiyorum\nçöp alınmadı", "çöp alınmadı"),
        ("I want to talk to a human\nbig hole", "big hole"),
        ("Operatör kepçeyle duvarı yıktı", "Operatör kepçeyle duvarı yıktı"),
        ("yolda insan dışkısı var", "yolda insan dışkısı var"),
        ("No. 5 önünde çukur var", "No. 5 önünde çukur var"),
    ],
)
def test_words_that_only_ask_for_a_person_are_left_out_of_a_report(text: str, told: str):
    assert commands.without_asking_for_person(text) == told


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("konumumu niye istiyorsunuz", True),
        ("Kaç kişi daha yazsa etkili olur", True),
        ("siz kimsiniz?", True),
        ("olur, niye olmasın", False),
        ("evet, neden sordunuz", False),
        ("12 numara, niye", False),
        ("Caminin yanındaki. Neden sordunuz?", False),
        ("okulun kapısının önü", False),
    ],
)
def test_a_question_back_is_told_from_an_answer(text: str, asks: bool) -> None:
    assert asks_back(text) is asks


@pytest.mark.parametrize(
    "text", ["yok ya o dükkanın yeri", "orası değil", "konum yanlış", "that is not the place"]
)
def test_who_says_that_the_place_is_another_one_denies_it(text: str) -> None:
    assert commands.denies_place(text)


@pytest.mark.parametrize(
    "text",
    [
        "o araba yanlış park etmiş",
        "o köpek bizim değil ki",
        "yok o kadar",
        "it is not safe",
        "no that's all",
        "this is my street",
    ],
)
def test_everyday_words_deny_no_place(text: str) -> None:
    assert not commands.denies_place(text)


@pytest.mark.parametrize(
    "text", ["ekibe iletir misiniz", "bunu da ekleyebilir misiniz", "can you send somebody"]
)
def test_a_polite_request_is_a_favour_and_no_question(text: str) -> None:
    assert commands.asks_favour(text)
    assert not commands.asks(text)


@pytest.mark.parametrize(
    "text", ["sokak lambasını da yazdım onu unutmayın", "neyse ona bakın", "gelmeden haber verin lütfen"]
)
def test_who_tells_us_to_do_something_asks_for_it(text: str) -> None:
    assert commands.asks_favour(text)


@pytest.mark.parametrize(
    "text", ["evin önü", "yolun kenarı çok derin", "bakın dedim bakan yok", "vatandaşım"]
)
def test_who_tells_of_something_asks_for_nothing(text: str) -> None:
    assert not commands.asks_favour(text)


@pytest.mark.parametrize(
    "text", ["bilgi verir misiniz", "Can you tell me if the water is back?", "ne zaman gelirsiniz"]
)
def test_who_asks_for_words_asks_a_question(text: str) -> None:
    assert commands.asks(text)


@pytest.mark.parametrize(
    "text", ["yaşlı komşumuz üç gündür kimseye görünmedi", "anahtarı kimseye vermiyorlar"]
)
def test_who_is_seen_by_nobody_asks_nothing_about_privacy(text: str) -> None:
    assert commands.question_of(text) != "unnamed"
