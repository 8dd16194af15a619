"""The operator's calls to a home's services, signed with the exchange's own key."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from exchange.chassis.workshop import EXCHANGE
from exchange.identity.keys import SigningKey
from exchange.local.home import Home
from fengqiao.cli.exchange_home import ExchangeHome
from fengqiao.client.async_client import AsyncClient

BEGINNING = datetime.min.replace(tzinfo=UTC)


class NotRunning(Exception):
    """Nothing runs in that home."""

    def __init__(self, home: Home) -> None:
        super().__init__(
            f"{home.directory} 没有在运行；请先 fengqiao up --home {home.directory} / not running"
        )


class Operator:
    """Calls services of one home."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._at = ExchangeHome(home)
        if not self._at.signing_key_file.exists() or not home.ports():
            raise NotRunning(home)
        self._key = SigningKey.read_pem(EXCHANGE, self._at.signing_key_file)

    def client(self, service: str) -> AsyncClient:
        return AsyncClient(self._at.url(service), self._key, [self._key.verify_key(BEGINNING)])

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
