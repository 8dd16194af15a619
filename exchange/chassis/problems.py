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
    "greater_than_equal": ("out_of_range", "数值过小", "too small"),
    "greater_than": ("out_of_range", "数值过小", "too small"),
    "less_than_equal": ("out_of_range", "数值过大", "too large"),
    "less_than": ("out_of_range", "数值过大", "too large"),
    "too_long": ("too_many", "条目过多", "too many items"),
    "too_short": ("too_few", "条目过少", "too few items"),
    "string_type": ("not_text", "应为文字", "must be a text"),
    "tuple_type": ("not_a_list", "应为列表", "must be a list"),
    "list_type": ("not_a_list", "应为列表", "must be a list"),
    "model_type": ("not_an_object", "应为对象", "must be an object"),
    "model_attributes_type": ("not_an_object", "应为对象", "must be an object"),
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
    zh, own, en = message.partition(" / ")
    if not own:
        return FieldError(pointer, "invalid", "内容不符合要求", message)
    own_code = "invalid" if detail["type"] == "value_error" else detail["type"]
    return FieldError(pointer, own_code, zh, en)


def not_valid(errors: Sequence[FieldError]) -> Refused:
    """422 with everything that is wrong with a body."""
    return Refused(
        "not_valid",
        f"提交内容有 {len(errors)} 处问题，请逐条改正后重新提交",
        f"{len(errors)} thing(s) are wrong with the body; mend them and send it again",
        status=422,
        errors=errors,
    )


def not_found() -> Refused:
    """404, also for a dispute that exists but in which the caller has no part."""
    return Refused(
        "not_found", "没有这件纠纷，或不属于贵单位", "no such dispute, or not yours", status=404
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
