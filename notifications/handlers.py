"""What the accounts below have done, told to the person; and deliveries carried."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone

from accounts.events import AgeDocumentReviewed, AgeProofExpiring, EmailChanged, LegalTextChanged, MfaChanged, NewLogin, PasswordChanged
from accounts.queries import find_account
from notifications.enums import NoticeKind
from notifications.events import DeliveryDue, PushesDue, TermsTold
from notifications.services.deliveries import run_delivery
from notifications.services.notices import Subject, notify
from notifications.services.pushes import run_pushes
from notifications.services.terms import tell_of_text


def on_delivery_due(event: DeliveryDue) -> None:
    """Carry a delivery; told twice, it is carried once."""
    run_delivery(delivery_id=event.delivery_id, attempt=event.attempt, now=timezone.now())


def on_pushes_due(event: PushesDue) -> None:
    """Carry deliveries to devices; told twice, they are carried once."""
    run_pushes(delivery_ids=event.delivery_ids, attempt=event.attempt, now=timezone.now())


def on_new_login(event: NewLogin) -> None:
    """Somebody came in from a new browser."""
    _tell_account(event.user_id, NoticeKind.NEW_LOGIN, event.ref, "accounts:sessions", {"agent": event.agent})


def on_password_changed(event: PasswordChanged) -> None:
    """The password is another one."""
    _tell_account(event.user_id, NoticeKind.PASSWORD_CHANGED, event.ref, "accounts:sessions")


def on_mfa_changed(event: MfaChanged) -> None:
    """A second factor came or went."""
    _tell_account(event.user_id, NoticeKind.MFA_CHANGED, event.ref, "accounts:home", {"change": event.change})


def on_email_changed(event: EmailChanged) -> None:
    """The principal address is another one; the one before is told too."""
    _tell_account(event.user_id, NoticeKind.EMAIL_CHANGED, event.ref, "account_email", former=bytes.fromhex(event.former))


def on_age_proof_expiring(event: AgeProofExpiring) -> None:
    """The last proof of age of a person ends on a day; of each day they are told once."""
    _tell_account(event.user_id, NoticeKind.AGE_PROOF_EXPIRING, event.expires_on, "accounts:age", {"ends_on": event.expires_on})


def on_age_document_reviewed(event: AgeDocumentReviewed) -> None:
    """The team has looked at a document, or nobody did in time."""
    _tell_account(event.user_id, NoticeKind.AGE_DOCUMENT, event.review_ref, "accounts:age", {"outcome": event.outcome})


def on_legal_text_changed(event: LegalTextChanged) -> None:
    """A text has a new version: everybody hears of it, some hundred at a time."""
    told = TermsTold(doc_type=event.doc_type, version=event.version, from_date=event.from_date, again=event.again, after_id=0)
    tell_of_text(told=told, now=timezone.now())


def on_terms_told(event: TermsTold) -> None:
    """Some were told of a text's new version; the next ones follow."""
    tell_of_text(told=event, now=timezone.now())


def _tell_account(
    user_id: int, kind: NoticeKind, ref: str, page: str, args: dict[str, object] | None = None, *, former: bytes = b""
) -> None:
    user = find_account(user_id=user_id)
    if user is None:
        return
    notify(
        user_id=user.pk,
        kind=kind,
        subject=Subject.account(user),
        dedupe_key=f"{kind}:{ref}",
        group_key=f"account:{kind}",
        args=args or {},
        path=reverse(page),
        now=timezone.now(),
        former_address=former,
    )
