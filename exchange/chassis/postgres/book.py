"""The directory, parsed once per version: the version is read in every transaction."""

from exchange.chassis.postgres.rows import AnyConnection
from exchange.chassis.reference import AgencyBook
from exchange.contracts.events.directory import AgencyListedV1

ALL = "SELECT version, data FROM agencies_version LEFT JOIN agencies ON true"
"""Version and agencies by one statement, so that they belong together."""


class Books:
    """Keeps the last version parsed. What is kept is never newer than what was committed."""

    def __init__(self) -> None:
        self._book = AgencyBook(version=-1)

    async def read(self, connection: AnyConnection) -> AgencyBook:
        """The agencies as this connection sees them now."""
        version = await connection.fetchval("SELECT version FROM agencies_version")
        if version != self._book.version:
            found = await connection.fetch(ALL)
            listed = (AgencyListedV1.model_validate_json(r["data"]) for r in found if r["data"])
            self._book = AgencyBook(found[0]["version"], {a.agency: a for a in listed})
        return self._book
