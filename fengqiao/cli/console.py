"""Where the command line writes: data on stdout, messages on stderr."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from fengqiao.cli.declared import SERVICES

data = Console(soft_wrap=True, highlight=False)
messages = Console(stderr=True, soft_wrap=True, highlight=False)

HomeOption = Annotated[Path, typer.Option("--home", help="目录：数据、密钥、日志 / the home")]
HOME = Path("var/home")
AtOption = Annotated[
    Path | None, typer.Option("--at", help="运行中的总线：地址与密钥的文件 / instead of --home")
]
AT: Path | None = None
OneServiceArgument = Annotated[
    str, typer.Argument(metavar="SERVICE", help=f"服务 / a service: {', '.join(SERVICES)}")
]


def a_file(flag: str, meaning: str, **more: Any) -> Any:
    """An option that names a file, which must be there."""
    return typer.Option(flag, exists=True, dir_okay=False, help=meaning, **more)


def say(sentence: str) -> None:
    messages.print(sentence, markup=False)
