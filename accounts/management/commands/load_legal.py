from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.services.consents import PublishedTextChanged, publish_legal_documents
from accounts.services.legal_files import LegalFileInvalid, list_unreviewed, read_drafts


class Command(BaseCommand):
    help = "Publishes the texts of accounts/legal. Again: publishes only new versions."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            new = publish_legal_documents(drafts=read_drafts())
        except LegalFileInvalid as error:
            raise CommandError(str(error)) from error
        except PublishedTextChanged as error:
            raise CommandError(f"{error}: this text is published and never changes; give the new wording a new version") from error
        self.stdout.write(f"{new} texts published")
        if waiting := list_unreviewed():
            self.stdout.write(f"{len(waiting)} texts await legal review (legal_review in their head)")
