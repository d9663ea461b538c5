"""Error pages (403, 404, …): Turkish, with a link back."""

import pytest
from django.test import Client

from tests.tickets.world import build_world, sign_in
from tickets.desk import dashboard


@pytest.fixture
def operator(db: None) -> Client:
    return sign_in(build_world(), "operator")


def test_a_page_of_the_back_office_that_is_none_leads_back(operator: Client) -> None:
    answer = operator.get("/admin/yok/")
    assert answer.status_code == 404
    assert "Böyle bir sayfa yok" in answer.content.decode()
    assert 'href="/admin/"' in answer.content.decode()


@pytest.mark.parametrize("mistyped", ["/yok/", "/d", "/administrator"])
def test_a_citizen_who_mistypes_an_address_sees_no_door_of_the_staff(mistyped: str) -> None:
    answer = Client().get(mistyped)
    assert answer.status_code == 404
    assert "hatta “durum” yazın" in answer.content.decode()
    assert "/admin/" not in answer.content.decode()


def test_a_page_of_another_role_says_so(operator: Client) -> None:
    answer = operator.get("/admin/auth/user/")
    assert answer.status_code == 403
    assert "Bu sayfa size açık değil" in answer.content.decode()


def test_a_form_of_a_former_session_says_what_to_do() -> None:
    answer = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "operator"})
    assert answer.status_code == 403
    assert "sayfayı yenileyin" in answer.content.decode()


def test_an_error_of_ours_is_told_without_english(operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    operator.raise_request_exception = False

    def broken(*_: object) -> dict[str, object]:
        raise RuntimeError

    monkeypatch.setattr(dashboard, "dashboard", broken)
    answer = operator.get("/admin/")
    assert answer.status_code == 500
    assert "Bir şeyler ters gitti" in answer.content.decode()
