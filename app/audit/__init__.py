"""Audit (审计): what was decided, by whom, in order, provably unchanged.

Words
    entry 审计记录: one line of one verb · seal 存证: an entry's place in the SHA-256 chain ·
    head: the last seal's chain hash, to be published elsewhere.

Promises
    1. An entry is written in the transaction of the verb it tells of.
    2. The serving role may neither change nor delete an entry or a seal.
    3. ``verify_chain`` names the first entry that was changed, removed or reordered.

Announces   nothing
Listens     nothing
Calls down  core
Decided in  docs/adr/0003-audit-chain.md
"""
