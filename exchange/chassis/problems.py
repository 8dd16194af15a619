"""Errors as problem+json (RFC 9457): Chinese first, all at once, with what may be done instead."""

from collections.abc import Sequence
from typing import Any

import orjson
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from exchange.chassis.decider import FieldError, Refused

MEDIA_TYPE = "application/problem+json"
ERRORS_MAX = 100

TEXTS: dict[str, tuple[str, str, str]] = {
    "extra_forbidden": ("unknown_field", "没有这个字段，请删去或核对写法", "no such field"),
    "missing": ("missing_field", "缺少必填字段", "this field is required"),
    "json_invalid": ("not_json", "请求体不是合法的 JSON", "the body is not JSON"),
    "string_too_long": ("too_long", "内容过长", "too long"),
    "string_too_short": ("too_short", "内容过短或为空", "too short"),
    "string_pattern_mismatch": ("bad_format", "格式不符", "does not match its pattern"),
    "literal_error": ("unknown_code", "不在代码表内", "not one of the listed codes"),
    "enum": ("unknown_code", "不在代码表内", "not one of the listed codes"),
    "int_parsing": ("not_a_number", "不是整数", "not a whole number"),
    "int_type": ("not_a_number", "不是整数", "not a whole number"),
    "float_parsing": ("not_a_number", "不是数字", "not a number"),
    "decimal_parsing": ("not_a_number", "不是数字", "not a number"),
    "bool_parsing": ("not_a_boolean", "应为 true 或 false", "must be true or false"),
    "bool_type": ("not_a_boolean", "应为 true 或 false", "must be true or false"),
    "datetime_from_date_parsing": (
        "not_a_time",
        "时间格式不对，例：2026-03-02T09:30:00+08:00",
        "not a time, e.g. 2026-03-02T09:30:00+08:00",
    ),
    "datetime_parsing": (
        "not_a_time",
        "时间格式不对，例：2026-03-02T09:30:00+08:00",
        "not a time, e.g. 2026-03-02T09:30:00+08:00",
    ),
    "date_from_datetime_parsing": (
        "not_a_date",
        "日期格式不对，例：2026-03-02",
        "not a date, e.g. 2026-03-02",
    ),
    "date_parsing": ("not_a_date", "日期格式不对，例：2026-03-02", "not a date, e.g. 2026-03-02"),
}


def field_errors(error: ValidationError, prefix: str = "") -> tuple[FieldError, ...]:
    """All that pydantic found, each with its JSON Pointer; no value is repeated."""
    found = error.errors(include_url=False, include_input=False)
    return tuple(_field_error(detail, prefix) for detail in found[:ERRORS_MAX])


def _field_error(detail: ErrorDetails, prefix: str) -> FieldError:
    pointer = prefix + "".join(
        f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in detail["loc"]
    )
    code, zh, en = TEXTS.get(detail["type"], ("", "", ""))
    if code:
        expected = detail.get("ctx", {}).get("expected")
        return FieldError(pointer, code, f"{zh}（可用：{expected}）" if expected else zh, en)
    message = detail["msg"].removeprefix("Value error, ")
    zh, _, en = message.partition(" / ")
    return FieldError(pointer, "invalid", zh, en or zh)


def not_valid(errors: Sequence[FieldError]) -> Refused:
    """422 with everything that is wrong with a body."""
    return Refused(
        "not_valid",
        f"提交内容有 {len(errors)} 处问题，请逐条改正后重新提交",
        f"{len(errors)} thing(s) are wrong with the body; mend them and send it again",
        status=422,
        errors=errors,
    )


def problem(refused: Refused, trace_id: str | None) -> bytes:
    """The body of a refusal. `code` is stable; `title` Chinese, `detail` English."""
    body: dict[str, Any] = {
        "type": f"urn:fengqiao:problem:{refused.code}",
        "code": refused.code,
        "status": refused.status,
        "title": refused.message_zh,
        "detail": refused.message_en,
        "trace_id": trace_id,
        **refused.extra,
    }
    if refused.rule:
        body["rule"] = refused.rule
    if refused.acts_allowed:
        body["acts_allowed"] = refused.acts_allowed
    if refused.errors:
        body["errors"] = [
            {"pointer": e.pointer, "code": e.code, "title": e.message_zh, "detail": e.message_en}
            for e in refused.errors
        ]
    return orjson.dumps(body)
