"""`fengqiao contracts write|check|asyncapi|openapi`: what the exchange promises, as files.

Run in a checkout: the files lie beside the code that they are drawn from.
"""

from pathlib import Path
from typing import Annotated

import typer

from exchange.contracts import compatibility, goldens, privacy_lint
from fengqiao.cli.applications import openapi_document
from fengqiao.cli.console import OneServiceArgument, data, say
from fengqiao.cli.declared import load
from fengqiao.cli.documents import SCHEMAS, asyncapi_document, generated
from fengqiao.cli.failures import CONFLICT, FAILED, told_plainly

contracts_app = typer.Typer(no_args_is_help=True, help="契约文件 / schemas and documents")

RootOption = Annotated[Path, typer.Option("--root", help="代码仓库的目录 / the checkout")]
HERE = Path()


@contracts_app.command()
def write(root: RootOption = HERE) -> None:
    """重新生成契约文件；已发布的契约只增不改 / draw every file again.

    Once a release is named in schemas/RELEASED, a change that is not additive is refused.
    """
    if breaks := _breaks(root / SCHEMAS):
        _say_breaks(breaks)
        raise typer.Exit(CONFLICT)
    with told_plainly(say):
        files = generated()
    for path, text in files.items():
        file = root / path
        if _read(file) != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            data.print(str(path), markup=False)


@contracts_app.command()
def check(root: RootOption = HERE) -> None:
    """检查契约：是否最新、是否兼容、是否含个人信息 / current, compatible, free of personal data."""
    breaks = _breaks(root / SCHEMAS)
    _say_breaks(breaks)
    with told_plainly(say):
        stale = [path for path, text in generated().items() if _read(root / path) != text]
    for path in stale:
        say(f"✗ {path} 不是最新，请运行 fengqiao contracts write / out of date")
    private = [
        f"{name} v{version}{found.pointer}: {found.kind}"
        for (name, version), value in goldens.examples().items()
        for found in privacy_lint.findings(value)
    ]
    private += [
        f"{name} v{version}{found.pointer}: {found.kind}"
        for (name, version), schema in goldens.current().items()
        for found in privacy_lint.field_findings(name, schema)
    ]
    for finding in private:
        say(f"✗ 疑似个人信息 / personal data? {finding}")
    if breaks or stale or private:
        raise typer.Exit(FAILED)
    say("✓ 契约文件最新、兼容，且不含个人信息 / current, compatible, no personal data")


@contracts_app.command()
def asyncapi() -> None:
    """打印 AsyncAPI 3 文档 / print the AsyncAPI document of all topics."""
    data.print_json(data=asyncapi_document())


@contracts_app.command()
def openapi(service: OneServiceArgument) -> None:
    """打印一个服务的 OpenAPI 3.1 文档 / print one service's OpenAPI document."""
    with told_plainly(say):
        document = openapi_document(load(service))
    data.print_json(data=document)


def _breaks(schemas: Path) -> list[compatibility.Break]:
    """What the released goldens forbid; nothing before the first release."""
    if not goldens.releases(schemas):
        return []
    return compatibility.refused(goldens.kept(schemas), goldens.current())


def _say_breaks(breaks: list[compatibility.Break]) -> None:
    for found in breaks:
        say(f"✗ {found}")
    if breaks:
        say(
            "以上改动与已发布的契约不兼容：请新增 V2 和 exchange/contracts/upcast.py 中的一步"
            " / not additive: make a V2 and its upcaster"
        )


def _read(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.exists() else None
