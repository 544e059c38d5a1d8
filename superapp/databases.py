"""Database and Redis addresses of the environment, turned into what Django wants."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from superapp import env

# WAL lets readers go on while one writes; IMMEDIATE takes the write lock at the start of a transaction, where waiting for it works.
# synchronous=FULL: an acknowledged message survives a power cut. secure_delete: what is deleted is overwritten.
_SQLITE = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16000; PRAGMA secure_delete=ON;",
}


def choose(*, embedded: bool, folder: Path) -> dict[str, dict[str, Any]]:
    """The databases of the environment: the one of everything, the key store, and a replica of the first if there is one, from which chosen
    reads may come (core.replica).

    Raises:
        ImproperlyConfigured: naming the variable.
    """
    found = {
        "default": _database("RESAKA_DATABASE_URL", folder / "resaka.sqlite3" if embedded else None),
        "keys": _database("RESAKA_KEYS_DATABASE_URL", folder / "keys.sqlite3" if embedded else None),
    }
    if url := env.text("RESAKA_REPLICA_URL"):
        if "sqlite" in found["default"]["ENGINE"]:
            raise ImproperlyConfigured("RESAKA_REPLICA_URL: only MariaDB has a replica, and RESAKA_DATABASE_URL names none")
        found["replica"] = mysql("RESAKA_REPLICA_URL", url)
        found["replica"]["OPTIONS"] |= {"connect_timeout": 1, "read_timeout": 5, "write_timeout": 5}
        found["replica"]["TEST"] = {"MIRROR": "default"}
    return found


def _database(variable: str, file: Path | None) -> dict[str, Any]:
    """The database of an address, else the file; where there is none the address is demanded."""
    if url := env.text(variable):
        return mysql(variable, url)
    if file is None:
        raise ImproperlyConfigured(f"{variable} (or {variable}_FILE): the server shape needs it")
    return sqlite(file)


def sqlite(path: Path) -> dict[str, Any]:
    """A database in one file."""
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": path, "OPTIONS": _SQLITE}


def mysql(variable: str, url: str) -> dict[str, Any]:
    """A MariaDB or MySQL database: `mysql://user:password@host:port/name` or `mysql://user@/name?unix_socket=/path`.

    Raises:
        ImproperlyConfigured: naming the variable.
    """
    parts = urlsplit(url)
    name = parts.path.strip("/")
    if parts.scheme != "mysql" or not name or "/" in name:
        raise ImproperlyConfigured(f"{variable}: expected mysql://user:password@host:port/name")
    options: dict[str, Any] = {
        "charset": "utf8mb4",
        "isolation_level": "read committed",
        "init_command": "SET sql_mode='STRICT_TRANS_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO'",
        "connect_timeout": 5,
        "read_timeout": 30,
        "write_timeout": 30,
    }
    wanted = parse_qs(parts.query)
    if unknown := set(wanted) - {"unix_socket"}:
        raise ImproperlyConfigured(f"{variable}: unknown option {', '.join(sorted(unknown))}")
    if "unix_socket" in wanted:
        options["unix_socket"] = wanted["unix_socket"][0]
    return {
        "ENGINE": "superapp.mariadb",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
        "TEST": {"CHARSET": "utf8mb4", "COLLATION": "utf8mb4_bin"},
    }


def redis_address(variable: str, url: str) -> str:
    """A checked Redis address: `redis://`, `rediss://`, `unix://`, or `sentinel://host:port,host:port/service`.

    Raises:
        ImproperlyConfigured: naming the variable.
    """
    if urlsplit(url).scheme not in {"redis", "rediss", "unix", "sentinel"}:
        raise ImproperlyConfigured(f"{variable}: expected redis://, rediss://, unix:// or sentinel://")
    return url
