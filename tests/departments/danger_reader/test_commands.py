import json
from io import StringIO

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.utils import timezone

from departments.models import Category, DangerCorrection, Membership, Neighbourhood

pytestmark = pytest.mark.usefixtures("base")


def run(command: str, *arguments: object) -> list[str]:
    out = StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue().splitlines()


@pytest.mark.slow
def test_route_prints_the_suggestion_as_json():
    (line,) = run("route", "Alpaslan mahallesinde yolda çukur var")
    shown = json.loads(line)
    assert list(shown) == [
        "department", "category", "jurisdiction", "urgent", "neighbourhood", "ticket_no", "kind", "confidence",
        "alternatives", "urgent_reason", "level", "danger", "conditional", "sure", "reasons", "model",
    ]  # fmt: skip
    assert (shown["department"], shown["category"], shown["neighbourhood"]) == (
        "FEN",
        "yol_cukur",
        "Alpaslan",
    )
    assert [set(each) for each in shown["alternatives"]] == [{"department", "category", "confidence"}] * 3


def test_route_calls_the_fire_brigade_by_the_code_of_whose_it_is():
    (line,) = run("route", "çöp konteyneri yanıyor, alevler büyüyor")
    shown = json.loads(line)
    assert (shown["category"], shown["jurisdiction"]) == ("d_yangin", "buyuksehir")


@pytest.mark.parametrize(
    ("text", "conditional"),
    [
        ("Evde gaz kokusu var, bayılacak gibiyiz", False),
        ("Alpaslan mahallesinde yolda çukur var", False),
        ("bir koku var", True),
    ],
)
def test_route_tells_where_only_the_calm_line_is_said(text: str, conditional: bool):
    (line,) = run("route", text)
    assert json.loads(line)["conditional"] is conditional


def test_route_reads_a_file_line_by_line(tmp_path):
    file = tmp_path / "texts.jsonl"
    file.write_text('{"text": "çukur"}\n\n{"text": "", "lat": 38.7266, "lon": 35.5198}\n', encoding="utf-8")
    first, second = map(json.loads, run("route", "--file", file))
    assert first["category"] == "yol_cukur"
    assert second["neighbourhood"] == "Alpaslan"


@pytest.mark.parametrize(
    "line", ["{", "[]", '{"lat": 1}', '{"text": "x", "lat": 99, "lon": 0}', '{"text": "x", "lat": 9}']
)
def test_route_names_the_line_it_cannot_read(tmp_path, line):
    file = tmp_path / "texts.jsonl"
    file.write_text(f'{{"text": "çukur"}}\n{line}\n', encoding="utf-8")
    with pytest.raises(CommandError, match="satır 2"):
        run("route", "--file", file)


def test_route_names_the_file_it_cannot_read(tmp_path):
    with pytest.raises(CommandError, match=r"yok\.jsonl okunamadı"):
        call_command("route", file=tmp_path / "yok.jsonl")


@pytest.mark.parametrize("arguments", [[], ["çukur", "--file", "x.jsonl"]])
def test_route_wants_a_text_or_a_file(arguments):
    with pytest.raises(CommandError, match="Ya bir metin ya da --file"):
        run("route", *arguments)


def test_load_base_can_run_at_every_start():
    assert run("load_base") == run("load_base") == []
    assert Category.objects.filter(parent__isnull=False).count() == 72


@pytest.mark.parametrize("command", ["import_taxonomy", "import_neighbourhoods", "import_arteries"])
@pytest.mark.parametrize(
    "content", ["{", "[]", '{"features": [NaN]}', None], ids=["broken", "other", "no number", "missing"]
)
def test_a_bad_file_ends_an_import_with_a_sentence(tmp_path, command, content):
    file = tmp_path / "file.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(CommandError):
        run(command, file)
    assert not Neighbourhood.objects.filter(boundary__isnull=False).exists()


def test_demo_accounts_are_made_once_and_their_password_printed_once(monkeypatch):
    monkeypatch.delenv("DEMO_PASSWORD", raising=False)
    *_, last = run("demo_accounts")
    name, password = last.split("=", 1)
    assert name == "DEMO_PASSWORD"
    assert all(User.objects.get(username=who).check_password(password) for who in ("admin", "crew_fen"))
    assert run("demo_accounts") == []
    assert User.objects.get(username="admin").check_password(password)


def test_demo_accounts_take_the_password_from_the_environment(monkeypatch):
    monkeypatch.delenv("DEMO_PASSWORD", raising=False)
    run("demo_accounts")
    monkeypatch.setenv("DEMO_PASSWORD", "bahçe-kapısı-7")
    assert run("demo_accounts") == []
    assert User.objects.get(username="dpo").check_password("bahçe-kapısı-7")


def test_demo_accounts_leave_a_password_that_staff_changed_when_asked_to(monkeypatch):
    monkeypatch.setenv("DEMO_PASSWORD", "ilk-parola-1453")
    run("demo_accounts")
    operator = User.objects.get(username="operator")
    operator.set_password("kendi-parolam-38")
    operator.save()
    run("demo_accounts", "--keep")
    assert User.objects.get(username="operator").check_password("kendi-parolam-38")


def test_demo_accounts_hold_their_roles():
    run("demo_accounts")
    held = set(Membership.objects.values_list("user__username", "role", "department__code"))
    assert held == {
        ("operator", "operator", None),
        ("supervisor", "supervisor", None),
        ("head_fen", "head", "FEN"),
        ("crew_fen", "crew", "FEN"),
        ("dpo", "dpo", None),
    }
    assert User.objects.filter(is_superuser=True).get().username == "admin"
    assert not User.objects.filter(is_staff=False).exists()


def test_demo_accounts_open_the_pages_of_their_roles():
    run("demo_accounts")
    operator = User.objects.get(username="operator")
    assert list(operator.groups.all()) == [Group.objects.get(name="çağrı merkezi görevlisi")]
    assert operator.has_perm("departments.view_category")
    assert not operator.has_perm("departments.change_category")


def test_train_danger_writes_what_staff_corrected_as_rows_of_the_corpus(tmp_path):
    now = timezone.now()
    for text, said, level, kind in (
        ("baca tütüyor sandım", "fire", "none", ""),
        ("Depodan duman çıkıyor", "", "life", "fire"),
        ("köpekler kovalıyor", "attack", "work", ""),
    ):
        DangerCorrection.objects.create(
            text=text, said_level="life" if said else "none", said_kind=said, level=level, kind=kind, at=now
        )
    file = tmp_path / "duzeltmeler.jsonl"
    run("train_danger", "--corrections", file)
    assert list(map(json.loads, file.read_text(encoding="utf-8").splitlines())) == [
        {"text": "baca tütüyor sandım", "language": "tr", "level": "none", "kind": "", "near": "fire"},
        {"text": "Depodan duman çıkıyor", "language": "tr", "level": "life", "kind": "fire", "near": ""},
    ]


def test_train_danger_counts_what_citizens_would_be_told(tmp_path):
    file = tmp_path / "texts.jsonl"
    texts = [
        {"text": "evde gaz kokusu var", "level": "life", "language": "tr", "kind": "gas_in"},
        {"text": "yolda çukur var", "level": "none"},
    ]
    file.write_text("\n".join(map(json.dumps, texts)), encoding="utf-8")
    assert run("train_danger", "--count", file) == [
        "life (1): binde kendi sözü, sakin söz, acil iş: 1000.0, 0.0, 0.0",
        "life gas_in (1): binde kendi sözü, sakin söz, acil iş: 1000.0, 0.0, 0.0",
        "life tr (1): binde kendi sözü, sakin söz, acil iş: 1000.0, 0.0, 0.0",
        "none (1): binde kendi sözü, sakin söz, acil iş: 0.0, 0.0, 0.0",
        "tür doğru 1.000, aile 1.000; şiddet de sanılan 0.000",
    ]


def test_train_danger_buries_what_it_counts_in_stories_beside_a_look_alike(tmp_path):
    file, stories = tmp_path / "texts.jsonl", tmp_path / "stories.jsonl"
    texts = [
        {"text": "tamam", "level": "none"},
        {"text": "köpek çocuğumu ısırdı kan akıyor", "level": "none", "near": "bite"},
    ]
    file.write_text("\n".join(map(json.dumps, texts)), encoding="utf-8")
    stories.write_text(
        json.dumps({"text": "Dün belediyeye uğradım, görevliler ilgilendi, evrakımı hemen aldılar."}),
        encoding="utf-8",
    )
    (alone,) = run("train_danger", "--count", file)
    (buried,) = run("train_danger", "--count", file, "--buried", stories)
    counted = "none (2): binde kendi sözü, sakin söz, acil iş"
    assert (alone, buried) == (f"{counted}: 500.0, 0.0, 0.0", f"{counted}: 500.0, 500.0, 0.0")
