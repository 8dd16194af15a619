"""The table of divisions: what became of a code, where a name lies, and how fast both are told."""

import gzip
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from law import divisions
from law.divisions import VILLAGES_OF, Divisions
from law.errors import BadRegion
from services.directory.facts.reading import read

PACK = Path(__file__).parents[3] / "deploy" / "law" / "pack_divisions.py"
LOAD_S_MAX = 0.1
FIND_S_MAX = 0.001


@pytest.fixture(scope="module")
def nation() -> Divisions:
    return divisions.load()


@pytest.fixture(scope="module")
def codes(nation: Divisions) -> list[str]:
    return [line.split("\t")[0] for line in nation._by_code.decode().split("\n")]


def test_a_code_of_nowhere_has_no_name(nation: Divisions) -> None:
    assert nation.named("990000") is None
    assert nation.named("330803999000") is None
    assert nation.find("没有这个地方") == ()
    assert nation.find("") == ()


def test_what_is_no_code_is_refused(nation: Divisions) -> None:
    for text in ("33080", "3308O3", "", "衢江区"):
        with pytest.raises(BadRegion):
            nation.named(text)
    with pytest.raises(BadRegion):
        nation.find("衢江区", within="浙江")


def test_a_county_that_was_abolished_stays_readable_and_names_its_successor(
    nation: Divisions,
) -> None:
    gone = nation.named("330821")

    assert gone is not None
    assert (gone.name, gone.status, gone.valid_from, gone.valid_to) == (
        "衢县", "abolished", 1985, 2001,
    )  # fmt: skip
    assert gone.successors == ("330803000000",)
    assert nation.full_name("330821") == "浙江省衢州市衢县"


def test_one_code_may_have_had_two_names(nation: Divisions) -> None:
    meanings = nation.history("330302")

    assert [(one.name, one.valid_from, one.valid_to) for one in meanings] == [
        ("城区", 1983, 1983),
        ("鹿城区", 1984, None),
    ]
    assert nation.named("330302") == meanings[-1]


def test_a_recoded_township_names_its_new_code_and_a_vanished_one_names_none(
    nation: Divisions,
) -> None:
    recoded, vanished = nation.named("330803114000"), nation.named("330803213000")

    assert recoded is not None
    assert vanished is not None
    assert (recoded.name, recoded.successors) == ("高家镇", ("330803105000",))
    assert (vanished.name, vanished.status, vanished.successors) == ("举村乡", "not_listed", ())


def test_a_village_is_named_from_the_province_down(nation: Divisions) -> None:
    assert nation.full_name("330803112213") == "浙江省衢州市衢江区廿里镇富里村村委会"
    assert nation.full_name("110101") == "北京市东城区", "市辖区 is no place"
    above = nation.parent("330803112213")
    assert above is not None
    assert above.name == "廿里镇"
    assert nation.parent("33") is None


def test_a_name_that_is_in_two_places_has_two_codes(nation: Divisions) -> None:
    everywhere = nation.find("朝阳区")
    in_beijing = nation.find("朝阳区", within="11")

    assert {one.code for one in everywhere} == {"110105000000", "220104000000"}
    assert [one.code for one in in_beijing] == ["110105000000"]


def test_villages_are_carried_of_the_provinces_that_are_named(codes: list[str]) -> None:
    assert {code[:2] for code in codes if len(code) == 12} == VILLAGES_OF
    assert sum(len(code) == 12 for code in codes) > 25_000
    assert sum(len(code) == 9 for code in codes) > 41_000
    assert len({code for code in codes if len(code) == 6}) > 2_847


def test_the_table_is_sorted_and_every_current_code_has_its_parents(
    nation: Divisions, codes: list[str]
) -> None:
    known = set(codes)
    orphans = [
        code
        for code in codes[::7]
        for above in divisions.chain(code)[1:-1]
        if above not in known and any(one.status == "current" for one in nation.history(code))
    ]

    assert codes == sorted(codes)
    # 直辖县级、兵团城市的第 3、4 位是 90，名单里没有这一级的名称
    assert {code[2:4] for code in orphans} <= {"90"}


def test_every_successor_is_in_the_table(nation: Divisions) -> None:
    rows = [line.split("\t") for line in nation._by_code.decode().split("\n")]
    successors = {one for row in rows for one in row[5].split(",") if one}

    assert len(successors) > 5_000
    assert [code for code in successors if nation.named(code) is None] == []


def test_it_agrees_with_the_facts_of_the_directory(nation: Divisions) -> None:
    for fact in read("330803").divisions:
        of_that_name = [one for one in nation.history(fact.code) if one.name == fact.name]

        assert of_that_name, fact.code
        if fact.later == "recoded":
            assert of_that_name[0].successors == (fact.successor,)
        if fact.later == "not_listed":
            assert of_that_name[0].status == "not_listed"


def test_it_loads_and_answers_in_time() -> None:
    divisions.load.cache_clear()
    loading = min(_seconds(divisions.load.__wrapped__) for _ in range(5))
    nation = divisions.load()
    by_code = min(_seconds(lambda: nation.named("330803112213")) for _ in range(5))
    by_name = min(_seconds(lambda: nation.find("廿里镇")) for _ in range(5))

    assert loading < LOAD_S_MAX
    assert max(by_code, by_name) < FIND_S_MAX


def _seconds(work: object) -> float:
    assert callable(work)
    start = time.process_time()
    work()
    return time.process_time() - start


def test_the_packer_tells_what_became_of_each_and_guesses_nothing(tmp_path: Path) -> None:
    rows = _packed_from_invented_lists(tmp_path)

    assert rows["990102"] == ["旧县", "1985", "2001", "a", "990103", "W"]
    assert rows["990101001"] == ["东门街道", "", "", "c", "", "NM"]
    assert rows["990101200"] == ["升格乡", "", "2023", "a", "990101106", "N"]
    assert rows["990101202"] == ["无踪乡", "", "2023", "u", "", "N"]
    assert rows["990101400"] == ["一号开发区", "", "", "s", "", "N"]
    assert rows["990101002"] == ["新设街道", "2025", "", "c", "", "M"]
    assert rows["990101001001"] == ["一号社区居委会", "", "", "c", "", "N"]


def _packed_from_invented_lists(folder: Path) -> dict[str, list[str]]:
    """Run the packer on a province that does not exist; its first part by code."""
    (folder / "loc.dat").write_text(
        '99 province="虚构省"\n  0100 county="虚构市"\n  0101 county="甲区"\n'
        '  0102 county="[1985-2001]旧县"\n  0103 county="[2001-]新区"\n',
        encoding="utf-8",
    )
    townships = {"东门街道": "990101001000", "升格镇": "990101106000", "新设街道": "990101002000"}
    counties = {"甲区": "990101000000", "新区": "990103000000"}
    city = {"code": "990100000000", "counties": counties}
    event = {
        "year": 2001,
        "old": {"code": "990102000000", "name": "旧县"},
        "new": {"code": "990103000000", "name": "新区"},
    }
    province = {"code": "990000000000", "cities": {"虚构市": city}}
    _json(folder / "changes.json", {"events": [event]})
    _json(folder / "divisions.json", {"provinces": {"虚构省": province}})
    _zipped(
        folder / "townships.json.gz",
        json.dumps({"990101000000": {"townships": townships}}),
    )
    _zipped(folder / "cities.csv.gz", "code,name\n9901,虚构市\n")
    _zipped(folder / "areas.csv.gz", "code,name\n990101,甲区\n990103,新区\n")
    _zipped(
        folder / "streets.csv.gz",
        "code,name\n990101001,东门街道\n990101200,升格乡\n990101202,无踪乡\n990101400,一号开发区\n",
    )
    _zipped(folder / "villages.csv.gz", "code,name,provinceCode\n990101001001,一号社区居委会,99\n")
    options = {
        "counties": "loc.dat", "changes": "changes.json", "areas": "areas.csv.gz",
        "cities": "cities.csv.gz", "streets": "streets.csv.gz", "villages": "villages.csv.gz",
        "divisions": "divisions.json", "townships": "townships.json.gz", "out": "out.tsv.gz",
    }  # fmt: skip
    words = [word for name, file in options.items() for word in (f"--{name}", str(folder / file))]
    subprocess.run([sys.executable, str(PACK), "--of", "99", *words], check=True)
    by_code = gzip.decompress((folder / "out.tsv.gz").read_bytes()).partition(b"\n\n")[0]
    rows = (line.split("\t") for line in by_code.decode().split("\n"))
    return {code: rest for code, *rest in rows}


def _json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")


def _zipped(path: Path, text: str) -> None:
    path.write_bytes(gzip.compress(text.encode()))
