"""Each alarm rings for what it is about, keeps silent for what is just not that, and says what to do."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from melikgazi.observability.figures.operation import expected_workers
from tests.deploy.deployment import ROOT

pytestmark = pytest.mark.slow

RULES = ROOT / "deploy/alerts.yml"
BOARDS = sorted((ROOT / "deploy/grafana").glob("*.json"))
UP = 'up{job="cozum-hatti"}'
M = "melikgazi_"
HTTP = f"{M}http_request_seconds"


def steady(value: str, minutes: int) -> str:
    """Of what is no number the notation of promtool knows no repetition."""
    return " ".join([value] * (minutes + 1))


# A minute apart: what rings at the last of them, what does not. Values in the notation of promtool: from+byxtimes.
Series = dict[str, str]
TRIALS: dict[str, tuple[int, Series, Series]] = {
    "HatOlculemiyor": (5, {UP: "0x5", f"{M}broker_up": "1x5"}, {UP: "1x5", f"{M}broker_up": "1x5"}),
    "GelenKesildi": (
        8,
        {f"{M}webhook_silent_seconds": "3601x8", f"{M}webhook_usual": "10x8"},
        {f"{M}webhook_silent_seconds": steady("+Inf", 8), f"{M}webhook_usual": "9x8"},
    ),
    "ImzaTutmuyor": (
        9,
        {
            f'{HTTP}_count{{route="webhook",status="401"}}': "0+1x9",
            f'{HTTP}_count{{route="webhook",status="200"}}': "50x9",
        },
        {
            f'{HTTP}_count{{route="webhook",status="401"}}': "0+1x9",
            f'{HTTP}_count{{route="webhook",status="200"}}': "0+1x9",
        },
    ),
    "KanalDurdu": (3, {f'{M}channel{{state="stopped"}}': "1x3"}, {f'{M}channel{{state="stopped"}}': "0x3"}),
    "GelenlerBekliyor": (
        3,
        {
            f'{M}oldest_seconds{{queue="messages"}}': "121x3",
            f'{M}oldest_seconds{{queue="deliveries"}}': "0x3",
        },
        {f'{M}oldest_seconds{{queue="messages"}}': "120x3", f'{M}oldest_seconds{{queue="outbox"}}': "900x3"},
    ),
    "CevaplarBekliyor": (
        4,
        {f'{M}oldest_seconds{{queue="outbox"}}': "301x4", f'{M}channel{{state="stopped"}}': "0x4"},
        {f'{M}oldest_seconds{{queue="outbox"}}': "301x4", f'{M}channel{{state="stopped"}}': "1x4"},
    ),
    "DosyalarBekliyor": (
        7,
        {f'{M}oldest_seconds{{queue="media"}}': "3601x7"},
        {f'{M}oldest_seconds{{queue="media"}}': "3600x7", f'{M}oldest_seconds{{queue="uploads"}}': "600x7"},
    ),
    "DosyaKayboldu": (30, {f'{M}media{{state="lost"}}': "2x10 3x20"}, {f'{M}media{{state="lost"}}': "2x30"}),
    "KenaraAyrilanVar": (
        7,
        {f'{M}deliveries{{state="parked"}}': "0x7", f'{M}messages{{state="parked"}}': "1x7"},
        {f'{M}deliveries{{state="parked"}}': "0x7", f'{M}messages{{state="parked"}}': "0x7"},
    ),
    "GonderilemeyenArtiyor": (
        60,
        {f'{M}outbox{{state="failed"}}': "100+1x60"},
        {f'{M}outbox{{state="failed"}}': "100x50 105x10"},
    ),
    "CiftGitmisOlabilir": (
        60,
        {f"{M}outbox_possibly_double": "0+1x60"},
        {f"{M}outbox_possibly_double": "9x60"},
    ),
    "YasalSureGecti": (
        70,
        {f'{M}tickets_overdue{{clock="legal"}}': "1x70"},
        {f'{M}tickets_overdue{{clock="resolution"}}': "9x70"},
    ),
    "TehlikeUstlenilmedi": (
        3,
        {f"{M}danger_unclaimed_seconds": "301x3"},
        {f"{M}danger_unclaimed_seconds": "300x3"},
    ),
    "TelefonCalmiyor": (
        3,
        {f'{M}oldest_seconds{{queue="rings"}}': "121x3"},
        {f'{M}oldest_seconds{{queue="rings"}}': "90x3"},
    ),
    "GorevliBekleyenVar": (
        12,
        {f"{M}desk_waiting_seconds": "7201x12", f'{M}desk_people{{where="here"}}': "1x12"},
        {f"{M}desk_waiting_seconds": "7201x12", f'{M}desk_people{{where="here"}}': "0x12"},
    ),
    "IsciSustu": (
        3,
        {f'{M}worker_silent_seconds{{worker="media"}}': steady("+Inf", 3)},
        {f'{M}worker_silent_seconds{{worker="media"}}': "170x3"},
    ),
    "SaatDurdu": (
        3,
        {f'{M}task_age_seconds{{task="tickets.watch_clocks"}}': "301x3"},
        {
            f'{M}task_age_seconds{{task="tickets.watch_clocks"}}': "70x3",
            f'{M}task_age_seconds{{task="tickets.retention"}}': "9000x3",
        },
    ),
    "ZamanliIsYapilmiyor": (
        12,
        {f'{M}task_age_seconds{{task="tickets.retention"}}': "129601x12"},
        {
            f'{M}task_age_seconds{{task="tickets.retention"}}': "86400x12",
            f'{M}task_age_seconds{{task="tickets.sweep"}}': "3700x12",
        },
    ),
    "ZamanliIsHataVeriyor": (
        17,
        {f'{M}task_failing{{task="tickets.sweep"}}': "1x17"},
        {f'{M}task_failing{{task="tickets.sweep"}}': "1x12 0x5"},
    ),
    "AcilBildirimIslenemiyor": (
        3,
        {f'{M}rows_failing{{work="ring"}}': "1x3"},
        {f'{M}rows_failing{{work="clocks"}}': "1x3", f'{M}rows_failing{{work="ring"}}': "0x3"},
    ),
    "KayitIslenemiyor": (
        12,
        {f'{M}rows_failing{{work="clocks"}}': "1x12"},
        {f'{M}rows_failing{{work="clocks"}}': "0x12", f'{M}rows_failing{{work="ring"}}': "1x12"},
    ),
    "WebHataVeriyor": (
        12,
        {f'{HTTP}_count{{route="home",status="500"}}': "0+6x12"},
        {
            f'{HTTP}_count{{route="home",status="200"}}': "0+600x12",
            f'{HTTP}_count{{route="a",status="500"}}': "1x12",
        },
    ),
    "WebhookKaydedemiyor": (
        5,
        {f'{HTTP}_count{{route="webhook",status="503"}}': "0+2x5"},
        {
            f'{HTTP}_count{{route="webhook",status="200"}}': "0+2x5",
            f'{HTTP}_count{{route="a",status="503"}}': "0+2x5",
        },
    ),
    "ImzasizIstekler": (
        35,
        {f'{HTTP}_count{{route="webhook",status="401"}}': "0+20x35"},
        {f'{HTTP}_count{{route="webhook",status="401"}}': "0+1x35"},
    ),
    "WebYavas": (
        25,
        {
            f'{HTTP}_bucket{{route="home",status="200",le="2.5"}}': "0+5x25",
            f'{HTTP}_bucket{{route="home",status="200",le="+Inf"}}': "0+10x25",
            f'{HTTP}_bucket{{route="home",status="200",le="5.0"}}': "0+10x25",
        },
        {
            f'{HTTP}_bucket{{route="raporlar",status="200",le="2.5"}}': "0+5x25",
            f'{HTTP}_bucket{{route="raporlar",status="200",le="+Inf"}}': "0+10x25",
            f'{HTTP}_bucket{{route="home",status="200",le="2.5"}}': "0+99x25",
            f'{HTTP}_bucket{{route="home",status="200",le="+Inf"}}': "0+100x25",
        },
    ),
    "WebhookYavas": (
        12,
        {
            f'{HTTP}_bucket{{route="webhook",status="200",le="1.0"}}': "0+5x12",
            f'{HTTP}_bucket{{route="webhook",status="200",le="2.5"}}': "0+10x12",
            f'{HTTP}_bucket{{route="webhook",status="200",le="+Inf"}}': "0+10x12",
        },
        {
            f'{HTTP}_bucket{{route="webhook",status="200",le="1.0"}}': "0+10x12",
            f'{HTTP}_bucket{{route="webhook",status="200",le="+Inf"}}': "0+10x12",
        },
    ),
    "AraciDurdu": (4, {f"{M}broker_up": "0x4"}, {f"{M}broker_up": "0x1 1x3"}),
    "AraciDoluyor": (
        12,
        {f"{M}broker_memory_ratio": "0.81x12"},
        {f"{M}broker_memory_ratio": steady("NaN", 12)},
    ),
    "MakineAsiriYuklu": (7, {f"{M}machine_overloaded": "1x7"}, {f"{M}machine_overloaded": "1x4 0x1 1x2"}),
    "BirGonderenCokYaziyor": (12, {f"{M}talks_behind": "1x12"}, {f"{M}talks_behind": "0x12"}),
    "VirusTaramasiDurdu": (7, {f"{M}virus_scanner_up": "0x7"}, {f"{M}virus_scanner_up": "1x7"}),
    "PostaGitmiyor": (
        17,
        {f'{M}oldest_seconds{{queue="mail"}}': "0x17", f"{M}mail_failing": "1x17"},
        {f'{M}oldest_seconds{{queue="mail"}}': "1700x17", f"{M}mail_failing": "0x17"},
    ),
    "OrtakSistemDuymuyor": (
        17,
        {f'{M}partners{{state="given_up"}}': "1x17"},
        {f'{M}partners{{state="failing"}}': "1x17", f'{M}oldest_seconds{{queue="partners"}}': "3600x17"},
    ),
    "AnahtarinSuresiDoluyor": (
        70,
        {f'{M}api_keys{{state="expiring"}}': "1x70"},
        {f'{M}api_keys{{state="valid"}}': "1x70"},
    ),
    "YedekEskidi": (
        35,
        {f"{M}backup_age_seconds": steady("+Inf", 35)},
        {f"{M}backup_age_seconds": "90000x35"},
    ),
    "YedekBozuk": (
        12,
        {f'{M}backup_failing{{kind="verification"}}': "1x12"},
        {f'{M}backup_failing{{kind="verification"}}': "1x5 0x7"},
    ),
    "SaatYanlis": (4, {f"{M}clock_seconds": "31+60x4"}, {f"{M}clock_seconds": "29+60x4"}),
    "YedekDenenmedi": (
        65,
        {f"{M}backup_verified_age_seconds": "691201x65"},
        {f"{M}backup_verified_age_seconds": "691200x65"},
    ),
    "SaniyeyeDonusDenenmedi": (
        65,
        {f"{M}point_in_time_verified_age_seconds": steady("+Inf", 65)},
        {f"{M}point_in_time_verified_age_seconds": steady("NaN", 65)},
    ),
    "SertifikaBitiyor": (
        70,
        {f"{M}certificate_seconds_left": "1209599x70"},
        {f"{M}certificate_seconds_left": steady("NaN", 70)},
    ),
    "SertifikaGecersiz": (35, {f"{M}certificate_valid": "0x35"}, {f"{M}certificate_valid": "1x35"}),
    "DiskDoluyor": (
        400,
        {
            f'{M}disk_free_ratio{{folder="media"}}': "0.5x400",
            f'{M}disk_free_bytes{{folder="media"}}': "50e9-2e7x400",
        },
        {
            f'{M}disk_free_ratio{{folder="media"}}': "0.15x400",
            f'{M}disk_free_bytes{{folder="media"}}': "50e9-1e5x400",
        },
    ),
    "DiskDoldu": (
        5,
        {f'{M}disk_free_ratio{{folder="media"}}': "0.04x5"},
        {f'{M}disk_free_ratio{{folder="media"}}': "0.06x5", f'{M}disk_free_bytes{{folder="media"}}': "2e9x5"},
    ),
    "BaglantiKalmiyor": (
        7,
        {f"{M}database_connections": "90x7", f"{M}database_connections_limit": "97x7"},
        {f"{M}database_connections": "80x7", f"{M}database_connections_limit": "97x7"},
    ),
    "UzunIslem": (
        7,
        {f"{M}database_longest_transaction_seconds": "3601x7"},
        {f"{M}database_longest_transaction_seconds": "3600x7"},
    ),
    "IslemNumarasiTukeniyor": (
        70,
        {f"{M}database_oldest_transaction_id_age": "1.1e9x70"},
        {f"{M}database_oldest_transaction_id_age": "2e8x70"},
    ),
    "KopyaIzlemiyor": (7, {f"{M}replica_follows": "0x7"}, {f"{M}replica_follows": "0x3 1x4"}),
    "ArsivlemeDurdu": (
        17,
        {f"{M}database_archiving_fails": "1x17"},
        {f"{M}database_archiving_fails": "1x10 0x7"},
    ),
    "KopyaEksildi": (
        30,
        {f"{M}database_standbys": "2x10 1x20"},
        {f"{M}database_standbys": "0x30"},
    ),
    "KopyaDiskiDolduruyor": (
        35,
        {f"{M}database_kept_for_replication_bytes": "6e9x35"},
        {f"{M}database_kept_for_replication_bytes": "4e9x35"},
    ),
}

needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool is not installed (Debian: apt install promtool)"
)


def rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def trial(name: str, minutes: int, series: Series, *, rings: bool) -> dict[str, Any]:
    """A test of promtool: whether the alarm, and nothing else of that name, rings at the end."""
    return {
        "name": f"{name} {'rings' if rings else 'keeps silent'}",
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {
                "expr": f'count(ALERTS{{alertname="{name}", alertstate="firing"}})',
                "eval_time": f"{minutes}m",
                "exp_samples": [{"labels": "{}", "value": 1}] if rings else [],
            }
        ],
    }


def promtool(folder: Path, tests: list[dict[str, Any]]) -> subprocess.CompletedProcess[str]:
    file = folder / "trials.yml"
    file.write_text(yaml.safe_dump({"rule_files": [str(RULES)], "tests": tests}, allow_unicode=True))
    command = ["promtool", "test", "rules", str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@needs_promtool
def test_the_rules_are_valid() -> None:
    done = subprocess.run(
        ["promtool", "check", "rules", str(RULES)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
def test_every_alarm_rings_for_what_it_is_about_and_for_nothing_less(tmp_path: Path) -> None:
    tests = [
        trial(name, minutes, series, rings=rings)
        for name, (minutes, ringing, silent) in TRIALS.items()
        for series, rings in ((ringing, True), (silent, False))
    ]
    done = promtool(tmp_path, tests)
    assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
def test_a_trial_that_is_wrong_is_found(tmp_path: Path) -> None:
    minutes, ringing, _ = TRIALS["KanalDurdu"]
    assert promtool(tmp_path, [trial("KanalDurdu", minutes, ringing, rings=False)]).returncode != 0


def test_every_alarm_is_tried() -> None:
    names = [rule["alert"] for rule in rules()]
    assert sorted(TRIALS) == sorted(names)


def test_every_alarm_says_how_bad_it_is_what_it_means_what_to_do_and_whom_to_call() -> None:
    for rule in rules():
        assert rule["labels"]["severity"] in ("acil", "uyari")
        assert rule["annotations"].keys() == {"summary", "description", "call"}
        assert all(rule["annotations"].values())


def test_commands_that_an_alarm_names_are_there() -> None:
    said = " ".join(rule["annotations"]["description"] for rule in rules())
    commands = {path.stem for path in ROOT.glob("*/management/commands/*.py")}
    assert set(re.findall(r"melikgazi-manage (\w+)", said)) <= commands
    units = {path.stem for path in (ROOT / "deploy/systemd").glob("*.*")}
    assert set(re.findall(r"melikgazi-(?!manage)[\w-]+", said)) <= units


def expressions() -> dict[str, str]:
    """Every PromQL expression of the boards and of the alarms, by where it stands."""
    found = {
        f"{board.stem}: {panel['title']} {target['refId']}": target["expr"]
        for board in BOARDS
        for panel in json.loads(board.read_text())["panels"]
        for target in panel["targets"]
    }
    return found | {f"alarm {rule['alert']}": rule["expr"] for rule in rules()}


@pytest.fixture
def samples(db: None, client: Any) -> set[tuple[str, frozenset[tuple[str, str]]]]:
    """What a line that has just started tells, and answered one request: each sample with its labels."""
    from melikgazi.web import request_counters

    request_counters.current().add(request_counters.WEBHOOK, 200, 0.01)
    told = client.get("/metrics").content.decode()
    families = text_string_to_metric_families(told)
    return {(each.name, frozenset(each.labels.items())) for family in families for each in family.samples}


@pytest.mark.parametrize("where", expressions())
def test_every_panel_and_alarm_asks_for_what_there_is_from_the_first_moment(where: str, samples: Any) -> None:
    """Of requests, those that a route never answered with some status are not told."""
    asked = re.findall(r"(melikgazi_\w+)(?:\{([^}]*)\})?", expressions()[where])
    assert asked or where == "alarm HatOlculemiyor"
    for name, selector in asked:
        labels = {} if name.startswith(HTTP) else dict(re.findall(r'(\w+)="([^"]*)"', selector))
        there = [dict(has) for known, has in samples if known == name]
        assert any(labels.items() <= has.items() for has in there), f"{name}{labels}"


def test_the_tasks_and_routes_that_alarms_name_are_there(samples: Any) -> None:
    tasks = {dict(labels)["task"] for name, labels in samples if name == f"{M}task_age_seconds"}
    for rule in rules():
        for pattern in re.findall(r'task=~"([^"]*)"', rule["expr"]):
            wanted = re.fullmatch(r"tickets\.\((.*)\)", pattern)
            assert wanted
            assert {f"tickets.{each}" for each in wanted[1].split("|")} <= tasks
    assert {*expected_workers()} == {
        dict(labels)["worker"] for name, labels in samples if name == f"{M}worker_silent_seconds"
    }
