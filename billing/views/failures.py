"""Why a payment was not made, in words. A code that is not here is told as what it is: nothing was taken."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.enums import PaymentState
from billing.models import Payment

_NOT_TAKEN = gettext_lazy("Rien ne vous a été pris.")
_WORDS: dict[str, Promise] = {
    "NOT_SENT": gettext_lazy("Nous n’avons pas pu joindre le prestataire à temps."),
    "NOT_REACHED": gettext_lazy("Le prestataire ne répond pas en ce moment."),
    "NOT_CONFIGURED": gettext_lazy("Ce moyen de paiement n’est plus proposé."),
    "HTTP_429": gettext_lazy("Le prestataire reçoit trop de demandes. Réessayez dans quelques minutes."),
    "CHANGE_BARRED": gettext_lazy("Votre abonnement a été résilié ou n’est pas réglé : sa durée ne se change pas."),
    "CHANGE_PENDING": gettext_lazy("Un autre changement de cet abonnement attend encore d’être payé."),
    "CHANGED_ALREADY": gettext_lazy("Votre abonnement a déjà cette durée."),
    "PRICE_DIFFERS": gettext_lazy("Le prix a changé depuis votre commande."),
    "DECLINED": gettext_lazy("Votre banque a refusé."),
    "INSUFFICIENT_FUNDS": gettext_lazy("Le solde de votre compte ne suffit pas."),
    "DP00800001002": gettext_lazy("Le code secret était faux."),
    "DP00800001003": gettext_lazy("La somme dépasse le plafond de votre compte."),
    "DP00800001005": gettext_lazy("Le code secret n’a pas été tapé à temps."),
    "DP00800001007": gettext_lazy("Le solde de votre compte ne suffit pas."),
    "DP00800001008": gettext_lazy("La demande a été refusée sur le téléphone."),
}


def words_of_failure(payment: Payment) -> str:
    """Two sentences: why, and that nothing was taken; nothing for a payment that did not fail."""
    if payment.state not in (PaymentState.FAILED, PaymentState.EXPIRED):
        return ""
    missed = _("Le temps prévu pour payer est passé.") if payment.state == PaymentState.EXPIRED else _("Le paiement n’a pas abouti.")
    return f"{_WORDS.get(payment.failure_code, missed)} {_NOT_TAKEN}"
