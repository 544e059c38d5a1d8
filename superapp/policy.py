"""What a page may load, run and send to: nothing inline, nothing from elsewhere."""

from __future__ import annotations

from typing import Any


def content_security(socket: str) -> dict[str, Any]:
    """The policy of every page; `socket` is the address of the house for sockets."""
    return {
        "DIRECTIVES": {
            "default-src": ["'none'"],
            "script-src": ["'self'"],
            "style-src": ["'self'"],
            "img-src": ["'self'", "blob:"],
            "media-src": ["'self'", "blob:"],
            "font-src": ["'none'"],
            "connect-src": ["'self'", socket],
            "worker-src": ["'self'"],
            "manifest-src": ["'self'"],
            "frame-src": ["'none'"],
            "object-src": ["'none'"],
            "base-uri": ["'none'"],
            "form-action": ["'self'"],
            "frame-ancestors": ["'none'"],
            "require-trusted-types-for": ["'script'"],
            "trusted-types": ["resaka"],
            "report-uri": "/csp-report/",
        }
    }
