"""The printed forms: their words agree with the facts, their schemas are current."""

import pytest
from pydantic import ValidationError

from exchange.doors.matters import KINDS
from sandbox.people import person
from services.directory.facts.reading import read
from services.intake.schemas import RegistrationForm
from tests.unit.intake.window import paper


def test_intakes_words_agree_with_the_directorys_facts() -> None:
    assert {kind.name_zh: kind.slug for kind in read("330803").kinds} == KINDS


def test_chinese_and_english_say_the_same() -> None:
    printed = RegistrationForm.model_validate(paper(来源="来信", 紧急程度="紧急"))
    assert (printed.channel, printed.kind, printed.urgency) == ("paper", "neighbourhood", "urgent")
    assert RegistrationForm.model_validate_json(printed.model_dump_json()) == printed


@pytest.mark.parametrize("number", [person(1).citizen_id, "13812345678"])
def test_a_number_that_names_a_person_is_no_own_number(number: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        RegistrationForm.model_validate(paper(登记编号=number))
    assert [error["type"] for error in wrong.value.errors()] == ["names_a_person"]
