"""An own number of a paper (接警单号, 登记编号): by it the paper is known when it comes again.

The index keeps its hash alone, so that no number of a paper lies there for life in the clear. A
plain hash will do: who names people by their numbers is refused at the door (`forms.OwnNumber`).
"""

import hashlib

from exchange.chassis.decider import CommandGiven, Found, Index, Repeated, View

OWN_NUMBER = "own_number"
"""The kind of index row by which a number leads to its dispute."""


def own_number_key(agency: str, number: str) -> str:
    """What the index knows the agency's number by."""
    return hashlib.sha256(f"{agency}|{number}".encode()).hexdigest()


def own_number_row(command: CommandGiven, number: str) -> Index:
    """The row of a number, once in its life; it remembers which body came under which key."""
    remembered = f"{command.own_digest}|{command.idempotency_key}"
    return Index(OWN_NUMBER, own_number_key(command.agency, number), remembered, exclusive=True)


def used_before(command: CommandGiven, number: str, view: View) -> Found | None:
    """The dispute that the number already stands for, with another body; None where it is new.

    Raises Repeated where the body is the same.
    """
    for before in view.found.get((OWN_NUMBER, own_number_key(command.agency, number)), ()):
        digest, _, idempotency_key = before.value.partition("|")
        if digest == command.own_digest:
            raise Repeated(idempotency_key)
        return before
    return None
