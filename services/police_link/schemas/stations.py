"""派出所代码: the police's own 12 digits, and the agency that each station is in the directory.

Kept here, as part of the police's language, until the directory lists an agency's native code. A
test holds it against the directory's facts; a station that is not here uses its agency code.
"""

from collections.abc import Mapping

STATIONS: Mapping[str, str] = {
    "330803510000": "PS-330803001000-01",
    "330803520000": "PS-330803002000-01",
    "330803530000": "PS-330803003000-01",
    "330803540000": "PS-330803100000-01",
    "330803550000": "PS-330803101000-01",
    "330803560000": "PS-330803103000-01",
    "330803570000": "PS-330803109000-01",
    "330803580000": "PS-330803110000-01",
    "330803590000": "PS-330803111000-01",
    "330803600000": "PS-330803112000-01",
    "330803610000": "PS-330803113000-01",
    "330803620000": "PS-330803114000-01",
    "330803630000": "PS-330803115000-01",
    "330803640000": "PS-330803202000-01",
    "330803650000": "PS-330803203000-01",
    "330803660000": "PS-330803206000-01",
    "330803670000": "PS-330803207000-01",
    "330803680000": "PS-330803219000-01",
}
