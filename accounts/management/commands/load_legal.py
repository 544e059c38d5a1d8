from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.services.consents import PublishedTextChanged, publish_legal_documents
from accounts.services.legal_files import LegalFileInvalid, read_drafts


class Command(BaseCommand):
    help = "Publishes the charter and the terms of accounts/legal. Again: publishes only new versions."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            new = publish_legal_documents(drafts=read_drafts())
        except LegalFileInvalid as error:
            raise CommandError(str(error)) from error
        except PublishedTextChanged as error:
            raise CommandError(f"{error}: this text is published and never changes; give the new wording a new version") from error
        self.stdout.write(f"{new} texts published")
