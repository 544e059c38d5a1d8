"""Rooms, their themes, and proposals of new ones."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.enums import AgeGate
from chat.enums import History, ProposalState, RoomKind, RoomState
from core.ids import new_public_id


class Theme(models.Model):
    """What rooms are about; the shelves of the directory."""

    slug = models.SlugField(_("adresse courte"), max_length=40, unique=True)
    name_fr = models.CharField(_("nom français"), max_length=60)
    name_mg = models.CharField(_("nom malgache"), max_length=60)
    name_en = models.CharField(_("nom anglais"), max_length=60)
    order = models.PositiveSmallIntegerField(_("ordre"), default=100)

    class Meta:
        verbose_name = _("thème")
        verbose_name_plural = _("thèmes")
        ordering = ["order", "slug"]

    def __str__(self) -> str:
        return self.name_fr

    @property
    def name(self) -> str:
        """The name in the language of the reader."""
        return {"mg": self.name_mg, "en": self.name_en}.get((get_language() or "")[:2], self.name_fr)


class Room(models.Model):
    """A place to talk. `last_seq` counts every change of it, `last_n` its messages."""

    public_id = models.CharField(_("identifiant"), max_length=20, unique=True, default=new_public_id, editable=False)
    slug = models.CharField(_("adresse courte"), max_length=60, unique=True)
    kind = models.CharField(_("sorte"), max_length=5, choices=RoomKind.choices, default=RoomKind.OPEN)
    theme = models.ForeignKey(Theme, on_delete=models.PROTECT, null=True, blank=True, related_name="rooms", verbose_name=_("thème"))
    languages = models.CharField(_("langues"), max_length=20, default="fr", help_text="fr,mg,en")
    age_gate = models.CharField(_("âge demandé"), max_length=10, choices=AgeGate.choices, default=AgeGate.GENERAL)
    title = models.CharField(_("titre"), max_length=60)
    description = models.CharField(_("description"), max_length=300, blank=True)
    rules = models.TextField(_("règles"), max_length=4000, blank=True)
    rules_version = models.PositiveIntegerField(_("version des règles"), default=1)
    state = models.CharField(_("état"), max_length=6, choices=RoomState.choices, default=RoomState.ACTIVE)
    slow_mode_s = models.PositiveIntegerField(_("mode lent (secondes)"), default=0)
    # Tools that end by themselves: whoever reads them compares with the time, and no job is needed.
    members_only_until = models.DateTimeField(_("sans nouvelles entrées jusqu’au"), null=True, blank=True)
    shield_until = models.DateTimeField(_("bouclier jusqu’au"), null=True, blank=True)
    # What waits for a moderator of the room before others see it.
    hold_first = models.BooleanField(_("relire les premiers messages"), default=False, db_default=False)
    hold_links = models.BooleanField(_("relire les liens"), default=False, db_default=False)
    hold_media = models.BooleanField(_("relire les photos"), default=False, db_default=False)
    rules_pinned = models.BooleanField(_("règles épinglées"), default=False, db_default=False)
    visible_hours = models.PositiveIntegerField(_("messages visibles (heures)"), default=168)
    history = models.CharField(_("historique montré"), max_length=9, choices=History.choices, default=History.ALL)
    invite_code = models.CharField(_("code d’invitation"), max_length=20, default=new_public_id, editable=False)
    last_seq = models.BigIntegerField(_("dernier événement"), default=0)
    last_n = models.BigIntegerField(_("messages écrits"), default=0)
    last_at = models.DateTimeField(_("dernier message"), null=True, blank=True)
    # Up to which message those who follow the room were told that it talks, and when (chat.services.following).
    followed_n = models.BigIntegerField(_("messages signalés"), default=0, db_default=0)
    followed_at = models.DateTimeField(_("signalés le"), null=True, blank=True)
    members = models.PositiveIntegerField(_("membres"), default=0)
    created_at = models.DateTimeField(_("ouvert le"))
    # Since when the team has to decide on a report of this room; moderation says so (chat.services.boosts.note_case).
    case_open_at = models.DateTimeField(_("signalé, à décider depuis le"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("salon")
        verbose_name_plural = _("salons")
        indexes = [models.Index(fields=["kind", "state", "theme"])]
        constraints = [
            models.CheckConstraint(condition=models.Q(visible_hours__gte=1, visible_hours__lte=720), name="room_visible_1h_to_30d"),
            models.CheckConstraint(condition=models.Q(slow_mode_s__lte=3600), name="room_slow_mode_up_to_1h"),
            models.CheckConstraint(condition=models.Q(last_n__lte=models.F("last_seq")), name="room_messages_are_events"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def visible_for(self) -> timedelta:
        """How long a message of this room is shown."""
        return timedelta(hours=self.visible_hours)

    def is_shielded(self, now: datetime) -> bool:
        """Whether the shield is up."""
        return self.shield_until is not None and now < self.shield_until

    def is_members_only(self, now: datetime) -> bool:
        """Whether nobody new may come in."""
        return self.members_only_until is not None and now < self.members_only_until

    @property
    def is_discreet(self) -> bool:
        """Whether what is said here must not stay on a device: who looks later was not asked for their age, or has no business here."""
        return self.age_gate in (AgeGate.SENSITIVE, AgeGate.SEXUAL)

    @property
    def language_list(self) -> list[str]:
        return [code for code in self.languages.split(",") if code]


class RoomProposal(models.Model):
    """A theme room that a member asks for; staff accept or refuse it, with a reason."""

    public_id = models.CharField(_("identifiant"), max_length=20, unique=True, default=new_public_id, editable=False)
    proposer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("proposé par"))
    theme = models.ForeignKey(Theme, on_delete=models.PROTECT, related_name="+", verbose_name=_("thème"))
    language = models.CharField(_("langue"), max_length=2)
    title = models.CharField(_("titre"), max_length=60)
    description = models.CharField(_("description"), max_length=300)
    rules = models.TextField(_("règles"), max_length=4000)
    state = models.CharField(_("décision"), max_length=8, choices=ProposalState.choices, default=ProposalState.PENDING)
    reason = models.CharField(_("raison"), max_length=500, blank=True)
    room = models.ForeignKey(Room, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("salon ouvert"))
    created_at = models.DateTimeField(_("reçue le"))
    decided_at = models.DateTimeField(_("décidée le"), null=True, blank=True)

    class Meta:
        verbose_name = _("proposition de salon")
        verbose_name_plural = _("propositions de salons")

    def __str__(self) -> str:
        return f"{self.title} ({self.state})"
