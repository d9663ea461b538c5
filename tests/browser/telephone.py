"""What a person does with the telephone page, in the person's own words."""

import itertools
from typing import Any

from playwright.sync_api import Locator, Page

from tests.chaos.instance import Instance, wait_for

_numbers = itertools.count(1)


class Telephone:
    """The page in one browser window, and the telephone in front on it."""

    def __init__(self, page: Page, line: Instance) -> None:
        self.page, self.line = page, line

    def open(self) -> None:
        self.page.goto(f"{self.line.url}/emulator/")
        self.page.get_by_text("Canlı").wait_for()

    def add_person(self, *, name: str = "", username: str = "") -> None:
        """Somebody with a number, or with a username only."""
        number = next(_numbers)
        name = name or f"Vatandaş {number}"
        self.button("Yeni vatandaş").click()
        self.page.get_by_role("textbox", name="Ad soyad").fill(name)
        self.page.get_by_role("textbox", name="Telefon").fill("" if username else f"0555 200 {number:04}")
        self.page.get_by_role("textbox", name="Kullanıcı adı").fill(username)
        self.page.get_by_role("dialog").get_by_role("button", name="Ekle", exact=True).click()
        self.front.get_by_role("heading", name=name, exact=True).wait_for()

    @property
    def front(self) -> Locator:
        return self.page.locator(".phone.front")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name)

    def bubble(self, text: str) -> Locator:
        """The newest bubble with that text."""
        return self.front.locator(".line", has_text=text).last

    def write(self, text: str) -> None:
        self.front.get_by_role("textbox", name="Mesaj").fill(text)
        self.page.keyboard.press("Enter")
        self.bubble(text).wait_for()

    def attach(self, what: str) -> None:
        self.front.get_by_role("button", name="Ekle", exact=True).click()
        self.page.get_by_role("dialog").get_by_role("button", name=what).click()

    def options(self, text: str) -> Locator:
        """Opens what can be done with a bubble."""
        self.bubble(text).get_by_role("button", name="Mesaj seçenekleri").click()
        return self.page.get_by_role("dialog")

    def section(self, title: str) -> Locator:
        """Opens a section of the panel, and the panel itself on a small screen."""
        if not self.page.locator("#panel").is_visible():
            self.button("Sahneler ve arızalar").click()
        summary = self.page.locator("#panel > details > summary", has_text=title)
        section = summary.locator("..")
        if section.get_attribute("open") is None:
            summary.click()
        return section

    @property
    def person(self) -> dict[str, Any]:
        """Whose telephone is in front, as the emulator knows them."""
        name = self.front.get_by_role("heading").inner_text()
        [person] = [each for each in self.line.emulator.people() if each["name"] == name]
        return person

    def sent(self, kind: str) -> dict[str, Any]:
        """The newest message of that type that this person sent, as it went over the wire."""
        chat = wait_for(lambda: self._sent(kind), every=0.1)
        body: dict[str, Any] = chat[-1]
        return body

    def _sent(self, kind: str) -> list[dict[str, Any]]:
        chat = self.line.emulator.chat(self.person["id"])["messages"]
        return [each["body"] for each in chat if each["direction"] == "in" and each["body"]["type"] == kind]
