"""The folder of the database, where PostgreSQL runs on this machine: its disk fills up, too.

PostgreSQL tells where it lies only to pg_read_all_settings; Debian's clusters have their name in the path.
"""

import ipaddress
from pathlib import Path
from typing import Any

from django.db import DatabaseError, connection

DEBIAN = Path("/var/lib/postgresql")
NOT_MEASURED = (
    "ölçülmüyor: PostgreSQL başka bir makinede ya da dizinini hatta söylemiyor. Başka makinedeyse diski orada izleyin; "
    "buradaysa: GRANT pg_read_all_settings TO melikgazi"
)

_WHERE = """
SELECT coalesce(host(inet_server_addr()), ''), current_setting('cluster_name'),
    (SELECT setting FROM pg_settings WHERE name = 'data_directory')
"""


def folder() -> Path | None:
    """Its data directory; None where PostgreSQL runs elsewhere or its directory is not known.

    While it does not answer: Debian's folder of all clusters, where there is one.
    """
    if not _is_here(str(connection.get_connection_params().get("host", ""))):
        return None
    try:
        address, cluster, directory = _ask()
    except DatabaseError:
        connection.close()
        return DEBIAN if _is_there(DEBIAN) else None
    if not _is_here(address):  # behind a pooler on this machine
        return None
    known = [Path(directory)] if directory else []
    known += [DEBIAN / cluster] if cluster else []
    return next((each for each in known if _is_there(each)), None)


def _is_there(folder: Path) -> bool:
    """Whether it can be measured: not where a folder above may not be entered."""
    try:
        return folder.is_dir()
    except OSError:
        return False


def _is_here(host: str) -> bool:
    """Whether that is a socket's folder, or an address or a name of this machine's own."""
    if host in ("", "localhost") or host.startswith("/"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _ask() -> tuple[Any, ...]:
    """The server's address (empty by a socket), the name of its cluster, its folder if it may be told."""
    with connection.cursor() as cursor:
        cursor.execute(_WHERE)
        return tuple(cursor.fetchone())
