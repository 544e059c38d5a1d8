"""What the team sees of moderation in the admin site."""

from moderation.admin import statements

__all__ = ["statements"]
