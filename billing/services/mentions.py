"""What the law wants to read on a document beside its sums, in the language that is active; frozen with it."""

from __future__ import annotations

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from billing.enums import Interval, PlanCode, Provider, Purpose, VatTreatment
from billing.models import Invoice, Payment
from billing.queries.sales import Sale


def list_mentions(*, invoice: Invoice, payment: Payment) -> list[str]:
    """The mentions of a document, the VAT's first."""
    found = [_say_vat(VatTreatment(invoice.treatment)), _say_paid(invoice, payment)]
    if invoice.is_business and settings.SELLER_COUNTRY == "FR" and not invoice.is_credit_note:
        found.append(
            _(
                "En cas de retard : pénalités à trois fois le taux d’intérêt légal et indemnité forfaitaire de 40 € "
                "(Code de commerce, articles L441-10 et D441-5). Pas d’escompte pour paiement anticipé."
            )
        )
    return [text for text in found if text]


def describe_sale(*, sale: Sale, payment: Payment) -> str:
    """What was sold, as the line of an invoice."""
    if sale.plan:
        words = {"plan": PlanCode(sale.plan).label, "interval": Interval(sale.interval).label}
        return _("Abonnement %(plan)s, %(interval)s") % words
    return str(Purpose(payment.purpose).label)


def _say_vat(treatment: VatTreatment) -> str:
    if treatment == VatTreatment.REVERSE_CHARGE:
        return _("Autoliquidation : la TVA est due par le client (directive 2006/112/CE, articles 44 et 196).")
    if treatment == VatTreatment.DESTINATION:
        return _("TVA du pays du client, déclarée par le guichet unique européen ou dans ce pays.")
    if treatment == VatTreatment.OUT_OF_SCOPE:
        return _("TVA non applicable : service fourni hors du pays du vendeur et hors de l’Union européenne.")
    if treatment == VatTreatment.FRANCHISE and settings.SELLER_COUNTRY == "FR":
        return _("TVA non applicable, article 293 B du CGI.")
    return _("TVA non applicable : le vendeur n’y est pas assujetti.") if treatment == VatTreatment.FRANCHISE else ""


def _say_paid(invoice: Invoice, payment: Payment) -> str:
    if invoice.is_credit_note and invoice.corrects and invoice.refund:
        day = invoice.refund.settled_at or invoice.issued_at
        words = {"number": invoice.corrects.number, "day": date_format(day, "j F Y")}
        return _("Corrige la facture %(number)s. Remboursé le %(day)s.") % words
    words = {"day": date_format(payment.settled_at or invoice.issued_at, "j F Y"), "provider": Provider(payment.provider).label}
    return _("Payée le %(day)s par %(provider)s, référence %(reference)s.") % {**words, "reference": payment.our_reference}
