"""What is written to the log, and how: one JSON line per event, never a body, never a query string."""

from __future__ import annotations

from typing import Any


def configure(level: str) -> dict[str, Any]:
    """Django's LOGGING."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "core.logs.JsonFormatter"}},
        "filters": {"ours": {"()": "core.logs.OursFilter"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django": {"handlers": ["console"], "level": "WARNING", "propagate": False},
            "django.server": {"handlers": ["console"], "level": "WARNING", "propagate": False},
            "django.db.backends": {"level": "WARNING"},
            "uvicorn": {"level": "WARNING"},  # its lines name addresses of people
            "fido2": {"level": "WARNING"},  # its lines name keys of people
            "uvicorn.error": {"filters": ["ours"]},
            "stripe": {"level": "WARNING"},  # its lines name payments and those who pay
            "factur-x": {"level": "WARNING"},  # its lines tell every step
            "httpx": {"level": "WARNING"},  # its lines hold whole addresses, with what stands in their queries
        },
    }
