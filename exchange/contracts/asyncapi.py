"""The AsyncAPI 3.0 document of every topic, drawn from the declarations and the event models.

Each channel is one topic with Kafka's bindings, each operation one service that writes or reads
it, each message one event type with its CloudEvents headers.
"""

from collections.abc import Mapping
from typing import Any

from pydantic.json_schema import models_json_schema

from exchange.contracts.envelope import SOURCE_PREFIX, VALUE_BYTES_MAX
from exchange.contracts.events import CATALOGUE
from exchange.contracts.events.base import Event
from exchange.contracts.topics import TOPICS, Topic

VERSION = "3.0.0"
TITLE = "枫桥对接总线 / Fengqiao Exchange"
BINDING = {"bindingVersion": "0.5.0"}
SCHEMAS = "#/components/schemas/{model}"

DESCRIPTION = (
    "One dispute, one code, many agencies. Records are CloudEvents 1.0 in Kafka's binary mode. "
    f"A value has at most {VALUE_BYTES_MAX} bytes and never holds personal data. First occurrences "
    "are in order per key; a record may come twice with the same ce_id and the same bytes."
)

Json = dict[str, Any]


def document(version: str, examples: Mapping[tuple[str, int], Json]) -> Json:
    """The whole document; `version` is the exchange's, `examples` one value of each event."""
    return {
        "asyncapi": VERSION,
        "info": {"title": TITLE, "version": version, "description": DESCRIPTION},
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in TOPICS.values()},
        "operations": {
            name: operation
            for topic in TOPICS.values()
            for name, operation in _operations(topic).items()
        },
        "components": {
            "messages": {
                _message_name(event): _message(event, examples.get(key))
                for key, event in CATALOGUE.items()
            },
            "schemas": _schemas(),
        },
    }


def _channel(topic: Topic) -> Json:
    keys = "agency code" if topic.compacted else "dispute code"
    order = " Sequenced and hash-chained per dispute." if topic.sequenced else ""
    return {
        "address": topic.name,
        "description": f"Written by {topic.writer} alone; keyed by the {keys}.{order}",
        "messages": {
            _message_name(event): {"$ref": f"#/components/messages/{_message_name(event)}"}
            for event in _events_of(topic)
        },
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": _topic_configuration(topic),
                **BINDING,
            }
        },
    }


def _topic_configuration(topic: Topic) -> Json:
    config = topic.config()
    return {
        "cleanup.policy": [config["cleanup.policy"]],
        "retention.ms": int(config["retention.ms"]),
        "max.message.bytes": int(config["max.message.bytes"]),
    }


def _operations(topic: Topic) -> dict[str, Json]:
    sends = {f"{topic.writer}.sends.{topic.name}": _operation(topic, topic.writer, "send")}
    reads = {
        f"{service}.receives.{topic.name}": _operation(topic, service, "receive")
        for service in sorted(topic.readers)
    }
    return sends | reads


def _operation(topic: Topic, service: str, action: str) -> Json:
    verb = "writes" if action == "send" else "reads"
    channel = f"#/channels/{topic.name}"
    return {
        "action": action,
        "channel": {"$ref": channel},
        "summary": f"{service} {verb} {topic.name}",
        "tags": [{"name": service}],
        "messages": [
            {"$ref": f"{channel}/messages/{_message_name(event)}"} for event in _events_of(topic)
        ],
    }


def _message(event: type[Event], example: Json | None) -> Json:
    message: Json = {
        "name": event.type,
        "title": event.__name__,
        "contentType": "application/json",
        "headers": _headers(event),
        "payload": {"$ref": SCHEMAS.format(model=event.__name__)},
        "bindings": {"kafka": {"key": _key(event), **BINDING}},
    }
    if event.__doc__:
        message["summary"] = event.__doc__.partition("\n")[0]
    if example is not None:
        message["examples"] = [{"name": event.type, "payload": example}]
    return message


def _headers(event: type[Event]) -> Json:
    """The attributes of CloudEvents 1.0 as Kafka's binary mode writes them, and W3C's context."""
    text = {"type": "string"}
    required = {
        "ce_specversion": {"const": "1.0", "type": "string"},
        "ce_id": text,
        "ce_type": {"const": event.type, "type": "string"},
        "ce_source": {"type": "string", "pattern": f"^{SOURCE_PREFIX}[a-z_]+$"},
        "ce_subject": {"description": "the record's key", **text},
        "ce_time": {"type": "string", "format": "date-time"},
        "ce_dataschema": {
            "const": f"{SOURCE_PREFIX}schemas/{event.type}/v{event.version}",
            "type": "string",
        },
        "content-type": {"const": "application/json", "type": "string"},
    }
    optional = {
        "ce_sequence": {
            "type": "string",
            "pattern": "^[1-9][0-9]*$",
            "description": "place in the dispute's ledger; canonical events only",
        },
        "ce_causationid": {"description": "the ce_id or request that caused it", **text},
        "traceparent": {"description": "W3C Trace Context", **text},
    }
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **optional},
    }


def _key(event: type[Event]) -> Json:
    of_dispute = "dispute_code" in event.model_fields
    return {
        "type": "string",
        "description": "dispute code (案码)" if of_dispute else "agency code (机构代码)",
    }


def _schemas() -> Json:
    """Every model once. A union's branches are told apart by their constant, not by OpenAPI's
    `discriminator` object, which AsyncAPI does not know."""
    _, found = models_json_schema(
        [(event, "validation") for event in CATALOGUE.values()], ref_template=SCHEMAS
    )
    schemas: Json = _without_discriminators(found["$defs"])
    return schemas


def _without_discriminators(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_discriminators(v) for k, v in value.items() if k != "discriminator"}
    if isinstance(value, list):
        return [_without_discriminators(inner) for inner in value]
    return value


def _events_of(topic: Topic) -> list[type[Event]]:
    return [event for (name, _), event in CATALOGUE.items() if name in topic.types]


def _message_name(event: type[Event]) -> str:
    return f"{event.type}.v{event.version}"
