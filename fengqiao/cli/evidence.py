"""`fengqiao verify` and `fengqiao call`: check evidence offline; sign and send as an agency."""

import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from exchange.identity.keys import SigningKey
from fengqiao.cli.console import a_file, data, say
from fengqiao.cli.failures import FAILED, told_plainly
from fengqiao.cli.operator_file import public_key
from fengqiao.client.async_client import AsyncClient
from fengqiao.client.verifier import verify_bundle


def verify(
    bundle: Annotated[
        Path,
        typer.Argument(exists=True, dir_okay=False, help="台账与回执的证据包（JSON）/ the bundle"),
    ],
    key_ids: Annotated[
        list[str] | None,
        typer.Option("--key-id", help="从别处核对过的密钥编号，可多次给出 / trusted key id"),
    ] = None,
) -> None:
    """离线核验证据包：哈希链、签名、回执、检查点 / verify an evidence bundle offline."""
    verdict = verify_bundle(json.loads(bundle.read_text(encoding="utf-8")), trusted_key_ids=key_ids)
    for check in verdict.checks:
        data.print(f"{'✓' if check.ok else '✗'} {check.name}: {check.detail}", markup=False)
    if not key_ids:
        say("⚠ 只核对了前后一致：密钥是谁的，请用 --key-id 给出已知的密钥编号 / signers unknown")
    if not verdict.ok:
        raise typer.Exit(FAILED)


def call(
    method: Annotated[str, typer.Argument(metavar="METHOD", help="GET 或者 POST / GET or POST")],
    url: Annotated[str, typer.Argument(help="完整地址 / the whole URL")],
    agency: Annotated[str, typer.Option("--agency", help="机构代码 / agency code")],
    key: Annotated[Path, a_file("--key", "该机构的私钥（PEM）/ its private key")],
    exchange_key: Annotated[Path, a_file("--exchange-key", "总线的公钥（JSON）/ its public key")],
    body: Annotated[Path | None, a_file("--body", "请求体文件 / what is sent")] = None,
    content_type: Annotated[
        str, typer.Option("--content-type", help="请求体的类型 / media type")
    ] = "application/json",
    idempotency_key: Annotated[
        str | None, typer.Option("--idempotency-key", help="幂等键，不写则随机 / else a random one")
    ] = None,
) -> None:
    """以机构身份签名并发送，核验回执 / sign and send as an agency, verify the answer."""
    target = httpx.URL(url)
    base = str(target.copy_with(path="/", query=None)).rstrip("/")
    path = target.raw_path.decode("ascii")
    with told_plainly(say):
        signing, trusted = SigningKey.read_pem(agency, key), public_key(exchange_key)
    raw = body.read_bytes() if body else b"{}"

    async def send() -> Any:
        async with AsyncClient(base, signing, [trusted]) as client:
            if method.upper() == "GET":
                return await client.get(path)
            return await client.post(
                path, raw, idempotency_key=idempotency_key, content_type=content_type
            )

    began = datetime.now(UTC)
    with told_plainly(say):
        answer = asyncio.run(send())
    took_ms = (datetime.now(UTC) - began).total_seconds() * 1000
    say(f"{answer.status}，签名已核验（{answer.signed_by}），{took_ms:.0f} 毫秒 / verified")
    try:
        data.print_json(data=answer.json())
    except ValueError:
        sys.stdout.buffer.write(answer.body)  # a file
