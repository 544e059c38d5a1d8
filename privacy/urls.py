"""The addresses of privacy."""

from __future__ import annotations

from django.urls import path

from privacy.views import breaches

app_name = "privacy"
urlpatterns = [
    path("account/data/breaches/<str:public_id>/", breaches.breach, name="breach"),
]
