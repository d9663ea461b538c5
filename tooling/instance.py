"""One data directory: who holds it, its secrets, and the environment that the programs working on it get."""

import contextlib
import fcntl
import os
import secrets
import shlex
import string
from collections.abc import Iterator, Mapping
from pathlib import Path

# Everything the settings read (interfaces in docs/architecture.md): what bin/manage needs to join a running instance.
VARIABLES = (
    *("SECRET_KEY", "DEBUG", "ALLOWED_HOSTS", "PUBLIC_URL", "TRUSTED_PROXIES", "LOG_LEVEL", "LOG_FORMAT"),
    *(
        "DATABASE_URL",
        "DATABASE_PASSWORD",
        "DATABASE_REPLICA_URL",
        "DATABASE_PREPARED",
        "DATABASE_POOLED",
        "DATABASE_DIRECT_URL",
        "DATABASE_REPLICA_MAX_LAG",
        "BROKER_URL",
        "MEDIA_ROOT",
        "EMAIL_URL",
        "SENTRY_DSN",
        "METRICS_TOKEN",
        "ALERTMANAGER_URL",
        "RING_URL",
        "CLAMD_URL",
        "RING_SECRET",
        "ENCRYPTION_KEYS",
        "BACKUP_RECIPIENTS",
    ),
    *("WORKERS_INBOX", "WORKERS_OUTBOX", "WORKERS_MEDIA"),
    *("SECOND_FACTOR", "SESSION_IDLE_MINUTES", "SESSION_MAX_HOURS", "SIGN_IN_HELP", "EMAIL_FROM"),
    "SECURITY_CONTACT",
    *("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_NAME", "OIDC_SCOPES", "OIDC_CLAIM"),
    *("OIDC_SECOND_FACTOR", "OIDC_GROUPS_CLAIM", "OIDC_ROLES"),
    *("WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN", "WHATSAPP_ACCESS_TOKEN", "WHATSAPP_PHONE_NUMBER_ID"),
    *("WHATSAPP_WABA_ID", "WHATSAPP_GRAPH_URL", "WHATSAPP_GRAPH_VERSION", "WHATSAPP_MEDIA_HOSTS"),
    *("WHATSAPP_MESSAGES_PER_SECOND", "WHATSAPP_SEND_CONNECTIONS"),
    *("WHATSAPP_SETTLE_SECONDS", "WHATSAPP_DRAFT_TIMEOUT", "KVKK_NOTICE_URL", "TILE_URL", "MAP_FILE"),
    *("EMULATOR", "EMULATOR_URL", "EMULATOR_CLOCK", "DEMO_PASSWORD", "NO_PROXY", "no_proxy"),
)
SECRETS, ANNOUNCEMENT = "secrets.env", "run.env"
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class InUseError(Exception):
    """Another process holds the directory."""


@contextlib.contextmanager
def locked(directory: Path, *, wait: bool = False) -> Iterator[None]:
    """Holds the one lock of a folder; it ends with this process, however that ends. InUseError, unless `wait`."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            raise InUseError(directory) from error
        yield
    finally:
        os.close(handle)


def prepare_directory(directory: Path) -> Path:
    """Makes the directory, closed to other users of the machine; returns it as absolute.

    FileExistsError when it holds something else: we would lock its users out.
    """
    directory = directory.absolute()
    directory.mkdir(parents=True, exist_ok=True)
    names = {entry.name for entry in directory.iterdir()}
    if names and not names & {SECRETS, f"{SECRETS}.new"}:
        raise FileExistsError(
            f"{directory} boş değil ve bu programa ait değil; --data ile başka bir dizin verin."
        )
    directory.chmod(0o700)
    return directory


def make_secrets(directory: Path) -> bool:
    """Makes the secrets of this directory that it does not have yet; returns whether it had none."""
    file = directory / SECRETS
    known = read_variables(file) if file.exists() else {}
    complete = _new_secrets() | known
    if complete != known:
        write_variables(file, complete)
    return not known


def _new_secrets() -> dict[str, str]:
    def number() -> str:
        return "1" + "".join(secrets.choice(string.digits) for _ in range(14))

    return {
        "SECRET_KEY": secrets.token_hex(32),
        "WHATSAPP_APP_SECRET": secrets.token_hex(16),
        "WHATSAPP_VERIFY_TOKEN": secrets.token_hex(16),
        "WHATSAPP_ACCESS_TOKEN": secrets.token_hex(32),
        "WHATSAPP_PHONE_NUMBER_ID": number(),
        "WHATSAPP_WABA_ID": number(),
        "DEMO_PASSWORD": "-".join(secrets.token_hex(2) for _ in range(3)),
    }


def environment(directory: Path, port: int, given: Mapping[str, str]) -> dict[str, str]:
    """What the programs of this directory get beside its services' addresses. Whatever is `given` wins.

    FileNotFoundError before make_secrets().
    """
    made = read_variables(directory / SECRETS) | {
        "MEDIA_ROOT": str(directory / "media"),
        "PUBLIC_URL": f"http://localhost:{port}",
        "EMULATOR": "off",
        "SECOND_FACTOR": "off",  # a trial is entered with user name and password alone
    }
    proxied = ",".join(filter(None, [given.get("NO_PROXY", given.get("no_proxy")), *LOOPBACK]))
    if "WHATSAPP_PHONE_NUMBER_ID" in given:
        # A number of somebody's own is not in the account that we made up: without its id, none is checked.
        made["WHATSAPP_WABA_ID"] = ""
    chosen = made | {name: given[name] for name in VARIABLES if name in given}
    return chosen | {"NO_PROXY": proxied, "no_proxy": proxied}  # no proxy stands between us and our emulator


def write_variables(file: Path, variables: Mapping[str, str]) -> None:
    """Writes NAME=value lines that a shell can read too; at once, and for nobody else's eyes."""
    unfinished = file.with_name(f"{file.name}.new")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as lines:
        lines.writelines(f"{name}={shlex.quote(value)}\n" for name, value in sorted(variables.items()))
    unfinished.replace(file)


def read_variables(file: Path) -> dict[str, str]:
    """What write_variables() wrote. FileNotFoundError when it has not."""
    pairs = (word.partition("=") for word in shlex.split(file.read_text(), comments=True))
    return {name: value for name, _, value in pairs}


def announce(directory: Path, environment: Mapping[str, str]) -> None:
    """Lets bin/manage join: the running instance's variables, for as long as forget() is not called."""
    known = {name: environment[name] for name in VARIABLES if name in environment}
    write_variables(directory / ANNOUNCEMENT, known)


def announced(directory: Path) -> dict[str, str] | None:
    """The variables of the instance that holds the directory; None while it announces none."""
    try:
        return read_variables(directory / ANNOUNCEMENT)
    except FileNotFoundError:
        return None


def forget(directory: Path) -> None:
    """Takes an announcement back: our own at the end, or that of an instance that was killed."""
    (directory / ANNOUNCEMENT).unlink(missing_ok=True)
