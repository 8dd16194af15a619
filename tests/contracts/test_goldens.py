"""What was agreed is kept: schemas as they were, and one record of each type, read for ever."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from pydantic import BaseModel

from exchange.contracts import goldens
from exchange.contracts.envelope import Envelope
from exchange.contracts.events import CATALOGUE, decode
from exchange.contracts.events.base import Event
from exchange.contracts.topics import TOPICS
from exchange.contracts.upcast import upcast

KEPT = sorted(goldens.examples())


@pytest.mark.parametrize("text", ["[]", "{", '"a"'])
def test_a_golden_that_is_no_object_is_refused_by_its_path(tmp_path: Path, text: str) -> None:
    (tmp_path / "dispute.closed").mkdir()
    (tmp_path / "dispute.closed" / "v1.json").write_text(text)
    with pytest.raises(goldens.BadGolden, match=r"dispute\.closed/v1\.json"):
        goldens.kept(tmp_path)


def test_a_golden_with_another_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "dispute.closed").mkdir()
    (tmp_path / "dispute.closed" / "v0.json").write_text("{}")
    with pytest.raises(goldens.BadGolden, match=r"v0\.json"):
        goldens.kept(tmp_path)


def test_the_goldens_are_what_the_code_says_now() -> None:
    stale = [key for key, schema in goldens.current().items() if goldens.kept().get(key) != schema]
    assert not stale, f"run `fengqiao contracts write` and read its diff: {stale}"


def test_every_event_type_has_an_example_that_stays() -> None:
    assert CATALOGUE.keys() <= goldens.examples().keys()
    assert goldens.examples().keys() <= goldens.kept().keys()


@pytest.mark.parametrize(("name", "version"), KEPT)
def test_a_record_of_any_release_still_decodes(name: str, version: int) -> None:
    # given a value as it was written when this version was agreed
    example = goldens.examples()[name, version]
    newest = max(v for n, v in CATALOGUE if n == name)
    # when it is read by the code of today
    value = upcast(name, version, example, to=newest)
    event = CATALOGUE[name, newest].model_validate_json(json.dumps(value))
    # then nothing of it is lost
    assert _written(event) == value


@pytest.mark.parametrize(("name", "version"), KEPT)
def test_an_example_fits_its_schema(name: str, version: int) -> None:
    schema = goldens.kept()[name, version]
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    assert [e.json_path for e in validator.iter_errors(goldens.examples()[name, version])] == []


@pytest.mark.parametrize(("name", "version"), KEPT)
def test_a_schema_refuses_a_record_without_its_required_fields(name: str, version: int) -> None:
    schema = goldens.kept()[name, version]
    example = goldens.examples()[name, version]
    for field in schema["required"]:
        without = {key: value for key, value in example.items() if key != field}
        assert not Draft202012Validator(schema).is_valid(without), field
        with pytest.raises(ValueError, match=field):
            decode(_envelope(name, version, without))


@pytest.mark.parametrize("event", CATALOGUE.values(), ids=lambda event: event.__name__)
def test_what_may_be_absent_has_a_default_since_absent_fields_are_not_written(
    event: type[Event],
) -> None:
    nullable = [
        f"{model.__name__}.{name}"
        for model in _models(event)
        for name, field in model.model_fields.items()
        if field.is_required() and type(None) in get_args(field.annotation)
    ]
    assert nullable == []


def test_every_type_of_a_topic_is_in_the_catalogue_and_none_is_homeless() -> None:
    carried = {name for topic in TOPICS.values() for name in topic.types}
    assert carried == {name for name, _ in CATALOGUE}


def test_an_event_class_is_named_for_its_type_and_version() -> None:
    for (name, version), event in CATALOGUE.items():
        words = "".join(word.capitalize() for word in name.split("."))
        assert event.__name__ == f"{words}V{version}"


def _written(event: Event) -> Any:
    """As the chassis writes it."""
    return json.loads(event.model_dump_json(exclude_none=True))


def _envelope(name: str, version: int, value: Any) -> Envelope:
    event = CATALOGUE[name, version]
    return Envelope(
        id="example",
        type=event.type,
        version=event.version,
        source="routing",
        subject="example",
        time=datetime(2026, 3, 2, tzinfo=UTC),
        value=json.dumps(value).encode(),
    )


def _models(kind: Any) -> list[type[BaseModel]]:
    """The model and every model inside it."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        inner = [m for field in kind.model_fields.values() for m in _models(field.annotation)]
        return [kind, *inner]
    return [model for argument in get_args(kind) for model in _models(argument)]
