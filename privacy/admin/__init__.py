"""What the team sees of privacy in the admin: how long everything is kept, and what was destroyed."""

from privacy.admin import retention

__all__ = ["retention"]
