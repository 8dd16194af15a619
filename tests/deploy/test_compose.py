"""docker-compose.yml says what the program, its settings, topics and secrets are."""

import re
import shlex
import stat
from pathlib import Path
from string import Template

import pytest
import typer.main
from typer.core import TyperGroup

from deploy import make_secrets
from exchange.chassis.settings import PREFIX, BadSettings, Settings
from exchange.chassis.workshop import EXCHANGE
from exchange.contracts.topics import TOPICS
from exchange.identity.keys import SigningKey
from exchange.local.postgres_server import MAJOR, SETTINGS
from fengqiao.cli.declared import SERVICES
from fengqiao.cli.program import program
from services.intake.keys import load_keys
from tests.deploy.reading import (
    COMPOSE,
    CONTAINERS,
    ROOT,
    kafka_properties,
    properties,
    script_of,
    settings_of,
)

ENGINES = {"kafka", "postgres", "otel-collector", "jaeger"}
WITHOUT_A_SHELL = {"otel-collector", "jaeger"}
LOCAL_KAFKA = (ROOT / "exchange/local/kafka.properties").read_text()
PINNED = re.compile(r"[\w./-]+:(\d+\.)+\d+(-[\w.-]+)?")


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """A folder of secrets, just made."""
    folder = tmp_path / "secrets"
    assert make_secrets.main(["--dir", str(folder)]) == 0
    return folder


def started_settings(service: str, secrets: Path) -> Settings:
    """The settings as the service's process reads them, the secrets mounted."""
    places = {"/run/secrets": str(secrets), "/run/sealing": str(secrets / "sealing")}
    environment = settings_of(service)
    for name, value in environment.items():
        for inside, outside in places.items():
            if value.startswith(inside):
                environment[name] = value.replace(inside, outside)
    return Settings.from_environment(environment)


# what must not happen


def test_no_variable_is_unknown_to_the_settings() -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields}

    given = {name for container in CONTAINERS for name in settings_of(container)}

    assert given <= known


def test_no_deployment_is_a_sandbox() -> None:
    assert not any("FENGQIAO_SANDBOX" in settings_of(container) for container in CONTAINERS)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_with_a_default_secret_does_not_start(service: str, secrets: Path) -> None:
    (secrets / f"kafka-{service}").write_text("changeme")

    with pytest.raises(BadSettings, match="KAFKA_PASSWORD_FILE"):
        started_settings(service, secrets)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_holds_no_other_services_secret(service: str) -> None:
    of_engines = {f"kafka-{service}", f"postgres-{service}"}
    of_intake = {"vault", "party-index"} if service == "intake" else set()

    assert set(CONTAINERS[service]["secrets"]) == {"exchange.pem"} | of_engines | of_intake


def test_no_secret_stands_in_the_file() -> None:
    given = {k for c in CONTAINERS.values() for k in c.get("environment", {})}

    assert not {name for name in given if "PASSWORD" in name and not name.endswith("_FILE")}
    assert all(set(source) == {"file"} for source in COMPOSE["secrets"].values())


def test_no_port_is_open_to_the_network() -> None:
    published = [port for c in CONTAINERS.values() for port in c.get("ports", ())]

    assert all(port.startswith("127.0.0.1:") for port in published)
    assert len(published) == len(set(published))


# what must be


def test_there_is_one_container_for_each_service() -> None:
    assert set(CONTAINERS) == {*SERVICES, "provision", *ENGINES}
    assert [c for c in CONTAINERS if c in SERVICES] == list(SERVICES)
    assert set(SERVICES) >= {topic.writer for topic in TOPICS.values()}


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_starts_with_the_settings_and_secrets_given(
    service: str, secrets: Path
) -> None:
    settings = started_settings(service, secrets)

    assert SigningKey.read_pem(EXCHANGE, settings.signing_key_file).agency == EXCHANGE
    assert settings.kafka_user == service
    assert settings.postgres_dsn == f"postgresql://{service}@postgres:5432/{service}"
    port = settings.public_url.rpartition(":")[2]
    assert CONTAINERS[service]["ports"] == [f"127.0.0.1:{port}:{settings.http_port}"]


def test_intake_can_open_what_was_sealed_to_it(secrets: Path) -> None:
    assert load_keys(started_settings("intake", secrets))


@pytest.mark.parametrize("service", SERVICES)
def test_each_container_runs_its_service_as_nobody_in_particular(service: str) -> None:
    container = CONTAINERS[service]

    assert container["command"] == ["run", service]
    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert container["depends_on"] == {"provision": {"condition": "service_completed_successfully"}}
    assert "user" not in container


def test_every_command_is_one_of_the_program_with_its_options() -> None:
    root = typer.main.get_command(program())
    assert isinstance(root, TyperGroup)
    lines = [shlex.join(CONTAINERS[name]["command"]) for name in SERVICES]
    lines += re.findall(r"python -m fengqiao (.+)", script_of("provision").replace("\\\n", " "))

    for line in lines:
        name, *options = shlex.split(line)
        command = root.commands[name]
        known = {flag for parameter in command.params for flag in parameter.opts}
        needed = {parameter.opts[0] for parameter in command.params if parameter.required}
        given = {option for option in options if option.startswith("--")}
        assert needed - {"service"} <= given <= known
    assert [line.split()[0] for line in lines[len(SERVICES) :]] == ["topics", "migrate"]


def test_every_secret_is_declared_made_and_used() -> None:
    used = {name for c in CONTAINERS.values() for name in c.get("secrets", ())}
    made = {name for name in make_secrets.contents() if "/" not in name}

    assert used == set(COMPOSE["secrets"]) == made - {"compose.env"}
    for name, source in COMPOSE["secrets"].items():
        assert source == {"file": f"./deploy/secrets/{name}"}


def test_every_image_is_pinned_and_postgres_is_the_one_that_is_tested() -> None:
    images = [c["image"] for c in CONTAINERS.values()]
    based_on = re.findall(r"^FROM (\S+)", (ROOT / "deploy/Dockerfile").read_text(), re.MULTILINE)

    assert [image for image in images + based_on if not PINNED.fullmatch(image)] == []
    assert CONTAINERS["postgres"]["image"].startswith(f"postgres:{MAJOR}.")


def test_every_container_that_can_be_probed_is() -> None:
    image = (ROOT / "deploy/Dockerfile").read_text()

    assert "HEALTHCHECK" in image
    assert "/readyz" in image
    for name in ENGINES - WITHOUT_A_SHELL:
        assert CONTAINERS[name]["healthcheck"]["test"]
    assert not any("healthcheck" in CONTAINERS[service] for service in SERVICES)


def test_the_image_runs_as_an_ordinary_user_with_locked_packages() -> None:
    image = (ROOT / "deploy/Dockerfile").read_text()

    assert f"USER {make_secrets.IMAGE_GID}:{make_secrets.IMAGE_GID}" in image
    assert "--require-hashes" in image


def test_every_port_is_documented() -> None:
    page = (ROOT / "deploy/secrets/README.md").read_text() + (ROOT / "README.md").read_text()
    published = [port.split(":")[1] for c in CONTAINERS.values() for port in c.get("ports", ())]

    assert [port for port in published if port not in page] == []


def test_kafka_is_guarded_as_the_embedded_one_is() -> None:
    alone = {"number": "1", "brokers": "1", "in_sync_min": "1", "quorum": "bootstrap.servers="}
    ours = kafka_properties()
    embedded = properties(Template(LOCAL_KAFKA).safe_substitute(alone))
    of_the_place = {"listeners", "advertised.listeners", "log.dirs", "super.users"}
    of_the_place |= {name for name in embedded if "jaas" in name or "bootstrap" in name}

    assert {k: v for k, v in embedded.items() if k not in of_the_place}.items() <= ours.items()
    assert ours["super.users"] == "User:admin;User:controller"


def test_postgres_logs_as_little_as_the_embedded_one() -> None:
    told = dict(
        option.split("=", 1)
        for option in CONTAINERS["postgres"]["command"].split()
        if "=" in option
    )

    private = {name for name in SETTINGS if name.startswith("log_")}
    assert {name: told[name] for name in private} == {name: SETTINGS[name] for name in private}


# the secrets themselves


def test_secrets_are_never_replaced(secrets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.read_bytes() for path in secrets.rglob("*") if path.is_file()}

    assert make_secrets.main(["--dir", str(secrets)]) == 1

    assert {path: path.read_bytes() for path in before} == before
    assert "vault" in capsys.readouterr().out


def test_a_missing_secret_is_made_beside_the_others(secrets: Path) -> None:
    kept = (secrets / "vault").read_bytes()
    (secrets / "kafka-court_link").unlink()

    assert make_secrets.main(["--dir", str(secrets), "--add-missing"]) == 0

    assert (secrets / "kafka-court_link").exists()
    assert (secrets / "vault").read_bytes() == kept


def test_secrets_are_closed_to_other_users(secrets: Path) -> None:
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    for path in secrets.rglob("*"):
        assert not path.stat().st_mode & stat.S_IRWXO


def test_two_deployments_share_no_secret() -> None:
    one, other = make_secrets.contents(), make_secrets.contents()

    assert {name for name in one if one[name] == other[name]} == {"compose.env"}
    assert set(make_secrets.SERVICES) == set(SERVICES)
