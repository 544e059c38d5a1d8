"""The desk of data protection in the admin: what is owed with its clock, one page a request, and the deeds that are open now.

What a person wrote is shown to whoever asks for it by a button, and that is noted before it is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from moderation.admin.tables import RoleAdmin, staff_of
from moderation.enums import StaffRole
from moderation.services.approvals import ApprovalReasonMissing, NotApproved, NotYoursToApprove
from privacy.access import READERS, RequestNotFound, get_request_for_staff
from privacy.enums import ErasureStep, RequestKind
from privacy.erasure.saga import LETTER
from privacy.erasure.showing import show_erasure
from privacy.forms.desk import AgreeForm, AnswerForm, ExtendForm, RefusalForm
from privacy.models import DataRequest
from privacy.queries.requests import count_requests, find_refusal, list_closed_requests, list_queue
from privacy.reasons import REASONS, grounds_for
from privacy.services.desk import ANSWERED_BY_PEOPLE, Content, NotYours, YearImpossible, answer_request, read_request
from privacy.services.refusals import GroundUnknown, RefusalWaits, may_refuse, propose_refusal, refuse_request
from privacy.services.requests import AlreadyExtended, RequestOver, TooLateToExtend, WordsMissing, extend_request

if TYPE_CHECKING:
    from moderation.models import StaffProfile

_LIST, _PAGE = "admin:privacy_datarequest_changelist", "admin:privacy_request_page"
_REFUSALS: dict[type[Exception], Promise] = {
    NotYours: gettext_lazy("Cette demande est la vôtre, ou n’est pas de votre ressort."),
    RequestOver: gettext_lazy("Cette demande est close, ou trop avancée pour cela."),
    AlreadyExtended: gettext_lazy("Elle a déjà été prolongée. La loi ne le permet qu’une fois."),
    TooLateToExtend: gettext_lazy("Le premier mois est passé : la personne devait le savoir avant."),
    WordsMissing: gettext_lazy("Écrivez quelques mots de plus à la personne."),
    YearImpossible: gettext_lazy(
        "Cette année n’est pas celle d’une personne majeure. Si elle est mineure, c’est l’affaire de la modération."
    ),
    GroundUnknown: gettext_lazy("Ce motif ne vaut pas pour ce droit."),
    RefusalWaits: gettext_lazy("Un refus est déjà proposé et attend une seconde personne."),
    NotYoursToApprove: gettext_lazy("Une autre personne de la protection des données doit donner son accord."),
    NotApproved: gettext_lazy("Trop tard : cette demande a expiré, ou quelqu’un a déjà donné son accord."),
    ApprovalReasonMissing: gettext_lazy("Écrivez pourquoi."),
}
# What a form was made of, and what it does with what was typed.
Run = Callable[[DataRequest, "StaffProfile", dict[str, Any], Any], object]


def _refuse(asked: DataRequest, by: StaffProfile, typed: dict[str, Any], now: Any) -> None:
    proposed = find_refusal(request=asked, now=now)
    if proposed is None:
        raise NotApproved(asked.public_id)
    refuse_request(request=asked, approval=proposed, by=by, reason=typed["reason"], now=now)


DEEDS: dict[str, tuple[Callable[..., Form], Run]] = {
    "extend": (
        lambda asked, data=None: ExtendForm(data, auto_id="extend_%s"),
        lambda asked, by, typed, now: extend_request(request=asked, by=by, now=now, **typed),
    ),
    "answer": (
        lambda asked, data=None: AnswerForm(data, request=asked, auto_id="answer_%s"),
        lambda asked, by, typed, now: answer_request(request=asked, by=by, now=now, **typed),
    ),
    "propose": (
        lambda asked, data=None: RefusalForm(data, request=asked, auto_id="propose_%s"),
        lambda asked, by, typed, now: propose_refusal(request=asked, by=by, now=now, **typed),
    ),
    "refuse": (lambda asked, data=None: AgreeForm(data, auto_id="refuse_%s"), _refuse),
}


@admin.register(DataRequest)
class DataRequestAdmin(RoleAdmin):
    """Own pages in the place of Django's."""

    roles = READERS

    def get_urls(self) -> list[URLPattern]:
        opened = self.admin_site.admin_view
        return [
            path("", opened(self.queue), name="privacy_datarequest_changelist"),
            path("<str:public_id>/", opened(self.page), name="privacy_request_page"),
            path("<str:public_id>/read/", opened(self.read), name="privacy_request_read"),
            path("<str:public_id>/<slug:deed>/", opened(self.act), name="privacy_request_act"),
        ]

    def queue(self, request: HttpRequest) -> HttpResponse:
        """What is owed, the soonest due at the top; the figures of the year; what was closed last."""
        staff, now = self._staff(request), timezone.now()
        waiting, closed = list_queue(staff=staff, now=now), list_closed_requests(staff=staff)
        title = _("Demandes sur les données")
        return self._render(request, "requests", title=title, waiting=waiting, closed=closed, counts=count_requests(now=now), now=now)

    @method_decorator(never_cache)
    def page(self, request: HttpRequest, public_id: str) -> HttpResponse:
        """One request, without what its person wrote."""
        staff = self._staff(request)
        return self._show(request, _get(staff, public_id), staff)

    @method_decorator(never_cache)
    @method_decorator(require_POST)
    def read(self, request: HttpRequest, public_id: str) -> HttpResponse:
        """The page with what its person wrote; that it was read is noted first."""
        staff = self._staff(request)
        asked = _get(staff, public_id)
        try:
            content = read_request(request=asked, by=staff, now=timezone.now())
        except NotYours as error:
            raise PermissionDenied from error
        return self._show(request, asked, staff, content=content)

    @method_decorator(sensitive_post_parameters("words"))
    @method_decorator(require_POST)
    def act(self, request: HttpRequest, public_id: str, deed: str) -> HttpResponse:
        """Do one deed, and say what came of it; what was typed stays when it is refused."""
        staff = self._staff(request)
        asked = _get(staff, public_id)
        if not staff.has_role(StaffRole.DATA_PROTECTION):
            raise PermissionDenied
        if deed not in DEEDS:
            raise Http404
        make, run = DEEDS[deed]
        form = make(asked, request.POST)
        if form.is_valid():
            try:
                run(asked, staff, form.cleaned_data, timezone.now())
            except tuple(_REFUSALS) as error:  # at the top: the form of a deed that is over is on no page any more
                messages.error(request, str(_REFUSALS[type(error)]))
            else:
                messages.success(request, _("C’est fait, et noté dans le registre."))
                return redirect(_PAGE, public_id)
        return self._show(request, _get(staff, public_id), staff, bound={deed: form}, status=422)

    def _show(
        self,
        request: HttpRequest,
        asked: DataRequest,
        staff: StaffProfile,
        *,
        content: Content | None = None,
        bound: dict[str, Form] | None = None,
        status: int = 200,
    ) -> HttpResponse:
        now = timezone.now()
        refusal = find_refusal(request=asked, now=now)
        forms = {deed: make(asked) for deed, (make, _run) in DEEDS.items()} | (bound or {})
        handles = staff.has_role(StaffRole.DATA_PROTECTION)
        context = {
            "asked": asked,
            "step": _name_step(asked.next_step) if asked.is_open else "",
            "content": content,
            "refusal": refusal,
            "certificate": show_erasure(request=asked).certificate if asked.kind == RequestKind.ERASURE else None,
            "reason": REASONS.get(asked.refusal_ground) if refusal or not asked.is_open else None,
            "forms": forms,
            "handles": handles,
            "answers": handles and asked.is_open and asked.kind in ANSWERED_BY_PEOPLE,
            "extends": handles and asked.is_open and asked.extended_until is None and now < asked.due_at,
            "refuses": handles and refusal is None and may_refuse(asked) and bool(grounds_for(asked.kind)),
            "staff": staff,
            "now": now,
        }
        return self._render(request, "request", title=asked.get_kind_display(), status=status, **context)

    def _staff(self, request: HttpRequest) -> StaffProfile:
        staff = staff_of(request)
        if staff is None or not staff.has_role(*self.roles):
            raise PermissionDenied
        return staff

    def _render(self, request: HttpRequest, page: str, *, status: int = 200, **context: Any) -> HttpResponse:
        shown = self.admin_site.each_context(request) | {"opts": self.opts} | context
        return render(request, f"admin/privacy/{page}.html", shown, status=status)


def _name_step(code: str) -> str:
    """What is next, in words; the last letter, which is owed once all steps are proven, is no step."""
    return str(_("la dernière lettre à la personne") if code == LETTER else ErasureStep(code).label) if code else ""


def _get(staff: StaffProfile, public_id: str) -> DataRequest:
    try:
        return get_request_for_staff(staff=staff, public_id=public_id)
    except RequestNotFound as error:
        raise Http404 from error
