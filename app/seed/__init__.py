"""The demonstration market (演示市场): a market that is alive at any hour, in demo mode only.

Words
    cast 演示主体: invented organisations and people, each marked 演示 · stage 演示标的: the lots
    that the demonstration opens by itself · robot 演示竞买人: a demo organisation that bids there.

Promises
    1. Everything is made through the rooms' own verbs, so audit, search and figures are true.
    2. A market that holds anything is left alone; seeding twice adds nothing.
    3. Nothing happened before it happened: no clock is moved and no past is invented. What has
       ended first are short lots that run for about a minute after the first start.
    4. Robots bid only on the stage: in lots of organisations whose logins are not published. They
       stop at a number of bids, so that a visitor can win. The published buyers are registered
       there only where one could not come in later: for sealed bids, and as holder of a right.
    5. No number belongs to anybody: credit codes of region 999999, patent serials of 99xxxxx.
    6. An inbox holds what waits; what was published before the first visitor came is no news.

Announces   nothing of its own
Listens     nothing
Calls down  accounts, catalogue, clearances, demands, disclosures, files, inquiries, auctions (deals
            follow from what auctions announces); the mock bank's counter over HTTP, as a payer
"""
