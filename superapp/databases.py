"""Database and Redis addresses of the environment, turned into what Django wants."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

# WAL lets readers go on while one writes; IMMEDIATE takes the write lock at the start of a transaction, where waiting for it works.
# synchronous=FULL: an acknowledged message survives a power cut.
_SQLITE = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16000;",
}


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
