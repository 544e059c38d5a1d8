"""Addresses of what people see of moderation. Mounted at the root."""

from __future__ import annotations

from django.urls import path

from moderation.views import pages, transparency

app_name = "moderation"

urlpatterns = [
    path("moderation/", pages.how, name="how"),
    path("trusted-flaggers/", pages.flaggers, name="flaggers"),
    path("transparency/", transparency.transparency, name="transparency"),
    path("transparency/<int:year>/", transparency.transparency, name="transparency_year"),
    path("transparency/<int:year>.csv", transparency.download, {"form": "csv"}, name="transparency_csv"),
    path("transparency/<int:year>.json", transparency.download, {"form": "json"}, name="transparency_json"),
    path("learn/", pages.learn, name="learn"),
    path("learn/quiz/", pages.quiz, name="quiz"),
    path("learn/<slug:slug>/", pages.lesson, name="lesson"),
]
