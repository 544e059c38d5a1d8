"""Pages of money, and the doors at which providers knock."""

from __future__ import annotations

from django.urls import URLPattern, path

from billing.views import (
    appearance,
    contracts,
    details,
    figures,
    orders,
    paying,
    payments,
    plans,
    receipts,
    renewal,
    support,
    wallet,
    webhooks,
)

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
    path("money/receipts/", receipts.receipts, name="receipts"),
    path("money/receipts/<str:public_id>/", receipts.receipt, name="receipt"),
    path("money/receipts/<str:public_id>/file/", receipts.receipt_file, name="receipt_file"),
    path("money/details/", details.details, name="details"),
]

_RENEWAL = [
    path("money/renewal/", renewal.renewal, name="renewal"),
    path("money/renewal/card/", renewal.card, name="renewal_card"),
    path("money/renewal/confirm/", renewal.confirm, name="renewal_confirm"),
]

_DOORS = [
    path("webhooks/stripe/", webhooks.stripe, name="knock_stripe"),
    path("webhooks/paypal/", webhooks.paypal, name="knock_paypal"),
    path("webhooks/airtel/", webhooks.airtel, name="knock_airtel"),
    path("webhooks/orange/<str:callback_token>/", webhooks.orange, name="knock_orange"),
    path("webhooks/mvola/<str:callback_token>/", webhooks.mvola, name="knock_mvola"),
]

_WALLET = [
    path("money/wallet/", wallet.wallet, name="wallet"),
    path("money/wallet/topup/", wallet.topup, name="topup"),
    path("money/wallet/limits/", wallet.limits, name="wallet_limits"),
    path("money/wallet/pause/", wallet.pause, name="wallet_pause"),
    path("money/wallet/history/", wallet.history, name="wallet_history"),
    path("money/wallet/history.csv", wallet.history_csv, name="wallet_csv"),
    path("money/wallet/history.json", wallet.history_json, name="wallet_json"),
    path("money/wallet/spends/<str:public_id>/", wallet.spend, name="wallet_spend"),
    path("money/wallet/refund/<str:public_id>/", wallet.refund, name="wallet_refund"),
    path("account/appearance/", appearance.appearance, name="appearance"),
]

_PLANS = [
    path("money/premium/", plans.premium, name="premium"),
    path("money/trial/", plans.trial, name="trial"),
    path("money/coupon/", plans.coupon, name="coupon"),
    path("money/subscription/", plans.subscription, name="subscription"),
    path("money/subscription/change/", plans.change, name="change"),
    path("money/order/<str:public_id>/", orders.order, name="order"),
    path("money/orders/<str:public_id>/", orders.plan_order, name="plan_order"),
    path("money/cancel/", contracts.cancel, name="cancel"),
    path("money/withdraw/", contracts.withdraw_order, name="withdraw"),
    path("money/requests/<str:public_id>/", contracts.contract_request, name="contract_request"),
]

urlpatterns: list[URLPattern] = [*_WALLET, *_OPEN, *_PAGES, *_PLANS, *_RENEWAL, *_DOORS]
