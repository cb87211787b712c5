"""The reasons a page offers are the ones the verbs take."""

from __future__ import annotations

from app.auctions.life_types import (
    AnnulGround,
    FailReason,
    LotStep,
    SuspendReason,
    TerminateReason,
    list_reasons,
)


def test_seller_and_operator_have_lists_of_their_own_and_the_clock_keeps_its_reason() -> None:
    own, judged = list_reasons(judge=False), list_reasons(judge=True)
    offered = {*own[LotStep.suspend], *judged[LotStep.suspend]}
    assert offered == set(SuspendReason) - {SuspendReason.service_outage}
    assert not {*own[LotStep.suspend]} & {*judged[LotStep.suspend]}
    assert {*own[LotStep.terminate], *judged[LotStep.terminate]} == set(TerminateReason)
    assert set(own) == {LotStep.suspend, LotStep.terminate}
    assert judged[LotStep.fail] == tuple(FailReason)
    assert judged[LotStep.annul] == tuple(AnnulGround)
