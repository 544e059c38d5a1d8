"""What the team sees of moderation in the admin: its tables here, and the pages of the desk (`site.desk_urls`)."""

from moderation.admin import flaggers, statements, tables

__all__ = ["flaggers", "statements", "tables"]
