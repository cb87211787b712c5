"""Clearances (前置审查): what has to be settled before anything is sold, and who may buy first.

Words
    Clearance 前置审查事项: one gate of one offer, of a kind · evidence 证明材料 · basis 依据 ·
    right of pre-emption 优先购买权: a holder may buy first on equal terms · rank 顺位: 1 is the
    most senior · service 送达: how the holder was told · silence 视为放弃.

Promises
    1. Which gates a way of disposal needs is dated data with its source; a gate that was opened
       stops a sale until it is settled, one that the platform blocked until the platform lifts it.
    2. A transfer is not sold before the holders of pre-emption rights were told in time, or the
       house has stated with its basis that there are none.
    3. A holder is told at least the days of the rule before his answer is due. Who cannot be
       reached is told by a public notice, and counts as told some days after it.
    4. Silence when the time is over is a waiver, and written down as one.
    5. Consents of co-owners stand in the catalogue; here they are asked for, never kept twice.

Personal data
    A holder who is somebody here is kept as an id. Another one appears by name, for the same
    reason as in the catalogue: whose right was respected is part of the record. Names stand in no
    audit line and in no fact.

Announces   ClearanceDecided, RightAnswered
Listens     nothing
Calls down  accounts, audit, catalogue, files, inbox
Decided in  docs/adr/0021-admission.md
"""
