"""Personal data planted where none may be is found; our own ids and the law's words are not."""

import hashlib
import random
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_11_2

from exchange.contracts import goldens
from exchange.contracts.dispute_code import mint
from exchange.contracts.privacy_lint import (
    INSTITUTION_NAMES,
    Finding,
    asks_for_a_person,
    field_findings,
    findings,
    number_of_a_person,
)
from law import load

BODY = "33080319900101001"
CITIZEN_ID = BODY + mod_11_2.calc_check_digit(BODY)

PLANTED: list[tuple[Any, str]] = [
    (CITIZEN_ID, "citizen_id"),
    (f"身份证号{CITIZEN_ID}，其余不详", "citizen_id"),
    ("".join(chr(ord(char) + 0xFEE0) for char in CITIZEN_ID), "citizen_id"),
    (int(CITIZEN_ID) if CITIZEN_ID.isdigit() else CITIZEN_ID, "citizen_id"),
    ("330803900101001", "old_citizen_id"),
    ("13800000000", "mobile"),
    (13800000000, "mobile"),
    ("+8613800000000", "mobile"),
    ("请拨 138 0000 0000", "mobile"),
    ("138-0000-0000", "mobile"),
    ("0570-3000000", "landline"),
    ("(0570)3000000", "landline"),
    ("057030000000", "landline"),
    ("浙H12345", "plate"),
    ("浙A·D12345", "plate"),
    ("zhang.example@mail.example.cn", "email"),
    ("张三丰", "personal_name"),
    ("欧阳小山", "personal_name"),
    ("何小山", "personal_name"),
    ("当事人王小山推搡对方", "personal_name"),
    ("已通知李大海先生", "personal_name"),
]


@pytest.mark.parametrize(("value", "kind"), PLANTED, ids=[str(value) for value, _ in PLANTED])
def test_what_is_planted_in_an_event_is_found_where_it_stands(value: Any, kind: str) -> None:
    event = {"actor": "PS-330803112000-01", "reasons": [{"text": "无"}, {"text": value}]}
    assert Finding("/reasons/1/text", kind) in findings(event)  # type: ignore[arg-type]  # a kind


def test_personal_data_in_a_key_is_found_too() -> None:
    assert findings({"by_party": {CITIZEN_ID: 1}}) == [
        Finding(f"/by_party/{CITIZEN_ID}", "citizen_id")
    ]


def test_a_finding_never_repeats_the_value() -> None:
    assert CITIZEN_ID not in repr(findings({"text": CITIZEN_ID}))


PERSONAL_FIELDS = (
    "name full_name partyName phone contact_mobile id_number idCard home_address narrative born_on"
    " plate email 姓名 公民身份号码 住址 联系电话"
)


@pytest.mark.parametrize("field", PERSONAL_FIELDS.split())
def test_a_field_that_asks_for_a_person_is_refused_by_its_name(field: str) -> None:
    assert asks_for_a_person(field)
    schema = {"$defs": {"Party": {"type": "object", "properties": {field: {}}}}}
    assert field_findings("referral.offered", schema) == [
        Finding(f"/$defs/Party/properties/{field}", "field")
    ]


@pytest.mark.parametrize("field", ["rule", "file_id", "own_number", "parties", "instance", "kind"])
def test_a_field_of_ours_asks_for_nobody(field: str) -> None:
    assert not asks_for_a_person(field)


@given(number=st.from_regex(r"[1-9][0-9]{16}", fullmatch=True))
def test_every_number_with_its_checksum_is_found(number: str) -> None:
    whole = number + mod_11_2.calc_check_digit(number)
    assert Finding("", "citizen_id") in findings(f"号码：{whole}。")


@pytest.mark.parametrize(
    "text", [CITIZEN_ID, f"JF-{CITIZEN_ID}", "13812345678", "138-1234-5678", "JF-8613812345678"]
)
def test_a_number_of_a_person_is_known_in_a_key_too(text: str) -> None:
    assert number_of_a_person(text)


@pytest.mark.parametrize(
    "text",
    [
        "J3308030302001",
        "202603020000000019",  # 18 digits whose last fits by chance, and no birthday inside
        "1772442000123",
        CITIZEN_ID[:-1] + ("1" if CITIZEN_ID[-1] != "1" else "2"),
        "0196f3c2-1380-7000-8000-138123456789",
    ],
)
def test_a_serial_number_names_nobody(text: str) -> None:
    assert not number_of_a_person(text)


@given(seed=st.integers(0, 2**32), days=st.integers(0, 3000))
def test_our_own_ids_and_times_are_nobodys(seed: int, days: int) -> None:
    draw = random.Random(seed)
    moment = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=days, microseconds=seed)
    ours = {
        "dispute_code": mint("330803", 2026, draw.randbytes),
        "referral_id": str(uuid.UUID(bytes=draw.randbytes(16))),
        "sha256": hashlib.sha256(draw.randbytes(8)).hexdigest(),
        "at": moment.isoformat(),
        "place": "330803112213",
        "actor": "PM-330803112213-01",
        "at_ms": int(moment.timestamp() * 1000),
    }
    assert findings(ours) == []


def test_the_words_of_the_law_are_nobodys_name() -> None:
    law = load()
    texts = [(gate.message_zh, gate.citation_zh) for gate in law.gates]
    assert texts
    assert findings(texts) == []


@pytest.mark.parametrize("key", sorted(goldens.examples()), ids=str)
def test_no_golden_example_holds_personal_data(key: tuple[str, int]) -> None:
    assert findings(goldens.examples()[key]) == []


@pytest.mark.parametrize("key", sorted(goldens.current()), ids=str)
def test_no_event_has_a_field_for_a_person(key: tuple[str, int]) -> None:
    assert field_findings(key[0], goldens.current()[key]) == []


def test_the_one_name_in_our_events_is_an_institutions() -> None:
    ((event_type, pointer),) = INSTITUTION_NAMES
    *_, field = pointer.split("/")
    assert field in goldens.current()[event_type, 1]["properties"]
