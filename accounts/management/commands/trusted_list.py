"""`manage.py trusted_list refresh [--file LIST.xml]` takes the list of age-proof issuers; `show` tells how it stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.age.trustedlist import MAX_LIST_BYTES
from accounts.queries.trustedlist import find_list_standing, list_issuers
from accounts.services.trustedlist import ListNotTaken, refresh_trusted_list


class Command(BaseCommand):
    help = "Take the trusted list of age-proof issuers, or show how it stands."

    def add_arguments(self, parser: CommandParser) -> None:
        deeds = parser.add_subparsers(dest="deed", required=True)
        refresh = deeds.add_parser("refresh", help="Fetch the list and put it in force.")
        refresh.add_argument("--file", type=Path, help="A list that was fetched by other means; it is judged the same.")
        deeds.add_parser("show", help="Tell sequence, dates and issuers; fails when the methods that need the list are closed.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["deed"] == "show":
            self.show()
        else:
            self.refresh(options["file"])

    def refresh(self, file: Path | None) -> None:
        try:
            taken = refresh_trusted_list(data=read_file(file) if file else None, now=timezone.now())
        except ListNotTaken as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"list {taken.sequence}: {taken.granted} granted, {taken.withdrawn} not, {taken.shortened} proofs shortened")

    def show(self) -> None:
        now, standing = timezone.now(), find_list_standing()
        if standing is None:
            raise CommandError("no list was taken yet: the methods that need it are closed")
        self.stdout.write(
            f"list {standing.sequence}, taken {standing.loaded_at:%Y-%m-%d %H:%M}Z, next {standing.next_update:%Y-%m-%d %H:%M}Z"
        )
        for issuer in list_issuers():
            self.stdout.write(f"{'granted' if issuer.granted else 'not    '} {issuer.country} {issuer.fingerprint} {issuer.organisation}")
        if standing.is_closed(now):
            raise CommandError(f"closed since {standing.closes_at:%Y-%m-%d %H:%M}Z: no newer list came")


def read_file(path: Path) -> bytes:
    """A list of a size that can be one."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_LIST_BYTES + 1)
    except OSError as error:
        raise CommandError(f"cannot read {path}: {error.strerror}") from error
