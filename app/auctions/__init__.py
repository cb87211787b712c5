"""Auctions (网络竞价): sell one offer to the highest lawful bid, by the server's clock alone.

The engine is 网络竞价; it is not 拍卖, which needs a licensed auctioneer (DOMAIN 2.1).

Words
    Lot 标的 · Bid 报价 · bidder 竞买人, known to others by a code 竞买代码 (C07) · start 起始价 ·
    step 加价幅度 · free period 自由报价期 · limited period 限时报价期, made of cycles 周期 ·
    unsold 流拍 · suspended 中止 · rulebook 竞价规则: the version a lot was born under ·
    heartbeat: a sign of life of the web service each second · outage: a gap between two of them ·
    maximum 最高限价, bid for its owner by the market · sealed bid 密封报价 · holder 优先购买权人 ·
    desk: what numbers and chains every event · vault: what seals and opens the secrets.

Promises
    1. Every well-formed submission of an admitted bidder gets the next number and a row, accepted
       or refused; a repeated key gets the first answer, with another amount it is refused.
    2. Bids, automatic bids and the steps of clock and staff have one order and one hash chain:
       number, instant and price never disagree. The instant is read from the market's clock under
       the lot's lock and is never before the one that went before.
    3. An end is exclusive: a bid decided at the end itself is late. The phase follows from the
       lot's facts and the clock, not from what a sweep has written down.
    4. A valid bid in the limited period resets its cycle in full; the first cycle always runs.
    5. A lot closes at its scheduled instant, whenever that is noticed, if the service was there
       up to it; a cycle that overlapped a longer gap than the rulebook tolerates is run again.
    6. Nobody's page tells which organisation is behind a code before a lot has closed, and then
       only the deal's parties learn it.
    7. Maxima, sealed bids and hidden reserves are sealed under a key of the lot and opened by one
       function; no page, role, address, log or error shows them. Each is committed to at entry.

Announces   LotAnnounced, LotAmended, LotSuspended, LotResumed, LotClosed, LotAwarded, LotUnsold,
            LotNegotiating, LotFailed, LotTerminated, LotAnnulled, ApplicationDecided
Listens     its own facts, to tell of them (deals listens to us)
Calls down  catalogue (is the offer free? keep it; give it back), clearances (may it be sold? who
            may buy first?), accounts (names, telling), files, inbox, search, audit
Decided in  docs/adr/0001-house.md, docs/adr/0010-a-lot.md, docs/adr/0017-the-sale.md,
            docs/adr/0018-the-life-of-a-lot.md, docs/adr/0021-admission.md
"""
