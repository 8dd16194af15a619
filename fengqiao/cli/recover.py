"""`fengqiao recover routing`: after an old backup was restored, read the topic back in."""

import asyncio
from typing import Annotated

import typer

from exchange.chassis.kafka.access import KafkaAccess
from exchange.chassis.kafka.broker import KafkaBroker
from exchange.chassis.postgres.store import PostgresStore
from exchange.chassis.recovery import Recovered, recover
from exchange.chassis.service import AnyService
from exchange.chassis.settings import Settings, read_secret
from exchange.contracts.topics import REFERRALS
from exchange.local.home import Home, open_home
from exchange.local.stack import LocalStack
from fengqiao.cli.console import HOME, HomeOption, say
from fengqiao.cli.declared import load, service_specs, topic_specs
from fengqiao.cli.exchange_home import ExchangeHome
from fengqiao.cli.failures import INVALID, told_plainly


def recover_ledger(
    service: Annotated[str, typer.Argument(help="保管台账的服务：routing / who keeps the ledger")],
    home: HomeOption = HOME,
    from_environment: Annotated[
        bool, typer.Option("--env", help="用 FENGQIAO_* 设置连真实集群 / a real cluster")
    ] = False,
) -> None:
    """恢复旧备份后，把主题上多出的台账读回（服务须已停止）/ read the topic back in."""
    with told_plainly(say):
        declared = load(service)
        if not declared.ledger:
            say(f"✗ {service} 不保管台账 / keeps no ledger")
            raise typer.Exit(INVALID)
        if from_environment:
            done = asyncio.run(_recover(declared, Settings.from_environment()))
        else:
            done = asyncio.run(_recover_home(declared, open_home(home.resolve())))
    say(f"读回 {done.entries} 条台账，涉及 {done.disputes} 件纠纷 / entries, disputes")


async def _recover_home(service: AnyService, home: Home) -> Recovered:
    """On a home's own engines, started for the purpose without any service."""
    async with LocalStack(home, services=service_specs(), topics=topic_specs(), say=say) as stack:
        environment = ExchangeHome(home).environment(service.name, stack)
        return await _recover(service, Settings.from_environment(environment))


async def _recover(service: AnyService, settings: Settings) -> Recovered:
    store = await PostgresStore.open(
        settings.postgres_dsn,
        read_secret(settings.postgres_password_file),
        partitions=service.partitions,
        ledger_topic=REFERRALS.name,
        connections_max=settings.postgres_pool_max,
    )
    broker = KafkaBroker(KafkaAccess.of(settings), f"{service.name}-recover")
    try:
        consumer = await broker.consumer()
        try:
            return await recover(service, store, consumer)
        finally:
            await consumer.close()
    finally:
        await store.close()
