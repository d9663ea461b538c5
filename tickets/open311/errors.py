"""Errors of Open311 calls: a list of codes and sentences, which the application shows to its user."""

from django.http import HttpResponse

from tickets.open311.formats import Form, Value, answer


class RefusedError(Exception):
    """A refused call. `status` is 404 for what does not exist, 403 for the key, 400 for the rest."""

    def __init__(self, status: int, *descriptions: str) -> None:
        super().__init__(" ".join(descriptions))
        self.status, self.descriptions = status, descriptions

    def answer(self, form: Form) -> HttpResponse:
        errors: Value = [{"code": self.status, "description": text} for text in self.descriptions]
        return answer("errors", errors, form, status=self.status)


def unknown(what: str, code: str) -> RefusedError:
    """404: there is no such thing, or it is not public."""
    return RefusedError(404, f"{what} bulunamadı: {code[:100]}")
