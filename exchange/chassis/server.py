"""uvicorn without its own signal handlers: a signal stops the whole process, in our order."""

from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn


class Server(uvicorn.Server):
    """One that ends when `should_exit` is set, and takes no signal for itself."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
