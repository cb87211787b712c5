"""The engine: how a price is found, as pure state machines over terms, events and time.

No database, no clock, no secret of the market: the same decisions are made by a running lot, by the
simulation and by whoever verifies a finished sale from its file.

Words
    terms: what a lot pinned when it was published · head: what has become of it · book: what is
    kept secret beside it, opened for one decision · submission: what a bidder sends in · entry: one
    numbered answer · change: one numbered step of the clock.

Promises
    1. A mode is one file in ``modes`` with the face of ``mode.Mode``.
    2. A well-formed submission is answered, never raised at: a refusal is an entry like any other.
    3. Every end is exclusive. The phase follows from head, terms and instant alone.
    4. Price and leader change by accepted entries only; a price never falls (but DUTCH, by its
       ladder) and a suspended lot never moves.
"""
