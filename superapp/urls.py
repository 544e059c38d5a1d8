"""Every address of the site."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from superapp import health, mailbox, pages, worker
from superapp.api import api

admin.site.site_title = settings.SITE_NAME
admin.site.site_header = format_lazy("{} · {}", settings.SITE_NAME, _("Équipe"))
admin.site.index_title = _("Le travail du jour")

urlpatterns = [
    path("", pages.home, name="home"),
    path("", include("chat.urls")),
    path("", include("accounts.urls")),
    path("", include("notifications.urls")),
    path("", include("billing.urls")),
    path("", include("moderation.urls")),
    path("", include("privacy.urls")),
    path("", include("allauth.urls")),
    path("", include(pages.urlpatterns)),
    path("api/v1/", api.urls),
    path("admin/", admin.site.urls),
    path("mailbox/", mailbox.mailbox, name="mailbox"),
    path("sw.js", worker.service_worker, name="service_worker"),
    path("favicon.ico", pages.favicon, name="favicon"),
    path("csp-report/", health.csp_report, name="csp_report"),
]

handler400 = "superapp.pages.bad_request"
handler403 = "superapp.pages.forbidden"
handler404 = "superapp.pages.not_found"
handler500 = "superapp.outage.server_error"

if settings.DEBUG:
    urlpatterns.append(path("ui/", pages.ui, name="ui"))
