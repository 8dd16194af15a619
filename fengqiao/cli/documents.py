"""Every file that is generated, by its path in the checkout: goldens, API documents, pages."""

from pathlib import Path
from typing import Any

from exchange.contracts import asyncapi, goldens
from fengqiao import __version__
from fengqiao.cli.applications import openapi_document
from fengqiao.cli.declared import SERVICES, load
from fengqiao.cli.events_page import events_page
from fengqiao.cli.settings_page import settings_page
from fengqiao.cli.telemetry_page import telemetry_page
from fengqiao.cli.unsigned_page import unsigned_page

SCHEMAS = Path("exchange/contracts/schemas")
API = Path("docs/api")


def generated() -> dict[Path, str]:
    """The text of each file, as it must be."""
    return {
        **{SCHEMAS / name: text for name, text in goldens.texts(goldens.current()).items()},
        API / "asyncapi.json": goldens.text_of(asyncapi_document()),
        **{API / f"{name}.openapi.json": _openapi(name) for name in SERVICES},
        Path("docs/events.md"): events_page(goldens.examples()),
        Path("docs/law-unsigned.md"): unsigned_page(),
        Path("docs/settings.md"): settings_page(),
        Path("docs/telemetry.md"): telemetry_page(),
    }


def asyncapi_document() -> dict[str, Any]:
    """The document of all topics, of the release that is installed."""
    return asyncapi.document(__version__, goldens.examples())


def _openapi(name: str) -> str:
    return goldens.text_of(openapi_document(load(name)))
