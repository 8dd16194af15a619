"""Routing (分流): the only writer of a dispute's story.

Reads `intake.dispute.v1` and the doors' `*.proposal.v1`, and fires the story's clocks. Writes
`routing.referral.v1`: each canonical event with the next sequence number, hash-chained, carrying
the standing that results. An illegal proposal is answered by `proposal.refused`, beside the
ledger; it is never dropped and never parks the dispute.

The lifecycle is one table (`lifecycle`), drawn in docs/lifecycle.md; the agency is chosen by
`choice`; limits come from `law` and from `agreed_limits.yaml`, never from code.
"""
