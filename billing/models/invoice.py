"""Invoices and credit notes. Once written they are never edited: what is wrong is taken back by a credit note."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.enums import InvoiceKind, VatTreatment
from billing.models.payment import Payment, Refund
from core.fields import KeyField
from core.ids import new_public_id
from core.money import Money

# Under which key the buyer and the file of a company's invoice are sealed, and those of a person who has left.
HOUSE_SCOPE = "invoices"


class InvoiceCounter(models.Model):
    """The last number of a series. It is locked by whoever takes the next one, in the transaction that writes the invoice: a number is
    taken with its invoice or not at all, so that a year has no gap. `last_date` never goes back, so that numbers follow the days."""

    series = models.CharField(_("série"), max_length=1, unique=True)
    year = models.PositiveSmallIntegerField(_("année"))
    last_number = models.PositiveIntegerField(_("dernier numéro"))
    last_date = models.DateField(_("dernier jour"))

    class Meta:
        verbose_name = _("compteur de factures")
        verbose_name_plural = _("compteurs de factures")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.series}{self.year}-{self.last_number:06d}"


class Invoice(models.Model):
    """An invoice (series F) or, with `corrects`, a credit note (series A). Amounts of both are positive; seller and lines are as they
    stood. `buyer` and the file are sealed under a key of the person's own, which dies with their account."""

    public_id = models.CharField(_("identifiant"), max_length=20, unique=True, default=new_public_id, editable=False)
    kind = models.CharField(_("sorte de pièce"), max_length=11, choices=InvoiceKind.choices)
    series = models.CharField(_("série"), max_length=1)
    year = models.PositiveSmallIntegerField(_("année"))
    sequence = models.PositiveIntegerField(_("rang"))
    number = models.CharField(_("numéro"), max_length=16, unique=True)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="invoices", verbose_name=_("paiement"))
    refund = models.OneToOneField(Refund, on_delete=models.PROTECT, null=True, related_name="credit_note", verbose_name=_("remboursement"))
    corrects = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="credit_notes", verbose_name=_("corrige"))
    # payment:<id> or refund:<id>: one document for each, however often it is asked for.
    once_key = KeyField(max_length=40, unique=True, editable=False)
    payer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="invoices", verbose_name=_("payeur")
    )
    issued_at = models.DateTimeField(_("écrite le"), db_index=True)
    issue_date = models.DateField(_("date"))
    language = models.CharField(_("langue"), max_length=2)
    seller = models.JSONField(_("vendeur"))
    buyer = models.BinaryField(_("client scellé"))
    buyer_scope = models.CharField(max_length=64, editable=False)
    buyer_country = models.CharField(_("pays du client"), max_length=2, blank=True)
    is_business = models.BooleanField(_("client professionnel"), default=False)
    currency = models.CharField(_("monnaie"), max_length=3)
    net_minor = models.BigIntegerField(_("hors taxe"))
    vat_minor = models.BigIntegerField(_("TVA"))
    gross_minor = models.BigIntegerField(_("toutes taxes comprises"))
    treatment = models.CharField(_("régime de TVA"), max_length=14, choices=VatTreatment.choices)
    vat_country = models.CharField(_("pays de la TVA"), max_length=2)
    mentions = models.JSONField(_("mentions"), default=list)
    # Whether what says where the payer lives agrees: true with two that do, false if they contradict, null with one alone.
    location_agrees = models.BooleanField(_("lieu prouvé deux fois"), null=True)
    file_name = models.CharField(max_length=80, blank=True, editable=False)
    # Of the file as it was first given out; it stays when the person is replaced in it.
    pdf_sha256 = models.CharField(_("empreinte du fichier"), max_length=64, blank=True)
    erased_at = models.DateTimeField(_("client effacé le"), null=True)

    class Meta:
        verbose_name = _("facture ou avoir")
        verbose_name_plural = _("factures et avoirs")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["series", "year", "sequence"], name="invoice_number_once"),
            models.CheckConstraint(condition=models.Q(gross_minor=models.F("net_minor") + models.F("vat_minor")), name="invoice_adds_up"),
            models.CheckConstraint(condition=models.Q(net_minor__gte=0, vat_minor__gte=0, gross_minor__gt=0), name="invoice_of_something"),
        ]
        indexes = [
            models.Index(fields=["payer", "-issue_date"], name="invoice_of_payer"),
            models.Index(fields=["treatment", "issue_date"], name="invoice_of_treatment"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_credit_note(self) -> bool:
        """Whether it takes back, instead of charging."""
        return self.kind == InvoiceKind.CREDIT_NOTE

    @property
    def net(self) -> Money:
        """Without VAT."""
        return Money(self.net_minor, self.currency)

    @property
    def vat(self) -> Money:
        """All VAT of it."""
        return Money(self.vat_minor, self.currency)

    @property
    def gross(self) -> Money:
        """With VAT: what was paid, or goes back."""
        return Money(self.gross_minor, self.currency)

    @property
    def buyer_ad(self) -> str:
        """What the sealed buyer is bound to."""
        return f"billing.Invoice.buyer:{self.public_id}"

    @property
    def file_ad(self) -> str:
        """What the sealed file is bound to."""
        return f"billing.Invoice.file:{self.public_id}"


class InvoiceLine(models.Model):
    """One line of an invoice, as it stood."""

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="lines", verbose_name=_("facture"))
    position = models.PositiveSmallIntegerField(_("rang"))
    text = models.CharField(_("désignation"), max_length=200)
    from_date = models.DateField(_("du"), null=True)
    to_date = models.DateField(_("au"), null=True)
    quantity = models.PositiveIntegerField(_("quantité"), default=1)
    net_minor = models.BigIntegerField(_("hors taxe"))
    rate_bp = models.PositiveIntegerField(_("taux, en centièmes de pour cent"))

    class Meta:
        verbose_name = _("ligne de facture")
        verbose_name_plural = _("lignes de facture")
        default_permissions = ("view",)
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["invoice", "position"], name="invoice_line_once")]

    def __str__(self) -> str:
        return f"{self.invoice_id} {self.position}"
