"""Deals (交易): what two parties owe one another once a price was found.

Words
    Deal 交易 · seller 转让方 · buyer 受让方 · origin 来源: the lot (later the notice or the match)
    that found the price · sign_by 签约截止: until when the contract is to be signed.

Promises
    1. One deal for one origin, however often the news of it arrives.
    2. A deal's price, terms and parties never change after it was opened. One whose lot failed
       or was annulled is cancelled, and the right it gave is taken back.
    3. Only its two parties, the operator and the supervisor know of a deal; to others it is
       missing.

Announces   DealOpened, DealCancelled
Listens     auctions.lot_awarded.v1, lot_failed.v1, lot_annulled.v1; its own facts, to tell of them
Calls down  catalogue (the offer is sold), accounts (names, telling), inbox, audit
Decided in  docs/adr/0001-house.md
"""
