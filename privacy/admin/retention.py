"""How long everything is kept and what was destroyed, in the admin: the matrix in plain words, a page a rule where two people change it,
and the table of destructions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from core.models import Restoration
from moderation.admin.tables import RoleAdmin, staff_of
from moderation.enums import StaffRole
from moderation.services.approvals import ApprovalReasonMissing, NotApproved, NotYoursToApprove
from privacy.forms.retention import ChangeForm
from privacy.models import DeletionRecord, RetentionRule
from privacy.queries.backlog import MOST
from privacy.queries.rules import find_change, find_rule, list_matrix, list_past, list_waiting, say_basis, say_keep, say_rule
from privacy.services.changes import ChangeInvalid, ChangeStale, RuleFixed, agree_to_change, propose_change
from privacy.services.lag import LIMIT, list_state

if TYPE_CHECKING:
    from moderation.models import StaffProfile

READERS = (StaffRole.DATA_PROTECTION, StaffRole.LEGAL_DESK, StaffRole.AUDITOR)
_PAGE = "admin:privacy_retention_page"
_REFUSALS: dict[type[Exception], Promise] = {
    RuleFixed: gettext_lazy("Chaque ligne dit elle-même quand elle finit : il n’y a rien à changer ici."),
    ChangeInvalid: gettext_lazy("Rien ne changerait, ou une valeur est impossible."),
    ChangeStale: gettext_lazy("La règle a changé entre-temps. Demandez de nouveau, à partir de ce qu’elle dit maintenant."),
    NotYoursToApprove: gettext_lazy("Une autre personne de la protection des données doit donner son accord."),
    NotApproved: gettext_lazy("Trop tard : cette demande a expiré, ou quelqu’un a déjà donné son accord."),
    ApprovalReasonMissing: gettext_lazy("Écrivez pourquoi."),
}


@admin.register(RetentionRule)
class RetentionRuleAdmin(RoleAdmin):
    """Own pages in the place of Django's."""

    roles = READERS

    def get_urls(self) -> list[URLPattern]:
        opened = self.admin_site.admin_view
        return [
            path("", opened(self.matrix), name="privacy_retentionrule_changelist"),
            path("state/", opened(self.state), name="privacy_retention_state"),
            path("<str:ref>/", opened(self.page), name="privacy_retention_page"),
            path("<str:ref>/<str:public_id>/agree/", opened(self.agree), name="privacy_retention_agree"),
        ]

    def matrix(self, request: HttpRequest) -> HttpResponse:
        """Every kind of data: how long, why, and what becomes of it when its person asks."""
        self._staff(request)
        return self._render(request, "matrix", title=_("Durées de conservation"), rows=list_matrix(now=timezone.now()))

    def state(self, request: HttpRequest) -> HttpResponse:
        """What is due now and for how long, what a hold keeps, and what was destroyed in the last thirty days."""
        self._staff(request)
        lines = list_state(now=timezone.now())
        return self._render(request, "state", title=_("Ce qui est échu, gelé, détruit"), lines=lines, most=MOST, limit=LIMIT)

    def page(self, request: HttpRequest, ref: str) -> HttpResponse:
        """One rule: what it says, what it said, what is asked of it, and the form to ask."""
        staff, rule = self._staff(request), _rule(ref)
        form = ChangeForm(request.POST) if request.method == "POST" else ChangeForm.of(rule)
        if request.method == "POST" and form.is_valid():
            return _do(request, ref, lambda: propose_change(rule=rule, **form.change(), by=staff, now=timezone.now()))
        return self._show(request, rule, staff, form)

    @method_decorator(require_POST)
    def agree(self, request: HttpRequest, ref: str, public_id: str) -> HttpResponse:
        """Agree to a change, which is then in force."""
        staff, change = self._staff(request), find_change(rule=_rule(ref), public_id=public_id)
        if change is None:
            raise Http404
        why = request.POST.get("reason", "")
        return _do(request, ref, lambda: agree_to_change(change=change, by=staff, reason=why, now=timezone.now()))

    def _show(self, request: HttpRequest, rule: RetentionRule, staff: StaffProfile, form: ChangeForm) -> HttpResponse:
        waiting = [(one, say_keep(one.before_keep), say_keep(one.keep)) for one in list_waiting(rule=rule, now=timezone.now())]
        past = [(one, say_keep(one.before_keep), say_keep(one.keep)) for one in list_past(rule=rule)]
        changeable = staff.has_role(StaffRole.DATA_PROTECTION) and not rule.is_fixed
        context = {
            "rule": rule,
            "words": say_rule(rule),
            "basis": say_basis(rule.basis),
            "waiting": waiting,
            "past": past,
            "staff": staff,
            "changeable": changeable,
        }
        return self._render(request, "rule", title=rule.label, form=form, status=422 if form.errors else 200, **context)

    def _staff(self, request: HttpRequest) -> StaffProfile:
        staff = staff_of(request)
        if staff is None or not staff.has_role(*self.roles):
            raise PermissionDenied
        return staff

    def _render(self, request: HttpRequest, page: str, *, status: int = 200, **context: Any) -> HttpResponse:
        shown = self.admin_site.each_context(request) | {"opts": self.opts} | context
        return render(request, f"admin/privacy/{page}.html", shown, status=status)


@admin.register(DeletionRecord)
class DeletionRecordAdmin(RoleAdmin):
    """What was destroyed, batch by batch: numbers alone."""

    roles = READERS
    list_display = ("seq", "at", "code", "rows", "reason", "step")
    list_filter = ("code", "reason")
    date_hierarchy = "at"
    fields = (*list_display, "store", "kept", "job", "result", "mac")
    ordering = ("-at", "-pk")
    show_full_result_count = False


@admin.register(Restoration)
class RestorationAdmin(RoleAdmin):
    """The backups that were put back, and what was done again before the house opened: in figures, as evidence."""

    roles = READERS
    list_display = ("backup", "made_at", "begun_at", "replayed_at", "verified_at")
    fields = (*list_display, "report")
    ordering = ("-begun_at",)


def _rule(ref: str) -> RetentionRule:
    found = find_rule(ref=ref)
    if found is None:
        raise Http404
    return found


def _do(request: HttpRequest, ref: str, deed: Any) -> HttpResponse:
    try:
        deed()
    except tuple(_REFUSALS) as error:
        messages.error(request, str(_REFUSALS[type(error)]))
    else:
        messages.success(request, _("C’est fait, et noté dans le registre."))
    return redirect(_PAGE, ref)
