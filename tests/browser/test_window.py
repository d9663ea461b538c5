"""The clock moves on: this comes last, since it never goes back."""

import pytest
import requests
from playwright.sync_api import expect

from tests.browser.citizen import Citizen
from tests.browser.telephone import Telephone
from tests.chaos.instance import PATIENCE, Instance

pytestmark = pytest.mark.browser

REPORT = "Köşk mahallesinde yolda büyük çukur var"


def test_a_day_later_the_window_is_shut_on_the_telephone(telephone: Telephone) -> None:
    telephone.write("durum")
    expect(telephone.front.get_by_text("pencere açık")).to_be_visible()
    telephone.section("Saat").get_by_role("button", name="+25 saat").click()
    expect(telephone.front.get_by_text("pencere kapalı")).to_be_visible()


@pytest.mark.parametrize("told_late", [False, True])
def test_news_for_a_shut_window_arrive_as_a_template(line: Instance, told_late: bool) -> None:
    citizen = Citizen(line)
    citizen.say("text", text=REPORT)
    [confirmation] = citizen.hears(1)
    line.emulator.forward(25 * 3600)
    if told_late:
        line.emulator.set_fault("window_as_status", 1)
    start_work(line, confirmation["shown"]["text"].partition("no: ")[2].split()[0])
    news = citizen.hears(2)[-1]
    assert news["body"]["type"] == "template"
    assert "çalışmaya başladık" in news["shown"]["text"]


def start_work(line: Instance, number: str) -> None:
    """A clerk begins with the talep, over REST."""
    [(token,)] = line.rows(
        "INSERT INTO authtoken_token (key, created, user_id) SELECT repeat('ab', 20), now(), id"
        " FROM auth_user WHERE username = 'admin'"
        " ON CONFLICT (user_id) DO UPDATE SET created = now() RETURNING key"
    )
    url = f"{line.url}/api/v1/tickets/{number}/transitions/"
    headers = {"Authorization": f"Token {token}"}
    answer = requests.post(url, json={"to": "IN_PROGRESS"}, headers=headers, timeout=PATIENCE)
    assert answer.status_code == 200, answer.text
