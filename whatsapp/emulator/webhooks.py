"""Posts webhooks, signed, and retries them with growing pauses until they are answered with 200."""

import secrets
import threading

import requests

from whatsapp.emulator.clock import TrialClock
from whatsapp.emulator.config import Config
from whatsapp.emulator.faults import Faults
from whatsapp.emulator.payloads import dump, envelope, signature
from whatsapp.emulator.records import Delivery, Json
from whatsapp.emulator.store import Store

DICE = secrets.SystemRandom()
POSTS_AT_ONCE = 8
KEPT_SECONDS = 7 * 24 * 3600
TIMEOUT_SECONDS = (3.0, 20.0)


def retry_pause(tries: int) -> float:
    """Seconds until the next attempt after `tries` failed ones: 2, 6, 18 … at most 6 hours."""
    return min(2.0 * 3.0 ** (tries - 1), 6 * 3600.0)


class Webhooks:
    """Posts the queued webhooks of the store in a few threads, in no guaranteed order, as Meta does."""

    def __init__(self, config: Config, store: Store, clock: TrialClock, faults: Faults) -> None:
        self._config, self._store, self._clock, self._faults = config, store, clock, faults
        self._busy: set[int] = set()
        self._stopping = False
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Starts posting; webhooks held back by a fault of the last process are sent, too, since faults end with it."""
        self.release()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(POSTS_AT_ONCE)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stops after the running posts; undelivered webhooks stay in the store."""
        with self._store.news:
            self._stopping = True
            self._store.news.notify_all()
        for thread in self._threads:
            thread.join()

    def publish(self, change: Json, *, delay: float = 0.0) -> None:
        """Queues one change as a webhook of its own, `delay` seconds from now, with the active faults applied."""
        now = self._clock.now()
        copies = 1
        if fault := self._faults.take("duplicate"):
            copies += fault.options["copies"]
        if fault := self._faults.take("delay"):
            delay += fault.options["seconds"]
        if fault := self._faults.take("shuffle"):
            delay += DICE.uniform(0, fault.options["seconds"])
        batch = self._faults.is_set("batch")
        held = batch is not None or self._faults.take("hold") is not None
        forged = self._faults.take("wrong_secret") is not None
        for _ in range(copies):
            self._store.add_delivery(
                changes=[change], now=now, due_at=None if held else now + delay, forged=forged
            )
        if batch is not None and len(self._store.held()) >= batch.options["size"]:
            self._faults.take("batch")
            self.release(batch=True)

    def release(self, *, batch: bool = False, shuffle: bool = False) -> int:
        """Sends held webhooks, as one body if `batch`, in random order if `shuffle`; returns how many bodies."""
        held = self._store.held()
        if shuffle:
            DICE.shuffle(held)
        now = self._clock.now()
        if batch and held:
            changes = [change for delivery in held for change in delivery.changes]
            self._store.add_delivery(
                changes=changes, now=now, due_at=now, forged=any(delivery.forged for delivery in held)
            )
            for delivery in held:
                self._store.drop_delivery(delivery.id)
            return 1
        for place, delivery in enumerate(held):
            self._store.schedule(delivery.id, now + place / 1000)
        return len(held)

    def verify(self) -> Json:
        """Verifies the webhook by GET: `{ok, status, answer}`; ok when the body is the challenge alone."""
        challenge = str(DICE.randrange(10**8, 10**9))
        query = {
            "hub.mode": "subscribe",
            "hub.verify_token": self._config.verify_token,
            "hub.challenge": challenge,
        }
        with self._session() as session:
            try:
                answer = session.get(self._config.webhook_url, params=query, timeout=TIMEOUT_SECONDS)
            except requests.RequestException as error:
                return {"ok": False, "status": None, "answer": str(error)}
        ok = answer.status_code == 200 and answer.text == challenge
        return {"ok": ok, "status": answer.status_code, "answer": answer.text[:500]}

    def body(self, delivery: Delivery) -> bytes:
        """The bytes that are posted, the same at every try."""
        return dump(envelope(self._config.waba_id, delivery.changes))

    def _session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        session.verify = self._config.authorities or True
        session.headers["User-Agent"] = "facebookexternalua"
        return session

    def _work(self) -> None:
        with self._session() as session:
            while (delivery := self._claim()) is not None:
                try:
                    self._deliver(session, delivery)
                finally:
                    with self._store.news:
                        self._busy.discard(delivery.id)

    def _claim(self) -> Delivery | None:
        """Waits for the next webhook whose time has come and marks it as being posted; None at the end."""
        with self._store.news:
            while not self._stopping:
                delivery = self._store.next_delivery(self._busy)
                wait = (
                    None
                    if delivery is None or delivery.due_at is None
                    else delivery.due_at - self._clock.now()
                )
                if delivery is not None and wait is not None and wait <= 0:
                    self._busy.add(delivery.id)
                    return delivery
                self._store.news.wait(wait)
        return None

    def _deliver(self, session: requests.Session, delivery: Delivery) -> None:
        attempt: Json = {"at": self._clock.now(), "status": None}
        body = self.body(delivery)
        secret = self._config.secret + ("-forged" if delivery.forged else "")
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signature(secret, body)}
        try:
            answer = session.post(
                self._config.webhook_url,
                data=body,
                headers=headers,
                timeout=TIMEOUT_SECONDS,
                allow_redirects=False,
            )
            attempt["status"] = answer.status_code
        except requests.RequestException as error:
            attempt["error"] = type(error).__name__
        now = self._clock.now()
        attempt["seconds"] = round(now - attempt["at"], 3)
        due = now + retry_pause(len(delivery.tries) + 1) * self._config.retry_scale
        over = attempt["status"] == 200 or due - delivery.created_at > KEPT_SECONDS
        self._store.add_try(delivery.id, attempt, due_at=due, done_at=now if over else None)
