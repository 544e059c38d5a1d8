"""Connections of threads that live as long as their process: opened once, not for every look."""

from __future__ import annotations

from django.db import connections


def tend_connections(*, suspicious: bool = False) -> None:
    """Keep the connections of this thread, but drop those that broke; with `suspicious` each is asked whether it still answers.

    Django closes what it opened at the end of a request. A thread that looks every second would log in every second: six statements,
    three quarters of what the look costs.
    """
    for connection in connections.all(initialized_only=True):
        connection.close_at = None
        connection.errors_occurred = connection.errors_occurred or suspicious
        connection.close_if_unusable_or_obsolete()
