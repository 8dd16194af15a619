"""The gate before a schema changes: what a reader or a record of another release could not bear.

Pods roll at different times and `routing.referral.v1` is kept for ever, so both must hold: a
reader of today reads every record ever written, and a reader of yesterday reads today's. Only an
optional field with a default may be added; anything else is a new version with an upcaster.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from exchange.contracts.goldens import Key, Schema
from exchange.contracts.schema_branches import Node, branches, resolved, values_of
from exchange.contracts.upcast import UPCASTERS, Upcasters, first_gap

ANNOTATIONS = frozenset(
    {"$schema", "$id", "$defs", "$comment", "title", "description", "examples", "discriminator"}
)
HANDLED = frozenset({"properties", "required", "items", "enum", "const", "type", "default"})
LIMITS_BELOW = frozenset({"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"})
LIMITS_ABOVE = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"})

BreakKind = Literal[
    "type_gone",
    "no_upcaster",
    "field_removed",
    "field_required",
    "field_optional",
    "default_changed",
    "const_changed",
    "narrowed",
    "widened",
]


@dataclass(frozen=True, slots=True, order=True)
class Break:
    """One change that is not additive: `pointer` (RFC 6901) into the golden `schema`."""

    schema: str
    pointer: str
    kind: BreakKind
    detail: str

    def __str__(self) -> str:
        return f"{self.schema}#{self.pointer} {self.kind}: {self.detail}"


def refused(
    goldens: Mapping[Key, Schema],
    current: Mapping[Key, Schema],
    upcasters: Upcasters = UPCASTERS,
) -> list[Break]:
    """Everything that forbids `current` to follow the `goldens`, all at once."""
    newest: dict[str, int] = {}
    for name, version in current:
        newest[name] = max(version, newest.get(name, 0))
    return sorted(
        found
        for key, golden in goldens.items()
        for found in _of_one(key, golden, current.get(key), newest.get(key[0]), upcasters)
    )


def breaks(schema: str, old: Schema, new: Schema) -> list[Break]:
    """How the new form of one schema breaks with its old form."""
    comparison = _Comparison(schema, old, new, [], set())
    comparison.compare(Node("", old), Node("", new))
    return comparison.found


def _of_one(
    key: Key, golden: Schema, now: Schema | None, newest: int | None, upcasters: Upcasters
) -> Iterator[Break]:
    name, version = key
    path = f"{name}/v{version}"
    if newest is None:
        yield Break(path, "", "type_gone", "the type left the catalogue; its records did not")
        return
    gap = first_gap(name, version, to=newest, upcasters=upcasters)
    if gap is not None:
        yield Break(path, "", "no_upcaster", f"nothing leads from v{gap} to v{gap + 1}")
    if now is not None:
        yield from breaks(path, golden, now)


@dataclass(frozen=True, slots=True)
class _Comparison:
    schema: str
    old: Schema
    new: Schema
    found: list[Break]
    seen: set[tuple[str, str]]

    def say(self, pointer: str, kind: BreakKind, detail: str) -> None:
        self.found.append(Break(self.schema, pointer, kind, detail))

    def compare(self, before: Node, after: Node) -> None:
        """Compare what both accept, form by form. Each pair of definitions is met once."""
        before, after = resolved(self.old, before), resolved(self.new, after)
        if (before.pointer, after.pointer) in self.seen:
            return
        self.seen.add((before.pointer, after.pointer))
        had, has = branches(self.old, before), branches(self.new, after)
        for form in had.keys() - has.keys():
            self.say(before.pointer, "narrowed", f"{form} is no longer accepted")
        for form in has.keys() - had.keys():
            self.say(before.pointer, "widened", f"older readers do not know {form}")
        for form in sorted(had.keys() & has.keys()):
            self._compare_form(had[form], has[form])

    def _compare_form(self, before: Node, after: Node) -> None:
        self._compare_values(before, after)
        self._compare_fields(before, after)
        if "items" in before.schema and "items" in after.schema:
            self.compare(before.child("items"), after.child("items"))
        keywords = before.schema.keys() | after.schema.keys()
        for keyword in sorted(keywords - ANNOTATIONS - HANDLED):
            self._compare_limit(keyword, before, after)

    def _compare_values(self, before: Node, after: Node) -> None:
        """`const` and `enum`. A value more is a value that older readers refuse."""
        had, has = values_of(before.schema), values_of(after.schema)
        if had == has:
            return
        if had is None or has is None:
            kind: BreakKind = "narrowed" if had is None else "widened"
            self.say(before.pointer, kind, f"from {_listed(had)} to {_listed(has)}")
            return
        if len(had) == len(has) == 1:
            self.say(before.pointer, "const_changed", f"from {_listed(had)} to {_listed(has)}")
            return
        if gone := [value for value in had if value not in has]:
            self.say(before.pointer, "narrowed", f"{_listed(gone)} is no longer accepted")
        if added := [value for value in has if value not in had]:
            self.say(before.pointer, "widened", f"older readers do not know {_listed(added)}")

    def _compare_fields(self, before: Node, after: Node) -> None:
        had: Schema = before.schema.get("properties", {})
        has: Schema = after.schema.get("properties", {})
        needed = set(before.schema.get("required", ()))
        needs = set(after.schema.get("required", ()))
        for name in had.keys() - has.keys():
            self.say(before.field(name).pointer, "field_removed", "older readers look for it")
        for name in sorted(needs - needed):
            self.say(before.at(name), "field_required", "records without it no longer read")
        for name in sorted(needed - needs & has.keys()):
            self.say(before.at(name), "field_optional", "older readers need it")
        for name in sorted(had.keys() & has.keys()):
            self._compare_default(before.field(name), after.field(name), name in needed | needs)
            self.compare(before.field(name), after.field(name))

    def _compare_default(self, before: Node, after: Node, is_required: bool) -> None:
        had, has = (node.schema.get("default") for node in (before, after))
        if not is_required and had != has:
            self.say(before.pointer, "default_changed", f"from {had!r} to {has!r}")

    def _compare_limit(self, keyword: str, before: Node, after: Node) -> None:
        """Tighter refuses old records, looser lets pass what older readers refuse."""
        had, has = before.schema.get(keyword), after.schema.get(keyword)
        if had == has:
            return
        detail = f"{keyword} from {had!r} to {has!r}"
        self.say(
            before.pointer, "narrowed" if _is_tighter(keyword, had, has) else "widened", detail
        )


def _is_tighter(keyword: str, had: Any, has: Any) -> bool:
    if had is None or has is None:
        return had is None
    if keyword in LIMITS_BELOW:
        return bool(has > had)
    if keyword in LIMITS_ABOVE:
        return bool(has < had)
    return True


def _listed(values: list[Any] | None) -> str:
    return "any value" if values is None else ", ".join(map(repr, values))
