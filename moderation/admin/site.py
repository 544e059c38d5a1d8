"""The addresses of the desk below /admin/moderation/, and who opens which."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.admin import AdminSite
from django.http import HttpResponseBase
from django.urls import URLPattern, path

from moderation.admin import appeals, approvals, cases, claiming, deciding, media, queue, remembering, rules, team, transmissions, workload
from moderation.admin.desk import CHILDREN, EVERYBODY, FIGURES, REVIEW, Page, desk_view, show_desk
from moderation.enums import StaffRole
from moderation.queries.shown import DESK

# Address, page, name, and the roles to which it opens; which case or appeal they may open is asked at the door of each.
PAGES: tuple[tuple[str, Page, str, tuple[StaffRole, ...]], ...] = (
    ("desk/", show_desk, "desk", EVERYBODY),
    ("queue/", queue.show_queue, "queue", DESK),
    ("queue/state/", queue.show_state, "queue_state", DESK),
    ("cases/<str:public_id>/", cases.show_case, "case", DESK),
    ("cases/<str:public_id>/claim/", claiming.claim, "case_claim", DESK),
    ("cases/<str:public_id>/renew/", claiming.renew, "case_renew", DESK),
    ("cases/<str:public_id>/release/", claiming.release, "case_release", DESK),
    ("cases/<str:public_id>/escalate/", claiming.escalate, "case_escalate", DESK),
    ("cases/<str:public_id>/decide/", deciding.decide, "case_decide", DESK),
    ("cases/<str:public_id>/statement/", deciding.preview, "case_statement", DESK),
    ("cases/<str:public_id>/ask/", deciding.ask, "case_ask", DESK),
    ("cases/<str:public_id>/media/<str:evidence_id>/", media.small, "case_media", DESK),
    ("cases/<str:public_id>/media/<str:evidence_id>/reveal/", media.reveal, "case_reveal", DESK),
    ("cases/<str:public_id>/remember/", remembering.remember, "case_remember", DESK),
    ("cases/<str:public_id>/transmissions/", transmissions.show_case_transmissions, "case_transmissions", CHILDREN),
    ("cases/<str:public_id>/transmissions/ask/", transmissions.ask, "transmission_ask", CHILDREN),
    ("cases/<str:public_id>/transmissions/make/", transmissions.make, "transmission_make", CHILDREN),
    ("transmissions/", transmissions.show_transmissions, "transmissions", CHILDREN),
    ("transmissions/<str:public_id>/fetch/", transmissions.fetch, "transmission_fetch", CHILDREN),
    ("transmissions/<str:public_id>/<slug:deed>/", transmissions.act, "transmission_act", CHILDREN),
    ("pictures/<str:token>/", media.picture, "picture", (*DESK, StaffRole.APPEALS)),
    ("appeals/", appeals.show_appeals, "appeals", REVIEW),
    ("appeals/<str:public_id>/", appeals.show_appeal, "appeal", REVIEW),
    ("appeals/<str:public_id>/decide/", appeals.decide, "appeal_decide", REVIEW),
    ("appeals/<str:public_id>/media/<str:evidence_id>/", media.small_of_appeal, "appeal_media", REVIEW),
    ("appeals/<str:public_id>/media/<str:evidence_id>/reveal/", media.reveal_of_appeal, "appeal_reveal", REVIEW),
    ("approvals/", approvals.show_approvals, "approvals", EVERYBODY),
    ("approvals/<str:public_id>/agree/", approvals.agree, "approval_agree", EVERYBODY),
    ("rules/", rules.show_rules, "rules", rules.READERS),
    ("rules-new/", rules.create, "rule_create", rules.EDITORS),
    ("rules/<slug:key>/", rules.show_rule, "rule", rules.READERS),
    ("rules/<slug:key>/draft/", rules.draft, "rule_draft", rules.EDITORS),
    ("rule-versions/<str:public_id>/", rules.show_version, "rule_version", rules.READERS),
    ("rule-versions/<str:public_id>/<slug:deed>/", rules.act, "rule_act", rules.EDITORS),
    ("team/", team.show_team, "team", EVERYBODY),
    ("workload/", workload.show_workload, "workload", FIGURES),
)


def desk_urls(site: AdminSite) -> list[URLPattern]:
    """All pages of the desk, for the admin site to put before its own."""

    def opened(page: Page, roles: tuple[StaffRole, ...]) -> Callable[..., HttpResponseBase]:
        return desk_view(site, page, roles)

    return [path(f"moderation/{address}", opened(page, roles), name=f"moderation_{name}") for address, page, name, roles in PAGES]
