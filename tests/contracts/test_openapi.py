"""The OpenAPI documents: each service's, whole in itself, saying how it refuses and who signs."""

import copy
import re
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from exchange.contracts.openapi import METHODS, ConflictingDefinitions, published
from exchange.contracts.schema_branches import followed
from fengqiao.cli.applications import openapi_document
from fengqiao.cli.declared import SERVICES, load
from tests.contracts.references import references


@cache
def _document(service: str) -> dict[str, Any]:
    return openapi_document(load(service))


def _operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (path, item[method])
        for path, item in document["paths"].items()
        for method in METHODS & item.keys()
    ]


def _drawn(*forms: dict[str, Any]) -> dict[str, Any]:
    """A document as FastAPI draws it, with one POST for each form."""
    return {
        "openapi": "3.1.0",
        "paths": {
            f"/{number}": {
                "post": {
                    "requestBody": {"content": {"application/json": {"schema": form}}},
                    "responses": {"200": {"description": "ok"}, "422": {"description": "no"}},
                }
            }
            for number, form in enumerate(forms)
        },
    }


def _form(inner: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": "Form",
        "properties": {"part": {"$ref": "#/components/schemas/Form.Part"}},
        "$defs": {"Part": inner},
    }


def test_two_parts_of_one_name_that_differ_are_refused() -> None:
    drawn = _drawn(_form({"type": "string"}), _form({"type": "integer"}))
    with pytest.raises(ConflictingDefinitions, match=r"Form\.Part"):
        published(drawn)


def test_definitions_move_to_where_their_references_point() -> None:
    drawn = _drawn(_form({"type": "string"}), _form({"type": "string"}))
    before = copy.deepcopy(drawn)
    document = published(drawn)
    assert drawn == before
    assert document["components"]["schemas"]["Form.Part"] == {"type": "string"}
    assert "422" not in document["paths"]["/0"]["post"]["responses"]
    assert published(document) == document


@pytest.mark.parametrize("service", SERVICES)
def test_every_reference_of_a_document_resolves(service: str) -> None:
    document = _document(service)
    found = set(references(document))
    assert found
    for reference in found:
        followed(document, reference)


@pytest.mark.parametrize("service", SERVICES)
def test_a_document_is_openapi_3_1(service: str) -> None:
    document = _document(service)
    assert re.fullmatch(r"3\.1\.\d+", document["openapi"])
    assert {"title", "version"} <= document["info"].keys()
    ids = [operation["operationId"] for _, operation in _operations(document)]
    assert ids
    assert len(set(ids)) == len(ids)
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("service", SERVICES)
def test_each_parameter_of_a_path_is_declared(service: str) -> None:
    for path, operation in _operations(_document(service)):
        declared = {p["name"] for p in operation.get("parameters", ()) if p["in"] == "path"}
        assert declared == set(re.findall(r"{(\w+)}", path)), path


@pytest.mark.parametrize("service", SERVICES)
def test_each_operation_says_what_it_does_and_how_it_refuses(service: str) -> None:
    document = _document(service)
    assert document["security"] == [{"signature": []}]
    for path, operation in _operations(document):
        assert operation.get("summary"), path
        assert {"4XX", "5XX"} <= operation["responses"].keys(), path
        assert "422" not in operation["responses"], path
        bodies = operation.get("requestBody", {}).get("content", {})
        assert all(media["schema"] for media in bodies.values()), path
