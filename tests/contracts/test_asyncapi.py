"""The AsyncAPI document: its form, its references, and that it tells what is really sent.

The official JSON Schema of AsyncAPI comes in no Python package of ours, so the part of it that we
use is kept here by hand.
"""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from exchange.contracts import asyncapi, goldens
from exchange.contracts.envelope import Envelope
from exchange.contracts.events import CATALOGUE
from exchange.contracts.schema_branches import BadReference, followed
from exchange.contracts.topics import TOPICS
from tests.contracts.references import references

DOCUMENT = asyncapi.document("1.2.3", goldens.examples())

_REFERENCE = {
    "type": "object",
    "required": ["$ref"],
    "properties": {"$ref": {"type": "string", "pattern": "^#/"}},
    "additionalProperties": False,
}


def _closed(required: list[str], **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": required,
        "properties": properties,
        "additionalProperties": False,
    }


def _each(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "minProperties": 1, "additionalProperties": schema}


_TEXT = {"type": "string", "minLength": 1}
_VERSION = {"const": "0.5.0"}
_CHANNEL = _closed(
    ["address", "messages", "bindings"],
    address=_TEXT,
    description=_TEXT,
    messages=_each(_REFERENCE),
    bindings=_closed(
        ["kafka"],
        kafka=_closed(
            ["topic", "partitions", "topicConfiguration", "bindingVersion"],
            topic=_TEXT,
            partitions={"type": "integer", "minimum": 1},
            topicConfiguration={
                "type": "object",
                "properties": {
                    "cleanup.policy": {
                        "type": "array",
                        "items": {"enum": ["compact", "delete"]},
                    },
                    "retention.ms": {"type": "integer", "minimum": -1},
                    "max.message.bytes": {"type": "integer", "minimum": 1},
                },
                "additionalProperties": False,
            },
            bindingVersion=_VERSION,
        ),
    ),
)
_OPERATION = _closed(
    ["action", "channel", "messages"],
    action={"enum": ["send", "receive"]},
    channel=_REFERENCE,
    summary=_TEXT,
    tags={"type": "array", "items": _closed(["name"], name=_TEXT)},
    messages={"type": "array", "minItems": 1, "items": _REFERENCE},
)
_MESSAGE = _closed(
    ["name", "headers", "payload"],
    name=_TEXT,
    title=_TEXT,
    summary=_TEXT,
    contentType={"const": "application/json"},
    headers={"type": "object", "required": ["type", "properties"]},
    payload=_REFERENCE,
    bindings=_closed(["kafka"], kafka=_closed(["key"], key={}, bindingVersion=_VERSION)),
    examples={"type": "array", "items": _closed(["payload"], name=_TEXT, payload={})},
)
PART_OF_ASYNCAPI_3 = _closed(
    ["asyncapi", "info", "channels", "operations", "components"],
    asyncapi={"const": "3.0.0"},
    info=_closed(["title", "version"], title=_TEXT, version=_TEXT, description=_TEXT),
    defaultContentType={"const": "application/json"},
    channels=_each(_CHANNEL),
    operations=_each(_OPERATION),
    components=_closed(
        [], messages=_each(_MESSAGE), schemas=_each({"type": ["object", "boolean"]})
    ),
)


@pytest.mark.parametrize(
    "broken",
    [
        {"asyncapi": "2.6.0"},
        {"channels": {}},
        {"operations": {"a": {"action": "publish", "channel": {"$ref": "#/channels/a"}}}},
        {"info": {"title": "without a version"}},
    ],
)
def test_what_is_no_asyncapi_3_does_not_pass(broken: dict[str, Any]) -> None:
    assert not Draft202012Validator(PART_OF_ASYNCAPI_3).is_valid({**DOCUMENT, **broken})


def test_a_reference_into_nothing_is_noticed() -> None:
    with pytest.raises(BadReference):
        followed(DOCUMENT, "#/components/messages/none.such.v1")


def test_the_document_has_the_form_of_asyncapi_3() -> None:
    errors = Draft202012Validator(PART_OF_ASYNCAPI_3).iter_errors(DOCUMENT)
    assert [f"{e.json_path}: {e.message}" for e in errors] == []


def test_every_reference_resolves() -> None:
    found = set(references(DOCUMENT))
    assert len(found) > len(CATALOGUE)
    for reference in found:
        followed(DOCUMENT, reference)


def test_each_topic_is_a_channel_with_its_partitions_and_retention() -> None:
    assert DOCUMENT["channels"].keys() == TOPICS.keys()
    for name, topic in TOPICS.items():
        kafka = DOCUMENT["channels"][name]["bindings"]["kafka"]
        assert (kafka["topic"], kafka["partitions"]) == (name, topic.partitions)
        asked = topic.config()
        assert str(kafka["topicConfiguration"]["retention.ms"]) == asked["retention.ms"]
        assert kafka["topicConfiguration"]["cleanup.policy"] == [asked["cleanup.policy"]]


def test_each_topic_has_one_sender_and_its_declared_receivers() -> None:
    for name, topic in TOPICS.items():
        channel = {"$ref": f"#/channels/{name}"}
        operations = [o for o in DOCUMENT["operations"].values() if o["channel"] == channel]
        by_action = {
            action: {o["tags"][0]["name"] for o in operations if o["action"] == action}
            for action in ("send", "receive")
        }
        assert by_action == {"send": {topic.writer}, "receive": set(topic.readers)}


def test_an_operation_speaks_of_its_own_channels_messages_alone() -> None:
    for operation in DOCUMENT["operations"].values():
        channel = operation["channel"]["$ref"]
        for message in operation["messages"]:
            assert message["$ref"].startswith(f"{channel}/messages/")


@pytest.mark.parametrize("key", sorted(CATALOGUE), ids=str)
def test_a_record_of_ours_fits_its_message(key: tuple[str, int]) -> None:
    name, version = key
    message = DOCUMENT["components"]["messages"][f"{name}.v{version}"]
    (example,) = message["examples"]
    envelope = Envelope(
        id="1",
        type=name,
        version=version,
        source="routing",
        subject="the key",
        time=datetime(2026, 3, 2, tzinfo=UTC),
        value=json.dumps(example["payload"]).encode(),
        sequence=1,
    )
    headers = {header: raw.decode() for header, raw in envelope.headers()}
    Draft202012Validator(message["headers"]).validate(headers)
    payload = {**DOCUMENT, "$ref": message["payload"]["$ref"]}
    Draft202012Validator(payload).validate(example["payload"])
    del headers["ce_id"]
    assert not Draft202012Validator(message["headers"]).is_valid(headers)
