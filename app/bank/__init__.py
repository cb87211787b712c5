"""Mock bank (模拟银行): what a bank does for a market, as a service of its own.

Words: an order (收款订单) is what somebody expects to receive; a transfer (转账) what a payer
sends; an entry (流水) what is booked; a payout (付款指令) what the account's holder sends out: a
refund (退款) to where it came from, or a capture (划付) to a payee; a statement (对账单) a day's
entries; an event (通知) is told to a webhook; the counter (柜台) is the payers' page; switches
(开关) make it fail.

Promises: what was answered is on the disk, also after kill -9; an entry is never changed; a number
is paid out at most once and a receipt never beyond its amount; an event is delivered at least once,
signed, in no promised order. It is no bank and says so on every page.

Announces: no facts; the events of docs/bank.md go to the webhook over HTTP.

Listens: to nobody.

Calls down: app.core.money alone, and knows nothing of any market: a test holds it to that. It has
its own SQLite file, process, port and keys, so that a market can only speak to it as to any bank.
"""
