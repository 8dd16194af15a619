"""The operator's calls to the services of one exchange, signed with the exchange's own key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from exchange.chassis.workshop import EXCHANGE
from exchange.identity.keys import SigningKey, VerifyKey
from exchange.local.home import Home
from fengqiao.cli.exchange_home import ExchangeHome
from fengqiao.client.async_client import AsyncClient

BEGINNING = datetime.min.replace(tzinfo=UTC)


class NotRunning(Exception):
    """Nothing runs in that home."""

    def __init__(self, home: Home) -> None:
        super().__init__(
            f"{home.directory} 没有在运行：请先 fengqiao up --home {home.directory}；"
            "总线在别处运行的，请用 --at 文件 指明（样例 deploy/operator.yaml）"
            " / not running here; for an exchange elsewhere name its file with --at"
        )


@dataclass(frozen=True, slots=True)
class Operator:
    """Calls services by the URLs at which agencies reach them; believes answers of `trusted`."""

    urls: Mapping[str, str]
    key: SigningKey
    trusted: Sequence[VerifyKey]

    @classmethod
    def of_home(cls, home: Home) -> Self:
        """The operator of the exchange that runs in that home. Raises NotRunning, BadKey."""
        at = ExchangeHome(home)
        if not at.signing_key_file.exists() or not home.ports():
            raise NotRunning(home)
        key = SigningKey.read_pem(EXCHANGE, at.signing_key_file)
        urls = {name: at.url(name) for name in home.ports()}
        return cls(urls, key, [key.verify_key(BEGINNING)])

    def client(self, service: str) -> AsyncClient:
        return AsyncClient(self.urls[service], self.key, self.trusted)

    async def get(self, service: str, path: str, **params: str | int) -> Any:
        async with self.client(service) as client:
            return (await client.get(path, params=params or None)).json()

    async def post(
        self,
        service: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
    ) -> Any:
        async with self.client(service) as client:
            answer = await client.post(path, body or {}, idempotency_key=idempotency_key)
            return answer.json()
