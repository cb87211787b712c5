"""Core (地基): what every room stands on, without a single word of the market.

Words
    verb: one decision in one transaction · fact: something that happened, told to listeners ·
    actor: who asks, acting for which organisation · market clock: the only clock that counts.

Promises
    1. A verb is committed before its answer leaves (:mod:`app.core.tx`).
    2. Time comes from the database, moved only by ``market_clock`` (:mod:`app.core.clock`).
    3. A number once shown to people is gapless and never used twice (:mod:`app.core.numbers`).
    4. One function answers "may this actor do this to that" (:mod:`app.core.access`).

Decided in  docs/adr/0001-house.md, docs/adr/0002-time.md
"""
