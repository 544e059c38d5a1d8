"""Writes the published protocol: realtime/schemas/*.json and docs/asyncapi.json."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from realtime.published import all_files


class Command(BaseCommand):
    help = "Write the JSON Schemas of the frames and the AsyncAPI document from the types of realtime.protocol."

    def handle(self, *args: Any, **options: Any) -> None:
        for path, text in all_files().items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            self.stdout.write(path.name)
