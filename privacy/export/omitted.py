"""What is not in an archive, and why: every column of every table is either shown by a file or stands here (a test compares)."""

from __future__ import annotations

from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Omission(TextChoices):
    """Why something is not handed out. The words are for the person, and stand in the manifest."""

    OTHERS = "OTHERS", _("C’est dit d’autres personnes, ou par elles : leurs droits passent avant une copie (RGPD, article 15(4)).")
    EVIDENCE = (
        "EVIDENCE",
        _("Une enquête de la modération en dépend, ou la personne qui a signalé (règlement 2022/2065 ; RGPD, article 15(4))."),
    )
    JUSTICE = "JUSTICE", _("C’est scellé pour la justice seule. Ce que vous avez donné y est nommé, sans ce que cela dit.")
    SECURITY = "SECURITY", _("Une empreinte ou un indice qui protège les comptes : le livrer apprendrait à passer outre.")
    SECRET = "SECRET", _("Une clé, un jeton ou un mot de passe haché : le livrer ouvrirait votre compte à qui trouverait l’archive.")
    ERASED = "ERASED", _("Vous l’avez effacé ou remplacé : il ne reste que pour quelques heures, et nous ne l’ouvrons pas.")
    DERIVED = "DERIVED", _("C’est calculé à partir de ce qui est dans l’archive.")
    TECHNICAL = "TECHNICAL", _("Un rouage sans contenu : compteur, verrou, clé d’unicité, ou lien de la ligne vers votre compte.")
    TEAM = "TEAM", _("Cela dit qui de l’équipe a fait quoi.")
    HOUSE = "HOUSE", _("C’est à la maison, et ne parle de personne en particulier.")


def _of(model: str, *fields: str) -> tuple[str, ...]:
    return tuple(f"{model}.{name}" for name in fields)


# `app.Model` for a whole table, `app.Model.field` for a column of one that is shown.
OMITTED: dict[Omission, tuple[str, ...]] = {
    Omission.OTHERS: (
        *_of("billing.WalletSpend", "payee_key"),
        *_of("moderation.Report", "target_ref"),
        *_of("moderation.Appeal", "decision", "report"),
    ),
    Omission.EVIDENCE: (
        *("moderation.Case", "moderation.Evidence", "moderation.ImageCheck", "moderation.RuleHit", "moderation.Transmission"),
        *_of("moderation.Report", "case"),
        *_of("moderation.Decision", "case", "effect"),
    ),
    Omission.JUSTICE: (
        *(
            "moderation.LegalRequest",
            "moderation.LegalSubject",
            "moderation.LegalRelease",
            "moderation.LegalHold",
            "moderation.HoldSubject",
        ),
        *("core.SetAside", "accounts.KeptAccount"),
        *_of("accounts.CivilIdentity", "blob"),
    ),
    Omission.SECURITY: (
        *("accounts.BanKey", "accounts.EvasionSignal", "notifications.EmailSuppression", "moderation.HashEntry"),
        *_of("accounts.DeviceMark", "mac"),
        *_of("billing.Payment", "msisdn_hash", "flag"),
        *_of("billing.ContractLetter", "key"),
    ),
    Omission.SECRET: (
        *("sessions.Session", "account.EmailConfirmation", "core.DataKey"),
        *_of("accounts.User", "password"),
        *_of("mfa.Authenticator", "data"),
        *_of("accounts.AgeCheck", "session_hash", "state_hash", "nonce", "response_code_hash", "hpke_private_key", "held"),
        *_of("accounts.LoginSession", "session_key"),
        *_of("notifications.PushSubscription", "endpoint", "endpoint_sha256", "p256dh", "auth", "key_id"),
        *_of("billing.Payment", "submit_key", "callback_token", "redirect_url", "provider_secret"),
        *_of("moderation.Report", "token_sha256", "contact"),
    ),
    Omission.ERASED: (
        *("chat.DeletedBody", "accounts.WithdrawnIdentity"),
        *_of("accounts.DocumentReview", "image"),
    ),
    Omission.DERIVED: (
        *("billing.PromoUse", "moderation.StatementOfReasons"),
        *("privacy.ExportArchive", "privacy.ExportEntry", "privacy.ExportPart"),
        *_of("accounts.Profile", "skeleton"),
        *_of("accounts.PseudonymHistory", "skeleton"),
        *_of("billing.Invoice", "series", "year", "sequence"),
        *_of("billing.ContractLetter", "to"),
        *_of("chat.HiddenBody", "room_id", "seq", "target_seq", "hidden_at", "expires_at"),
    ),
    Omission.TEAM: (
        *("admin.LogEntry", "accounts.DocumentVote", "moderation.SecondApproval", "moderation.Reveal"),
        *_of("billing.PaymentStep", "by"),
        *_of("billing.VatProposal", "proposed_by", "decided_by"),
        *_of("billing.Refund", "requested_by", "approved_by", "sent_by", "note", "operator_reference"),
        *_of("billing.ContractRequest", "settled_by"),
        *_of("billing.SupportRequest", "claimed_by", "claim_expires_at", "answered_by", "alarmed_at"),
        *_of("moderation.Report", "flagger"),
        *_of("moderation.Decision", "moderator"),
        *_of("moderation.Appeal", "reviewer"),
        *_of("privacy.DataRequest", "handled_by"),
    ),
    Omission.TECHNICAL: (
        *(
            "privacy.ErasureRun",
            "core.OutboxEvent",
            "core.Lease",
            "accounts.User_groups",
            "accounts.User_user_permissions",
            "auth.Group_permissions",
        ),
        *_of("account.EmailAddress", "user"),
        *_of("mfa.Authenticator", "user"),
        *_of("accounts.User", "session_epoch", "age_epoch"),
        *_of("accounts.AgeAssertion", "user", "open_key"),
        *_of("accounts.AgeCheck", "user"),
        *_of("accounts.ConnectionRecord", "user_id"),
        *_of("accounts.DeviceMark", "user"),
        *_of("accounts.DocumentReview", "user", "attempt", "open_key"),
        *_of("accounts.Consent", "user", "open_key"),
        *_of("accounts.PseudonymHistory", "user"),
        *_of("accounts.Block", "blocker"),
        *_of("accounts.Mute", "muter"),
        *_of("accounts.LoginSession", "user"),
        *_of("accounts.Suspension", "user", "open_key"),
        *_of("notifications.Notification", "user", "group_key", "dedupe_key", "hushed"),
        *_of("notifications.Delivery", "notification", "next_at", "address", "subscription", "device", "rounds", "ended_at"),
        *_of("notifications.Preference", "user"),
        *_of("notifications.PushSubscription", "user", "login", "failures"),
        *_of("billing.CouponRedemption", "user"),
        *_of("billing.Payment", "payer", "open_key", "client_key", "checks", "next_check_at"),
        *_of("billing.Refund", "checks", "next_check_at"),
        *_of("billing.Dispute", "provider_ref", "evidence_due_at", "warned_at"),
        *_of("billing.Subscription", "user", "open_key"),
        *_of("billing.Entitlement", "user"),
        *_of("billing.PlanOrder", "user", "client_key"),
        *_of("billing.ContractRequest", "client_key", "user"),
        *_of("billing.ContractLetter", "next_try_at"),
        *_of("billing.Invoice", "once_key", "payer", "buyer_scope", "file_name", "erased_at"),
        *_of("billing.InvoiceLine", "invoice"),
        *_of("billing.LedgerAccount", "kind", "normal", "allow_negative", "posted", "held", "version", "owner_key", "closed_at"),
        *_of("billing.LedgerTransaction", "key", "fingerprint", "reverses", "effective_date"),
        *_of("billing.StripeSubscription", "user", "item_ref", "latest_invoice_ref", "schedule_ref", "action_invoice_ref"),
        *_of("billing.SupportRequest", "user", "version"),
        *_of("billing.Wallet", "user"),
        *_of("billing.PromoGrant", "user", "source_key"),
        *_of("billing.TopUp", "user", "client_key"),
        *_of("billing.WalletSpend", "key", "user"),
        *_of("chat.Attachment", "owner", "file_name", "thumb_name"),
        *_of("chat.RoomProposal", "proposer"),
        *_of("chat.RoomDeed", "actor"),
        *_of("chat.RoomEvent", "n", "actor_id", "expires_at"),
        *_of("chat.MessageMeta", "author_id"),
        *_of("chat.HeldMessage", "author"),
        *_of("chat.Membership", "user"),
        *_of("chat.RoomTip", "giver", "client_key"),
        *_of("chat.RoomBoost", "buyer", "client_key"),
        *_of("moderation.StaffProfile", "user"),
        *_of("moderation.Report", "reporter", "day_key"),
        *_of("moderation.Decision", "subject"),
        *_of("moderation.Appeal", "appellant", "once_key"),
        *_of("privacy.DataRequest", "user", "open_key", "next_step", "tries", "next_try_at", "alarmed"),
        *_of("privacy.BreachPerson", "user"),
    ),
    Omission.HOUSE: (
        *("auth.Permission", "auth.Group", "contenttypes.ContentType"),
        *("core.Tombstone", "core.Restoration", "core.AuditEntry", "core.AuditHead", "core.AuditAnchor"),
        *("accounts.TrustedIssuer", "accounts.LegalDocument", "accounts.PostalCode"),
        *("billing.Coupon", "billing.Coupon_plans", "billing.Plan", "billing.Price", "billing.VatRule", "billing.VatProposal"),
        *("billing.ProviderEvent", "billing.Statement", "billing.StatementLine", "billing.Match", "billing.Gap", "billing.Hold"),
        *("billing.InvoiceCounter", "billing.LedgerProof", "billing.RevenueDay"),
        *("chat.Theme", "chat.Room"),
        *("moderation.TrustedFlagger", "moderation.HashBank", "moderation.HoldsOfDay", "moderation.HoldEpoch", "moderation.QueueRanker"),
        *("moderation.MonthlyRecipients", "moderation.Rule", "moderation.RuleVersion", "moderation.RuleBook"),
        *("privacy.Breach", "privacy.DeletionRecord", "privacy.DeletionHead", "privacy.RetentionRule", "privacy.RetentionChange"),
    ),
}


def say_omissions() -> list[dict[str, Any]]:
    """The same for the manifest, in the language that is active."""
    return [{"reason": reason.value, "words": str(reason.label), "columns": sorted(columns)} for reason, columns in OMITTED.items()]
