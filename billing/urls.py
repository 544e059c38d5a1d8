"""Pages of money, and the doors at which providers knock."""

from __future__ import annotations

from django.urls import URLPattern, path

from billing.views import figures, support

app_name = "billing"

_OPEN = [
    path("money/figures/", figures.quarter_figures, name="figures"),
    path("money/figures/<int:year>/<int:number>/", figures.quarter_figures, name="quarter_figures"),
    path("support/", support.support, name="support"),
    path("support/<str:public_id>/", support.support_request, name="support_request"),
]

urlpatterns: list[URLPattern] = [*_OPEN]
