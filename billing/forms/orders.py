"""What somebody fills in to order a plan, and the words for why it cannot be ordered."""

from __future__ import annotations

import uuid
from datetime import datetime

from django import forms
from django.core import signing
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from billing.models import Price
from billing.services.coupons import CouponRefused, Why
from billing.services.orders import ChangeIsImmediate, NotAdult, OrderedOtherwise, QuoteChanged, TermsNotPublished, Wish
from billing.services.quotes import CannotRenew, ChangeBarred, NotNow, OtherCurrency, PaidFarAhead, Quote, RenewsAlready, ShorterLater
from billing.services.reach import NotReached
from core.ids import parse_client_id

_SALT = "billing.quote"
# Why nothing can be ordered as things stand: a page of its own says so.
CLOSED = (NotNow, CannotRenew, NotAdult, TermsNotPublished, NotReached)
# Why this form was not taken; the recap is shown anew.
REFUSED = (QuoteChanged, OrderedOtherwise, ChangeIsImmediate, CouponRefused)


def sign_quote(quote: Quote, *, now: datetime) -> str:
    """What the form carries of the quote that it stands under: nobody can write one that they were not shown."""
    return signing.dumps([quote.digest, now.isoformat()], salt=_SALT, compress=True)


class OrderForm(forms.Form):
    """Everything that the button obliges to: both boxes come unticked."""

    accept = forms.BooleanField(
        label=gettext_lazy("J’ai lu et j’accepte les conditions de vente."),
        error_messages={"required": gettext_lazy("Sans votre accord aux conditions de vente, rien n’est commandé.")},
    )
    immediate = forms.BooleanField(
        label=gettext_lazy(
            "Je demande que l’abonnement commence tout de suite. Je sais que si je me rétracte, la part déjà utilisée reste due."
        ),
        required=False,
    )
    shown = forms.CharField(widget=forms.HiddenInput, required=False, max_length=400)
    client_key = forms.CharField(widget=forms.HiddenInput, max_length=36)

    def clean_client_key(self) -> uuid.UUID:
        try:
            return parse_client_id(self.cleaned_data["client_key"])
        except ValueError as error:
            raise forms.ValidationError(_("Ce formulaire est abîmé. Rechargez la page.")) from error

    def clean_shown(self) -> tuple[str, str]:
        """Digest and moment of the quote; empty for one that is not ours."""
        try:
            digest, moment = signing.loads(self.cleaned_data["shown"], salt=_SALT)
        except (signing.BadSignature, ValueError, TypeError):
            return "", ""
        return str(digest), str(moment)

    def wish(self, *, price: Price, renews: bool, coupon_code: str, country: str, language: str, now: datetime) -> Wish:
        """What was ordered, once the form is valid."""
        digest, moment = self.cleaned_data["shown"]
        return Wish(
            price=price,
            shown=digest,
            shown_at=datetime.fromisoformat(moment) if moment else now,
            immediate=self.cleaned_data["immediate"],
            language=language,
            country=country,
            coupon_code=coupon_code,
            renews=renews,
        )


class CouponForm(forms.Form):
    """A code that somebody was given."""

    code = forms.CharField(
        label=gettext_lazy("Code promotionnel"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={
            "required": gettext_lazy("Écrivez le code que l’on vous a donné."),
            "max_length": gettext_lazy("Ce code est trop long pour être l’un des nôtres."),
        },
    )


def words_for(error: Exception) -> str:
    """Why something was not ordered, in the reader's language."""
    match error:
        case CouponRefused(why=why):
            return coupon_words(why)
        case QuoteChanged():
            return _("Le prix ou la TVA a changé pendant que vous lisiez. Rien n’est commandé : relisez, puis commandez.")
        case OrderedOtherwise():
            return _("Ce formulaire a déjà servi pour une autre commande. Relisez, puis commandez.")
        case ChangeIsImmediate():
            return _("Cette commande commence tout de suite : cochez la demande de début immédiat.")
        case TermsNotPublished():
            return _("Les conditions de vente ne sont pas publiées : rien ne peut être vendu aujourd’hui.")
        case NotAdult():
            return _("Pour payer, il faut avoir montré son âge.")
        case NotReached():
            return _("Stripe ne répond pas en ce moment. Rien n’est commandé. Réessayez dans quelques minutes.")
        case CannotRenew():
            return _("Aucun moyen de paiement ne renouvelle un abonnement dans cette monnaie. Vous pouvez payer d’avance.")
    return _not_now_words(error)


def _not_now_words(error: Exception) -> str:
    day = {"day": date_format(error.until, "j F Y") if isinstance(error, NotNow) else ""}
    match error:
        case RenewsAlready():
            return _("Votre abonnement se renouvelle déjà, la prochaine fois le %(day)s. Il n’y a rien à commander.") % day
        case PaidFarAhead():
            return _("Vous avez déjà payé d’avance jusqu’au %(day)s. Attendez que ce temps s’écoule.") % day
        case OtherCurrency():
            return _("Ce qui reste de votre abonnement, jusqu’au %(day)s, a été payé dans une autre monnaie. Restez-y jusque-là.") % day
        case ChangeBarred():
            return _(
                "La durée de votre abonnement ne se change pas maintenant : il est résilié, son dernier paiement n’est pas réglé, "
                "ou un autre changement attend déjà d’être payé."
            )
        case ShorterLater():
            return _("Votre année court jusqu’au %(day)s. Le prix au mois commencera ensuite ; il n’y a rien à payer maintenant.") % day
    raise error


def coupon_words(why: Why) -> str:
    """Why a code makes nothing cheaper."""
    return {
        Why.UNKNOWN: _("Nous ne connaissons pas ce code."),
        Why.NOT_NOW: _("Ce code n’est pas valable aujourd’hui."),
        Why.USED_UP: _("Ce code a déjà servi autant de fois que prévu."),
        Why.USED: _("Vous avez déjà utilisé ce code."),
        Why.OTHER_PLAN: _("Ce code ne vaut pas pour cette formule."),
        Why.OTHER_CURRENCY: _("Ce code vaut pour une autre monnaie."),
        Why.NOT_FIRST: _("Ce code ne vaut que pour un premier achat."),
    }[why]


def wait_words(seconds: float) -> str:
    """When a code may be tried again."""
    minutes = max(1, round(seconds / 60))
    text = ngettext("Trop d’essais. Réessayez dans %(n)d minute.", "Trop d’essais. Réessayez dans %(n)d minutes.", minutes)
    return text % {"n": minutes}
