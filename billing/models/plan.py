"""What is for sale, and what somebody ordered of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.enums import Interval, OrderKind, OrderState, PlanCode, Purpose, VatTreatment
from billing.models.coupon import Coupon
from billing.models.payment import Payment
from billing.models.references import make_reference
from billing.models.subscription import Subscription
from core.fields import KeyField
from core.ids import new_public_id
from core.money import Money

# The first word of the subject key of an order.
SUBJECT = "plan_order"


class Plan(models.Model):
    """A plan. What it gives is in billing.freemium; here is whether it is on offer."""

    code = models.CharField(_("formule"), max_length=8, choices=PlanCode.choices, unique=True)
    active = models.BooleanField(_("proposée"), default=True)

    class Meta:
        verbose_name = _("formule")
        verbose_name_plural = _("formules")
        default_permissions = ("view", "change")

    def __str__(self) -> str:
        return str(PlanCode(self.code).label)


class Price(models.Model):
    """What a plan costs for one interval, tax included. Its amount never changes: another amount is another price."""

    public_id = models.CharField(_("identifiant"), max_length=20, unique=True, default=new_public_id, editable=False)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="prices", verbose_name=_("formule"))
    currency = models.CharField(_("monnaie"), max_length=3)
    interval = models.CharField(_("durée"), max_length=5, choices=Interval.choices)
    amount_minor = models.BigIntegerField(_("montant"))
    # The kind of sale by which it is taxed (VatRule.kind).
    tax = models.CharField(_("sorte de vente"), max_length=16, default=Purpose.SUBSCRIPTION)
    active = models.BooleanField(_("proposé"), default=True)
    # "<plan>:<currency>:<interval>" while on offer, null after: one price on offer for each, on every engine.
    open_key = KeyField(max_length=24, unique=True, null=True, editable=False)
    # The name by which it is found at Stripe.
    lookup_key = KeyField(_("nom chez le prestataire"), max_length=40, unique=True)
    created_at = models.DateTimeField(_("créé le"))

    class Meta:
        verbose_name = _("prix")
        verbose_name_plural = _("prix")
        default_permissions = ("view", "add", "change")
        constraints = [models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="price_of_something")]

    def __str__(self) -> str:
        return self.lookup_key

    @property
    def money(self) -> Money:
        """The whole price, tax included."""
        return Money(self.amount_minor, self.currency)


def new_order_reference() -> str:
    """The number of a contract (named by a migration)."""
    return make_reference()


class PlanOrderQuerySet(models.QuerySet["PlanOrder"]):
    """Filters that more than one reader needs."""

    def of_subject(self, subject_key: str) -> PlanOrderQuerySet:
        """The order that a payment names as its subject; none for other subjects."""
        kind, _colon, public_id = subject_key.partition(":")
        return self.filter(public_id=public_id) if kind == SUBJECT else self.none()


class PlanOrder(models.Model):
    """Somebody pressed the button that obliges to pay: the contract as it stood at that moment, frozen.

    `subject_key` names it to the payment. With `renews` it is paid by a subscription at the provider, at the price `price.lookup_key`;
    without, by one payment of `amount`. Sums: `base` is the price, less `credit` (unused time that an upgrade takes back) and
    `discount` (a coupon) makes `amount`, of which `vat` is tax. From `period_start` to `period_end` it gives what its plan gives.

    An upgrade that renews changes a subscription that its provider renews already (`subscription`, from the order on): it is paid by the
    card that the provider keeps, and its credit is what the provider counted at `prorated_at`.
    """

    public_id = models.CharField(_("identifiant"), max_length=20, unique=True, default=new_public_id, editable=False)
    reference = KeyField(_("numéro de contrat"), max_length=10, unique=True, default=new_order_reference, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="plan_orders", verbose_name=_("personne")
    )
    client_key = models.UUIDField(editable=False)
    price = models.ForeignKey(Price, on_delete=models.PROTECT, related_name="orders", verbose_name=_("prix"))
    kind = models.CharField(_("sorte de commande"), max_length=7, choices=OrderKind.choices)
    state = models.CharField(_("état"), max_length=9, choices=OrderState.choices, default=OrderState.ORDERED)
    # Renewed by the provider until it is stopped (Stripe), or paid in advance for one interval and then over.
    renews = models.BooleanField(_("se renouvelle"), default=False)

    base_minor = models.BigIntegerField(_("prix"))
    credit_minor = models.BigIntegerField(_("crédit du temps restant"), default=0)
    discount_minor = models.BigIntegerField(_("remise"), default=0)
    amount_minor = models.BigIntegerField(_("à payer"))
    currency = models.CharField(_("monnaie"), max_length=3)
    net_minor = models.BigIntegerField(_("hors taxe"))
    vat_minor = models.BigIntegerField(_("TVA"))
    vat_rate_bp = models.PositiveIntegerField(_("taux, en centièmes de pour cent"))
    vat_country = models.CharField(_("pays de la TVA"), max_length=2)
    vat_treatment = models.CharField(_("régime de TVA"), max_length=14, choices=VatTreatment.choices)
    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, null=True, related_name="orders", verbose_name=_("code promotionnel"))

    text_version = models.CharField(_("version des conditions"), max_length=20)
    text_sha256 = models.CharField(_("empreinte des conditions"), max_length=64)
    language = models.CharField(_("langue"), max_length=2)
    # Express request that it begins before the fourteen days are over, and since when; without it nothing is owed after a withdrawal.
    immediate_at = models.DateTimeField(_("début immédiat demandé le"), null=True)

    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, null=True, related_name="plan_order", verbose_name=_("paiement"))
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, null=True, related_name="orders", verbose_name=_("abonnement"))
    replaced_by = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="replaces", verbose_name=_("remplacée par"))
    period_start = models.DateTimeField(_("commence le"), null=True)
    period_end = models.DateTimeField(_("finit le"), null=True)
    ordered_at = models.DateTimeField(_("commandée le"))
    prorated_at = models.DateTimeField(_("crédit compté au"), null=True)
    paid_at = models.DateTimeField(_("payée le"), null=True)
    withdrawn_at = models.DateTimeField(_("rétractée le"), null=True)

    objects = PlanOrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("commande d’abonnement")
        verbose_name_plural = _("commandes d’abonnement")
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["user", "state"], name="plan_orders_of_person"),
            models.Index(fields=["state", "ordered_at"], name="plan_orders_waiting"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["user", "client_key"], name="plan_order_once_a_form"),
            models.CheckConstraint(condition=models.Q(amount_minor__gte=0), name="plan_order_never_negative"),
            models.CheckConstraint(
                condition=models.Q(amount_minor=models.F("net_minor") + models.F("vat_minor")), name="plan_order_vat_adds_up"
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def subject_key(self) -> str:
        """What a payment of this order names as its subject."""
        return f"{SUBJECT}:{self.public_id}"

    @property
    def money(self) -> Money:
        """What is to be paid."""
        return Money(self.amount_minor, self.currency)

    @property
    def base(self) -> Money:
        """The price, before anything came off it."""
        return Money(self.base_minor, self.currency)

    @property
    def credit(self) -> Money:
        """Unused time of earlier orders that came off the price."""
        return Money(self.credit_minor, self.currency)

    @property
    def discount(self) -> Money:
        """What a coupon took off."""
        return Money(self.discount_minor, self.currency)

    @property
    def vat(self) -> Money:
        """The tax that is in what is to be paid."""
        return Money(self.vat_minor, self.currency)

    @property
    def changes_renewal(self) -> bool:
        """Whether it changes what a provider renews already, instead of beginning something."""
        return self.renews and self.kind == OrderKind.UPGRADE

    @property
    def source_key(self) -> str:
        """The key of the entitlements that this order gives."""
        return f"order:{self.public_id}"
