"""机构目录: agencies, where they serve, their keys, how they are delivered to, and 区划.

Out: `directory.agency.v1` (compacted, read whole by every service, this one included). In: nothing.
Its streams are keyed by agency code: what the chassis calls a dispute code is an agency's here.
What it first knows of a county are the `facts`; what changed since lies in its own state, and
listing the facts again never takes back a change of keys or delivery.
"""
