"""`python -m sandbox --home DIR --port N --exchange-key FILE --agencies FILE`."""

import argparse
import asyncio
import json
import logging
import signal
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from exchange.chassis.server import Server
from exchange.identity.keys import VerifyKey
from sandbox.agencies import AgencySystems
from sandbox.cast import Cast
from sandbox.control import Control
from sandbox.inbox import Inbox

LOOPBACK = "127.0.0.1"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox")
    parser.add_argument("--home", type=Path, required=True, help="keys and handoffs are kept here")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--exchange-key", type=Path, required=True, help="its public key as JSON")
    parser.add_argument("--agencies", type=Path, required=True, help="codes to play, one a line")
    given = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    exchange = VerifyKey.from_json(json.loads(given.exchange_key.read_text()))
    app = create_app(given.home, given.port, exchange, given.agencies.read_text().split())
    asyncio.run(serve(app, given.port))


def create_app(home: Path, port: int, exchange: VerifyKey, agencies: list[str]) -> FastAPI:
    """The sandbox as an application: agencies' endpoints and control."""
    cast = Cast.opened(home / "keys", agencies)
    systems = AgencySystems(
        cast, Inbox(home / "handoffs.jsonl"), exchange, f"http://{LOOPBACK}:{port}"
    )
    app = FastAPI(title="fengqiao sandbox", docs_url=None, redoc_url=None)
    app.include_router(systems.router())
    app.include_router(Control(systems, exchange).router())
    app.add_api_route("/readyz", ready)
    return app


async def ready() -> dict[str, bool]:
    return {"ready": True}


async def serve(app: FastAPI, port: int) -> None:
    """Until SIGTERM or SIGINT."""
    server = Server(
        uvicorn.Config(app, host=LOOPBACK, port=port, log_config=None, access_log=False)
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, lambda: setattr(server, "should_exit", True))
    await server.serve()


if __name__ == "__main__":
    main()
