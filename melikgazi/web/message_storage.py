"""Where messages to the reader of a page wait until the next page shows them."""

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage


class MessageStorage(FallbackStorage):
    """Messages to signed-in users are kept in their session, those to visitors in a signed cookie.

    A visitor must not make a session: it is a row in the database, and anybody can make visitors.
    """

    storage_classes = (SessionStorage, CookieStorage)

    def _get(self) -> Any:
        found = []
        for storage in self.storages:
            messages, _ = storage._get()
            if messages:
                self._used_storages.add(storage)  # type: ignore[attr-defined]  # the stubs leave it out
                found += messages
        return found, True

    def _store(self, messages: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        session, cookie = self.storages
        own, other = (session, cookie) if SESSION_KEY in self.request.session else (cookie, session)
        if other in self._used_storages:  # type: ignore[attr-defined]  # the same
            other._store([], response)
        return own._store(messages, response, *args, **kwargs)
