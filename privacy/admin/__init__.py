"""What the team sees of privacy in the admin: how long everything is kept, what was destroyed, and what people ask about their data."""

from privacy.admin import requests, retention

__all__ = ["requests", "retention"]
