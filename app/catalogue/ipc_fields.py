"""From an IPC class to one of the eight national fields.

Our own default (D), no official concordance: it only lets imported patents be narrowed by field;
whoever claims a record chooses its field himself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from app.core.official import NationalField

_F = NationalField
_CLASSES: Final[Mapping[NationalField, str]] = {
    _F.information_network: "G06 H04 G11 H03 G10 H05K H01L H10",
    _F.smart_green_manufacturing: (
        "B02 B05 B21 B22 B23 B24 B25 B26 B27 B28 B29 B30 B31 B32 B33 B41 B65 B66 B67 B81 B82 C03"
        " C04 C08 C09 C21 C22 C23 C25 C30 D F15 F16 F27 G01 G02 G03 G05"
    ),
    _F.modern_agriculture: "A01 A21 A22 A23 A24 C05 C12G C13",
    _F.modern_energy: "H01M H02 H01G F01 F02 F03 F22 F23 F24S F28 C10 G21",
    _F.resources_ecology: "C02 B09 B01D B07 B08 E21 F24F C01 B03 B01J",
    _F.ocean_space: "B63 B64 E02B G01V G01W",
    _F.smart_city: "E01 E02 E03 E04 E05 E06 B60 B61 B62 G07 G08 G09",
    _F.population_health: "A61 C07 C12 G16H A62 A63B",
}
_FIELD_OF = {code: field for field, codes in _CLASSES.items() for code in codes.split()}


def find_field(ipc: Sequence[str]) -> NationalField | None:
    """The field of the first class that has one; the longest prefix of a class counts."""
    for code in ipc:
        for length in (4, 3, 1):
            if (found := _FIELD_OF.get(code[:length])) is not None:
                return found
    return None
