"""Requests sent by other applications."""

from datetime import timedelta
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http.multipartparser import MultiPartParser
from django.test import Client
from django.utils import timezone
from PIL import Image

from departments.common import cache
from departments.models import CategoryQuestion
from tests.tickets.keys import key_of
from tests.tickets.open311 import schemas
from tests.tickets.open311.conftest import BASE, Reader
from tests.tickets.open311.schemas import CREATED, ERRORS, REQUESTS, TOKEN, UPDATES
from tests.tickets.world import World
from tickets.api_clients.models.clients import TrialRequest
from tickets.attachments import uploads
from tickets.models import Citizen, Ticket, TicketEvent
from tickets.open311 import trials, views

TRIAL = "/open311/test/v2/"
PLACE = {"lat": "38.7200", "long": "35.5200"}


@pytest.fixture
def key(world: World) -> str:
    cache.refresh()
    return key_of(world.user("roleless"))


def post(path: str, data: dict[str, Any], http: int, schema: dict[str, Any], base: str = BASE) -> Any:
    response = Client().post(base + path, data)
    assert response.status_code == http, response.content
    schemas.check(response.json(), schema)
    return response.json()


def picture(name: str = "a.jpg") -> SimpleUploadedFile:
    out = BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, "JPEG")
    return SimpleUploadedFile(name, out.getvalue(), "image/jpeg")


def test_a_report_becomes_a_ticket_of_the_services_department(world: World, key: str, read: Reader) -> None:
    report = {
        "api_key": key,
        "service_code": "yol_cukur",
        "description": "Okulun önünde çukur var",
        "address_string": "Barbaros Sokak",
        "first_name": "Ali",
        "last_name": "Demir",
        "phone": "0532 111 22 33",
        "email": "ali@example.org",
        "device_id": "tt222111",
        "jurisdiction_id": "melikgazi.bel.tr",
    }
    body = "&".join(f"{name}={value}" for name, value in (report | PLACE).items()).replace(" ", "+")
    response = Client().post(
        BASE + "requests.json", body.encode(), content_type="application/x-www-form-urlencoded; charset=utf-8"
    )
    assert response.status_code == 200, response.content
    schemas.check(response.json(), CREATED)
    ticket = Ticket.objects.get(number=response.json()[0]["service_request_id"])
    assert (ticket.department, ticket.category, ticket.status) == (world.fen, world.pothole, "ASSIGNED")
    assert (ticket.description, ticket.address) == ("Okulun önünde çukur var", "Barbaros Sokak")
    assert (ticket.lat, ticket.lon, ticket.neighbourhood) == (38.72, 35.52, world.mahalle)
    assert ticket.citizen
    assert (ticket.citizen.name, ticket.citizen.phone) == ("Ali Demir", "+905321112233")
    assert ticket.events.earliest("id").actor == world.user("roleless")
    (public,) = read(f"requests/{ticket.number}.json", REQUESTS)
    assert "description" not in public
    assert "Ali" not in str(public)


def test_a_report_sent_again_with_its_key_is_one_ticket(world: World, key: str) -> None:
    def sent(words: str) -> Any:
        report = {
            "api_key": key,
            "service_code": "yol_cukur",
            "description": words,
            "photo": picture(),
        } | PLACE
        return Client().post(BASE + "requests.json", report, headers={"Idempotency-Key": "7d1f"})

    first, again = sent("çukur"), sent("çukur")
    assert first.json() == again.json()
    assert ("Idempotency-Replayed" in first.headers, again.headers["Idempotency-Replayed"]) == (False, "true")
    assert (Ticket.objects.count(), Ticket.objects.get().attachments.count()) == (1, 1)
    assert sent("başka çukur").status_code == 400
    assert first.headers["Cache-Control"] == "no-store"


def test_a_report_that_was_refused_can_be_sent_again_with_its_key(world: World, key: str) -> None:
    headers = {"Idempotency-Key": "x" * 256}
    report = {"api_key": key, "service_code": "yol_cukur"} | PLACE
    assert Client().post(BASE + "requests.json", report, headers=headers).status_code == 400
    assert Client().post(BASE + "requests.json", report).status_code == 200


def test_a_known_telephone_number_opens_nobodys_record(world: World, key: str) -> None:
    report = {"api_key": key, "service_code": "yol_cukur", "phone": world.citizen.phone} | PLACE
    post("requests.json", report, 200, CREATED)
    assert Citizen.objects.filter(phone=world.citizen.phone).count() == 2
    assert not world.citizen.tickets.exists()


def test_a_number_that_is_none_and_a_nameless_report_are_taken_too(world: World, key: str) -> None:
    report = {"api_key": key, "service_code": "yol_cukur", "phone": "111111111"} | PLACE
    post("requests.json", report, 200, CREATED)
    assert Ticket.objects.get().citizen is None


def test_an_answer_in_xml_names_the_request(world: World, key: str) -> None:
    report = {"api_key": key, "service_code": "yol_cukur", "description": "x", "address_string": "Sivas Cd."}
    root = ElementTree.fromstring(Client().post(BASE + "requests.xml", report).content)
    assert (root.tag, root.findtext("request/service_request_id")) == (
        "service_requests",
        Ticket.objects.get().number,
    )


@pytest.mark.parametrize("place", [{"address_string": "Sivas Cd."}, {"address_id": "alpaslan"}, PLACE])
def test_one_way_to_say_where_is_enough(world: World, key: str, place: dict[str, str]) -> None:
    post("requests.json", {"api_key": key, "service_code": "yol_cukur"} | place, 200, CREATED)


@pytest.mark.parametrize(
    ("changes", "http"),
    [
        ({"api_key": ""}, 403),
        ({"api_key": "xyz"}, 403),
        ({"api_key": "\0"}, 403),
        ({"service_code": ""}, 400),
        ({"service_code": "yok"}, 404),
        ({"service_code": "personel_sikayet"}, 404),
        ({"lat": "", "long": ""}, 400),
        ({"long": ""}, 400),
        ({"lat": "otuz sekiz"}, 400),
        ({"lat": "nan"}, 400),
        ({"lat": "138.7"}, 400),
        ({"lat": "41.0", "long": "29.0"}, 400),  # Istanbul
        ({"lat": "41.0", "long": "29.0", "address_id": "alpaslan"}, 400),
        ({"address_id": "yok"}, 404),
        ({"description": "x" * 4001}, 400),
        ({"description": "\0"}, 400),
        ({"media_url": "file:///etc/passwd"}, 400),
        ({"attribute[yok]": "1"}, 400),
    ],
)
def test_a_refused_report_says_why_and_leaves_nothing(
    world: World, key: str, changes: dict[str, str], http: int
) -> None:
    for base in (BASE, TRIAL):
        report = {"api_key": key, "service_code": "yol_cukur", "first_name": "Ali"} | PLACE | changes
        post("requests.json", report, http, ERRORS, base)
    assert (Ticket.objects.count(), TrialRequest.objects.count()) == (0, 0)
    assert Citizen.objects.get() == world.citizen


@pytest.mark.parametrize(
    "changes",
    [{"submits": False}, {"expires_at": timezone.now() - timedelta(seconds=1)}],
    ids=["not for this", "expired"],
)
def test_a_key_is_good_for_what_and_as_long_as_it_was_given(world: World, changes: dict[str, Any]) -> None:
    key = key_of(world.user("roleless"), **changes)
    post("requests.json", {"api_key": key, "service_code": "yol_cukur"} | PLACE, 403, ERRORS)


def test_who_guesses_keys_has_to_wait(world: World) -> None:
    report = {"api_key": "0" * 40, "service_code": "yol_cukur"} | PLACE
    said = [Client().post(BASE + "requests.json", report).status_code for _ in range(31)]
    assert said == [403] * 30 + [429]


def test_a_wrong_key_in_the_address_is_refused_without_a_look_at_the_body(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MultiPartParser, "parse", lambda *_: pytest.fail("read"))
    response = Client().post(f"{BASE}requests.json?api_key={'0' * 40}", {"media": [picture()]})
    assert response.status_code == 403


def test_of_an_address_that_guesses_keys_no_large_body_is_read(
    world: World, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(30):
        Client().post(BASE + "requests.json", {"api_key": "0" * 40})
    monkeypatch.setattr(views, "UNKNOWN_BYTES", 100)
    report = {"service_code": "yol_cukur", "media": [picture()]} | PLACE
    assert Client().post(f"{BASE}requests.json?api_key={key}", report).status_code == 200
    monkeypatch.setattr(MultiPartParser, "parse", lambda *_: pytest.fail("read"))
    assert Client().post(BASE + "requests.json", report | {"api_key": "0" * 40}).status_code == 429


def test_who_reads_too_often_has_to_wait(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "READS_PER_MINUTE", 2)
    *read, refused = (Client().get(BASE + "services.json") for _ in range(3))
    assert [response.status_code for response in read] == [200, 200]
    assert (refused.status_code, refused.headers["RateLimit-Limit"]) == (429, "2")
    schemas.check(refused.json(), ERRORS)


def test_a_key_that_calls_too_often_has_to_wait(world: World) -> None:
    key = key_of(world.user("roleless"), per_minute=1)
    report = {"api_key": key, "service_code": "yol_cukur"} | PLACE
    taken, refused = (Client().post(BASE + "requests.json", report) for _ in range(2))
    assert (taken.status_code, taken.headers["RateLimit-Remaining"]) == (200, "0")
    assert (refused.status_code, refused.headers["RateLimit-Limit"]) == (429, "1")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    schemas.check(refused.json(), ERRORS)


def test_photos_come_along_as_files(world: World, key: str) -> None:
    report = {"api_key": key, "service_code": "yol_cukur", "media": [picture(), picture("b.jpg")]} | PLACE
    post("requests.json", report, 200, CREATED)
    photos = Ticket.objects.get().attachments.all()
    facts = photos.values_list("state", "mime_type", "file", "published")
    assert list(facts) == [("checking", "image/jpeg", "", False)] * 2
    uploads.work(timezone.now)
    assert [(each.state, each.mime_type, bool(each.file)) for each in photos.all()] == [
        ("stored", "image/jpeg", True)
    ] * 2


@pytest.mark.parametrize(
    "files",
    [[SimpleUploadedFile("a.jpg", b"no photo", "image/jpeg")], [picture(f"{n}.jpg") for n in range(6)]],
    ids=["no photo", "too many"],
)
def test_files_that_are_not_kept_refuse_the_report(
    world: World, key: str, files: list[SimpleUploadedFile]
) -> None:
    report = {"api_key": key, "service_code": "yol_cukur", "media": files} | PLACE
    post("requests.json", report, 400, ERRORS)
    assert not Ticket.objects.exists()


def test_the_address_of_a_photo_is_handed_to_the_clerk_and_fetched_by_nobody(world: World, key: str) -> None:
    report = {"api_key": key, "service_code": "yol_cukur", "media_url": "http://10.0.0.1/a.jpg"} | PLACE
    post("requests.json", report, 200, CREATED)
    ticket = Ticket.objects.get()
    assert ticket.description == "Gönderilen bağlantı: http://10.0.0.1/a.jpg"
    assert not ticket.attachments.exists()


@pytest.fixture
def questions(world: World) -> None:
    rows = [
        ("yer", "Nerede?", "singlevaluelist", True, [{"key": "serit", "name": "Şeritte"}]),
        (
            "esya",
            "Neler?",
            "multivaluelist",
            False,
            [{"key": "a", "name": "Masa"}, {"key": "b", "name": "Koltuk"}],
        ),
        ("derinlik", "Kaç cm?", "number", False, []),
        ("zaman", "Ne zaman?", "datetime", False, []),
        ("not", "Başka?", "text", False, []),
    ]
    for order, (code, text, datatype, required, choices) in enumerate(rows, start=1):
        CategoryQuestion.objects.create(
            category=world.pothole,
            code=code,
            text=text,
            datatype=datatype,
            required=required,
            choices=choices,
            order=order,
        )


def test_answers_to_the_services_questions_stand_below_the_description(
    world: World, key: str, questions: None
) -> None:
    report = {
        "api_key": key,
        "service_code": "yol_cukur",
        "description": "Çukur",
        "attribute[yer]": "serit",
        "attribute[esya][]": ["a", "b"],
        "attribute[derinlik]": "12.5",
        "attribute[zaman]": "2026-11-24T10:00:00Z",
        "attribute[not]": "",
    } | PLACE
    post("requests.json", report, 200, CREATED)
    assert Ticket.objects.get().description.splitlines() == [
        "Çukur",
        "Nerede? Şeritte",
        "Neler? Masa, Koltuk",
        "Kaç cm? 12.5",
        "Ne zaman? 2026-11-24T10:00:00Z",
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"attribute[yer]": ""},
        {"attribute[yer]": "orada"},
        {"attribute[yer][]": ["serit", "serit"], "attribute[yer]": []},
        {"attribute[derinlik]": ["1", "2"]},
        {"attribute[esya][]": ["a", "c"]},
        {"attribute[derinlik]": "çok"},
        {"attribute[zaman]": "dün"},
        {"attribute[not]": "x" * 501},
    ],
)
def test_answers_that_do_not_fit_the_question_are_400(
    world: World, key: str, questions: None, changes: dict[str, Any]
) -> None:
    report = {"api_key": key, "service_code": "yol_cukur", "attribute[yer]": "serit"} | PLACE | changes
    post("requests.json", report, 400, ERRORS)


def test_the_test_endpoint_shows_what_was_sent_and_opens_no_ticket(
    world: World, key: str, read: Reader
) -> None:
    report = {"api_key": key, "service_code": "yol_cukur", "description": "Deneme"} | PLACE
    (created,) = post("requests.json", report, 200, CREATED, TRIAL)
    number = created["service_request_id"]
    assert number.startswith("TEST-")
    assert not Ticket.objects.exists()
    trial = Client().get(f"{TRIAL}requests/{number}.json").json()
    schemas.check(trial, REQUESTS)
    assert Client().get(TRIAL + "requests.json").json() == trial
    assert Client().get(TRIAL + "requests.json", {"service_request_id": number}).json() == trial
    assert Client().get(TRIAL + "requests.json", {"status": "closed"}).json() == []
    schemas.check(Client().get(f"{TRIAL}tokens/{number}.json").json(), TOKEN)
    assert Client().get(TRIAL + "services.json").json() == Client().get(BASE + "services.json").json()
    read(f"requests/{number}.json", ERRORS, http=404)
    assert Client().get(f"{TRIAL}requests/MG-2026-000001.json").status_code == 404


def test_what_was_sent_to_the_test_endpoint_is_forgotten_after_a_week(world: World, key: str) -> None:
    report = {"api_key": key, "service_code": "yol_cukur"} | PLACE
    post("requests.json", report, 200, CREATED, TRIAL)
    trials.forget(timezone.now() + timedelta(days=6))
    assert TrialRequest.objects.exists()
    trials.forget(timezone.now() + timedelta(days=8))
    assert not TrialRequest.objects.exists()


def test_an_application_adds_words_to_its_own_requests_alone(world: World, key: str) -> None:
    others = world.assigned().number
    post("requests.json", {"api_key": key, "service_code": "yol_cukur"} | PLACE, 200, CREATED)
    own = Ticket.objects.latest("id")
    words = {"api_key": key, "service_request_id": own.number, "description": "Büyüdü"}
    post("servicerequestupdates.json", words, 200, schemas.list_of({"required": ["update_id"]}))
    own.refresh_from_db()
    assert own.description == "Büyüdü"
    assert own.events.latest("id").kind == TicketEvent.Kind.DESCRIBED
    post("servicerequestupdates.json", words | {"service_request_id": others}, 404, ERRORS)
    post("servicerequestupdates.json", words | {"description": ""}, 400, ERRORS)
    post("servicerequestupdates.json", words | {"api_key": ""}, 403, ERRORS)
    schemas.check(Client().get(BASE + "servicerequestupdates.json").json(), UPDATES)


def test_a_body_of_too_many_fields_is_400(world: World, key: str) -> None:
    many = {f"x{number}": "1" for number in range(1100)}
    post("requests.json", {"api_key": key, "service_code": "yol_cukur"} | PLACE | many, 400, ERRORS)


def test_a_body_that_cannot_be_read_is_400(world: World) -> None:
    response = Client().post(
        BASE + "requests.json", b"--x", content_type="multipart/form-data; boundary=" + "x" * 300
    )
    assert response.status_code == 400
    schemas.check(response.json(), ERRORS)
