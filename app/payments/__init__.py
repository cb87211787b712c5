"""Payments (支付): money at the bank, mirrored. The market holds no client money (DOMAIN 7.8).

A bank or a licensed payment company keeps the account; this room tells it what is expected, hears
what arrived, sends back what does not count, and compares its books with the bank's every day.

Words
    order 缴款单: what one party is asked to pay, for what, until when · receipt 到账: one arrival
    at the bank · payout 划付: money that leaves, a refund 退款 to the paying account or a capture
    扣划 to a payee · statement 对账单: one day of the bank · difference 对账差异 · purse 账户 of
    the ledger · stuck 滞留: a payout that would not go after several tries.

Promises
    1. A message of the bank is believed only under its signature and while it is fresh; told twice
       it does nothing twice; told in any order it ends the same.
    2. Every arrival is booked once, by the bank's own reference, and has one kind: matched, late,
       short, surplus, third party, doubled or unknown. The bank's arrival time decides, read on the
       market's clock (the bank's instant plus the offset of a demonstration).
    3. What does not count goes back by itself, to the account it came from; the payer's
       organisation is told. Nothing of it can be spent twice: it is held in the ledger from the
       moment the return is decided.
    4. A payout is ordered at the bank under one key however often the worker tries; it is tried
       until it has gone, and people are told when it does not go.
    5. A refund by hand needs two people.
    6. Each day is compared row by row with the bank's statement; a difference is kept, told and
       settled by a person with a note. Nothing is mended silently.
    7. A lost message loses no money: orders that wait are asked about.
    8. The end of an order moves only by ``move_orders``, and only while it waits for money; the
       bank is told at every look until it shows the same end.

Personal data
    A payer's name is kept masked where it is a person's, of the account the last four digits.

Announces   OrderMoved, ReceiptMatched, ReceiptReturned, PayoutSettled, PayoutRefused, PayoutStuck,
            StatementDiffers
Listens     nothing
Calls down  accounts (whose account is it? telling), ledger, audit
Decided in  docs/adr/0022-money-at-the-bank.md
"""
