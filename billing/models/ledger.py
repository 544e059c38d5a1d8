"""The ledger: accounts with their balance, postings that nobody changes, holds, and the proof of each night."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.enums import AccountKind, HoldState, NormalSide
from core.fields import KeyField


class LedgerAccount(models.Model):
    """An account in one currency. `posted` and `held` are counted on its normal side, in minor units."""

    code = KeyField(_("code"), max_length=80, unique=True)
    kind = models.CharField(_("sorte de compte"), max_length=16, choices=AccountKind.choices)
    currency = models.CharField(_("monnaie"), max_length=3)
    normal = models.CharField(_("côté normal"), max_length=6, choices=NormalSide.choices)
    allow_negative = models.BooleanField(_("peut être négatif"))
    posted = models.BigIntegerField(_("solde"), default=0)
    held = models.BigIntegerField(_("retenu"), default=0)
    version = models.PositiveBigIntegerField(_("version"), default=0)
    owner_key = KeyField(_("à qui"), max_length=64, null=True, db_index=True)
    closed_at = models.DateTimeField(_("fermé le"), null=True)

    class Meta:
        verbose_name = _("compte")
        verbose_name_plural = _("comptes")
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(condition=models.Q(held__gte=0), name="ledger_held_not_negative"),
            models.CheckConstraint(
                condition=models.Q(allow_negative=True) | models.Q(posted__gte=models.F("held")), name="ledger_never_overdrawn"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class LedgerTransaction(models.Model):
    """One posting: its entries sum to nothing in each currency. `key` makes it happen once."""

    key = KeyField(_("clé"), max_length=120, unique=True)
    fingerprint = models.CharField(_("empreinte"), max_length=64)
    kind = models.CharField(_("sorte d’écriture"), max_length=32)
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="reversed_by", verbose_name=_("contre-passe"))
    effective_date = models.DateField(_("date de valeur"))
    created_at = models.DateTimeField(_("écrite le"), db_index=True)

    class Meta:
        verbose_name = _("écriture")
        verbose_name_plural = _("écritures")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.key


class LedgerEntry(models.Model):
    """One line of a posting: credit positive, debit negative; `balance_after` on the account's normal side."""

    transaction = models.ForeignKey(LedgerTransaction, on_delete=models.PROTECT, related_name="entries", verbose_name=_("écriture"))
    account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="entries", verbose_name=_("compte"))
    amount = models.BigIntegerField(_("montant"))
    balance_after = models.BigIntegerField(_("solde après"))

    class Meta:
        verbose_name = _("ligne d’écriture")
        verbose_name_plural = _("lignes d’écriture")
        default_permissions = ("view",)
        indexes = [models.Index(fields=["account", "id"], name="ledger_entries_of_account")]
        constraints = [models.CheckConstraint(condition=~models.Q(amount=0), name="ledger_entry_of_something")]

    def __str__(self) -> str:
        return f"{self.transaction_id} {self.account_id} {self.amount}"


class Hold(models.Model):
    """Money that is kept aside and is taken later, or set free."""

    key = KeyField(_("clé"), max_length=120, unique=True)
    account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="holds", verbose_name=_("compte"))
    amount_minor = models.BigIntegerField(_("montant"))
    state = models.CharField(_("état"), max_length=7, choices=HoldState.choices, default=HoldState.PENDING)
    expires_at = models.DateTimeField(_("expire le"))
    resolved_by = models.OneToOneField(
        LedgerTransaction, on_delete=models.PROTECT, null=True, related_name="resolves", verbose_name=_("écriture")
    )
    created_at = models.DateTimeField(_("créée le"))

    class Meta:
        verbose_name = _("réserve")
        verbose_name_plural = _("réserves")
        default_permissions = ("view",)
        indexes = [models.Index(fields=["state", "expires_at"], name="hold_due")]
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="hold_of_something"),
            models.CheckConstraint(
                condition=models.Q(state=HoldState.POSTED, resolved_by__isnull=False)
                | (~models.Q(state=HoldState.POSTED) & models.Q(resolved_by__isnull=True)),
                name="hold_posted_by_its_posting",
            ),
        ]

    def __str__(self) -> str:
        return self.key


class LedgerProof(models.Model):
    """What a proof found, and the chain over the entries since the one before. The last one says whether money may leave the house.

    `results` says where something is wrong, by invariant, twenty places of each at most: `{"I1": [], "I2": ["wallet:7:MGA"], …}`.
    """

    number = models.PositiveIntegerField(_("numéro"), unique=True)
    date = models.DateField(_("jour"), db_index=True)
    is_green = models.BooleanField(_("tout est juste"))
    results = models.JSONField(_("fautes, par règle"))
    last_entry_id = models.BigIntegerField(_("dernière ligne"))
    chain = models.CharField(_("chaîne"), max_length=64)
    created_at = models.DateTimeField(_("faite le"))

    class Meta:
        verbose_name = _("preuve du grand livre")
        verbose_name_plural = _("preuves du grand livre")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.number} {self.date}"
