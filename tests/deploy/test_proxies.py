"""Both proxies give a request its number, and tell of it in one form: without whose it is and what it asks for."""

import json
import logging
import re

import pytest

from melikgazi.observability.logs import JsonFormatter
from tests.deploy import deployment
from tests.deploy.deployment import ROOT

CADDY = (ROOT / "deploy/Caddyfile").read_text()
NGINX = (ROOT / "deploy/nginx.conf").read_text()
SECRET = ("/d/", "/admin/giris/parola/")  # what follows opens somebody's page


def our_keys() -> set[str]:
    record = logging.LogRecord("trial", logging.INFO, "", 0, "said", (), None)
    return set(json.loads(JsonFormatter().format(record)))


def test_caddy_writes_our_keys() -> None:
    assert set(re.findall(r"(?:time|level|name|message)_key (\w+)", CADDY)) == our_keys()


def test_nginx_writes_our_keys() -> None:
    form = "".join(re.findall(r"'(.*?)'", NGINX.partition("log_format")[2].partition(";")[0]))
    assert our_keys() <= set(json.loads(re.sub(r":\$\w+", ":0", form)))


@pytest.mark.parametrize("proxy", [CADDY, NGINX], ids=["Caddy", "nginx"])
def test_the_number_is_written_anew_and_told_to_both_sides(proxy: str) -> None:
    assert (
        len(
            re.findall(
                r"^\s*(?:proxy_set_header|header_up|header|add_header) X-Request-Id ", proxy, re.MULTILINE
            )
        )
        == 2
    )


@pytest.mark.parametrize("proxy", [CADDY, NGINX], ids=["Caddy", "nginx"])
def test_codes_in_addresses_are_not_told(proxy: str) -> None:
    for beginning in SECRET:
        assert beginning in proxy


def test_nginx_tells_neither_who_asks_nor_for_what() -> None:
    form = NGINX.partition("log_format")[2].partition(";")[0]
    assert not set(re.findall(r"\$\w+", form)) & {"$remote_addr", "$args", "$request", "$request_uri", "$uri"}


def test_caddy_tells_neither_who_asks_nor_for_what() -> None:
    for field in ("remote_ip", "client_ip", "headers"):
        assert f"request>{field} delete" in CADDY
    found = re.search(r'request>uri regexp "(.*)" "\$1"', CADDY)
    assert found

    def told(uri: str) -> str:
        return re.sub(found[1], lambda match: match[1] or "", uri)

    assert told("/d/ab12-secret?x=1") == "/d/"
    assert told("/admin/giris/parola/MQ/token/") == "/admin/giris/parola/"
    assert told("/admin/tickets/ticket/?q=Ayşe") == "/admin/tickets/ticket/"


def test_the_form_is_chosen_by_the_setting_of_the_line() -> None:
    _, shown = deployment.variables_explained()["LOG_FORMAT"]
    assert f"import log_{{$LOG_FORMAT:{shown}}}" in CADDY
    assert set(re.findall(r"^\(log_(\w+)\)", CADDY, re.MULTILINE)) == {"text", "json"}
    assert (
        deployment.compose()["services"]["proxy"]["environment"]["LOG_FORMAT"] == f"${{LOG_FORMAT:-{shown}}}"
    )
