"""The books on the desk: how they stand, the proof, and the statement of an account."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from billing.admin.desk import refuse, render_page
from billing.forms.ledger import PeriodForm
from billing.ledger import AlreadyProving, list_stuck_clearing
from billing.models import LedgerAccount
from billing.queries.ledger import StatementLine, find_account, find_last_proof, get_statement, iterate_statement, list_kind_sums
from billing.services.books import note_reading, prove_books

PAGE = "admin:billing_ledger"
RULES: dict[str, Promise] = {
    "I1": gettext_lazy("Chaque écriture s’équilibre, dans chaque monnaie"),
    "I2": gettext_lazy("Chaque solde est la somme de ses lignes"),
    "I3": gettext_lazy("Les comptes d’une monnaie s’annulent ensemble"),
    "I4": gettext_lazy("Aucun compte n’est à découvert sans en avoir le droit"),
    "I5": gettext_lazy("Une clé n’a qu’un effet"),
    "I6": gettext_lazy("Ce qui est retenu est la somme des réserves"),
    "I7": gettext_lazy("Rien de ce qui est écrit n’a changé"),
    "I8": gettext_lazy("Aucun montant n’a de fraction"),
    "I9": gettext_lazy("Les prestataires ont versé à temps ce qu’ils ont reçu"),
    "I10": gettext_lazy("À chaque paiement réussi son écriture, et l’inverse"),
}


@require_safe
def show_ledger(request: HttpRequest, user: User) -> HttpResponse:
    """The last proof, rule by rule, what waits at the providers, and what each kind of account has."""
    proof, now = find_last_proof(), timezone.now()
    rules = [(name, words, proof.results.get(name, [])) for name, words in RULES.items()] if proof else []
    sums, stuck = list_kind_sums(), list_stuck_clearing(now=now)
    return render_page(request, user, "ledger.html", _("Grand livre"), here="ledger", proof=proof, rules=rules, sums=sums, stuck=stuck)


@require_POST
def prove_now(request: HttpRequest, user: User) -> HttpResponse:
    """Prove the books before the night does: after something was put right, a green proof lets money leave again."""
    try:
        proof = prove_books(now=timezone.now())
    except AlreadyProving:
        return refuse(request, _("Une autre preuve vient d’être faite."), PAGE)
    if proof.is_green:
        messages.success(request, _("Tout est juste."))
    else:
        messages.error(request, _("Quelque chose n’est pas juste. Rien ne sort tant que c’est ainsi."))
    answer: HttpResponse = redirect(PAGE)
    return answer


@require_safe
def show_statement(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """What happened in an account between two days."""
    account, form = _find(pk), _period(request)
    statement = None
    if form.is_valid():
        note_reading(account=account, by=user, now=timezone.now())
        since, until = _days(form)
        statement = get_statement(account=account, since=since, until=until)
    title = _("Relevé de %(code)s") % {"code": account.code}
    status = 200 if statement else 422
    return render_page(
        request, user, "statement.html", title, status=status, here="ledger", account=account, form=form, statement=statement
    )


@require_safe
def export_statement(request: HttpRequest, user: User, pk: int) -> HttpResponseBase:
    """The same as a file of values between commas."""
    account, form = _find(pk), _period(request)
    if not form.is_valid():
        return refuse(request, _("Cette période n’existe pas."), "admin:billing_statement_of", pk=pk)
    note_reading(account=account, by=user, now=timezone.now())
    since, until = _days(form)
    lines = iterate_statement(account=account, since=since, until=until)
    answer = StreamingHttpResponse(_as_csv(lines), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{account.code.replace(":", "-")}.csv"'
    return answer


def _find(pk: int) -> LedgerAccount:
    account = find_account(pk=pk)
    if account is None:
        raise Http404
    return account


def _period(request: HttpRequest) -> PeriodForm:
    return PeriodForm(request.GET, today=timezone.now().date())


def _days(form: PeriodForm) -> tuple[date, date]:
    return form.cleaned_data["since"], form.cleaned_data["until"]


class _Echo:
    """A file that gives each line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def _as_csv(lines: Iterator[StatementLine]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(["at", "key", "kind", "amount", "balance", "currency"])
    for line in lines:
        amount, balance = line.money.plain, line.balance.plain
        yield writer.writerow([line.at.isoformat(), line.key, line.kind, amount, balance, line.money.currency])
