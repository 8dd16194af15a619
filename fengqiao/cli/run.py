"""`fengqiao run SERVICE`: one service in this process, as a container does."""

import asyncio

import typer

from exchange.chassis.logs import open_logs
from exchange.chassis.process import run_service
from exchange.chassis.settings import BadSettings, Settings
from fengqiao.cli.console import OneServiceArgument, say
from fengqiao.cli.declared import load
from fengqiao.cli.failures import INVALID, told_plainly


def run(service: OneServiceArgument) -> None:
    """运行一个服务（设置取自 FENGQIAO_* 环境变量）/ run one service."""
    open_logs(service)
    with told_plainly(say):
        declared = load(service)
    try:
        settings = Settings.from_environment()
    except BadSettings as error:
        for reason in error.reasons:
            say(f"设置有误 / bad setting: {reason}")
        raise typer.Exit(INVALID) from error
    with told_plainly(say):
        asyncio.run(run_service(declared, settings))
