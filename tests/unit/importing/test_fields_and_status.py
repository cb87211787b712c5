"""What is worked out from a file's codes and words."""

from __future__ import annotations

import pytest

from app.catalogue.import_service import find_legal_status
from app.catalogue.ipc_fields import find_field
from app.catalogue.types import LegalStatus
from app.core.official import NationalField


@pytest.mark.parametrize(
    ("ipc", "field"),
    [
        (("H01M10/05",), NationalField.modern_energy),  # the longer prefix goes before H01L's
        (("H01L",), NationalField.information_network),
        (("C02F", "A61K"), NationalField.resources_ecology),
        (("C12G",), NationalField.modern_agriculture),
        (("C12N",), NationalField.population_health),
        (("H99Z", "E01B3/32"), NationalField.smart_city),
        (("D04H",), NationalField.smart_green_manufacturing),
        ((), None),
        (("H99Z",), None),
    ],
)
def test_fields(ipc: tuple[str, ...], field: NationalField | None) -> None:
    assert find_field(ipc) is field


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("实质审查的生效", LegalStatus.pending),
        ("发明专利申请公布", LegalStatus.pending),
        ("发明专利权授予", LegalStatus.granted),
        ("发明专利申请公布后的撤回", LegalStatus.withdrawn),
        ("专利权的终止", LegalStatus.lapsed),
        ("专利权有效期届满", LegalStatus.expired),
        ("专利权全部无效", LegalStatus.invalidated),
        ("驳回", LegalStatus.rejected),
        ("专利申请权、专利权的转移", LegalStatus.unknown),
        ("", LegalStatus.unknown),
    ],
)
def test_legal_status(words: str, status: LegalStatus) -> None:
    assert find_legal_status(words) is status
