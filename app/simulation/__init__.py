"""The whole life of a sale for a seed: virtual time, faults on schedule, in one process.

The desk and the engine that run the market are driven here over a store in memory; bidders, staff,
the clock, the bank and everything that can go wrong are drawn from the seed. The same seed gives
the same events for ever, so a seed that fails replays alone (``market simulate --seed``).

Words
    seed 种子 · scenario: terms, bidders and happenings drawn from a seed · happening: one thing at
    an instant · house: where a sale is kept, in memory here and in PostgreSQL in a test · fault:
    commit without answer, crash before the commit, repeat, reused key, restart, outage, a clock
    that steps back, a message of the bank lost, late or doubled · invariant: what must hold after
    every happening.

Promises
    1. One seed is one run: no clock, no network, no randomness but the seed's.
    2. After every happening the invariants are checked, and at the end the record of the sale is
       verified as a stranger would, with and without its openings.
    3. A run that breaks an invariant says which, and how to see it again.

Decided in  docs/adr/0020-rights-stops-and-seeds.md
"""
