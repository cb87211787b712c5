"""Demands (技术需求): what organisations look for, and under which terms they would take it.

Words
    Demand 技术需求 · need 需求类型 · targets 量化指标: figures by which a solution is judged ·
    masked 隐去名称: published without the organisation's name · care 托管单位 of imported demands.

Promises
    1. Only a verified organisation submits; only an operator publishes or returns, with a reason.
    2. What is published can be found, and only that; a masked name is nowhere in the index.
    3. A demand that is closed or expired leaves the index in the same transaction.
    4. The same owner's number is never there twice; a changed row makes a new version.

Announces   DemandSubmitted, DemandPublished, DemandReturned, DemandClosed
Listens     its own facts, to tell of them
Calls down  accounts (roles, telling), imports (chunks), inbox, search, audit
Decided in  docs/adr/0001-house.md
"""
