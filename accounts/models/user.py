"""The account: how somebody comes in, and how they like their pages."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.enums import GONE, Accent, Jurisdiction, Language, Theme, UserStatus
from core.ids import new_public_id

AVATARS = 8


class UserQuerySet(models.QuerySet["User"]):
    """Filters that more than one reader needs."""

    def present(self) -> UserQuerySet:
        """Accounts that others may still see: active ones, neither paused nor closed nor barred."""
        return self.filter(status=UserStatus.ACTIVE, barred=False)

    def not_gone(self) -> UserQuerySet:
        """Accounts whose past words still carry their name."""
        return self.exclude(status__in=GONE)


class UserManager(BaseUserManager["User"]):
    """`get_by_natural_key` of Django looks at `username`; the filters are those of the QuerySet."""

    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def present(self) -> UserQuerySet:
        """See `UserQuerySet.present`."""
        return self.get_queryset().present()

    def not_gone(self) -> UserQuerySet:
        """See `UserQuerySet.not_gone`."""
        return self.get_queryset().not_gone()


class User(AbstractBaseUser, PermissionsMixin):
    """One person. The pseudonym is public and lives in Profile; `username` is its folded form and is never a log-in name."""

    public_id = models.CharField(_("identifiant"), max_length=20, unique=True, default=new_public_id, editable=False)
    username = models.CharField(_("nom plié"), max_length=80, unique=True)
    email = models.EmailField(_("adresse électronique"), max_length=254, db_index=True)
    status = models.CharField(_("état du compte"), max_length=13, choices=UserStatus.choices, default=UserStatus.PENDING_EMAIL)
    jurisdiction = models.CharField(_("droit applicable"), max_length=5, choices=Jurisdiction.choices, default=Jurisdiction.FR)
    language = models.CharField(_("langue des pages"), max_length=2, choices=Language.choices, default=Language.FR)
    last_active_date = models.DateField(_("dernière visite"), null=True, blank=True)
    created_at = models.DateTimeField(_("inscription"))
    is_staff = models.BooleanField(_("membre de l’équipe"), default=False)
    closes_at = models.DateTimeField(_("ferme le"), null=True, blank=True)
    # When it closed for good: the clock of what the law keeps of an account that is gone.
    closed_at = models.DateTimeField(_("fermé le"), null=True, blank=True, db_index=True)
    # Since when its owner has the processing of their data restricted (GDPR, article 18; accounts.services.limits).
    restricted_at = models.DateTimeField(_("traitement limité depuis le"), null=True, blank=True, db_index=True)
    # What the open Suspensions come to, kept beside them (accounts.services.suspension) so that nobody asks twice.
    barred = models.BooleanField(_("compte suspendu"), default=False, db_default=False)
    silenced = models.BooleanField(_("écriture suspendue"), default=False, db_default=False)
    # Raised to end every session of the account at once: it is part of what each session is checked against.
    session_epoch = models.PositiveIntegerField(_("époque des connexions"), default=0)
    # Raised to end every proof of age of a visit: those live in sessions, where nobody could find them.
    age_epoch = models.PositiveIntegerField(_("époque des preuves d’âge"), default=0, db_default=0)

    theme = models.CharField(_("apparence"), max_length=5, choices=Theme.choices, default=Theme.SYSTEM, blank=True)
    # Kept when the entitlement ends, shown while it lasts (superapp.context).
    accent = models.CharField(_("couleur"), max_length=5, choices=Accent.choices, default=Accent.LEAF, db_default="", blank=True)
    data_saver = models.BooleanField(_("économie de données"), default=False)
    hide_presence = models.BooleanField(_("présence cachée"), default=False)
    enter_sends = models.BooleanField(_("Entrée envoie"), default=True)
    discreet = models.BooleanField(_("mode discret"), default=False)
    tips_hidden = models.CharField(_("conseils rangés"), max_length=120, default="", blank=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]

    class Meta:
        verbose_name = _("personne")
        verbose_name_plural = _("personnes")
        indexes = [models.Index(fields=["status", "created_at"]), models.Index(fields=["status", "closes_at"])]

    def __str__(self) -> str:
        return self.username

    def get_session_auth_hash(self) -> str:
        """What a session must match to stay valid: it changes with the password and with `session_epoch`."""
        return self._epoch_hash(None)

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """The same under older secret keys, so that a change of the key logs nobody out."""
        for secret in settings.SECRET_KEY_FALLBACKS:
            yield self._epoch_hash(secret)

    def _epoch_hash(self, secret: str | bytes | None) -> str:
        return salted_hmac("accounts.session", f"{self.session_epoch}:{self.password}", secret=secret, algorithm="sha256").hexdigest()

    @property
    def is_active(self) -> bool:  # type: ignore[override]  # Django has a column here; ours follows from the status
        """Whether the account may log in at all: an unconfirmed one to type its code, one about to close to be kept."""
        return self.status != UserStatus.CLOSED

    @property
    def is_member(self) -> bool:
        """Whether the account may do more than read its own pages."""
        return self.status == UserStatus.ACTIVE and not self.barred

    @cached_property
    def group_names(self) -> frozenset[str]:
        """The groups of the team that this person is in, read once for this object: the admin asks for each of its tables."""
        return frozenset(self.groups.values_list("name", flat=True))

    @property
    def scope(self) -> str:
        """The sealing scope of everything that is this person's alone."""
        return f"user:{self.pk}"

    @property
    def av(self) -> int:
        """Number of the colour of the letter avatar, 1 to 8, the same for ever."""
        return avatar_of(self.public_id)


@lru_cache(maxsize=10_000)
def avatar_of(public_id: str) -> int:
    """The avatar colour, 1 to 8, that belongs to a public id."""
    return hashlib.sha256(public_id.encode()).digest()[0] % AVATARS + 1
