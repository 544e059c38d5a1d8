"""What the team sees of moderation in the admin: its tables and the legal desk here, and the pages of the desk (`site.desk_urls`)."""

from moderation.admin import flaggers, hashbanks, legal, statements, tables

__all__ = ["flaggers", "hashbanks", "legal", "statements", "tables"]
