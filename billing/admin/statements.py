"""The statements of providers: what came, the form by which a file comes, and the page on which a second person confirms it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from billing.admin.desk import refuse, render_page
from billing.enums import StatementState
from billing.forms.reconciliation import UploadForm, words_of
from billing.models import Statement
from billing.providers.statement_files import FileRefused
from billing.queries.reconciliation import find_statement, list_lines, list_statements, list_totals
from billing.services.reconciliation.importing import (
    AlreadyThere,
    DayNotOver,
    NotWaiting,
    SamePerson,
    confirm_statement,
    upload_file,
    withdraw_statement,
)
from core.uploads import files_in_memory

LIST, PAGE = "admin:billing_statements", "admin:billing_statement_page"


@files_in_memory
@require_http_methods(["GET", "HEAD", "POST"])
def show_statements(request: HttpRequest, user: User) -> HttpResponse:
    """What came, and the form; a file that is refused is refused with its lines."""
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    made = _upload(form, user) if form.is_bound and form.is_valid() else None
    if made is not None:
        messages.success(request, _("Le relevé attend maintenant qu’une seconde personne le confirme."))
        return redirect(PAGE, public_id=made.public_id)
    status = 422 if form.errors else 200
    return render_page(request, user, "statements.html", _("Relevés"), status=status, here="statements", form=form, rows=list_statements())


@require_safe
def show_statement(request: HttpRequest, user: User, public_id: str) -> HttpResponse:
    """One statement: its sums, its first lines, and what may be done with it."""
    found = _find(public_id)
    waits = found.state == StatementState.WAITING
    return render_page(
        request,
        user,
        "provider_statement.html",
        f"{found.get_provider_display()} · {found.day:%Y-%m-%d}",
        here="statements",
        statement=found,
        totals=list_totals(statement=found),
        lines=list_lines(statement=found),
        may_confirm=waits and found.uploaded_by_id != user.pk,
        waits=waits,
    )


@require_POST
def confirm(request: HttpRequest, user: User, public_id: str) -> HttpResponse:
    """Let a file count that somebody else brought."""
    try:
        confirm_statement(statement=_find(public_id), by=user, now=timezone.now())
    except SamePerson:
        return refuse(request, _("Une autre personne doit confirmer ce relevé : c’est vous qui l’avez déposé."), PAGE, public_id=public_id)
    except NotWaiting:
        return refuse(request, _("Ce relevé n’attend plus : il a été confirmé ou retiré."), PAGE, public_id=public_id)
    messages.success(request, _("Relevé confirmé. Ses lignes sont comparées à nos livres dans un instant."))
    return redirect(LIST)


@require_POST
def withdraw(request: HttpRequest, user: User, public_id: str) -> HttpResponse:
    """Take a file back before it counts."""
    reason = request.POST.get("reason", "").strip()[:500]
    if not reason:
        return refuse(request, _("Dites pourquoi, en quelques mots."), PAGE, public_id=public_id)
    try:
        withdraw_statement(statement=_find(public_id), reason=reason, by=user, now=timezone.now())
    except NotWaiting:
        return refuse(request, _("Ce relevé n’attend plus : il a été confirmé ou retiré."), PAGE, public_id=public_id)
    messages.success(request, _("Relevé retiré. Un autre fichier peut être déposé pour ce jour."))
    return redirect(LIST)


def _upload(form: UploadForm, user: User) -> Statement | None:
    data = form.cleaned_data
    try:
        return upload_file(provider=data["provider"], day=data["day"], data=data["file"], by=user, now=timezone.now())
    except FileRefused as error:
        for fault in error.faults:
            form.add_error("file", words_of(fault))
    except DayNotOver:
        form.add_error("day", _("Ce jour n’est pas fini : son relevé ne peut pas être entier."))
    except AlreadyThere:
        form.add_error("day", _("Il y a déjà un relevé de cet opérateur pour ce jour. Retirez-le d’abord s’il attend encore."))
    return None


def _find(public_id: str) -> Statement:
    found = find_statement(public_id=public_id)
    if found is None:
        raise Http404
    return found
