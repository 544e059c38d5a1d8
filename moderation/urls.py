"""Addresses of what people see of moderation. Mounted at the root."""

from __future__ import annotations

from django.urls import path

from moderation.views import pages

app_name = "moderation"

urlpatterns = [
    path("moderation/", pages.how, name="how"),
    path("trusted-flaggers/", pages.flaggers, name="flaggers"),
    path("learn/", pages.learn, name="learn"),
    path("learn/quiz/", pages.quiz, name="quiz"),
    path("learn/<slug:slug>/", pages.lesson, name="lesson"),
]
