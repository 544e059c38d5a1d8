"""The desk for authorities in the admin: what waits with its clock, the register, one page a request, holds.

Every button calls one service, and every page that says whom a request names leaves an entry in the audit chain."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.models import User
from core.readonly import ReadOnlyAdmin
from core.signatures import public_fingerprint
from moderation.access import NotStaff, get_staff
from moderation.admin.legalsteps import REFUSALS, STEPS, words_of
from moderation.admin.tables import staff_of
from moderation.courts.gate import Gated
from moderation.enums import ApprovalKind, StaffRole
from moderation.forms.legal import ReleaseForm, RequestForm, SubjectRows, WordsForm
from moderation.models import LegalHold, LegalRequest, SecondApproval, StaffProfile
from moderation.queries.holds import list_holds
from moderation.queries.inventory import list_inventory
from moderation.queries.requests import (
    count_requests,
    find_hold,
    find_release,
    find_request,
    list_open_approvals,
    list_releases,
    list_requests,
)
from moderation.services.approvals import approve, ask_approval
from moderation.services.holds import lift_hold, prolong_hold
from moderation.services.named import read_named
from moderation.services.registering import ConcernsYou, RequestInvalid, register_request
from moderation.services.releases import fetch_package, release_data
from moderation.services.requests import needs_second_call, refusal_form

_LIST = "admin:moderation_legalrequest_changelist"
_PAGE = "admin:moderation_legal_page"
_FOLDER = "admin/moderation/legal"
_SHOWN = 50
_YEAR = timedelta(days=365)
_refused = tuple(REFUSALS)


@admin.register(LegalRequest)
class LegalRequestAdmin(ReadOnlyAdmin):
    """Own pages in the place of Django's."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        staff = staff_of(request)
        return staff is not None and staff.has_role(StaffRole.LEGAL_DESK)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_authenticated and self.has_view_permission(request)

    def get_urls(self) -> list[URLPattern]:
        opened = self.admin_site.admin_view
        return [
            path("", opened(self.queue), name="moderation_legalrequest_changelist"),
            path("new/", opened(self.register), name="moderation_legal_register"),
            path("hold/<str:public_id>/<str:deed>/", opened(self.hold), name="moderation_legal_hold"),
            path("<str:public_id>/", opened(self.page), name="moderation_legal_page"),
            path("<str:public_id>/release/", opened(self.release), name="moderation_legal_release"),
            path("<str:public_id>/annex/", opened(self.annex), name="moderation_legal_annex"),
            path("<str:public_id>/package/<str:release>/", opened(self.package), name="moderation_legal_package"),
            path("<str:public_id>/<str:step>/", opened(self.step), name="moderation_legal_step"),
        ]

    def queue(self, request: HttpRequest) -> HttpResponse:
        """What waits, the soonest due at the top; what is frozen; the counter of the year."""
        staff, now = _staff(request), timezone.now()
        waiting = list_requests(staff=staff, done=False)[: _SHOWN * 10]
        holds = list_holds(hidden_from=staff.user_id, now=now)
        approvals = list_open_approvals(kind=ApprovalKind.LIFT_HOLD, object_refs=[one.public_id for one in holds], now=now)
        return self._render(
            request,
            "queue",
            title=_("Bureau des réquisitions"),
            waiting=waiting,
            done=list_requests(staff=staff, done=True)[:_SHOWN],
            holds=[(one, [asked for asked in approvals if asked.object_ref == one.public_id]) for one in holds],
            counts=count_requests(since=now - _YEAR, until=now + timedelta(seconds=1), now=now),
            words=WordsForm(),
            staff=staff,
            now=now,
        )

    def register(self, request: HttpRequest) -> HttpResponse:
        """The form of a request as it came; what the gate shuts is shut on the page, with its reason."""
        staff, now = _staff(request), timezone.now()
        if request.method != "POST":
            return self._form(request, RequestForm(initial={"received_at": now}), SubjectRows(prefix="who"))
        form, rows = RequestForm(request.POST), SubjectRows(request.POST, prefix="who")
        valid = form.is_valid() & rows.is_valid()
        if not valid or "check" in request.POST:
            return self._form(request, form, rows, status=200 if valid else 422)
        try:
            made = register_request(new=form.request([one for row in rows if (one := row.named())]), by=staff, now=now)
        except Gated as error:
            form.add_error("categories", words_of(error))
        except RequestInvalid as error:
            form.add_error(error.field if error.field in form.fields else None, _invalid(error.field))
        except ConcernsYou as error:
            form.add_error(None, words_of(error))
        else:
            messages.success(request, _("La demande est enregistrée sous la référence %(ref)s.") % {"ref": made.public_id})
            return redirect(_PAGE, made.public_id)
        return self._form(request, form, rows, status=422)

    @method_decorator(never_cache)
    def page(self, request: HttpRequest, public_id: str) -> HttpResponse:
        """One request: what it says, whom it names (noted), what exists, and the steps that are open now."""
        staff, now = _staff(request), timezone.now()
        found = _request(staff, public_id)
        approvals = list_open_approvals(kind=ApprovalKind.RELEASE_DATA, object_refs=[public_id], now=now)
        return self._render(
            request,
            "request",
            title=_("Demande %(ref)s") % {"ref": public_id},
            asked=found,
            named=read_named(request=found, by=staff, now=now),
            lines=list_inventory(request=found, now=now),
            steps=[(name, step, _initial(found, step.form)) for name, step in STEPS.items() if step.is_open(found)],
            approvals=[(one, STEPS["agree"].form(initial={"approval": one.public_id})) for one in approvals],
            mine=[one for one in approvals if one.asked_by_id == staff.pk],
            releases=list_releases(request=found),
            holds=found.holds.exclude(subjects__owner_id=staff.user_id).order_by("pk"),
            release=ReleaseForm() if found.state == "APPROVED" else None,
            annex=refusal_form(request=found, addressee="", now=now) is not None,
            twice=needs_second_call(found),
            staff=staff,
            now=now,
        )

    @method_decorator(require_POST)
    def step(self, request: HttpRequest, public_id: str, step: str) -> HttpResponse:
        """Do one step, and say what came of it."""
        staff = _staff(request)
        found = _request(staff, public_id)
        if step not in STEPS:
            raise Http404
        form = STEPS[step].form(request.POST)
        if not form.is_valid():
            messages.error(request, " ".join(str(words) for lines in form.errors.values() for words in lines))
            return redirect(_PAGE, public_id)
        return _do(request, public_id, lambda: STEPS[step].run(found, staff, form.cleaned_data, timezone.now()))

    @method_decorator(never_cache)
    @method_decorator(require_POST)
    @method_decorator(reauthentication_required)
    def release(self, request: HttpRequest, public_id: str) -> HttpResponse:
        """Open, pack and shut. The passphrase stands on this one page and nowhere else."""
        staff = _staff(request)
        found, form = _request(staff, public_id), ReleaseForm(request.POST)
        try:
            made = release_data(request=found, by=staff, certificate=form.data.get("certificate", ""), now=timezone.now())
        except _refused as error:
            messages.error(request, words_of(error))
            return redirect(_PAGE, public_id)
        title = _("Paquet de la demande %(ref)s") % {"ref": public_id}
        return self._render(request, "released", title=title, made=made, fingerprint=public_fingerprint())

    @method_decorator(never_cache)
    @method_decorator(reauthentication_required)
    def package(self, request: HttpRequest, public_id: str, release: str) -> HttpResponse:
        """The package: a page with a button, then the file, once for each person."""
        staff = _staff(request)
        found = find_release(request=_request(staff, public_id), public_id=release)
        if found is None:
            raise Http404
        if request.method != "POST":
            return self._render(request, "package", title=_("Télécharger le paquet"), made=found, asked=found.request)
        try:
            data = fetch_package(release=found, by=staff, now=timezone.now())
        except _refused as error:
            messages.error(request, words_of(error))
            return redirect(_PAGE, public_id)
        answer = HttpResponse(data, content_type="application/zip")
        answer["Content-Disposition"] = f'attachment; filename="resaka-{public_id}.zip"'
        return answer

    def annex(self, request: HttpRequest, public_id: str) -> HttpResponse:
        """The form of Annex III for a refused EPOC or EPOC-PR, to print and sign."""
        found = _request(_staff(request), public_id)
        form = refusal_form(request=found, addressee=settings.PUBLISHER or settings.SITE_NAME, now=timezone.now())
        if form is None:
            raise Http404
        return self._render(request, "annex", title=_("Annexe III du règlement (UE) 2023/1543"), asked=found, form=form)

    @method_decorator(require_POST)
    def hold(self, request: HttpRequest, public_id: str, deed: str) -> HttpResponse:
        """Prolong a hold, ask for its lifting, agree to that, or lift it."""
        staff, form, now = _staff(request), WordsForm(request.POST), timezone.now()
        found = find_hold(staff=staff, public_id=public_id)
        if found is None or deed not in _HOLD_DEEDS:
            raise Http404
        if not form.is_valid():
            messages.error(request, _("Écrivez pourquoi."))
            return redirect(_LIST)
        words = form.cleaned_data["words"]
        return _do(request, "", lambda: _HOLD_DEEDS[deed](found, staff, words, request.POST.get("approval", ""), now))

    def _form(self, request: HttpRequest, form: RequestForm, rows: Any, status: int = 200) -> HttpResponse:
        if form.is_bound:
            form.is_valid()
        return self._render(
            request, "register", title=_("Enregistrer une demande"), form=form, rows=rows, boxes=form.boxes(), status=status
        )

    def _render(self, request: HttpRequest, page: str, *, status: int = 200, **context: Any) -> HttpResponse:
        shown = self.admin_site.each_context(request) | {"opts": self.opts} | context
        return render(request, f"{_FOLDER}/{page}.html", shown, status=status)


def _staff(request: HttpRequest) -> StaffProfile:
    try:
        return get_staff(user=cast(User, request.user), roles=(StaffRole.LEGAL_DESK,))
    except NotStaff as error:
        raise Http404 from error


def _request(staff: StaffProfile, public_id: str) -> LegalRequest:
    found = find_request(staff=staff, public_id=public_id)
    if found is None:
        raise Http404
    return found


def _do(request: HttpRequest, public_id: str, deed: Any) -> HttpResponse:
    try:
        deed()
    except _refused as error:
        messages.error(request, words_of(error))
    else:
        messages.success(request, _("C’est fait, et noté dans le registre."))
    return redirect(reverse(_PAGE, args=[public_id]) if public_id else reverse(_LIST))


def _initial(found: LegalRequest, form: Any) -> Any:
    return form(initial={"categories": found.asked}) if "categories" in form.base_fields else form()


def _invalid(field: str) -> str:
    if field == "subjects":
        return _("Désignez au moins une personne.")
    if field == "period":
        return _("La période doit avoir une fin après son début, et cinq ans au plus.")
    if field == "received_at":
        return _("Cette heure n’est pas encore venue.")
    return _("Ce champ est vide.")


def _agree_to_lift(hold: LegalHold, by: StaffProfile, words: str, approval: str, now: Any) -> object:
    found = SecondApproval.objects.filter(public_id=approval, kind=ApprovalKind.LIFT_HOLD, object_ref=hold.public_id).first()
    if found is None:
        raise RequestInvalid("approval")
    return approve(approval=found, by=by, reason=words, now=now)


_HOLD_DEEDS: dict[str, Any] = {
    "prolong": lambda hold, by, words, approval, now: prolong_hold(hold=hold, by=by, reason=words, now=now),
    "ask": lambda hold, by, words, approval, now: ask_approval(
        kind=ApprovalKind.LIFT_HOLD, object_ref=hold.public_id, by=by, reason=words, now=now
    ),
    "agree": _agree_to_lift,
    "lift": lambda hold, by, words, approval, now: lift_hold(hold=hold, by=by, reason=words, now=now),
}
