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
    FX = "FX", _("Change de monnaies")
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


class WalletAct(models.TextChoices):
    """What a posting did to a wallet: the `kind` of the postings that the wallet itself makes."""

    SPEND = "WALLET_SPEND", _("Dépense")
    TIP = "WALLET_TIP", _("Remerciement")
    RETURN = "WALLET_RETURN", _("Dépense reprise")
    PROMO_GIVEN = "PROMO_GIVEN", _("Crédit offert")
    PROMO_EXPIRED = "PROMO_EXPIRED", _("Crédit offert expiré")


class StatementSource(models.TextChoices):
    """How a statement of a provider came to us."""

    API = "API", _("Demandé au prestataire")
    FILE = "FILE", _("Fichier de l’opérateur")


class StatementState(models.TextChoices):
    """Where a statement stands: a file counts once a second person has confirmed it."""

    WAITING = "WAITING", _("Attend une seconde personne")
    CONFIRMED = "CONFIRMED", _("Confirmé")
    WITHDRAWN = "WITHDRAWN", _("Retiré")


class LineKind(models.TextChoices):
    """What a line of a statement tells of."""

    PAYMENT = "PAYMENT", _("Paiement")
    REFUND = "REFUND", _("Remboursement")
    FEE = "FEE", _("Frais")
    PAYOUT = "PAYOUT", _("Virement vers notre banque")
    DISPUTE = "DISPUTE", _("Contestation")


class MatchRule(models.TextChoices):
    """By what a line of a statement was recognised."""

    PROVIDER_REF = "PROVIDER_REF", _("Référence du prestataire")
    OUR_REF = "OUR_REF", _("Notre référence")
    CANDIDATE = "CANDIDATE", _("Seul candidat : montant, numéro et heure")
    PERSON = "PERSON", _("Une personne de l’équipe")


class GapKind(models.TextChoices):
    """In which of the three lists of the reconciliation something stands."""

    OURS_ONLY = "OURS_ONLY", _("Chez nous seulement")
    THEIRS_ONLY = "THEIRS_ONLY", _("Chez eux seulement")
    DIFFERENT = "DIFFERENT", _("Différent")


class GapEnd(models.TextChoices):
    """How a line of the three lists ended."""

    MATCHED = "MATCHED", _("Retrouvé sur un relevé")
    SETTLED = "SETTLED", _("Réglé")
    REFUNDED = "REFUNDED", _("Remboursé")
    NOTED = "NOTED", _("Note signée")


class RevenueSource(models.TextChoices):
    """What earned money: the second word of a revenue account."""

    SUBSCRIPTION = "SUBSCRIPTION", _("Abonnements")
    COMMISSION = "COMMISSION", _("Commissions")
    ADS = "ADS", _("Publicité")
    PARTNER_PLAN = "PARTNER_PLAN", _("Formules de partenaires")
    OTHER = "OTHER", _("Autres")


class SupportTopic(models.TextChoices):
    """What somebody asks us about. SAFETY is served before all others, whatever anybody pays."""

    SAFETY = "SAFETY", _("Ma sécurité, ou celle de quelqu’un")
    PAYMENT = "PAYMENT", _("Un paiement ou un remboursement")
    PREMIUM = "PREMIUM", _("Mon abonnement")
    ACCOUNT = "ACCOUNT", _("Mon compte, ma connexion")
    FAULT = "FAULT", _("Quelque chose ne marche pas")
    OTHER = "OTHER", _("Autre chose")


class SupportState(models.TextChoices):
    """Where a request to the support stands."""

    OPEN = "OPEN", _("Attend une réponse")
    ANSWERED = "ANSWERED", _("Répondue")


class VatTreatment(models.TextChoices):
    """Under which rule of the law a sale is taxed, or is not; how each is chosen stands in billing.services.vat."""

    DOMESTIC = "DOMESTIC", _("TVA du pays du vendeur")
    DESTINATION = "DESTINATION", _("TVA du pays du client")
    REVERSE_CHARGE = "REVERSE_CHARGE", _("Autoliquidation par le client")
    OUT_OF_SCOPE = "OUT_OF_SCOPE", _("Hors du champ de la TVA")
    FRANCHISE = "FRANCHISE", _("Franchise en base")


class VatNumberState(models.TextChoices):
    """What the European register said of a VAT number. Without its yes, VAT is charged."""

    NONE = "NONE", _("Aucun numéro")
    VALID = "VALID", _("Valide")
    INVALID = "INVALID", _("Inconnu du registre")
    UNANSWERED = "UNANSWERED", _("Sans réponse du registre")


class ProofKind(models.TextChoices):
    """What says where a consumer lives. An IP address never does."""

    BILLING = "BILLING", _("Pays de facturation")
    CARD = "CARD", _("Pays de la carte ou du compte")
    MSISDN = "MSISDN", _("Pays du numéro de mobile")


class InvoiceKind(models.TextChoices):
    """A sale, or what takes back all or part of one."""

    INVOICE = "INVOICE", _("Facture")
    CREDIT_NOTE = "CREDIT_NOTE", _("Avoir")


class UnionCountry(models.TextChoices):
    """The states of the European Union, as VAT counts them."""

    AT = "AT", _("Autriche")
    BE = "BE", _("Belgique")
    BG = "BG", _("Bulgarie")
    CY = "CY", _("Chypre")
    CZ = "CZ", _("Tchéquie")
    DE = "DE", _("Allemagne")
    DK = "DK", _("Danemark")
    EE = "EE", _("Estonie")
    ES = "ES", _("Espagne")
    FI = "FI", _("Finlande")
    FR = "FR", _("France")
    GR = "GR", _("Grèce")
    HR = "HR", _("Croatie")
    HU = "HU", _("Hongrie")
    IE = "IE", _("Irlande")
    IT = "IT", _("Italie")
    LT = "LT", _("Lituanie")
    LU = "LU", _("Luxembourg")
    LV = "LV", _("Lettonie")
    MT = "MT", _("Malte")
    NL = "NL", _("Pays-Bas")
    PL = "PL", _("Pologne")
    PT = "PT", _("Portugal")
    RO = "RO", _("Roumanie")
    SE = "SE", _("Suède")
    SI = "SI", _("Slovénie")
    SK = "SK", _("Slovaquie")


class PlanCode(models.TextChoices):
    """What one can be subscribed to. Domains never ask for it: they ask for an entitlement."""

    FREE = "FREE", _("Gratuit")
    PREMIUM = "PREMIUM", _("Premium")


class Interval(models.TextChoices):
    """How long one price lasts."""

    MONTH = "MONTH", _("un mois")
    YEAR = "YEAR", _("un an")


class EntitlementCode(models.TextChoices):
    """What a domain may ask about a person; the values, whole numbers, are in billing.freemium."""

    STORAGE_BYTES = "STORAGE_BYTES", _("Place pour vos fichiers")
    ATTACHMENT_BYTES = "ATTACHMENT_BYTES", _("Taille d’un fichier")
    GROUPS_OWNED = "GROUPS_OWNED", _("Groupes à vous")
    THEMES = "THEMES", _("Apparence")
    SUPPORT_PRIORITY = "SUPPORT_PRIORITY", _("Réponse de l’assistance")
    ADS = "ADS", _("Publicité")


class EntitlementSource(models.TextChoices):
    """Where an entitlement comes from."""

    ORDER = "ORDER", _("Commande")
    SUBSCRIPTION = "SUBSCRIPTION", _("Abonnement renouvelé")
    TRIAL = "TRIAL", _("Essai")


class SubscriptionState(models.TextChoices):
    """Where a subscription stands. PAST_DUE still gives everything, for the days of grace."""

    INCOMPLETE = "INCOMPLETE", _("Premier paiement attendu")
    TRIALING = "TRIALING", _("À l’essai chez le prestataire")
    ACTIVE = "ACTIVE", _("En cours")
    PAST_DUE = "PAST_DUE", _("Paiement en retard")
    UNPAID = "UNPAID", _("Impayé")
    PAUSED = "PAUSED", _("En pause")
    ENDED = "ENDED", _("Terminé")


class OrderKind(models.TextChoices):
    """What an order of a plan does to the subscription."""

    NEW = "NEW", _("Premier abonnement")
    RENEWAL = "RENEWAL", _("Prolongation")
    UPGRADE = "UPGRADE", _("Changement de durée")


class OrderState(models.TextChoices):
    """Where an order of a plan stands. REPLACED: its unused part was credited to an upgrade."""

    ORDERED = "ORDERED", _("Commandée")
    PAID = "PAID", _("Payée")
    REPLACED = "REPLACED", _("Remplacée")
    WITHDRAWN = "WITHDRAWN", _("Rétractée")
    EXPIRED = "EXPIRED", _("Expirée")


class CouponDuration(models.TextChoices):
    """For how many periods of a subscription a coupon counts."""

    ONCE = "ONCE", _("Une fois")
    REPEATING = "REPEATING", _("Plusieurs fois")
    FOREVER = "FOREVER", _("À chaque fois")


class RequestKind(models.TextChoices):
    """What somebody tells us about their contract, with or without an account."""

    CANCELLATION = "CANCELLATION", _("Résiliation")
    WITHDRAWAL = "WITHDRAWAL", _("Rétractation")


class RequestState(models.TextChoices):
    """What became of it. Only UNMATCHED needs a person of the team."""

    DONE = "DONE", _("Faite")
    SCHEDULED = "SCHEDULED", _("Prévue")
    UNMATCHED = "UNMATCHED", _("Contrat à retrouver")
    SETTLED = "SETTLED", _("Réglée par l’équipe")


class LetterKind(models.TextChoices):
    """Letters about a contract that the law wants on paper or in a mail, and proven."""

    ORDER = "ORDER", _("Confirmation de commande")
    CANCELLATION = "CANCELLATION", _("Confirmation de résiliation")
    WITHDRAWAL = "WITHDRAWAL", _("Accusé de réception d’une rétractation")
    RENEWAL = "RENEWAL", _("Avis de reconduction")
