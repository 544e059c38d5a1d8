"""Pages of money, and the doors at which providers knock."""

from __future__ import annotations

from django.urls import URLPattern, path

from billing.views import figures, paying, payments, support, webhooks

app_name = "billing"

_OPEN = [
    path("money/figures/", figures.quarter_figures, name="figures"),
    path("money/figures/<int:year>/<int:number>/", figures.quarter_figures, name="quarter_figures"),
    path("support/", support.support, name="support"),
    path("support/<str:public_id>/", support.support_request, name="support_request"),
]

_PAGES = [
    path("money/pay/<slug:kind>/<str:ref>/", paying.pay, name="pay"),
    path("money/payments/", payments.payments, name="payments"),
    path("money/payments/<str:public_id>/", payments.payment, name="payment"),
    path("money/payments/<str:public_id>/status/", payments.status, name="payment_status"),
    path("money/payments/<str:public_id>/release/", payments.release, name="payment_release"),
]

_DOORS = [
    path("webhooks/stripe/", webhooks.stripe, name="knock_stripe"),
    path("webhooks/paypal/", webhooks.paypal, name="knock_paypal"),
    path("webhooks/airtel/", webhooks.airtel, name="knock_airtel"),
    path("webhooks/orange/<str:callback_token>/", webhooks.orange, name="knock_orange"),
    path("webhooks/mvola/<str:callback_token>/", webhooks.mvola, name="knock_mvola"),
]

urlpatterns: list[URLPattern] = [*_OPEN, *_PAGES, *_DOORS]
