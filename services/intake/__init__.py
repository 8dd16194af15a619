"""一窗受理: the register, the dossiers and files, who read them, who is the same party.

In: `police_link.request.v1` (a linkage's referral, its dossier sealed to intake) and
`routing.referral.v1` (who holds what), and its own door for window, phone, paper and grid.
Out: `intake.dispute.v1`.

A dossier is opened in `opening`, between topic and decision, and is put under the dispute's own
key at once: a decider, a state, an effect or a log line holds ciphertext, digests and keyed hashes
only. The raw request is never stored here: it lies sealed on its topic, or sealed in the parked
queue while its dispute waits for a person.
"""
