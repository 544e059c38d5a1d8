"""What somebody tells us about their contract, with or without an account, and the letters that the law wants proven."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.enums import LetterKind, RequestKind, RequestState
from billing.models.plan import PlanOrder
from billing.models.subscription import Subscription
from core.fields import KeyField
from core.ids import new_public_id
from core.money import Money

# What both tables keep readable is sealed under this scope: a contract outlives the account, and with it the key of the person.
SCOPE = "billing-contracts"


class ContractRequest(models.Model):
    """A cancellation or a withdrawal, as it came. `contact` holds name and address, sealed. `client_key` is the form's: sent twice, it
    came once."""

    public_id = models.CharField(_("identifiant"), max_length=20, unique=True, default=new_public_id, editable=False)
    client_key = models.UUIDField(unique=True, editable=False)
    kind = models.CharField(_("sorte"), max_length=12, choices=RequestKind.choices)
    state = models.CharField(_("état"), max_length=9, choices=RequestState.choices)
    contact = models.BinaryField(_("nom et adresse scellés"), null=True)
    typed_reference = models.CharField(_("numéro donné"), max_length=24, blank=True)
    wished_on = models.DateField(_("date souhaitée"), null=True)
    language = models.CharField(_("langue"), max_length=2)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="contract_requests", verbose_name=_("personne")
    )
    subscription = models.ForeignKey(
        Subscription, on_delete=models.PROTECT, null=True, related_name="requests", verbose_name=_("abonnement")
    )
    order = models.ForeignKey(PlanOrder, on_delete=models.PROTECT, null=True, related_name="requests", verbose_name=_("commande"))
    received_at = models.DateTimeField(_("reçue le"), db_index=True)
    ends_at = models.DateTimeField(_("le contrat finit le"), null=True)
    refund_minor = models.BigIntegerField(_("à rembourser"), default=0)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("réglée par")
    )
    settled_at = models.DateTimeField(_("réglée le"), null=True)
    note = models.CharField(_("ce qui a été fait"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("demande sur un contrat")
        verbose_name_plural = _("demandes sur un contrat")
        default_permissions = ("view", "change")

    def __str__(self) -> str:
        return self.public_id

    @property
    def refund(self) -> Money | None:
        """What goes back because of it; None for nothing."""
        currency = self.order.currency if self.order else self.subscription.price.currency if self.subscription else ""
        return Money(self.refund_minor, currency) if self.refund_minor and currency else None

    @property
    def contact_ad(self) -> str:
        """What the sealed contact is bound to."""
        return f"billing.ContractRequest.contact:{self.public_id}"


class ContractLetter(models.Model):
    """A letter with its text as it was sent: the durable medium, and the proof. `to` and `body` are sealed; `text_sha256` is the
    text's. `sent_at` is when the mail server took it."""

    public_id = models.CharField(_("identifiant"), max_length=20, unique=True, default=new_public_id, editable=False)
    key = KeyField(_("clé"), max_length=80, unique=True)
    kind = models.CharField(_("sorte"), max_length=12, choices=LetterKind.choices)
    subscription = models.ForeignKey(
        Subscription, on_delete=models.PROTECT, null=True, related_name="letters", verbose_name=_("abonnement")
    )
    language = models.CharField(_("langue"), max_length=2)
    to = models.BinaryField(_("adresse scellée"))
    subject = models.CharField(_("titre"), max_length=200)
    body = models.BinaryField(_("texte scellé"))
    text_sha256 = models.CharField(_("empreinte du texte"), max_length=64)
    created_at = models.DateTimeField(_("écrite le"), db_index=True)
    sent_at = models.DateTimeField(_("envoyée le"), null=True)
    # The server said for good that nobody is there: what the law calls not received.
    bounced_at = models.DateTimeField(_("refusée le"), null=True)
    next_try_at = models.DateTimeField(_("prochain essai"), null=True, db_index=True)

    class Meta:
        verbose_name = _("lettre sur un contrat")
        verbose_name_plural = _("lettres sur un contrat")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.key

    def sealing_ad(self, field: str) -> str:
        """What a sealed column is bound to."""
        return f"billing.ContractLetter.{field}:{self.public_id}"
