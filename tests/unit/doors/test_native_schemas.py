"""The JSON Schema files beside each service's forms are drawn from these forms."""

from importlib import import_module
from pathlib import Path

import pytest

import services
from exchange.doors.native_schemas import schema_files

FOLDERS = sorted(Path(services.__path__[0]).glob("*/schemas"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_the_schema_files_are_those_of_the_forms(folder: Path) -> None:
    forms = import_module(f"services.{folder.parent.name}.schemas").FORMS
    kept = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}

    assert kept == schema_files(forms)
