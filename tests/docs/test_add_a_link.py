"""docs/add-a-link.md: its files, written into an empty folder, are a linkage that works."""

import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import pytest
import yaml
from fastapi import FastAPI

import services
from exchange.chassis.decider import Found, Publish, Refused, Repeated, View
from exchange.chassis.door import Door
from exchange.contracts import topics
from exchange.contracts.events.intake import ReferralRequestedV1
from exchange.contracts.topics import Topic
from exchange.doors.native_schemas import schema_files
from services.mediation.decider import DESK as PLAIN_DOOR
from services.police_link.decider import DESK as POLICE
from tests.docs.pages import ROOT, blocks
from tests.unit.doors.scene import CODE, NOW, command, view

PAGE = (ROOT / "docs/add-a-link.md").read_text()
COMPOSE = (ROOT / "docker-compose.yml").read_text()
BUREAU = "PB-330803000000-01"
ENTRIES = {"service.py", "api.py", "decider.py", "mapping.py", "gates.py", "schemas"}
FORM: dict[str, Any] = {
    "信访件编号": "XF-2026-0001",
    "事项性质": "民间纠纷",
    "纠纷类别": "邻里",
    "区划代码": "330803112213",
    "当事人": [{"姓名": "试一某", "身份": "信访人"}, {"姓名": "试二某", "身份": "对方"}],
    "诉求": "请调解共用围墙的归属。",
}


def files() -> dict[str, str]:
    """The page's files: each a heading that is a path, and the first code block below it."""
    found = re.findall(
        r"^### (services/\S+)\n.*?^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL
    )
    return {path.replace("\\_", "_"): body for path, body in found}


@pytest.fixture(scope="module")
def linkage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The linkage in a folder of its own, importable as `services.petition_link`."""
    tree = tmp_path_factory.mktemp("tree")
    for path, body in files().items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(body)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(services, "__path__", [*services.__path__, str(tree / "services")])
        for name, topic in topic_entries().items():
            patch.setattr(topics, name, topic, raising=False)
            patch.setitem(topics.TOPICS, topic.name, topic)
        yield tree / "services/petition_link"
        for module in [name for name in sys.modules if name.startswith("services.petition_link")]:
            del sys.modules[module]


@cache
def topic_entries() -> dict[str, Topic]:
    """The constants of the page's topic block."""
    block = next(b for b in blocks(PAGE, "python") if b.startswith("PETITION_REQUESTS"))
    names: dict[str, Any] = {**vars(topics), "timedelta": timedelta}
    before = set(names)
    exec(block, names)  # noqa: S102 the page's own code is what is tested
    return {name: names[name] for name in set(names) - before - {"__builtins__"}}


def load(linkage: Path, module: str) -> ModuleType:
    assert linkage.is_dir()
    return importlib.import_module(f"services.petition_link{module}")


def referral(linkage: Path, **changes: Any) -> Any:
    form = load(linkage, ".schemas").ReferralForm.model_validate(FORM | changes)
    return load(linkage, ".mapping").referral_of(form, sealed="jwe")


def decided(linkage: Path, body: Any, seen: View | None = None) -> Any:
    service = load(linkage, ".service").SERVICE
    asked = command("refer", BUREAU, body)
    return service.decide(service.initial(CODE), asked, seen or view(), NOW)


# what must not happen


def test_an_accusation_is_refused_by_its_article(linkage: Path) -> None:
    with pytest.raises(Refused) as refused:
        decided(linkage, referral(linkage, 事项性质="检举控告"))

    assert refused.value.status == 422
    assert refused.value.rule == "intake.accusation.never_referred"
    assert "第30条" in refused.value.errors[0].message_zh


def test_the_same_number_with_another_body_is_refused_and_with_the_same_is_repeated(
    linkage: Path,
) -> None:
    body = referral(linkage)
    key = load(linkage, ".decider").lookups(command("refer", BUREAU, body))[0]

    def before(digest: str) -> View:
        return view({key: [Found("330803-2026-OLD", f"{digest}|key-0", datetime.now(UTC))]})

    with pytest.raises(Refused, match="already_referred"):
        decided(linkage, body, before("e" * 64))
    with pytest.raises(Repeated):
        decided(linkage, body, before("d" * 64))


def test_no_name_leaves_the_form_but_in_the_dossier(linkage: Path) -> None:
    form = load(linkage, ".schemas").ReferralForm.model_validate(FORM)

    assert "试一某" not in repr(decided(linkage, referral(linkage)))
    assert load(linkage, ".mapping").dossier_of(form)["parties"][0]["name"] == "试一某"


# what must be


def test_a_petition_becomes_a_request_to_intake(linkage: Path) -> None:
    decision = decided(linkage, referral(linkage))

    published = decision.effects[0]
    assert isinstance(published, Publish)
    assert published.topic == "petition_link.request.v1"
    assert isinstance(published.event, ReferralRequestedV1)
    assert (published.event.channel, published.event.mode) == ("petition", "forward")
    assert decision.reply == {"status_url": f"/petition/v1/referrals/{CODE}"}


def test_its_door_publishes_its_routes(linkage: Path) -> None:
    app = FastAPI()
    app.include_router(load(linkage, ".api").router(cast("Door", None)))

    assert set(app.openapi()["paths"]) == {
        "/petition/v1/referrals",
        "/petition/v1/referrals/{number}",
    }


def test_it_is_the_six_entries_and_no_more(linkage: Path) -> None:
    entries = {path.name for path in linkage.iterdir()} - {"__init__.py", "__pycache__"}

    assert entries == ENTRIES
    assert entries <= {path.name for path in (ROOT / "services/court_link").iterdir()}
    assert set(schema_files(load(linkage, ".schemas").FORMS)) == {"referral.json"}


def test_its_code_passes_the_projects_own_lint(linkage: Path) -> None:
    own = "lint.isort.known-first-party = ['exchange', 'law', 'services']"
    config = ["--config", str(ROOT / "pyproject.toml"), "--config", own]
    checked = subprocess.run(
        [sys.executable, "-m", "ruff", "check", *config, str(linkage)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout


def test_its_topics_are_read_by_those_who_need_no_change(linkage: Path) -> None:
    assert linkage
    declared = topic_entries().values()

    assert {(topic.name, *topic.readers) for topic in declared} == {
        ("petition_link.request.v1", "intake"),
        ("petition_link.proposal.v1", "routing"),
    }


def test_its_desk_is_one_that_the_plain_door_must_give_up(linkage: Path) -> None:
    kinds = load(linkage, ".decider").DESK.kinds

    assert kinds <= PLAIN_DOOR.kinds
    assert not POLICE.kinds & PLAIN_DOOR.kinds


def test_the_row_shown_stands_in_the_table() -> None:
    row = blocks(PAGE, "yaml")[0]

    assert row in (ROOT / "law/tables/gates/intake.yaml").read_text()


def test_the_compose_block_is_that_of_its_neighbour() -> None:
    own = blocks(PAGE, "yaml")[1]
    anchors = re.search(r"^x-service:.*?(?=^services:)", COMPOSE, re.MULTILINE | re.DOTALL)
    assert anchors is not None
    parsed = yaml.safe_load(f"{anchors.group()}\nservices:\n{own}")["services"]["petition_link"]
    neighbour = yaml.safe_load(COMPOSE)["services"]["court_link"]

    renamed = yaml.safe_load(
        yaml.safe_dump(neighbour)
        .replace("court_link", "petition_link")
        .replace("COURT_LINK", "PETITION_LINK")
        .replace("8106", "8107")
    )
    assert parsed == renamed
