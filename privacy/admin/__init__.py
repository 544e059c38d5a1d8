"""What the team sees of privacy in the admin: how long everything is kept, what was destroyed, what people asked about their data,
breaches, and what auditors look at (`oversight.oversight_urls`)."""

from privacy.admin import archives, breaches, requests, retention

__all__ = ["archives", "breaches", "requests", "retention"]
