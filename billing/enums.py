"""Stable words of money. They lie in rows for ten years: never renamed."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Provider(models.TextChoices):
    """Who moves the money."""

    STRIPE = "STRIPE", "Stripe"
    PAYPAL = "PAYPAL", "PayPal"
    MVOLA = "MVOLA", "MVola"
    ORANGE = "ORANGE", "Orange Money"
    AIRTEL = "AIRTEL", "Airtel Money"


class Purpose(models.TextChoices):
    """What is paid."""

    SUBSCRIPTION = "SUBSCRIPTION", _("Abonnement")
    ORDER = "ORDER", _("Commande")
    BOOKING = "BOOKING", _("Réservation")
    WALLET_TOPUP = "WALLET_TOPUP", _("Rechargement du porte-monnaie")
    PARTNER_PLAN = "PARTNER_PLAN", _("Formule de partenaire")
    AD_CAMPAIGN = "AD_CAMPAIGN", _("Campagne de publicité")


class PaymentState(models.TextChoices):
    """Where a payment stands; design of the changes in billing.services.payments."""

    CREATED = "CREATED", _("Créé")
    SUBMITTED = "SUBMITTED", _("Envoyé")
    PENDING = "PENDING", _("En attente du payeur")
    UNKNOWN = "UNKNOWN", _("Issue inconnue")
    SUCCEEDED = "SUCCEEDED", _("Payé")
    FAILED = "FAILED", _("Échoué")
    EXPIRED = "EXPIRED", _("Expiré")


class RefundState(models.TextChoices):
    """Where a refund stands."""

    REQUESTED = "REQUESTED", _("Demandé")
    APPROVED = "APPROVED", _("Approuvé")
    SUBMITTED = "SUBMITTED", _("Envoyé")
    PENDING = "PENDING", _("En cours")
    UNKNOWN = "UNKNOWN", _("Issue inconnue")
    SUCCEEDED = "SUCCEEDED", _("Remboursé")
    FAILED = "FAILED", _("Échoué")


class RefundReason(models.TextChoices):
    """Why money goes back."""

    WITHDRAWAL = "WITHDRAWAL", _("Rétractation")
    CANCELLATION = "CANCELLATION", _("Résiliation")
    DUPLICATE = "DUPLICATE", _("Payé deux fois")
    LATE_SUCCESS = "LATE_SUCCESS", _("Payé après l’échéance")
    FAULT = "FAULT", _("Faute de notre part")
    ORDER_CANCELLED = "ORDER_CANCELLED", _("Commande annulée")
    GOODWILL = "GOODWILL", _("Geste commercial")
    FRAUD = "FRAUD", _("Fraude")


class RefundChannel(models.TextChoices):
    """How money goes back."""

    PROVIDER = "PROVIDER", _("Par le prestataire")
    MANUAL = "MANUAL", _("À la main, par deux personnes de l’équipe")


class DisputeStatus(models.TextChoices):
    """Where a dispute with the payer's bank stands."""

    OPEN = "OPEN", _("Ouverte")
    WON = "WON", _("Gagnée")
    LOST = "LOST", _("Perdue")


class EventState(models.TextChoices):
    """What became of an event that a provider sent."""

    RECEIVED = "RECEIVED", _("Reçu")
    PROCESSED = "PROCESSED", _("Traité")
    IGNORED = "IGNORED", _("Sans effet")
    REFUSED = "REFUSED", _("Refusé")
    WRONG_VERSION = "WRONG_VERSION", _("Autre version")
    FAILED = "FAILED", _("Échoué")


class AccountKind(models.TextChoices):
    """Kinds of ledger account: the first word of its code."""

    WALLET = "WALLET", _("Porte-monnaie")
    PROMO = "PROMO", _("Crédit offert")
    CLEARING = "CLEARING", _("Compte d’attente d’un prestataire")
    BANK = "BANK", _("Banque")
    FEES = "FEES", _("Frais")
    REVENUE = "REVENUE", _("Recette")
    VAT = "VAT", _("TVA")
    PAYABLE = "PAYABLE", _("Dû à un partenaire")
    PAYABLE_PENDING = "PAYABLE_PENDING", _("Dû à un partenaire, pas encore exigible")
    DISPUTE = "DISPUTE", _("Contestation")
    SUSPENSE = "SUSPENSE", _("À éclaircir")
    EXPENSE = "EXPENSE", _("Dépense")
    PREPAID = "PREPAID", _("Payé d’avance")
    RECEIVABLE = "RECEIVABLE", _("À recevoir")
    DIRECT = "DIRECT", _("Payé de la main à la main")
    DIRECT_CONTRA = "DIRECT_CONTRA", _("Contrepartie de la main à la main")
    FX = "FX", _("Change")
    POINTS = "POINTS", _("Points")
    POINTS_ISSUED = "POINTS_ISSUED", _("Points émis")


class NormalSide(models.TextChoices):
    """The side on which an account grows."""

    CREDIT = "CREDIT", _("Crédit")
    DEBIT = "DEBIT", _("Débit")


class HoldState(models.TextChoices):
    """Where a hold stands; PENDING once, then one of the others for good."""

    PENDING = "PENDING", _("En attente")
    POSTED = "POSTED", _("Débité")
    VOIDED = "VOIDED", _("Annulé")
    EXPIRED = "EXPIRED", _("Expiré")


class GrantSource(models.TextChoices):
    """Why somebody was given credit."""

    TIP = "TIP", _("Remerciement d’un membre")
    CASHBACK = "CASHBACK", _("Remise d’un partenaire")
    GOODWILL = "GOODWILL", _("Geste de la maison")
