"""The monthly report: stored when the month is over, unchanged afterwards, mailed, without personal data."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.core import mail
from PIL import Image
from pytest_django import Settings
from typing_extensions import override

from departments.models import Department
from departments.places.outlines import outlines
from departments.places.points import Point
from departments.working_time.working_hours import ISTANBUL
from tests.tickets.conftest import Caller
from tests.tickets.world import World, here
from tickets.casework.rating import rate
from tickets.models import LocationSource, MonthlyReport, Ticket
from tickets.printing.sheet import Letterhead, Sheet
from tickets.record.permissions import Actor
from tickets.record.statuses import Status
from tickets.reports import interface, monthly_pdf
from tickets.reports.interface import Period
from tickets.reports.monthly_mails import keep_monthly_reports, mail_monthly_reports, paper_of

URL = "/api/v1/reports/monthly.pdf"
OCTOBER = datetime(2026, 10, 5, 9, tzinfo=ISTANBUL)
OVER = datetime(2026, 11, 1, 0, 10, tzinfo=ISTANBUL)  # a Sunday
MONDAY = datetime(2026, 11, 2, 9, 0, tzinfo=ISTANBUL)


def lived_through(world: World) -> Ticket:
    ticket = world.assigned(now=OCTOBER, neighbourhood=world.mahalle)
    later = OCTOBER + timedelta(days=20)
    world.move(ticket, Status.RESOLVED, now=later, answer="Kapatıldı.")
    words = "Ben Ayşe Yılmaz, 0532 123 45 67, geç oldu ama sağ olun"
    return rate(ticket=ticket, actor=Actor.citizen(), now=later, score=4, comment=words)


def test_the_reports_of_a_month_are_kept_once_when_it_is_over(world: World) -> None:
    assert keep_monthly_reports(now=OVER) == 3
    assert keep_monthly_reports(now=OVER) == 0
    kept = MonthlyReport.objects.values_list("month", "department__code").order_by("department__code")
    month = OCTOBER.date().replace(day=1)
    assert list(kept) == [(month, "FEN"), (month, "PARK"), (month, None)]


def test_its_figures_are_those_of_the_reports(world: World) -> None:
    lived_through(world)
    keep_monthly_reports(now=OVER)
    mayors = MonthlyReport.objects.get(department=None).figures
    summary = interface.summary(Ticket.objects.all(), Period.of_month(OCTOBER.date()), OVER)
    assert mayors["summary"]["resolution"]["median_hours"] == summary.resolution.median_hours
    assert (mayors["summary"]["opened"], mayors["previous"]["opened"], len(mayors["days"])) == (1, 0, 31)
    assert [row["code"] for row in mayors["groups"]] == ["FEN"]
    assert MonthlyReport.objects.get(department=world.park).figures["summary"]["opened"] == 0


@pytest.mark.slow
def test_a_report_says_the_same_for_ever(world: World) -> None:
    ticket = lived_through(world)
    keep_monthly_reports(now=OVER)
    report = MonthlyReport.objects.get(department=None)
    paper = paper_of(report)
    world.move(ticket, Status.ASSIGNED, now=OVER + timedelta(minutes=1))
    report.refresh_from_db()
    assert paper_of(report) == paper
    assert paper.startswith(b"%PDF")


def test_the_worst_delays_are_those_longest_past_their_target(world: World) -> None:
    lived_through(world)
    (delay,) = interface.month_in_figures(Ticket.objects.all(), OCTOBER.date().replace(day=1), OVER)["delays"]
    assert (delay["days"], delay["open"], delay["due"]) == (12, False, "2026-10-12")


def test_a_month_that_is_not_over_has_its_days_so_far_and_is_compared_with_as_many(world: World) -> None:
    for day in (2, 8, 25):
        world.open(now=datetime(2026, 9, day, 9, tzinfo=ISTANBUL))
    world.assigned(now=OCTOBER)
    now = datetime(2026, 10, 8, 9, 30, tzinfo=ISTANBUL)
    values = interface.month_in_figures(Ticket.objects.all(), OCTOBER.date().replace(day=1), now)
    assert [row["opened"] for row in values["days"]] == [0, 0, 0, 0, 1, 0, 0, 0]
    assert (values["until"], values["previous"]["opened"]) == ("2026-10-08", 2)
    assert [(row["code"], row["before"]) for row in values["groups"]] == [("FEN", 0), (None, 2)]


def test_what_is_late_in_a_month_that_is_not_over_is_late_until_now(world: World) -> None:
    world.assigned(now=OCTOBER)  # due on the 12th, at the close of the day
    now = datetime(2026, 10, 14, 20, tzinfo=ISTANBUL)
    (delay,) = interface.month_in_figures(Ticket.objects.all(), OCTOBER.date().replace(day=1), now)["delays"]
    assert (delay["days"], delay["open"]) == (2, True)


def test_of_a_restricted_delay_the_subject_is_not_said(world: World) -> None:
    world.assigned(now=OCTOBER, category=world.misconduct)
    (delay,) = interface.month_in_figures(Ticket.objects.all(), OCTOBER.date().replace(day=1), OVER)["delays"]
    assert delay["category"] is None


def test_what_lies_outside_the_district_is_not_on_the_map(world: World) -> None:
    place = {"location_source": LocationSource.PIN, "now": OCTOBER}
    world.open(point=here(), neighbourhood=world.mahalle, **place)
    world.open(point=Point(41.0, 29.0), **place)
    values = interface.month_in_figures(Ticket.objects.all(), OCTOBER.date().replace(day=1), OVER)
    assert values["map"] == [[here().lat, here().lon, 1]]


def test_no_department_is_left_out_of_the_mayors_report(world: World) -> None:
    for number in range(20):
        department = Department.objects.create(code=f"B{number}", name=f"Birim {number}")
        world.open(now=OCTOBER, department=department, category=None)
    values = interface.month_in_figures(Ticket.objects.all(), OCTOBER.date().replace(day=1), OVER)
    assert len(values["groups"]) == 20


def test_a_usual_report_of_a_month_that_is_not_over_fits_two_pages(world: World) -> None:
    lived_through(world)
    now = OCTOBER + timedelta(days=22)
    values = interface.month_in_figures(Ticket.objects.all(), OCTOBER.date().replace(day=1), now)
    values |= {"groups": values["groups"] * 15, "neighbourhoods": values["neighbourhoods"] * 11}
    values |= {"delays": values["delays"] * 10, "words": values["words"] * 2}
    assert pages(values | {"departments": []}) == 2


def pages(values: dict[str, Any]) -> int:
    return monthly_pdf.draw(values, [], Letterhead("Melikgazi Belediyesi")).count(b"/Type /Page\n")


@pytest.mark.slow
def test_the_mayors_report_has_a_page_of_each_department_that_had_work(world: World) -> None:
    lived_through(world)
    world.open(now=datetime(2026, 9, 7, 9, tzinfo=ISTANBUL), department=world.fen)
    world.open(now=OCTOBER, department=world.fen, category=world.misconduct)
    month = OCTOBER.date().replace(day=1)
    values = interface.month_in_figures(Ticket.objects.all(), month, OVER)
    [fen] = values["departments"]
    opened = [fen[when]["opened"] for when in ("summary", "previous", "last_year")]
    assert (fen["code"], opened) == ("FEN", [2, 1, 0])
    assert fen["subjects"] == [("Çukur", 1)]  # of what is restricted no subject is said
    assert pages(values) == pages(values | {"departments": []}) + 1
    of_one = interface.month_in_figures(Ticket.objects.all(), month, OVER, world.fen)
    assert of_one["departments"] == []


def test_a_report_that_an_older_version_kept_is_still_drawn(world: World) -> None:
    values = interface.month_in_figures(Ticket.objects.all(), OCTOBER.date().replace(day=1), OVER)
    del values["departments"], values["until"]
    assert pages(values) >= 1


@pytest.mark.slow
def test_a_few_last_lines_have_no_page_for_themselves(world: World) -> None:
    lived_through(world)
    values = interface.month_in_figures(Ticket.objects.all(), OCTOBER.date().replace(day=1), OVER)
    values |= {"departments": [], "neighbourhoods": values["neighbourhoods"] * 11}
    groups = values["groups"]
    for count in range(1, 45):
        sheet = monthly_pdf._whole(
            values | {"groups": groups * count}, [], Letterhead("B"), monthly_pdf.USUAL
        )
        number, ends_at = sheet.page_no(), sheet.get_y()
        sheet.output()  # closes the files of its fonts
        if number > 1 and ends_at < monthly_pdf.ORPHAN:
            assert pages(values | {"groups": groups * count}) == number - 1
            return
    raise AssertionError("no count of rows leaves a few last lines")


def test_the_crest_stands_on_the_paper_and_one_that_is_gone_does_no_harm(
    world: World, settings: Settings, tmp_path: Path
) -> None:
    keep_monthly_reports(now=OVER)
    report = MonthlyReport.objects.get(department=None)
    plain = paper_of(report)
    settings.CREST_FILE = str(tmp_path / "arma.png")
    assert paper_of(report) == plain
    Image.new("RGB", (60, 60), "navy").save(settings.CREST_FILE)
    assert paper_of(report).count(b"/Subtype /Image") == 1


def test_nobody_can_be_known_from_a_report(world: World) -> None:
    lived_through(world)
    world.open(now=OCTOBER, category=world.misconduct, description="Ahmet Beyin tavrı")
    keep_monthly_reports(now=OVER)
    for report in MonthlyReport.objects.all():
        text = json.dumps(report.figures, ensure_ascii=False)
        assert not [word for word in ("Ayşe", "Yılmaz", "532", "Ahmet", "çukur") if word in text]
    (words,) = MonthlyReport.objects.get(department=None).figures["words"]
    assert words == {"score": 4, "text": "Ben … …, …, geç oldu ama sağ olun"}


@pytest.mark.slow
def test_it_is_mailed_in_the_first_working_hours_to_who_reads_it_and_once(
    world: World, settings: Settings
) -> None:
    settings.NOTICES_BY_EMAIL, settings.MONTHLY_REPORT_TO = True, ["baskan@example.org"]
    head = world.user("head_fen")
    head.email = "fen@example.org"
    head.save()
    keep_monthly_reports(now=OVER)
    assert mail_monthly_reports(now=OVER) == 0
    assert mail_monthly_reports(now=MONDAY) == 2
    assert mail_monthly_reports(now=MONDAY) == 0
    assert sorted(sent.bcc[0] for sent in mail.outbox) == ["baskan@example.org", "fen@example.org"]
    assert {sent.attachments[0][2] for sent in mail.outbox} == {"application/pdf"}


def test_without_a_mail_server_nothing_is_mailed(world: World) -> None:
    keep_monthly_reports(now=OVER)
    assert (mail_monthly_reports(now=MONDAY), mail.outbox) == (0, [])


@pytest.mark.parametrize(
    ("who", "query", "status", "name"),
    [
        ("supervisor", {}, 200, "belediye"),
        ("supervisor", {"department": "PARK"}, 200, "PARK"),
        ("head_fen", {}, 200, "FEN"),
        ("head_fen", {"department": "PARK"}, 403, ""),
        ("crew_fen", {}, 403, ""),
        ("operator", {}, 403, ""),
        ("supervisor", {"month": "2026-13"}, 400, ""),
        ("supervisor", {"month": "2099-01"}, 400, ""),
        ("supervisor", {"department": "YOK"}, 400, ""),
    ],
)
def test_heads_get_their_own_report_and_supervisors_every_one(
    world: World, api: Caller, who: str, query: dict[str, str], status: int, name: str
) -> None:
    client: Any = api(who)
    response = client.get(URL, {"month": "2026-10"} | query, HTTP_ACCEPT="application/pdf")
    assert response.status_code == status
    assert f"rapor-2026-10-{name}.pdf" in response.headers.get("Content-Disposition", "rapor-2026-10-.pdf")


@pytest.mark.slow
def test_what_was_kept_is_what_is_read(world: World, api: Caller) -> None:
    lived_through(world)
    keep_monthly_reports(now=OVER)
    kept = paper_of(MonthlyReport.objects.get(department=None))
    first = api("supervisor").get(URL, {"month": "2026-10"})
    assert (first.content, first.headers["Cache-Control"]) == (kept, "private, max-age=30")
    again = api("supervisor").get(URL, {"month": "2026-10"}, HTTP_IF_NONE_MATCH=first.headers["ETag"])
    assert again.status_code == 304


@pytest.mark.slow
def test_the_map_on_paper_has_borders_of_mahalleler_that_nobody_imported_and_says_that_they_are_approximate(
    world: World,
) -> None:
    lived_through(world)
    assert [each.approximate for each in outlines()] == [True]
    said: list[str] = []

    class Read(Sheet):
        """A sheet that keeps what is written on it."""

        @override
        def cell(self, w: Any = None, h: Any = None, text: str = "", *more: Any, **facts: Any) -> Any:
            said.append(text)
            return super().cell(w, h, text, *more, **facts)

    values = interface.month_in_figures(Ticket.objects.all(), OCTOBER.date().replace(day=1), OVER)
    with patch.object(monthly_pdf, "Sheet", Read):
        drawn = monthly_pdf.draw(values, outlines(), Letterhead("B"))
        assert "Kesik çizgili sınırlar yaklaşıktır." in said
        said.clear()
        monthly_pdf.draw(values, [each._replace(approximate=False) for each in outlines()], Letterhead("B"))
        assert "Kesik çizgili sınırlar yaklaşıktır." not in said
    assert len(drawn) > len(monthly_pdf.draw(values, [], Letterhead("B")))
