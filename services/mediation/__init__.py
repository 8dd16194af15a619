"""人民调解: the door of the committees, and the plain door of any agency without a linkage.

Hands offers to committees, stationed rooms, specialist committees, the centre and every other
agency that is neither police nor court, and takes their answers: acceptance, sessions, failure,
agreement, performance (人民调解法 17–32). Publishes `mediation.proposal.v1`; reads
`routing.referral.v1` and the directory.
"""
