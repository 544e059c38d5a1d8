"""Stable words of the registers, each as people read it."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class LegalBasis(TextChoices):
    """Why the law lets a thing be done (GDPR, articles 6 and 9)."""

    CONTRACT = "CONTRACT", _("le contrat avec la personne")
    LEGAL_OBLIGATION = "LEGAL_OBLIGATION", _("une obligation légale")
    LEGITIMATE_INTERESTS = "LEGITIMATE_INTERESTS", _("la sécurité de tous, intérêt légitime")
    VITAL_INTERESTS = "VITAL_INTERESTS", _("la vie de quelqu’un")
    CONSENT = "CONSENT", _("l’accord de la personne, qu’elle retire quand elle veut")
    EXPLICIT_CONSENT = "EXPLICIT_CONSENT", _("l’accord explicite de la personne, qu’elle retire quand elle veut")
    LEGAL_CLAIMS = "LEGAL_CLAIMS", _("la défense de droits en justice")


class Recipient(TextChoices):
    """Who may see something of it."""

    TEAM = "TEAM", _("l’équipe, chacun selon son rôle")
    MEMBERS = "MEMBERS", _("les autres membres, ce que la personne choisit de montrer")
    ROOM_MEMBERS = "ROOM_MEMBERS", _("les membres du salon")
    HOST = "HOST", _("l’hébergeur, sans pouvoir lire ce qui est scellé")
    MAIL = "MAIL", _("le service de courriel")
    PUSH = "PUSH", _("le service de notifications du navigateur ou du téléphone, sans le contenu")
    PAYMENT_PROVIDERS = "PAYMENT_PROVIDERS", _("le prestataire de paiement choisi")
    AGE_PROVIDERS = "AGE_PROVIDERS", _("le prestataire de preuve d’âge choisi")
    COMMISSION = "COMMISSION", _("la base publique de la Commission européenne, sans nom")
    TAX = "TAX", _("l’administration fiscale")
    AUTHORITIES = "AUTHORITIES", _("la justice et les autorités, quand la loi les y autorise")
    AUDITORS = "AUDITORS", _("les auditeurs, sans les contenus ni les identités")


class Measure(TextChoices):
    """How it is protected."""

    SEALED = "SEALED", _("scellé par une clé propre à chaque personne")
    OWN_KEY = "OWN_KEY", _("scellé sous une clé à part")
    OWN_DATABASE = "OWN_DATABASE", _("dans une base séparée, avec ses propres sauvegardes")
    HASHED = "HASHED", _("seulement une empreinte")
    PSEUDONYMOUS = "PSEUDONYMOUS", _("sous un nom de travail ou une référence")
    TWO_PERSONS = "TWO_PERSONS", _("jamais par une personne seule")
    ROLES = "ROLES", _("chaque rôle ne voit que son travail")
    SECOND_FACTOR = "SECOND_FACTOR", _("l’équipe entre avec un second facteur")
    AUDITED = "AUDITED", _("chaque acte est noté dans un journal enchaîné")
    APPEND_ONLY = "APPEND_ONLY", _("les lignes s’ajoutent et ne se changent pas")
    SCREENED = "SCREENED", _("relu par des règles avant d’être montré")
    SHORT = "SHORT", _("gardé peu de temps, puis détruit")
    MINIMAL = "MINIMAL", _("le moins possible est demandé")
    NO_CONTENT = "NO_CONTENT", _("des codes et des dates, jamais de contenu")


class Safeguard(TextChoices):
    """What protects data that leaves for another company or country (GDPR, chapter V)."""

    UNION = "UNION", _("reste dans l’Union européenne")
    ADEQUACY = "ADEQUACY", _("décision d’adéquation de la Commission")
    CLAUSES = "CLAUSES", _("clauses contractuelles types de la Commission")
    CONSENT = "CONSENT", _("accord explicite, après avertissement (article 49(1)(a))")
    CONTRACT = "CONTRACT", _("nécessaire au contrat de la personne (article 49(1)(b))")


class Level(TextChoices):
    """How likely a risk is, and how grave, on the scale of the CNIL."""

    NEGLIGIBLE = "NEGLIGIBLE", _("négligeable")
    LIMITED = "LIMITED", _("limité")
    IMPORTANT = "IMPORTANT", _("important")
    MAXIMAL = "MAXIMAL", _("maximal")


class ControlState(TextChoices):
    """How a control of a standard stands. OPERATOR: whoever runs the house has to see to it."""

    DONE = "DONE", _("Fait")
    PARTLY = "PARTLY", _("En partie")
    OPERATOR = "OPERATOR", _("À l’exploitant")
    NO = "NO", _("Non")
