"""What a person may take with them of their account (`core.exporting`)."""

from __future__ import annotations

from datetime import timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _

from accounts.models import (
    AgeAssertion,
    AgeCheck,
    Block,
    CivilIdentity,
    ConnectionRecord,
    Consent,
    DeviceMark,
    DocumentReview,
    LoginSession,
    Mute,
    Profile,
    PseudonymHistory,
    Suspension,
    User,
)
from accounts.services.connections import open_peer
from accounts.services.places import open_postal_code
from core.clock import to_wire_exact
from core.exporting import FLAG, MOMENT, TEXT, WHOLE, Asked, ExportFile, Row, list_of, maybe, shape
from core.exporttables import table
from core.sealing import SealingError

_DAY = timedelta(days=1)


def _with_ways_in(asked: Asked, rows: list[Row]) -> list[Row]:
    """The addresses of the account, and that there are second factors; never a secret."""
    mails = EmailAddress.objects.filter(user_id=asked.user_id).order_by("pk").values("email", "verified", "primary")
    factors = [
        {
            "type": one.type,
            "created_at": to_wire_exact(one.created_at),
            "last_used_at": one.last_used_at and to_wire_exact(one.last_used_at),
        }
        for one in Authenticator.objects.filter(user_id=asked.user_id).order_by("pk")
    ]
    groups = list(Group.objects.filter(user=asked.user_id).order_by("name").values_list("name", flat=True))
    return [row | {"addresses": list(mails), "second_factors": factors, "groups": groups} for row in rows]


def _with_postal_code(asked: Asked, rows: list[Row]) -> list[Row]:
    profile = Profile.objects.select_related("user").get(pk=asked.user_id)
    try:
        code = open_postal_code(profile=profile)
    except SealingError:  # sealed under a key that is gone: there is nothing left to tell
        code = ""
    return [row | {"postal_code": code} for row in rows]


def _with_peer(asked: Asked, rows: list[Row]) -> list[Row]:
    """From where: the person's own addresses, which nobody of the team reads without a request of justice."""
    found = []
    for row in rows:
        peer = open_peer(ref=row["ref"], blob=row.pop("peer"))
        found.append(row | {"address": peer.ip, "port": peer.port, "protocol": peer.protocol})
    return found


FILES: tuple[ExportFile, ...] = (
    table(
        "account",
        title=_("Compte"),
        code="ACCOUNT_OTHER",
        basis="GDPR 6(1)(b); décret 2021-1362, art. 3",
        article=20,
        model=User,
        rows=lambda asked: User.objects.filter(pk=asked.user_id),
        columns=(
            *("public_id", "username", "email", "status", "jurisdiction", "language", "created_at", "last_active_date", "last_login"),
            *(
                "closes_at",
                "closed_at",
                "restricted_at",
                "is_staff",
                "is_superuser",
                "barred",
                "silenced",
                "theme",
                "accent",
                "data_saver",
                "hide_presence",
            ),
            *("enter_sends", "discreet", "tips_hidden"),
        ),
        adds={
            "addresses": list_of(shape({"email": TEXT, "verified": FLAG, "primary": FLAG})),
            "groups": list_of(TEXT),
            "second_factors": list_of(shape({"type": TEXT, "created_at": MOMENT, "last_used_at": maybe(MOMENT)})),
        },
        shows=(
            *("account.EmailAddress.email", "account.EmailAddress.verified", "account.EmailAddress.primary"),
            *("mfa.Authenticator.type", "mfa.Authenticator.created_at", "mfa.Authenticator.last_used_at"),
        ),
        finish=_with_ways_in,
    ),
    table(
        "profile",
        code="PROFILE",
        basis="GDPR 6(1)(b)",
        article=20,
        model=Profile,
        rows=lambda asked: Profile.objects.filter(pk=asked.user_id),
        columns=(
            *("pseudonym", "pseudonym_changed_at", "gender", "gender_text", "birth_year", "country", "region_code", "cell"),
            *("place_changed_at", "languages", "bio", "show_age", "show_gender", "show_region", "show_languages", "show_bio"),
            *("show_last_seen", "words_hidden_at"),
        ),
        adds={"postal_code": TEXT},
        shows=("accounts.Profile.postal_code",),
        finish=_with_postal_code,
    ),
    table(
        "pseudonyms",
        code="ACCOUNT_OTHER",
        basis="GDPR 6(1)(c); décret 2021-1362, art. 3",
        article=20,
        model=PseudonymHistory,
        rows=lambda asked: PseudonymHistory.objects.filter(user_id=asked.user_id),
        columns=("pseudonym", "from_at", "to_at"),
    ),
    table(
        "consents",
        code="CONSENT",
        basis="GDPR 6(1)(c), 7(1)",
        article=15,
        model=Consent,
        rows=lambda asked: Consent.objects.filter(user_id=asked.user_id),
        columns=("purpose", "version", "text_sha256", "language", "given_at", "withdrawn_at", "channel"),
    ),
    table(
        "identity",
        code="IDENTITY",
        basis="GDPR 6(1)(c); décret 2021-1362, art. 2",
        article=15,
        model=CivilIdentity,
        rows=lambda asked: CivilIdentity.objects.filter(user_id=asked.user_id),
        columns=("parts", "given_at"),
    ),
    table(
        "age",
        code="AGE_ASSERTION",
        basis="GDPR 6(1)(c)",
        article=15,
        model=AgeAssertion,
        rows=lambda asked: AgeAssertion.objects.filter(user_id=asked.user_id),
        columns=(
            *("public_id", "over", "method", "assurance", "issuer_country", "issuer_anchor", "checked_on", "expires_on"),
            "policy_version",
        ),
    ),
    table(
        "age_checks",
        code="AGE_CHECK",
        basis="GDPR 6(1)(f)",
        article=15,
        model=AgeCheck,
        rows=lambda asked: AgeCheck.objects.filter(user_id=asked.user_id, expires_at__gt=asked.now - _DAY),
        columns=(
            *("public_id", "method", "purpose", "threshold", "flow", "state", "refusal", "issuer_country", "issuer_anchor"),
            *("proof_ends_on", "created_at", "expires_at", "used_at"),
        ),
    ),
    table(
        "age_documents",
        code="ID_DOCUMENT",
        basis="GDPR 6(1)(b)",
        article=15,
        model=DocumentReview,
        rows=lambda asked: DocumentReview.objects.filter(user_id=asked.user_id),
        columns=("public_id", "state", "created_at", "expires_at", "ended_at"),
    ),
    table(
        "sessions",
        code="SESSION",
        basis="GDPR 6(1)(f)",
        article=15,
        model=LoginSession,
        rows=lambda asked: LoginSession.objects.filter(user_id=asked.user_id),
        columns=("public_id", "device", "started_at"),
    ),
    table(
        "devices",
        code="DEVICE_MARK",
        basis="GDPR 6(1)(f)",
        article=15,
        model=DeviceMark,
        rows=lambda asked: DeviceMark.objects.filter(user_id=asked.user_id, expires_at__gt=asked.now),
        columns=("set_at", "expires_at"),
    ),
    table(
        "connections",
        code="CONNECTION",
        basis="GDPR 6(1)(c); décret 2021-1362, art. 5",
        article=15,
        model=ConnectionRecord,
        rows=lambda asked: ConnectionRecord.objects.filter(user_id=asked.user_id, expires_at__gt=asked.now),
        key="ref",
        columns=("ref", "kind", "started_at", "last_seen_at", "expires_at"),
        needs=("peer",),
        adds={"address": TEXT, "port": WHOLE, "protocol": TEXT},
        shows=("accounts.ConnectionRecord.peer",),
        finish=_with_peer,
    ),
    table(
        "blocks",
        code="PROFILE",
        basis="GDPR 6(1)(b)",
        article=20,
        model=Block,
        rows=lambda asked: Block.objects.filter(blocker_id=asked.user_id),
        columns=("pseudonym=blocked__profile__pseudonym", "created_at"),
        shows=("accounts.Block.blocked",),
    ),
    table(
        "mutes",
        code="PROFILE",
        basis="GDPR 6(1)(b)",
        article=20,
        model=Mute,
        rows=lambda asked: Mute.objects.filter(muter_id=asked.user_id),
        columns=("pseudonym=muted__profile__pseudonym", "created_at"),
        shows=("accounts.Mute.muted",),
    ),
    table(
        "measures",
        code="DECISION",
        basis="GDPR 6(1)(c); DSA 17",
        article=15,
        model=Suspension,
        rows=lambda asked: Suspension.objects.filter(user_id=asked.user_id),
        columns=("kind", "decision_ref", "starts_at", "ends_at", "lifted_at", "lift_reason"),
    ),
)
