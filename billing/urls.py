"""Pages of money, and the doors at which providers knock."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "billing"

urlpatterns: list[URLPattern] = []
