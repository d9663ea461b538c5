"""The start page links to what the installation has, and to nothing else."""

import re

import pytest
from django.test import Client
from pytest_django import Settings

from tests.tickets.world import NOW
from tickets.casework.opening import Report, open_ticket
from tickets.models import Kind, Source
from tickets.record.permissions import Actor

pytestmark = pytest.mark.django_db


def page(client: Client) -> str:
    response = client.get("/")
    assert response.status_code == 200
    return response.content.decode()


def links(html: str) -> list[str]:
    return re.findall(r'<a [^>]*href="([^"]+)"', html)


def test_every_door_opens(client: Client) -> None:
    doors = links(page(client))
    assert {"/admin/", "/api/v1/docs/"} <= set(doors)
    assert all(client.get(door, follow=True).status_code == 200 for door in doors)


def test_open311_is_named_once_it_is_there(client: Client) -> None:
    shown = "/open311/v2/discovery.json" in links(page(client))
    there = client.get("/open311/v2/discovery.json").status_code == 200
    assert shown == there


def test_a_real_line_shows_neither_telephone_nor_accounts(client: Client) -> None:
    html = page(client)
    assert "/emulator/" not in html
    assert "head_fen" not in html


def test_a_trial_begins_with_the_telephone_and_names_the_accounts(client: Client, settings: Settings) -> None:
    settings.EMULATOR = True
    html = page(client)
    assert links(html)[0] == "/emulator/"
    for account in ("admin", "operator", "supervisor", "head_fen", "crew_fen", "dpo"):
        assert f"<dt>{account}</dt>" in html


def test_an_empty_trial_offers_to_be_filled_and_one_with_tickets_does_not(
    client: Client, settings: Settings
) -> None:
    settings.EMULATOR = True
    assert "bin/manage fill" in page(client)
    report = Report(channel=Source.WHATSAPP, kind=Kind.TALEP)
    open_ticket(report=report, actor=Actor.system(), now=NOW)
    assert "bin/manage fill" not in page(client)


def test_a_filled_trial_says_in_three_sentences_what_to_try_first(client: Client, settings: Settings) -> None:
    settings.EMULATOR = True
    assert "Önce şunları deneyin" not in page(client)
    report = Report(channel=Source.WHATSAPP, kind=Kind.TALEP)
    open_ticket(report=report, actor=Actor.system(), now=NOW)
    first, *_ = re.findall(r"<ol>(.*?)</ol>", page(client), re.DOTALL)
    assert first.count("<li>") == 3
    assert links(first) == ["/emulator/", "/admin/bekleyenler/", "/admin/raporlar/"]
    settings.EMULATOR = False
    assert "Önce şunları deneyin" not in page(client)


def test_nothing_is_asked_of_another_host(client: Client, settings: Settings) -> None:
    settings.EMULATOR = True
    assert not re.findall(r'(?:href|src)="(?:https?:)?//', page(client))
