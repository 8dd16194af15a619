"""From what FastAPI draws of an application to the OpenAPI 3.1 document that is published.

A route that reads its body itself carries its form's schema inline, with its definitions inside;
here they move to where its references point. Every refusal is problem+json (RFC 9457), every call
signed (RFC 9421): the document says so once, where FastAPI speaks of its own errors.
"""

import copy
from typing import Any

Json = dict[str, Any]

METHODS = frozenset({"get", "put", "post", "delete", "patch", "head", "options"})
FASTAPI_ERRORS = ("HTTPValidationError", "ValidationError")
PROBLEM = {"$ref": "#/components/responses/Problem"}

PROBLEM_SCHEMA: Json = {
    "type": "object",
    "title": "Problem",
    "required": ["type", "code", "status", "title", "detail", "trace_id"],
    "properties": {
        "type": {"type": "string", "description": "urn:fengqiao:problem:<code>"},
        "code": {"type": "string", "description": "stable; programs read this"},
        "status": {"type": "integer"},
        "title": {"type": "string", "description": "中文说明"},
        "detail": {"type": "string", "description": "the same in English"},
        "trace_id": {"type": ["string", "null"], "description": "追踪号"},
        "rule": {"type": "string", "description": "the rule of law or of the story that says no"},
        "acts_allowed": {"type": "array", "items": {"type": "string"}},
        "errors": {
            "type": "array",
            "description": "everything that is wrong with the body, at once",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "title", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON Pointer (RFC 6901)"},
                    "code": {"type": "string"},
                    "title": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}

SIGNED: Json = {
    "type": "apiKey",
    "in": "header",
    "name": "Signature",
    "description": (
        "HTTP Message Signatures (RFC 9421), Ed25519, with Signature-Input; docs/connect.md"
    ),
}


class ConflictingDefinitions(ValueError):
    """Two forms of one application put different schemas under the same name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"two different schemas are named {name}")
        self.name = name


def published(drawn: Json) -> Json:
    """The document of an application; `drawn` stays as it is. Done twice, it changes nothing.

    Raises ConflictingDefinitions.
    """
    document = copy.deepcopy(drawn)
    components = document.setdefault("components", {})
    schemas: Json = components.setdefault("schemas", {})
    for path in document["paths"].values():
        for operation in (path[method] for method in METHODS & path.keys()):
            _move_definitions(operation, schemas)
            _tell_refusals(operation)
    for name in FASTAPI_ERRORS:
        schemas.pop(name, None)
    schemas["Problem"] = PROBLEM_SCHEMA
    components["responses"] = {
        "Problem": {
            "description": "拒绝，附理由 / refused, with the reason",
            "content": {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
            },
        }
    }
    components["securitySchemes"] = {"signature": SIGNED}
    document["security"] = [{"signature": []}]
    return document


def _move_definitions(operation: Json, schemas: Json) -> None:
    """From inside a body's schema to `#/components/schemas/<form>.<name>`."""
    for media in operation.get("requestBody", {}).get("content", {}).values():
        schema = media.get("schema", {})
        for name, definition in schema.pop("$defs", {}).items():
            full = f"{schema['title']}.{name}"
            if schemas.setdefault(full, definition) != definition:
                raise ConflictingDefinitions(full)


def _tell_refusals(operation: Json) -> None:
    responses = operation["responses"]
    responses.pop("422", None)
    responses |= {"4XX": PROBLEM, "5XX": PROBLEM}
