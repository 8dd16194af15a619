"""`fengqiao doctor|topics|migrate`: what is wrong with a home; what a real cluster still needs."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from confluent_kafka import KafkaException

from exchange.chassis.kafka.access import KafkaAccess
from exchange.chassis.settings import read_secret
from exchange.local.doctor import Finding, examine, examine_topics
from exchange.local.kafka_node import KafkaNode
from exchange.local.kafka_provision import provision_kafka
from exchange.local.postgres_provision import provision_postgres
from fengqiao.cli.console import HOME, HomeOption, a_file, data, say
from fengqiao.cli.declared import service_specs, topic_specs
from fengqiao.cli.failures import FAILED, told_plainly
from fengqiao.cli.operations import home_of

SecretsDirectory = Annotated[
    Path,
    typer.Option(
        "--secrets",
        exists=True,
        file_okay=False,
        help="目录：kafka-<服务>、postgres-<服务> 的口令文件 / of secrets",
    ),
]


def doctor(home: HomeOption = HOME) -> None:
    """检查本机与该目录，说明问题和改法 / what is wrong here and how to mend it."""
    at = home_of(home)
    findings = list(examine(at))
    if at.is_locked():
        access = KafkaNode(at, ()).access
        try:
            findings += examine_topics(access, topic_specs())
        except KafkaException as error:
            say(f"Kafka 没有应答，主题未检查 / topics not looked at: {error}")
    for finding in findings:
        _show(finding)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(FAILED)


def _show(finding: Finding) -> None:
    data.print(f"{'✓' if finding.ok else '✗'} {finding.what.zh}", markup=False)
    data.print(f"  {finding.what.en}", style="dim", markup=False)
    if finding.how_to_mend is not None:
        data.print(f"  → {finding.how_to_mend.zh}", markup=False)
        data.print(f"    {finding.how_to_mend.en}", style="dim", markup=False)


def topics(
    bootstrap: Annotated[
        str,
        typer.Option("--bootstrap", envvar="FENGQIAO_KAFKA_BOOTSTRAP", help="集群地址 / host:port"),
    ],
    user: Annotated[str, typer.Option("--admin-user", help="管理员 / the administrator")],
    password_file: Annotated[
        Path, a_file("--admin-password-file", "其口令文件 / file with its password")
    ],
    secrets: SecretsDirectory,
    tls_ca_file: Annotated[
        Path | None,
        a_file(
            "--tls-ca-file",
            "集群的 CA，写了就用 TLS / its CA turns TLS on",
            envvar="FENGQIAO_KAFKA_TLS_CA_FILE",
        ),
    ] = None,
    replication: Annotated[
        int, typer.Option("--replication", min=1, help="每个主题的副本数 / replicas")
    ] = 3,
) -> None:
    """在真实 Kafka 上建立主题、用户与权限；与声明不符则报错 / topics, users, rights."""
    access = KafkaAccess(bootstrap, user, read_secret(password_file), tls_ca_file)
    with told_plainly(say):
        provision_kafka(
            access,
            service_specs(),
            topic_specs(),
            lambda name: (secrets / f"kafka-{name}").read_text().strip(),
            replication=replication,
        )
    say("主题与权限符合声明 / topics and rights are as declared")


def migrate(
    dsn: Annotated[
        str,
        typer.Option(
            "--admin-dsn",
            envvar="FENGQIAO_POSTGRES_ADMIN_DSN",
            help="管理员的 DSN / the administrator's",
        ),
    ],
    secrets: SecretsDirectory,
) -> None:
    """在真实 PostgreSQL 上建立角色、数据库并迁移 / roles, databases, migrations."""
    with told_plainly(say):
        applied = asyncio.run(
            provision_postgres(
                dsn,
                service_specs(),
                lambda name: (secrets / f"postgres-{name}").read_text().strip(),
            )
        )
    for name, files in applied.items():
        say(f"{name}: {', '.join(files) or '无新迁移 / nothing new'}")
