"""The JSON Schema files of a linkage's native forms, written beside their models.

`python -m exchange.doors.native_schemas services.police_link.schemas` writes them again.
"""

import json
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

from exchange.contracts.model import Form

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def schema_files(forms: Mapping[str, type[Form]]) -> dict[str, str]:
    """The text of each file by its name; keys are those of the printed form."""
    return {
        f"{name}.json": json.dumps(
            {"$schema": DRAFT, **form.model_json_schema()}, ensure_ascii=False, indent=2
        )
        + "\n"
        for name, form in forms.items()
    }


def write(package: str) -> None:
    """Write the files of the package's FORMS into its folder."""
    module = import_module(package)
    folder = Path(str(module.__file__)).parent
    for name, text in schema_files(module.FORMS).items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(sys.argv[1])
