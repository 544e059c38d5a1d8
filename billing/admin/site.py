"""The addresses of the money desk below /admin/billing/, and to whom each opens."""

from __future__ import annotations

from django.contrib.admin import AdminSite
from django.urls import URLPattern, path

from billing.admin import figures, gaps, ledger, payments, refunds, statements, support, vat
from billing.admin.desk import Door, Page, money_view
from billing.queries.staff import is_money_staff, is_support_staff

PAGES: tuple[tuple[str, Page, str, Door], ...] = (
    ("ledger/", ledger.show_ledger, "ledger", is_money_staff),
    ("ledger/prove/", ledger.prove_now, "ledger_prove", is_money_staff),
    ("ledger/accounts/<int:pk>/", ledger.show_statement, "statement_of", is_money_staff),
    ("ledger/accounts/<int:pk>/csv/", ledger.export_statement, "statement_of_csv", is_money_staff),
    ("gaps/", gaps.show_gaps, "gaps", is_money_staff),
    ("gaps/<str:public_id>/", gaps.show_gap, "gap_page", is_money_staff),
    ("gaps/<str:public_id>/<slug:way>/", gaps.end, "gap_end", is_money_staff),
    ("statements/", statements.show_statements, "statements", is_money_staff),
    ("statements/<str:public_id>/", statements.show_statement, "statement_page", is_money_staff),
    ("statements/<str:public_id>/confirm/", statements.confirm, "statement_confirm", is_money_staff),
    ("statements/<str:public_id>/withdraw/", statements.withdraw, "statement_withdraw", is_money_staff),
    ("figures/", figures.show_figures, "figures", is_money_staff),
    ("figures/revenue.csv", figures.download, "figures_csv", is_money_staff),
    ("vat/", vat.show_rates, "vat", is_money_staff),
    ("vat/<str:public_id>/<slug:deed>/", vat.act, "vat_act", is_money_staff),
    ("payments/", payments.show_payments, "payments", is_money_staff),
    ("payments/<str:public_id>/", payments.show_payment, "payment", is_money_staff),
    ("payments/<str:public_id>/ask/", payments.ask, "payment_ask", is_money_staff),
    ("payments/<str:public_id>/refund/", refunds.ask_refund, "payment_refund", is_money_staff),
    ("refunds/", refunds.show_refunds, "refunds", is_money_staff),
    ("refunds/<str:public_id>/<slug:deed>/", refunds.act, "refund_act", is_money_staff),
    ("disputes/", payments.show_disputes, "disputes", is_money_staff),
    ("support/", support.show_queue, "support", is_support_staff),
    ("support/<str:public_id>/", support.show_request, "support_request", is_support_staff),
    ("support/<str:public_id>/claim/", support.claim, "support_claim", is_support_staff),
    ("support/<str:public_id>/release/", support.release, "support_release", is_support_staff),
    ("support/<str:public_id>/answer/", support.answer, "support_answer", is_support_staff),
)


def money_urls(site: AdminSite) -> list[URLPattern]:
    """All pages of the desk, for the admin site to put before its own."""
    return [path(f"billing/{address}", money_view(site, page, door), name=f"billing_{name}") for address, page, name, door in PAGES]
