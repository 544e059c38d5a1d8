"""All upward traffic of the house on one screen: which handler is told of which event."""

from __future__ import annotations

from accounts.events import (
    AccountClosed,
    AccountDeactivated,
    AccountSuspended,
    AgeDocumentReviewed,
    AgeExpired,
    AgeProofExpiring,
    ConsentWithdrawn,
    EmailChanged,
    LegalTextChanged,
    MfaChanged,
    NewLogin,
    PasswordChanged,
    SuspensionEnded,
)
from accounts.handlers import on_account_suspended, on_suspension_ended
from billing.events import (
    EventReceived,
    InvoiceIssued,
    LetterWritten,
    PaymentCreated,
    PaymentDoubled,
    PaymentFailed,
    PaymentSucceeded,
    PaymentSucceededLate,
    PaymentUnknown,
    RefundApproved,
    RefundFailed,
    RefundSucceeded,
    StatementReady,
    SubscriptionStopped,
    SupportAnswered,
    SupportAsked,
)
from billing.handlers import (
    on_account_closed_invoices,
    on_account_closed_wallet,
    on_account_deactivated,
    on_event_received,
    on_invoice_issued,
    on_letter_written,
    on_payment_created,
    on_payment_decided,
    on_payment_doubled,
    on_payment_succeeded_invoice,
    on_payment_unknown,
    on_plan_paid,
    on_refund_approved,
    on_refund_ended,
    on_refund_succeeded_invoice,
    on_statement_ready,
    on_subscription_stopped,
    on_support_answered,
    on_support_asked,
)
from chat.events import HeldDecided, ImagesPurged, ImageStored, MessageAddressed, MessageHeld, MessageScreened, RoomTalked
from chat.handlers import on_age_expired, on_consent_withdrawn, on_images_purged, on_message_addressed, on_room_talked
from chat.queries.subjects import RoomSubjects
from core import screening
from core.outbox import Route, register
from moderation.events import DecisionReversed, DecisionTaken, FlaggerWarned, NoticeAnswered, NoticeReceived
from moderation.handlers import (
    on_decision_taken,
    on_decision_taken_watch,
    on_flagger_warned,
    on_held_decided,
    on_image_decided,
    on_image_decision_reversed,
    on_image_rows_purged,
    on_image_stored,
    on_message_held,
    on_message_screened,
    on_notice_answered,
    on_notice_received,
)
from moderation.services.screening import screener
from notifications import subjects
from notifications.events import DeliveryDue, PushesDue, TermsTold
from notifications.handlers import (
    on_age_document_reviewed,
    on_age_proof_expiring,
    on_delivery_due,
    on_email_changed,
    on_legal_text_changed,
    on_mfa_changed,
    on_new_login,
    on_password_changed,
    on_pushes_due,
    on_terms_told,
)
from privacy.events import BreachTold, ExportAsked, ExportsDropped
from privacy.handlers import on_breach_told, on_export_asked, on_exports_dropped

ROUTES = (
    # files live outside of the database, so their deletion is no part of a transaction
    Route(ImagesPurged, on_images_purged, outside=True),
    Route(AgeExpired, on_age_expired, outside=True),
    Route(AccountSuspended, on_account_suspended),
    Route(SuspensionEnded, on_suspension_ended),
    Route(ConsentWithdrawn, on_consent_withdrawn),
    Route(AccountClosed, on_account_closed_wallet),
    # mail servers and sockets are asked outside; each try is claimed in its own row
    Route(DeliveryDue, on_delivery_due, outside=True),
    Route(PushesDue, on_pushes_due, outside=True),
    Route(MessageAddressed, on_message_addressed),
    Route(RoomTalked, on_room_talked),
    Route(NewLogin, on_new_login),
    Route(PasswordChanged, on_password_changed),
    Route(MfaChanged, on_mfa_changed),
    Route(EmailChanged, on_email_changed),
    Route(AgeProofExpiring, on_age_proof_expiring),
    Route(AgeDocumentReviewed, on_age_document_reviewed),
    Route(LegalTextChanged, on_legal_text_changed),
    Route(TermsTold, on_terms_told),
    Route(FlaggerWarned, on_flagger_warned, outside=True),
    Route(DecisionTaken, on_decision_taken),
    Route(DecisionTaken, on_decision_taken_watch),
    Route(NoticeReceived, on_notice_received, outside=True),
    Route(NoticeAnswered, on_notice_answered, outside=True),
    Route(MessageHeld, on_message_held),
    Route(HeldDecided, on_held_decided),
    Route(MessageScreened, on_message_screened),
    Route(PaymentSucceeded, on_payment_succeeded_invoice),
    Route(PaymentSucceededLate, on_payment_succeeded_invoice),
    Route(RefundSucceeded, on_refund_succeeded_invoice),
    # setting a page takes a tenth of a second, and files lie outside of the database
    Route(InvoiceIssued, on_invoice_issued, outside=True),
    Route(AccountClosed, on_account_closed_invoices, outside=True),
    # measuring a picture takes long, and must hold no lock
    Route(ImageStored, on_image_stored, outside=True),
    Route(ImagesPurged, on_image_rows_purged),
    Route(DecisionTaken, on_image_decided),
    Route(DecisionReversed, on_image_decision_reversed),
    # a provider may be asked, and each line has a transaction of its own
    Route(StatementReady, on_statement_ready, outside=True),
    Route(SupportAsked, on_support_asked, outside=True),
    Route(SupportAnswered, on_support_answered, outside=True),
    # providers are asked outside; the row of the payment says before the call that it is being made
    Route(PaymentCreated, on_payment_created, outside=True),
    Route(EventReceived, on_event_received, outside=True),
    Route(RefundApproved, on_refund_approved, outside=True),
    Route(PaymentDoubled, on_payment_doubled),
    Route(PaymentUnknown, on_payment_unknown),
    Route(PaymentSucceeded, on_payment_decided),
    Route(PaymentSucceededLate, on_payment_decided),
    Route(PaymentDoubled, on_payment_decided),
    Route(PaymentFailed, on_payment_decided),
    Route(RefundSucceeded, on_refund_ended),
    Route(RefundFailed, on_refund_ended),
    Route(PaymentSucceeded, on_plan_paid),
    Route(PaymentSucceededLate, on_plan_paid),
    # mail servers and providers are asked outside
    Route(LetterWritten, on_letter_written, outside=True),
    Route(SubscriptionStopped, on_subscription_stopped, outside=True),
    Route(AccountDeactivated, on_account_deactivated),
    Route(BreachTold, on_breach_told),
    # an archive is made in turns of some seconds, each page in a transaction of its own; its pieces are files
    Route(ExportAsked, on_export_asked, outside=True),
    Route(ExportsDropped, on_exports_dropped, outside=True),
)


def compose() -> None:
    """Fill the outbox's table, the slot of the rules, and what notices ask; called once when apps are loaded, in every kind of process."""
    register(ROUTES)
    screening.fill(screener)
    subjects.fill("chat", RoomSubjects())
