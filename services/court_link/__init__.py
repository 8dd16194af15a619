"""诉调对接, its part on judicial confirmation (司法确认): the door of the courts.

A committee that holds an agreement hands in both parties' joint application here; the court
accepts it (立案), refuses it, rules (民事诉讼法 205–206, 民诉解释 354–358). Publishes
`court_link.proposal.v1`; reads `routing.referral.v1` and the directory. 委派 and 委托 come with
the linkages to the courts' own mediation platforms.
"""
