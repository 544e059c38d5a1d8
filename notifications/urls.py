"""Addresses of the notices, mounted at the root."""

from __future__ import annotations

from django.urls import path

from notifications.views import centre, push, settings, unsubscribe

app_name = "notifications"

urlpatterns = [
    path("account/notifications/", centre.centre, name="centre"),
    path("account/notifications/read/", centre.read_all, name="read_all"),
    path("account/notifications/push/", push.push, name="push"),
    path("account/notifications/push/<str:public_id>/remove/", push.remove, name="push_remove"),
    path("account/notifications/settings/", settings.settings, name="settings"),
    path("account/notifications/trial/", settings.trial, name="trial"),
    path("account/notifications/address/", settings.trust, name="trust"),
    path("account/notifications/<str:public_id>/open/", centre.open_one, name="open"),
    path("unsubscribe/<str:token>/", unsubscribe.end, name="unsubscribe"),
    path("unsubscribe/<str:token>/undo/", unsubscribe.undo, name="resubscribe"),
]
