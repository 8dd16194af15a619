"""One agency's words in another's: no category is left without an answer, and none is guessed."""

from datetime import date
from itertools import product
from pathlib import Path

import pytest

from exchange.doors.matters import KINDS
from law import LawTableError
from law.categories import MIDDLE, Category, CategoryList
from law.taxonomy import Taxonomy, UnknownCategory, UnknownList, load
from services.directory.facts.reading import read
from services.police_link.schemas.words import CLASSES

LISTS = {"people_mediation", "police_call", "court_cause", "petition"}

OPERATORS_LIST = """
list: police_call
title_zh: 警情类别
title_en: classes
called: [警情]
version: "2027"
valid_from: 2027-01-01
publisher: 虚构
source: test
mark: L
categories:
  - code: {code}
    name_zh: 新式纠纷
    name_en: new
    {answer}
"""


@pytest.fixture(scope="module")
def taxonomy() -> Taxonomy:
    return load()


def operators_folder(folder: Path, *, code: str = "new", answer: str) -> Path:
    (folder / "taxonomy").mkdir(exist_ok=True)
    text = OPERATORS_LIST.format(code=code, answer=answer)
    (folder / "taxonomy" / "police_call_2027.yaml").write_text(text, encoding="utf-8")
    load.cache_clear()
    return folder


def test_a_list_or_category_that_is_none_is_answered_with_what_is_near() -> None:
    with pytest.raises(UnknownList, match="警情"):
        load().cross("邻里", "公安", "人民调解")
    with pytest.raises(UnknownCategory) as unknown:
        load().cross("噪音", "警情", "人民调解")
    assert "噪音、污染纠纷" in unknown.value.nearest
    with pytest.raises(UnknownCategory):
        load().cross("", "警情", "人民调解")


def test_what_is_no_dispute_needs_a_person_and_says_why() -> None:
    help_wanted = load().cross("求助", "警情", "人民调解")
    accusation = load().cross("检举控告", "信访", "案由")
    void_marriage = load().cross("婚姻无效", "案由", "人民调解")

    for crossing in (help_wanted, accusation, void_marriage):
        assert crossing.answers == ()
        assert crossing.needs_person in crossing.text()
    assert "第30条" in str(accusation.needs_person)


def test_what_is_only_possible_needs_a_person_too() -> None:
    crossing = load().cross("治安", "警情", "人民调解")

    assert {one.confidence for one in crossing.answers} == {"possible"}
    assert "看具体情节" in str(crossing.needs_person)


def test_a_quarrel_of_neighbours_is_the_same_in_every_list() -> None:
    to_mediation = load().cross("邻里纠纷", "警情", "人民调解")
    to_court = load().cross("邻里", "警情", "案由")

    assert [(one.code, one.confidence) for one in to_mediation.answers] == [
        ("neighbourhood", "certain")
    ]
    assert (to_court.answers[0].name_zh, to_court.answers[0].confidence) == (
        "相邻关系纠纷",
        "likely",
    )
    assert to_court.needs_person is None
    assert to_court.as_dict()["to_version"] == "2020年第二次修正"


def test_many_to_many_the_surest_first() -> None:
    wages = load().cross("劳资纠纷", "警情", "人民调解")
    marriage = load().cross("婚姻家庭", "人民调解", "案由")

    assert {one.name_zh for one in wages.answers} == {"拖欠农民工工资", "其他劳动争议"}
    assert marriage.answers[0].name_zh == "婚姻家庭纠纷"
    assert [one.confidence for one in marriage.answers] == sorted(
        (one.confidence for one in marriage.answers),
        key=["certain", "likely", "possible"].index,
    )


def test_no_category_of_any_list_is_without_an_answer(taxonomy: Taxonomy) -> None:
    assert {one.list for one in taxonomy.lists} == LISTS
    for source, target in product(taxonomy.lists, repeat=2):
        for category in source.categories:
            crossing = taxonomy.cross(category.code, source.list, target.list)
            assert crossing.answers or crossing.needs_person, (category.code, target.list)


def test_a_way_over_the_middle_is_no_surer_than_its_weaker_step(taxonomy: Taxonomy) -> None:
    weaker = ["certain", "likely", "possible"].index
    for category in taxonomy.named("警情").categories:
        middle = taxonomy.cross(category.code, "警情", "人民调解").answers
        for answer in taxonomy.cross(category.code, "警情", "信访").answers:
            first_steps = [weaker(one.confidence) for one in middle]
            assert weaker(answer.confidence) >= min(first_steps)


def test_every_name_that_a_clerk_may_write_is_found(taxonomy: Taxonomy) -> None:
    for one in taxonomy.lists:
        for category in one.categories:
            for name in category.called:
                assert taxonomy.cross(name, one.list, MIDDLE).category == category


def test_the_lists_have_the_words_that_the_services_read(taxonomy: Taxonomy) -> None:
    middle = taxonomy.named(MIDDLE)
    kinds = read("330803").kinds

    assert {one.name_zh: one.code for one in middle.categories} == dict(KINDS)
    assert [(one.code, one.name_zh) for one in middle.categories] == [
        (kind.slug, kind.name_zh) for kind in kinds
    ]
    for word in CLASSES:
        if not word.isascii():
            assert taxonomy.cross(word, "警情", "人民调解").answers


def test_an_operators_version_is_in_force_from_its_day(tmp_path: Path) -> None:
    answer = "maps: [{to: other, confidence: certain, back: certain}]"
    taxonomy = load(operators_folder(tmp_path, answer=answer))

    assert taxonomy.named("警情", on=date(2026, 12, 31)).version == "2026"
    assert taxonomy.named("警情", on=date(2027, 1, 1)).version == "2027"
    assert taxonomy.cross("新式纠纷", "警情", "人民调解").answers[0].name_zh == "其他"


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ("also: []", "须写 maps 或 needs_person"),
        ("maps: [{to: nothing, confidence: certain, back: certain}]", "人民调解里没有 nothing"),
        ("maps: [{to: other, confidence: sure, back: certain}]", "certain, likely, possible"),
    ],
)
def test_a_list_that_leaves_a_category_open_is_refused_with_its_file(
    tmp_path: Path, answer: str, fault: str
) -> None:
    with pytest.raises(LawTableError) as refused:
        load(operators_folder(tmp_path, answer=answer))

    assert "taxonomy/police_call_2027.yaml" in str(refused.value)
    assert fault in str(refused.value)


def test_one_name_for_two_categories_is_a_flaw(taxonomy: Taxonomy) -> None:
    whole = taxonomy.named(MIDDLE)
    twice = Category(code="again", name_zh="邻里纠纷", name_en="again")
    values = {
        name: getattr(whole, name) for name in CategoryList.__dataclass_fields__
    }  # fmt: skip

    doubled = CategoryList(**values | {"categories": (*whole.categories, twice)})

    assert any("邻里" in flaw for flaw in doubled.flaws())
