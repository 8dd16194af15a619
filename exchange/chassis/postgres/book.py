"""The directory, parsed once per listing: its version is read in every transaction."""

from exchange.chassis.postgres.rows import AnyConnection
from exchange.chassis.reference import AgencyBook
from exchange.contracts.events.directory import AgencyListedV1

SINCE = """
SELECT now.version, agencies.data
FROM agencies_version AS now LEFT JOIN agencies ON agencies.version > $1"""
"""The version and what was listed since $1, by one statement, so that they belong together.

Whoever lists holds the row of the version until it commits: versions commit in their order."""


class Books:
    """Keeps the last version parsed. What is kept is never newer than what was committed."""

    def __init__(self) -> None:
        self._book = AgencyBook(version=-1)

    async def read(self, connection: AnyConnection) -> AgencyBook:
        """The agencies as this connection sees them now."""
        kept = self._book
        version = await connection.fetchval("SELECT version FROM agencies_version")
        if version == kept.version:
            return kept
        known_to = min(kept.version, version)
        found = await connection.fetch(SINCE, known_to)
        listed = [AgencyListedV1.model_validate_json(r["data"]) for r in found if r["data"]]
        book = AgencyBook(
            found[0]["version"], {**kept.by_code, **{each.agency: each for each in listed}}
        )
        if book.version > self._book.version:
            self._book = book
        return book
