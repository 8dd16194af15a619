"""Walking a JSON Schema: references followed, alternatives told apart by what they accept."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]

REFERENCES_MAX = 32
ALTERNATIVES = ("anyOf", "oneOf")
SCALARS = frozenset({"string", "integer", "number", "boolean"})


class BadReference(ValueError):
    """A `$ref` that leads nowhere inside its document, or in a circle."""

    def __init__(self, reference: str) -> None:
        super().__init__(f"$ref {reference} does not resolve")
        self.reference = reference


@dataclass(frozen=True, slots=True)
class Node:
    """A schema and where it stands in its document (JSON Pointer)."""

    pointer: str
    schema: Schema

    def child(self, keyword: str) -> "Node":
        return Node(f"{self.pointer}/{keyword}", self.schema[keyword])

    def at(self, field: str) -> str:
        """The pointer of a field of an object, there or not."""
        return f"{self.pointer}/properties/{escaped(field)}"

    def field(self, name: str) -> "Node":
        return Node(self.at(name), self.schema["properties"][name])


def escaped(name: str) -> str:
    """A name as one token of a JSON Pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def followed(document: Schema, reference: str) -> Any:
    """What a `#/...` reference points to. Raises BadReference."""
    value: Any = document
    if not reference.startswith("#/"):
        raise BadReference(reference)
    for token in reference[2:].split("/"):
        name = token.replace("~1", "/").replace("~0", "~")
        if not isinstance(value, dict) or name not in value:
            raise BadReference(reference)
        value = value[name]
    return value


def resolved(document: Schema, node: Node) -> Node:
    """The node that a chain of references ends at; what stands beside a `$ref` is annotation."""
    for _ in range(REFERENCES_MAX):
        reference = node.schema.get("$ref")
        if reference is None:
            return node
        node = Node(reference.removeprefix("#"), followed(document, reference))
    raise BadReference(node.pointer)


def branches(document: Schema, node: Node) -> dict[str, Node]:
    """Each form of value that the node accepts, by a name that survives reordering.

    Listed values of one type make one form, as a union of literals is one enumeration.
    """
    alternatives = list(_alternatives(document, node))
    forms: dict[str, Node] = {}
    for branch in alternatives:
        name = _form(branch.schema, told_apart=len(alternatives) > 1)
        if name not in forms:
            forms[name] = branch
        elif name in SCALARS:
            forms[name] = Node(node.pointer, _united(forms[name].schema, branch.schema))
        else:
            forms[f"{name} ({len(forms)})"] = branch
    return forms


def values_of(schema: Schema) -> list[Any] | None:
    """The values that a schema lists (`const`, `enum`); None where it lists none."""
    if "const" in schema:
        return [schema["const"]]
    return schema.get("enum")


def _alternatives(document: Schema, node: Node) -> Iterator[Node]:
    keyword = next((name for name in ALTERNATIVES if name in node.schema), None)
    if keyword is None:
        yield node
        return
    for number, schema in enumerate(node.schema[keyword]):
        inner = resolved(document, Node(f"{node.pointer}/{keyword}/{number}", schema))
        yield from _alternatives(document, inner)


def _form(schema: Schema, *, told_apart: bool) -> str:
    """A value's type; among alternatives an object bears its constants, which tell it apart."""
    kind = str(schema.get("type", "value"))
    constants = sorted(
        f"{name}={field['const']}"
        for name, field in schema.get("properties", {}).items()
        if told_apart and "const" in field
    )
    return " ".join((kind, *constants))


def _united(one: Schema, other: Schema) -> Schema:
    listed, also = values_of(one), values_of(other)
    if listed is None or also is None:
        return one if listed is None else other
    return {"type": one.get("type"), "enum": [*listed, *also]}
