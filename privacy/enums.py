"""Stable words of privacy: what is stored and what tests say."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Verdict(TextChoices):
    """What becomes of one record now."""

    KEEP = "KEEP", _("Garder")
    KEEP_HOLD = "KEEP_HOLD", _("Garder, gelé")
    KEEP_RESTRICTED = "KEEP_RESTRICTED", _("Garder, restreint")
    DESTROY = "DESTROY", _("Détruire")


class DataKind(TextChoices):
    """The kinds of data by the code of their rule, as people say it."""

    MESSAGE_BODY = "MESSAGE_BODY", _("Textes des messages des salons")
    MESSAGE_DELETED = "MESSAGE_DELETED", _("Messages que leur auteur a effacés")
    MESSAGE_META = "MESSAGE_META", _("Qui a écrit quel message et quand, sans le texte")
    HELD_MESSAGE = "HELD_MESSAGE", _("Messages retenus avant publication")
    MEDIA = "MEDIA", _("Images des messages")
    CONNECTION = "CONNECTION", _("Connexions : adresse IP, port, heure")
    DEVICE_MARK = "DEVICE_MARK", _("Marque d’un appareil")
    BAN_KEY = "BAN_KEY", _("Empreintes des comptes exclus")
    AGE_CHECK = "AGE_CHECK", _("Essais de vérification de l’âge")
    ID_DOCUMENT = "ID_DOCUMENT", _("Document montré à l’équipe")
    SUPPORT_REQUEST = "SUPPORT_REQUEST", _("Ce que l’on a demandé à l’équipe, et ses réponses")
    INVOICE = "INVOICE", _("Factures et avoirs")
    PROVIDER_EVENT = "PROVIDER_EVENT", _("Ce que les prestataires de paiement ont écrit")
    PAYMENT_NUMBER = "PAYMENT_NUMBER", _("Numéro de téléphone d’un paiement")
    IDENTITY_WITHDRAWN = "IDENTITY_WITHDRAWN", _("Identité civile que la personne a retirée")
    UNCONFIRMED = "UNCONFIRMED", _("Inscriptions jamais confirmées")
    DELIVERY = "DELIVERY", _("Envoi d’un avis par un canal")
    NOTIFICATION = "NOTIFICATION", _("Avis, sans contenu")
    CONTRACT_PAPER = "CONTRACT_PAPER", _("Lettres et demandes sur un contrat, scellées")
    REPORT = "REPORT", _("Nom et adresse de qui a signalé")
    EVIDENCE = "EVIDENCE", _("Preuves scellées d’un dossier")
    CHILD_ABUSE_EVIDENCE = "CHILD_ABUSE_EVIDENCE", _("Preuves d’abus sur un enfant, jusqu’à leur confirmation")
    DECISION = "DECISION", _("Sur qui porte une décision")
    RULE_HIT = "RULE_HIT", _("Ce qu’une règle a relevé, sans le texte")
    LEGAL_REQUEST = "LEGAL_REQUEST", _("Demandes des autorités")
    BREACH = "BREACH", _("Violations de données")


class Clock(TextChoices):
    """From what a duration is counted. EXPIRY: the row says itself when it ends."""

    EXPIRY = "EXPIRY", _("Fin inscrite dans la ligne")
    WRITTEN = "WRITTEN", _("Écriture")
    CLOSED = "CLOSED", _("Clôture du dossier")


class DeletionReason(TextChoices):
    DUE = "DUE", _("Durée écoulée")
    HOLD_OVER = "HOLD_OVER", _("Fin du gel")
    REQUEST = "REQUEST", _("Demande de la personne")
    WITHDRAWAL = "WITHDRAWAL", _("Consentement retiré")


class BreachHarm(TextChoices):
    """What of the data was harmed (GDPR, article 4(12); EDPB guidelines 9/2022)."""

    CONFIDENTIALITY = "CONFIDENTIALITY", _("Confidentialité : vues par qui ne devait pas")
    INTEGRITY = "INTEGRITY", _("Intégrité : changées à tort")
    AVAILABILITY = "AVAILABILITY", _("Disponibilité : perdues ou hors d’atteinte")


class BreachRisk(TextChoices):
    """What it may mean for the people, which says who is to be told (articles 33 and 34)."""

    NONE = "NONE", _("Aucun risque probable : inscrite, personne à prévenir")
    RISK = "RISK", _("Un risque : l’autorité est prévenue")
    HIGH = "HIGH", _("Un risque élevé : l’autorité et les personnes sont prévenues")


class SilenceGround(TextChoices):
    """Why people are not told one by one of a high risk: the three cases of article 34(3), and no other."""

    UNREADABLE = "UNREADABLE", _("Données incompréhensibles pour qui les a, article 34(3)(a)")
    AVERTED = "AVERTED", _("Risque élevé écarté depuis, article 34(3)(b)")
    PUBLIC_NOTICE = "PUBLIC_NOTICE", _("Effort disproportionné : communication publique, article 34(3)(c)")
