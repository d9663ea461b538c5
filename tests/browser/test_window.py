"""The clock moves on: this comes last, since it never goes back."""

import pytest
from playwright.sync_api import expect

from tests.browser.citizen import Citizen
from tests.browser.clerk import move
from tests.browser.telephone import Telephone
from tests.chaos.instance import Instance

pytestmark = pytest.mark.browser

REPORT = "Köşk mahallesinde yolda büyük çukur var"


def test_a_day_later_the_window_is_shut_on_the_telephone(telephone: Telephone) -> None:
    telephone.write("durum")
    expect(telephone.front.get_by_text("pencere açık")).to_be_visible()
    telephone.section("Saat").get_by_role("button", name="+25 saat").click()
    expect(telephone.front.get_by_text("pencere kapalı")).to_be_visible()


def test_a_report_without_a_place_is_opened_when_its_time_is_over(telephone: Telephone) -> None:
    telephone.write("Kaldırım taşları kırılmış, yürünmüyor")
    telephone.bubble("Yeri neresi?").wait_for()
    telephone.section("Saat").get_by_role("button", name="+16 dakika").click()
    expect(telephone.bubble("no: MG-")).to_contain_text("Yeri henüz bilmiyoruz.")


@pytest.mark.parametrize("told_late", [False, True])
def test_news_for_a_shut_window_arrive_as_a_template(line: Instance, told_late: bool) -> None:
    citizen = Citizen(line)
    citizen.say("text", text=REPORT)
    [confirmation] = citizen.hears(1)
    line.emulator.forward(25 * 3600, line=not told_late)  # a line that knows the hour sends no free text
    if told_late:
        line.emulator.set_fault("window_as_status", 1)
    move(line, confirmation["shown"]["text"].partition("no: ")[2].split()[0], "IN_PROGRESS")
    news = citizen.hears(2)[-1]
    assert news["body"]["type"] == "template"
    assert "çalışmaya başladık" in news["shown"]["text"]
