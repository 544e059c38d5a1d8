"""What somebody finds in the admin who audits the house: pages to look at, each look noted, and not one button.

The list names what opens; whatever is added to the admin later stays shut to them until it is named here too. Nothing on it shows what
people wrote, who they are, or anything sealed.
"""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from moderation.admin.tables import staff_of
from moderation.services.noting import note

PAGES = frozenset(
    f"admin:{name}"
    for name in (
        "index",
        "jsi18n",
        # how long everything is kept, and what was destroyed
        "privacy_retentionrule_changelist",
        "privacy_retention_page",
        "privacy_retention_state",
        "privacy_deletionrecord_changelist",
        "privacy_deletionrecord_change",
        "core_restoration_changelist",
        "core_restoration_change",
        # what people asked and by when they are owed an answer, without their names and words
        "privacy_datarequest_changelist",
        "privacy_request_page",
        "privacy_exportarchive_changelist",
        "privacy_exportarchive_change",
        # registers, controls, the chain with its verification, consents and drills as figures
        "privacy_oversight",
        "privacy_register",
        "privacy_controls",
        "privacy_chain",
        "privacy_consents",
        "privacy_drills",
        "privacy_breach_changelist",
        "privacy_breach_page",
        # how the team works: handles, figures, rules, decisions without words
        "moderation_desk",
        "moderation_team",
        "moderation_approvals",
        "moderation_workload",
        "moderation_rules",
        "moderation_rule",
        "moderation_rule_version",
        "moderation_decision_changelist",
        "moderation_decision_change",
        "moderation_trustedflagger_changelist",
        "moderation_trustedflagger_change",
        "moderation_hashbank_changelist",
        "moderation_hashbank_change",
        "moderation_hashentry_changelist",
        "moderation_hashentry_change",
        "moderation_imagecheck_changelist",
        "moderation_imagecheck_change",
    )
)
# The one form that they may send: it ends their own session and changes nothing else.
_LEAVE = "admin:logout"
_ADDRESS = 300


def is_auditor(request: HttpRequest) -> bool:
    """Whether somebody asks who only looks. One query a request, which the pages of the team need anyway."""
    staff = staff_of(request)
    return staff is not None and staff.is_auditor


def look(request: HttpRequest, page: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """The page, after the look was noted in the audit chain; attempts at what stays shut are noted too.

    Raises:
        PermissionDenied: a form was sent, or the page is none of theirs.
    """
    name = request.resolver_match.view_name if request.resolver_match else ""
    if name == _LEAVE:
        return page()
    opens = name in PAGES and request.method in ("GET", "HEAD")
    _note(request, name, "auditor.view" if opens else "auditor.refused")
    if not opens:
        raise PermissionDenied
    return page()


def _note(request: HttpRequest, name: str, action: str) -> None:
    address = f"{request.method} {request.get_full_path()}"[:_ADDRESS]
    with transaction.atomic():
        now = timezone.now()
        note(action=action, by=staff_of(request), object_kind="page", object_ref=name[:64], reason=address, role="auditor", now=now)
