"""Logs as JSON lines through structlog's renderer: time, level, logger, event, and the trace of an error. Never a body."""

from __future__ import annotations

import logging

import structlog


class JsonFormatter(structlog.stdlib.ProcessorFormatter):
    """Formats records of the standard library; fields passed as `extra={"fields": {...}}` are written beside the event."""

    def __init__(self) -> None:
        super().__init__(
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                _add_fields,
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )


def _add_fields(_logger: object, _name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    record = event.get("_record")
    if isinstance(record, logging.LogRecord):
        event.update(getattr(record, "fields", {}))
    return event


class OursFilter(logging.Filter):
    """uvicorn logs text that is no UTF-8 with a trace, though the client alone is at fault and is told 1007: anybody could fill the log."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.exc_info and isinstance(record.exc_info[1], UnicodeDecodeError))
