"""The gate: each change that another release could not bear is named, with its pointer."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from exchange.contracts import goldens
from exchange.contracts.compatibility import Break, breaks, refused
from exchange.contracts.goldens import Schema

Change = Callable[[Schema], Any]


def _fields(schema: Schema) -> Schema:
    fields: Schema = schema["properties"]
    return fields


AN_EVENT: Schema = {
    "title": "SomethingHappenedV1",
    "type": "object",
    "required": ["act", "note", "part", "level"],
    "properties": {
        "act": {"const": "accept", "type": "string"},
        "level": {"enum": ["village", "township"], "type": "string"},
        "note": {"type": "string", "minLength": 1, "maxLength": 80},
        "place": {"type": "string", "pattern": "^[0-9]{12}$"},
        "count": {"type": "integer", "default": 1, "minimum": 0},
        "ends_at": {
            "anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}],
            "default": None,
        },
        "part": {"$ref": "#/$defs/Part"},
        "parts": {"type": "array", "items": {"$ref": "#/$defs/Part"}, "default": []},
        "facts": {
            "oneOf": [{"$ref": "#/$defs/Accept"}, {"$ref": "#/$defs/Fail"}],
            "default": None,
        },
        "reason": {
            "anyOf": [{"enum": ["danger"], "type": "string"}, {"const": "silence"}],
            "default": None,
        },
    },
    "$defs": {
        "Part": {
            "type": "object",
            "required": ["id"],
            "properties": {"id": {"type": "string"}, "inner": {"$ref": "#/$defs/Part"}},
        },
        "Accept": {
            "type": "object",
            "properties": {"act": {"const": "accept"}, "on": {"type": "string"}},
        },
        "Fail": {"type": "object", "properties": {"act": {"const": "fail"}}},
    },
}

BREAKING: dict[str, tuple[Change, str, str]] = {
    "a field is removed": (
        lambda s: _fields(s).pop("count"),
        "/properties/count",
        "field_removed",
    ),
    "a required field is added": (
        lambda s: (_fields(s).update(who={"type": "string"}), s["required"].append("who")),
        "/properties/who",
        "field_required",
    ),
    "an optional field becomes required": (
        lambda s: s["required"].append("count"),
        "/properties/count",
        "field_required",
    ),
    "a required field becomes optional": (
        lambda s: s["required"].remove("note"),
        "/properties/note",
        "field_optional",
    ),
    "a default changes": (
        lambda s: _fields(s)["count"].update(default=2),
        "/properties/count",
        "default_changed",
    ),
    "a constant changes": (
        lambda s: _fields(s)["act"].update(const="receive"),
        "/properties/act",
        "const_changed",
    ),
    "a listed value goes": (
        lambda s: _fields(s)["level"]["enum"].remove("township"),
        "/properties/level",
        "narrowed",
    ),
    "a listed value comes": (
        lambda s: _fields(s)["level"]["enum"].append("county"),
        "/properties/level",
        "widened",
    ),
    "free text becomes a list": (
        lambda s: _fields(s)["note"].update(enum=["yes", "no"]),
        "/properties/note",
        "narrowed",
    ),
    "a list becomes free text": (
        lambda s: _fields(s)["level"].pop("enum"),
        "/properties/level",
        "widened",
    ),
    "none is no longer accepted": (
        lambda s: _fields(s)["ends_at"]["anyOf"].pop(),
        "/properties/ends_at",
        "narrowed",
    ),
    "none becomes possible": (
        lambda s: _fields(s)["count"].update(anyOf=[{"type": "integer"}, {"type": "null"}]),
        "/properties/count",
        "widened",
    ),
    "a longer text passes": (
        lambda s: _fields(s)["note"].update(maxLength=200),
        "/properties/note",
        "widened",
    ),
    "a shorter text is demanded": (
        lambda s: _fields(s)["note"].update(maxLength=40),
        "/properties/note",
        "narrowed",
    ),
    "a lower bound rises": (
        lambda s: _fields(s)["count"].update(minimum=1),
        "/properties/count",
        "narrowed",
    ),
    "a pattern changes": (
        lambda s: _fields(s)["place"].update(pattern="^[0-9]{6}$"),
        "/properties/place",
        "narrowed",
    ),
    "a pattern goes": (
        lambda s: _fields(s)["place"].pop("pattern"),
        "/properties/place",
        "widened",
    ),
    "unknown fields are refused": (
        lambda s: s.update(additionalProperties=False),
        "",
        "narrowed",
    ),
    "a shared part loses a field": (
        lambda s: s["$defs"]["Part"]["properties"].pop("inner"),
        "/$defs/Part/properties/inner",
        "field_removed",
    ),
    "an alternative goes": (
        lambda s: _fields(s)["facts"]["oneOf"].pop(),
        "/properties/facts",
        "narrowed",
    ),
    "an alternative comes": (
        lambda s: _fields(s)["facts"]["oneOf"].append(
            {"type": "object", "properties": {"act": {"const": "close"}}}
        ),
        "/properties/facts",
        "widened",
    ),
    "an alternative loses a field": (
        lambda s: s["$defs"]["Accept"]["properties"].pop("on"),
        "/$defs/Accept/properties/on",
        "field_removed",
    ),
}

ADDITIVE: dict[str, Change] = {
    "nothing": lambda _: None,
    "an optional field": lambda s: _fields(s).update(new={"type": "string", "default": ""}),
    "an optional field of a part": lambda s: s["$defs"]["Part"]["properties"].update(
        note={"type": "string", "default": ""}
    ),
    "another wording": lambda s: s.update(title="Other", description="said better"),
    "another order": lambda s: (
        s["required"].reverse(),
        _fields(s)["level"]["enum"].reverse(),
        _fields(s)["facts"]["oneOf"].reverse(),
    ),
    "a part under another name": lambda s: (
        s["$defs"].update(Piece=s["$defs"]["Part"]),
        _fields(s).update(part={"$ref": "#/$defs/Piece"}),
    ),
}


@pytest.mark.parametrize("name", BREAKING)
def test_a_breaking_change_is_refused_by_its_pointer_and_kind(name: str) -> None:
    change, pointer, kind = BREAKING[name]
    changed = copy.deepcopy(AN_EVENT)
    change(changed)
    found = breaks("something.happened/v1", AN_EVENT, changed)
    assert (pointer, kind) in {(b.pointer, b.kind) for b in found}
    assert {b.pointer for b in found} == {pointer}


def test_another_type_is_told_from_both_sides() -> None:
    changed = copy.deepcopy(AN_EVENT)
    _fields(changed)["place"] = {"type": "integer"}
    found = breaks("something.happened/v1", AN_EVENT, changed)
    assert [(b.kind, b.detail.split()[-1]) for b in sorted(found)] == [
        ("narrowed", "accepted"),
        ("widened", "integer"),
    ]


def test_everything_is_told_at_once() -> None:
    changed = copy.deepcopy(AN_EVENT)
    BREAKING["a field is removed"][0](changed)
    BREAKING["a constant changes"][0](changed)
    BREAKING["a shared part loses a field"][0](changed)
    assert len(breaks("something.happened/v1", AN_EVENT, changed)) == 3


@pytest.mark.parametrize("name", ADDITIVE)
def test_an_additive_change_passes(name: str) -> None:
    changed = copy.deepcopy(AN_EVENT)
    ADDITIVE[name](changed)
    assert breaks("something.happened/v1", AN_EVENT, changed) == []


def test_a_type_that_left_the_catalogue_is_missed() -> None:
    gone = refused({("something.happened", 1): AN_EVENT}, {})
    assert [(b.schema, b.kind) for b in gone] == [("something.happened/v1", "type_gone")]


def test_a_second_version_needs_its_upcaster_even_while_the_first_is_read() -> None:
    goldens_then = {("something.happened", 1): AN_EVENT}
    now = {("something.happened", 1): AN_EVENT, ("something.happened", 2): AN_EVENT}
    assert refused(goldens_then, now) == [
        Break("something.happened/v1", "", "no_upcaster", "nothing leads from v1 to v2")
    ]
    assert refused(goldens_then, now, {("something.happened", 1): lambda value: value}) == []


def test_with_its_upcaster_the_first_version_may_go() -> None:
    now = {("something.happened", 2): {"type": "string"}}
    lifted = {("something.happened", 1): lambda value: value}
    assert refused({("something.happened", 1): AN_EVENT}, now, lifted) == []


@pytest.mark.parametrize("key", sorted(goldens.current()), ids=str)
def test_each_event_of_ours_agrees_with_itself_and_misses_each_of_its_fields(
    key: tuple[str, int],
) -> None:
    schema = goldens.current()[key]
    assert refused({key: schema}, {key: schema}) == []
    for field in schema["properties"]:
        without = copy.deepcopy(schema)
        del without["properties"][field]
        without["required"] = [name for name in schema["required"] if name != field]
        found = refused({key: schema}, {key: without})
        assert (f"/properties/{field}", "field_removed") in {(b.pointer, b.kind) for b in found}


def test_the_released_goldens_still_hold() -> None:
    if goldens.releases():
        assert refused(goldens.kept(), goldens.current()) == []
