"""Logs as JSON lines: what happened, and ids. Never a value of an event, never a name."""

import json
import logging
import sys
from datetime import UTC, datetime

STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
QUIET = ("aiokafka", "httpx", "httpcore", "uvicorn.access")


class JsonLines(logging.Formatter):
    """One record, one line. An exception is told by its type and place, not by its text: the text
    of a foreign library may repeat what must not be written."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "service": self._service,
            "logger": record.name,
            "what": record.getMessage(),
            **{k: v for k, v in vars(record).items() if k not in STANDARD},
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = type(record.exc_info[1]).__name__
            line["where"] = _frames(record.exc_info[1])
        return json.dumps(line, default=str, ensure_ascii=False)


def _frames(error: BaseException) -> list[str]:
    frames, here = [], error.__traceback__
    while here is not None:
        frames.append(f"{here.tb_frame.f_code.co_filename.rpartition('/')[2]}:{here.tb_lineno}")
        here = here.tb_next
    return frames[-8:]


def open_logs(service: str) -> None:
    """Log to stderr; libraries only from warnings on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(service))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
