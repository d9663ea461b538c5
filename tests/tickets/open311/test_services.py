"""Discovery, the list of services and their questions."""

from xml.etree import ElementTree

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from departments.base_data.loading import load_base_data
from departments.models import Category, CategoryQuestion
from tests.tickets.open311.conftest import BASE, Reader
from tests.tickets.open311.schemas import DEFINITION, DISCOVERY, ERRORS, SERVICES
from tests.tickets.world import World


def test_discovery_names_a_production_and_a_test_endpoint(read: Reader) -> None:
    endpoints = read("discovery.json", DISCOVERY)["endpoints"]
    assert {each["type"]: each["url"] for each in endpoints} == {
        "production": "http://testserver/open311/v2",
        "test": "http://testserver/open311/test/v2",
    }


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("discovery.xml", "text/xml"),
        ("discovery.json", "application/json"),
        ("services.xml", "text/xml; charset=utf-8"),
        ("services.json", "application/json; charset=utf-8"),
    ],
)
def test_only_discovery_names_no_charset(world: World, path: str, content_type: str) -> None:
    response = Client().get(BASE + path)
    assert (response.status_code, response.headers["Content-Type"]) == (200, content_type)


def test_discovery_in_xml_has_each_format_as_an_element(world: World) -> None:
    root = ElementTree.fromstring(Client().get(BASE + "discovery.xml").content)
    assert root.tag == "discovery"
    assert [each.text for each in root.findall("endpoints/endpoint/type")] == ["production", "test"]
    assert len(root.findall("endpoints/endpoint/formats/format")) == 4


def test_a_service_is_a_category_with_its_group(read: Reader) -> None:
    assert read("services.json", SERVICES) == [
        {
            "service_code": "yol_cukur",
            "service_name": "Çukur",
            "description": "Çukur. İlgili birim: Fen İşleri.",
            "metadata": False,
            "type": "realtime",
            "keywords": "çukur",
            "group": "Yol",
        }
    ]


@pytest.mark.parametrize(
    "changes",
    [{"restricted": True}, {"active": False}, {"first_action_hours": 0}],
    ids=["of special data", "out of use", "that the line answers itself"],
)
def test_no_service_is_a_category(world: World, changes: dict[str, object]) -> None:
    Category.objects.filter(code="yol_cukur").update(**changes)
    assert Client().get(BASE + "services.json").json() == []
    assert Client().get(BASE + "services/yol_cukur.json").status_code == 404


def test_another_agencys_work_is_no_service(world: World) -> None:
    Category.objects.filter(code="yol_cukur").update(agency=world.kaski)
    assert Client().get(BASE + "services.json").json() == []


def test_a_category_with_questions_has_a_definition(world: World, read: Reader) -> None:
    ask = CategoryQuestion.objects.create
    ask(
        category=world.pothole, code="derinlik", text="Ne kadar derin?", datatype="number", order=2, hint="cm"
    )
    choices = [{"key": "serit", "name": "Şerit"}, {"key": "yol", "name": "Yol"}]
    ask(
        category=world.pothole,
        code="yer",
        text="Nerede?",
        datatype="singlevaluelist",
        required=True,
        choices=choices,
    )
    assert read("services.json", SERVICES)[0]["metadata"] is True
    first, second = read("services/yol_cukur.json", DEFINITION)["attributes"]
    assert (first["code"], first["required"], first["values"]) == ("yer", True, choices)
    assert "datatype_description" not in first
    assert (second["code"], second["datatype_description"]) == ("derinlik", "cm")
    assert "values" not in second


def test_a_definition_in_xml_keeps_empty_elements(world: World) -> None:
    CategoryQuestion.objects.create(
        category=world.pothole, code="derinlik", text="Derinliği?", datatype="number"
    )
    root = ElementTree.fromstring(Client().get(BASE + "services/yol_cukur.xml").content)
    assert root.tag == "service_definition"
    (attribute,) = root.findall("attributes/attribute")
    assert attribute.findtext("variable") == "true"
    assert attribute.findtext("datatype_description") == ""


@pytest.mark.parametrize("code", ["yol_cukur", "personel_sikayet", "yok"])
def test_a_service_without_questions_or_not_offered_has_no_definition(read: Reader, code: str) -> None:
    read(f"services/{code}.json", ERRORS, http=404)


@pytest.mark.parametrize("path", ["services/yok", "nowhere", "services/a b"])
def test_an_error_in_xml_is_a_list_too(world: World, path: str) -> None:
    response = Client().get(f"{BASE}{path}.xml")
    root = ElementTree.fromstring(response.content)
    assert (response.status_code, root.tag) == (404, "errors")
    assert root.findtext("error/code") == "404"
    assert root.findtext("error/description")


def test_the_base_data_brings_questions_that_are_well_formed(db: None, read: Reader) -> None:
    load_base_data()
    load_base_data()
    asked = CategoryQuestion.objects.values_list("category__code", flat=True)
    assert len(set(asked)) >= 5
    for code in set(asked):
        read(f"services/{code}.json", DEFINITION)
    assert not CategoryQuestion.objects.filter(required=True).exists()


@pytest.mark.parametrize(
    ("datatype", "choices"),
    [
        ("singlevaluelist", []),
        ("number", [{"key": "a", "name": "A"}]),
        ("multivaluelist", [{"key": "a b", "name": "A"}]),
        ("multivaluelist", [{"key": "a", "name": "A"}, {"key": "a", "name": "B"}]),
        ("multivaluelist", [{"key": "a"}]),
        ("multivaluelist", "a"),
    ],
)
def test_choices_that_nobody_could_choose_are_refused(world: World, datatype: str, choices: object) -> None:
    question = CategoryQuestion(
        category=world.pothole, code="x", text="?", datatype=datatype, choices=choices
    )
    with pytest.raises(ValidationError) as refused:
        question.full_clean()
    assert set(refused.value.message_dict) == {"choices"}
