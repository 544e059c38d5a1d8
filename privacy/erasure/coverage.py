"""Every column that says whose a row is, and what an erasure does with it: by which step it goes, or why it stays.

A test walks all models of the house and fails for a column that is in neither table, so nobody can add a store that erasure forgets.
What stays points at an account of which nothing is left but its number; who that was lies sealed (`accounts.services.keeping`, `identity`)
for as long as the law of the person asks.
"""

from __future__ import annotations

from privacy.enums import ErasureStep

COVERED: dict[str, ErasureStep] = {
    "accounts.LoginSession.user": ErasureStep.SESSIONS,
    "accounts.DeviceMark.user": ErasureStep.SESSIONS,
    "mfa.Authenticator.user": ErasureStep.SESSIONS,
    "notifications.PushSubscription.user": ErasureStep.REACH,
    "notifications.Preference.user": ErasureStep.REACH,
    "notifications.NotificationSettings.user": ErasureStep.REACH,
    "chat.RoomEvent.actor_id": ErasureStep.ROOMS,
    "chat.DeletedBody.author_id": ErasureStep.ROOMS,
    "chat.HeldMessage.author": ErasureStep.ROOMS,
    "chat.Attachment.owner": ErasureStep.ROOMS,
    "chat.Membership.user": ErasureStep.ROOMS,
    "chat.RoomProposal.proposer": ErasureStep.ROOMS,
    "chat.RoomDeed.actor": ErasureStep.ROOMS,
    "chat.RoomDeed.who": ErasureStep.ROOMS,
    "chat.RoomTip.giver": ErasureStep.ROOMS,
    "chat.RoomTip.owner": ErasureStep.ROOMS,
    "chat.RoomBoost.buyer": ErasureStep.ROOMS,
    "core.SetAside.owner_id": ErasureStep.ROOMS,
    "accounts.Block.blocker": ErasureStep.RELATIONS,
    "accounts.Block.blocked": ErasureStep.RELATIONS,
    "accounts.Mute.muter": ErasureStep.RELATIONS,
    "accounts.Mute.muted": ErasureStep.RELATIONS,
    "accounts.Profile.user": ErasureStep.PROFILE,
    "accounts.AgeAssertion.user": ErasureStep.PROFILE,
    "accounts.AgeCheck.user": ErasureStep.PROFILE,
    "accounts.DocumentReview.user": ErasureStep.PROFILE,
    "accounts.EvasionSignal.user": ErasureStep.PROFILE,
    "billing.StripeSubscription.user": ErasureStep.BILLING,
    "billing.BillingDetails.user": ErasureStep.BILLING,
    "billing.Invoice.payer": ErasureStep.BILLING,
    "billing.SupportRequest.user": ErasureStep.BILLING,
    "billing.Entitlement.user": ErasureStep.BILLING,
    "billing.CouponRedemption.user": ErasureStep.BILLING,
    "notifications.Notification.user": ErasureStep.NOTICES,
    "account.EmailAddress.user": ErasureStep.IDENTITY,
    "accounts.WithdrawnIdentity.user": ErasureStep.IDENTITY,
    "accounts.User_groups.user": ErasureStep.IDENTITY,
    "accounts.User_user_permissions.user": ErasureStep.IDENTITY,
    "privacy.ExportArchive.user": ErasureStep.MEDIA,
}

_BOOKS = "the books (INVOICE, PAYMENT): they name a number, and forget it a year after the account's end"
_TEAM = "who of the team did it: a duty of the house, under the name of their work"

KEPT: dict[str, str] = {
    "admin.LogEntry.user": _TEAM,
    "accounts.DocumentVote.reviewer": f"{_TEAM}; it leaves with the document, in three days at most",
    "accounts.CivilIdentity.user": "IDENTITY: sealed, for justice alone",
    "accounts.KeptAccount.user": "ACCOUNT_OTHER: sealed, for justice alone",
    "accounts.PseudonymHistory.user": "ACCOUNT_OTHER: the names are veiled, so that nobody takes them for a year",
    "accounts.Consent.user": "CONSENT: the proof that somebody agreed",
    "accounts.Suspension.user": "DECISION: what was decided against an account, by reference",
    "accounts.ConnectionRecord.user_id": "CONNECTION: sealed, for justice alone",
    "chat.MessageMeta.author_id": "MESSAGE_META: who wrote when, without a word",
    "billing.Payment.payer": _BOOKS,
    "billing.Subscription.user": f"{_BOOKS}; it ends with the account (CONTRACT_PAPER)",
    "billing.PlanOrder.user": f"{_BOOKS}; the contract as it was concluded (CONTRACT_PAPER)",
    "billing.ContractRequest.user": "CONTRACT_PAPER: as long as a contract may be argued about, its words sealed",
    "billing.Wallet.user": f"{_BOOKS}; its limits are emptied, and credit goes back",
    "billing.PromoGrant.user": f"{_BOOKS}; given credit ends with the account",
    "billing.TopUp.user": f"{_BOOKS}; one that nobody began to pay goes with BILLING",
    "billing.WalletSpend.user": _BOOKS,
    "billing.PaymentStep.by": _TEAM,
    "billing.Refund.requested_by": _TEAM,
    "billing.Refund.approved_by": _TEAM,
    "billing.Refund.sent_by": _TEAM,
    "billing.ContractRequest.settled_by": _TEAM,
    "billing.Statement.uploaded_by": _TEAM,
    "billing.Statement.confirmed_by": _TEAM,
    "billing.Match.by": _TEAM,
    "billing.Gap.ended_by": _TEAM,
    "billing.SupportRequest.claimed_by": _TEAM,
    "billing.SupportRequest.answered_by": _TEAM,
    "billing.VatProposal.proposed_by": _TEAM,
    "billing.VatProposal.decided_by": _TEAM,
    "moderation.StaffProfile.user": _TEAM,
    "moderation.Case.subject": "DECISION: a number, for two years; names leave the texts with MODERATION",
    "moderation.Decision.subject": "DECISION: a number, for two years; names leave the texts with MODERATION",
    "moderation.Report.reporter": "REPORT: a number, until the case cannot be appealed any more (DSA 16, 20)",
    "moderation.Appeal.appellant": "DECISION: a number (DSA 20)",
    "moderation.ImageCheck.owner": "EVIDENCE: figures of an image of a case; the others go with the image",
    "moderation.LegalSubject.user_id": "LEGAL_REQUEST: what an authority asked",
    "moderation.HoldSubject.subject_id": "LEGAL_REQUEST: what justice had frozen",
    "moderation.HoldSubject.owner_id": "LEGAL_REQUEST: what justice had frozen",
    "privacy.BreachPerson.user": "BREACH: whom a breach touched, so that they can be told",
    "privacy.DataRequest.user": "DATA_REQUEST: the proof of what was asked and done",
}
