"""Words of a printed form: the Chinese term and the English code are both understood."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticKnownError, core_schema


@dataclass(frozen=True, slots=True)
class Words:
    """Annotates a Literal of codes with the form's own words for them: `Annotated[L, Words(t)]`.

    `table` leads from the printed word to the code. An unknown word is an `unknown_code` error
    that lists the printed ones.
    """

    table: Mapping[str, str]

    def read(self, value: object) -> object:
        """The code of a word; a code itself passes."""
        if not isinstance(value, str):
            return value
        word = value.strip()
        if word in self.table:
            return self.table[word]
        if word in self.table.values():
            return word
        raise PydanticKnownError("literal_error", {"expected": "、".join(self.table)})

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.read, handler(source))

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        codes = dict.fromkeys(self.table.values())
        return {"type": "string", "enum": [*self.table, *codes]}

    def __hash__(self) -> int:
        return hash(tuple(self.table.items()))
