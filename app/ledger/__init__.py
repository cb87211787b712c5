"""Ledger (账本): double entry in four verbs. Knows no deal and no auction.

Words
    account 账户 · transfer 划转: money moves now · hold 冻结: money is reserved ·
    post 放款: a hold becomes a movement · void 解冻: a hold is undone.

Promises
    1. One immutable row is one movement with both sides, so the ledger always balances.
    2. A hold is resolved at most once: posted (in part or whole) or voided.
    3. An account without overdraft never spends or reserves more than it has.
    4. The caller chooses a transfer's id; the same id with the same content does nothing twice.

Announces   nothing (the room that moves money announces what it means)
Listens     nothing
Calls down  core
Decided in  docs/adr/0004-ledger.md
"""
