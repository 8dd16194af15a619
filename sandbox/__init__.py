"""The other side of every linkage: simulated agencies with their own keys, in their own process.

It knows the exchange only as an agency does: by HTTP, signatures and the published key. What it
plays is told through its control routes, on loopback only.
"""
