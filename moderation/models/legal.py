"""What authorities ask for, what is frozen for them, and what was handed to them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.ids import new_public_id
from moderation.courts.gate import Facts
from moderation.courts.terms import (
    Channel,
    DataCategory,
    FormalReason,
    GateCase,
    HoldScope,
    IdentifierKind,
    MissingArticle,
    OffenceClass,
    RequestKind,
    RequestState,
)
from moderation.models.approval import SecondApproval
from moderation.models.staff import StaffProfile


class LegalRequest(models.Model):
    """One request of an authority, from its receipt to its answer. Whom it names lies sealed in its subjects."""

    public_id = models.CharField(_("référence"), max_length=20, unique=True, default=new_public_id, editable=False)
    kind = models.CharField(_("sorte"), max_length=20, choices=RequestKind.choices)
    state = models.CharField(_("état"), max_length=14, choices=RequestState.choices, default=RequestState.RECEIVED)
    emergency = models.BooleanField(_("urgence"), default=False)
    authority = models.CharField(_("autorité"), max_length=200)
    agent = models.CharField(_("agent"), max_length=120)
    file_numbers = models.CharField(_("numéros de procédure"), max_length=200)
    channel = models.CharField(_("arrivée par"), max_length=9, choices=Channel.choices)
    # What the request gives of itself, which proves nothing: a call back goes to another number.
    sender = models.CharField(_("écrite depuis l’adresse"), max_length=254, blank=True)
    phone = models.CharField(_("numéro donné dans la demande"), max_length=40, blank=True)
    legal_basis = models.CharField(_("fondement"), max_length=300)
    # What the gate is asked with.
    offence = models.CharField(_("infraction"), max_length=300, blank=True)
    offence_class = models.CharField(_("classe"), max_length=13, choices=OffenceClass.choices, default=OffenceClass.NONE)
    penalty_months = models.PositiveSmallIntegerField(_("peine maximale (mois)"), null=True, blank=True)
    gate_case = models.CharField(_("cas de l’article 60-1-2"), max_length=7, choices=GateCase.choices, blank=True)
    network = models.BooleanField(_("commise par un réseau"), default=False)
    only_author = models.BooleanField(_("seulement pour identifier l’auteur"), default=False)
    victim_asks = models.BooleanField(_("terminal de la victime, à sa demande"), default=False)
    missing_article = models.CharField(_("article de la disparition"), max_length=9, choices=MissingArticle.choices, blank=True)
    judge = models.BooleanField(_("ordonnée ou validée par un juge"), default=False)
    listed = models.BooleanField(_("infraction de la liste européenne"), default=False)
    danger = models.CharField(_("danger pour une vie"), max_length=500, blank=True)
    categories = models.CharField(_("données demandées"), max_length=60, blank=True)
    # A lawyer, a journalist, somebody with an immunity: nothing is collected before counsel has spoken.
    protected = models.BooleanField(_("avocat, journaliste ou immunité"), default=False)
    counsel_note = models.CharField(_("avis du conseil"), max_length=500, blank=True)
    confidential = models.BooleanField(_("la personne ne doit pas être prévenue"), default=True)
    confidential_until = models.DateTimeField(_("confidentielle jusqu’au"), null=True, blank=True)
    received_at = models.DateTimeField(_("reçue le"))
    deadline_at = models.DateTimeField(_("réponse due le"))
    registered_by = models.ForeignKey(StaffProfile, on_delete=models.PROTECT, related_name="+", verbose_name=_("enregistrée par"))
    # The call back: which number of which public directory, who answered there.
    authenticated_by = models.ForeignKey(
        StaffProfile, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("authentifiée par")
    )
    authentication = models.CharField(_("contre-appel"), max_length=500, blank=True)
    confirmed_by = models.ForeignKey(StaffProfile, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("confirmée par"))
    confirmation = models.CharField(_("second contre-appel"), max_length=500, blank=True)
    refusal = models.CharField(_("motif du refus"), max_length=14, choices=FormalReason.choices, blank=True)
    refusal_words = models.CharField(_("explication du refus"), max_length=1000, blank=True)
    answered_at = models.DateTimeField(_("répondue le"), null=True)
    closed_at = models.DateTimeField(_("close le"), null=True)
    receipt = models.CharField(_("accusé de l’autorité"), max_length=300, blank=True)
    told_at = models.DateTimeField(_("personnes prévenues le"), null=True)
    # Seconds before the end of the last alarm that was given, to give each once; null: none yet.
    alarmed = models.IntegerField(null=True, editable=False)

    class Meta:
        verbose_name = _("demande d’une autorité")
        verbose_name_plural = _("demandes des autorités")
        default_permissions = ("view",)
        indexes = [models.Index(fields=["state", "deadline_at"]), models.Index(fields=["received_at"])]
        constraints = [
            models.CheckConstraint(condition=~models.Q(authenticated_by=models.F("confirmed_by")), name="legal_confirmed_by_another"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def asked(self) -> list[DataCategory]:
        """The categories that were ticked."""
        return [DataCategory(word) for word in self.categories.split(",") if word]

    @property
    def facts(self) -> Facts:
        """What the gate is asked with."""
        return Facts(
            kind=RequestKind(self.kind),
            offence=self.offence,
            offence_class=OffenceClass(self.offence_class),
            penalty_months=self.penalty_months,
            gate_case=GateCase(self.gate_case) if self.gate_case else None,
            network=self.network,
            only_author=self.only_author,
            victim_asks=self.victim_asks,
            missing_article=MissingArticle(self.missing_article) if self.missing_article else None,
            judge=self.judge,
            listed=self.listed,
            danger=self.danger,
        )


class LegalSubject(models.Model):
    """Whom a request names, and for which period (UTC). `given` is what the authority wrote, sealed; `user_id` who that is."""

    request = models.ForeignKey(LegalRequest, on_delete=models.CASCADE, related_name="subjects", verbose_name=_("demande"))
    kind = models.CharField(_("désignée par"), max_length=9, choices=IdentifierKind.choices)
    given = models.BinaryField(_("désignation scellée"), max_length=1200, editable=False)
    ref = models.CharField(max_length=20, default=new_public_id, editable=False, unique=True)
    user_id = models.BigIntegerField(_("personne"), null=True)
    from_at = models.DateTimeField(_("du"))
    until_at = models.DateTimeField(_("au"))

    class Meta:
        verbose_name = _("personne désignée")
        verbose_name_plural = _("personnes désignées")
        default_permissions = ()
        indexes = [models.Index(fields=["user_id"])]
        constraints = [models.CheckConstraint(condition=models.Q(from_at__lt=models.F("until_at")), name="legal_subject_has_a_period")]

    def __str__(self) -> str:
        return "<sealed>"

    @property
    def given_ad(self) -> str:
        """What the sealed name is bound to."""
        return f"moderation.LegalSubject.given:{self.ref}"


class LegalRelease(models.Model):
    """One package for an authority: made by two persons, encrypted for whom it is meant, its digests in the audit chain."""

    public_id = models.CharField(_("référence"), max_length=20, unique=True, default=new_public_id, editable=False)
    request = models.ForeignKey(LegalRequest, on_delete=models.PROTECT, related_name="releases", verbose_name=_("demande"))
    approval = models.OneToOneField(SecondApproval, on_delete=models.PROTECT, related_name="+", verbose_name=_("accord à deux"))
    made_by = models.ForeignKey(StaffProfile, on_delete=models.PROTECT, related_name="+", verbose_name=_("faite par"))
    made_at = models.DateTimeField(_("faite le"))
    file_name = models.CharField(max_length=80, editable=False)
    size = models.PositiveIntegerField(_("taille"))
    sha256 = models.CharField(_("empreinte du paquet"), max_length=64)
    manifest_sha256 = models.CharField(_("empreinte du manifeste"), max_length=64)
    # The fingerprint of the authority's certificate; empty: encrypted under a passphrase, which is kept nowhere.
    certificate = models.CharField(_("certificat de l’autorité"), max_length=64, blank=True)
    fetched_by = models.CharField(_("téléchargée par"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("remise à une autorité")
        verbose_name_plural = _("remises aux autorités")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.public_id


class LegalHold(models.Model):
    """Something frozen: no job destroys what it names while it lasts. Placed by one person, lifted before its end by two."""

    public_id = models.CharField(_("référence"), max_length=20, unique=True, default=new_public_id, editable=False)
    request = models.ForeignKey(LegalRequest, on_delete=models.PROTECT, null=True, related_name="holds", verbose_name=_("demande"))
    scope = models.CharField(_("porte sur"), max_length=4, choices=HoldScope.choices)
    # Codes of retention apart by commas; empty: all that is kept of the subjects.
    codes = models.CharField(_("données"), max_length=300, blank=True)
    reason = models.CharField(_("raison"), max_length=500)
    from_at = models.DateTimeField(_("du"))
    until_at = models.DateTimeField(_("au"), null=True)
    placed_by = models.ForeignKey(StaffProfile, on_delete=models.PROTECT, related_name="+", verbose_name=_("placé par"))
    lifted_at = models.DateTimeField(_("levé le"), null=True)
    lifted_by = models.ForeignKey(StaffProfile, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("levé par"))
    lift_approval = models.OneToOneField(
        SecondApproval, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("accord à deux")
    )
    alarmed = models.IntegerField(null=True, editable=False)

    class Meta:
        verbose_name = _("gel")
        verbose_name_plural = _("gels")
        default_permissions = ("view",)
        indexes = [models.Index(fields=["lifted_at", "until_at"])]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(lifted_at__isnull=True, lifted_by__isnull=True, lift_approval__isnull=True)
                | models.Q(lifted_at__isnull=False, lifted_by__isnull=False, lift_approval__isnull=False),
                name="legal_hold_lifted_by_two",
            )
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def code_set(self) -> frozenset[str]:
        """The codes it holds; empty: all."""
        return frozenset(word for word in self.codes.split(",") if word)


class HoldSubject(models.Model):
    """One account, room or case of a hold, by its inward id; of a hold on rows the room and the `number` of one message in it.

    `owner_id`: whose key the hold freezes, because what it keeps is sealed under it.
    """

    hold = models.ForeignKey(LegalHold, on_delete=models.CASCADE, related_name="subjects", verbose_name=_("gel"))
    subject_id = models.BigIntegerField(_("objet"))
    number = models.BigIntegerField(_("message"), default=0)
    owner_id = models.BigIntegerField(_("auteur"), null=True)

    class Meta:
        verbose_name = _("objet d’un gel")
        verbose_name_plural = _("objets d’un gel")
        default_permissions = ()
        indexes = [models.Index(fields=["owner_id"])]
        constraints = [models.UniqueConstraint(fields=["hold", "subject_id", "number"], name="hold_subject_once")]

    def __str__(self) -> str:
        return str(self.subject_id)


class HoldEpoch(models.Model):
    """One row, raised by every hold that is placed or lifted and locked by every batch that destroys: so a batch in flight ends first,
    and all later ones see the hold."""

    number = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("époque des gels")
        verbose_name_plural = _("époques des gels")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.number)
