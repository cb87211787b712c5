"""The door of payments: its verbs, by what they are about.

Orders: ``orders``; arrivals: ``receiving``; money that leaves: ``paying``, ``refunds``; the daily
comparison: ``reconciling``; what people see: ``reading``.
"""

from app.payments.books import ORDER, open_purse
from app.payments.orders import close_order, move_orders, open_order, show_order
from app.payments.paying import order_payout
from app.payments.reading import (
    Movements,
    find_paid_receipt,
    list_differences,
    list_odd_receipts,
    list_payouts,
    list_statements,
    may_act,
    read_movements,
    show_receipt,
)
from app.payments.receiving import take_event, take_payment
from app.payments.reconciling import ask_statement, reconcile_day, settle_difference
from app.payments.refunds import approve_refund, refuse_refund, request_refund, retry_payout

__all__ = [
    "ORDER",
    "Movements",
    "approve_refund",
    "ask_statement",
    "close_order",
    "find_paid_receipt",
    "list_differences",
    "list_odd_receipts",
    "list_payouts",
    "list_statements",
    "may_act",
    "move_orders",
    "open_order",
    "open_purse",
    "order_payout",
    "read_movements",
    "reconcile_day",
    "refuse_refund",
    "request_refund",
    "retry_payout",
    "settle_difference",
    "show_order",
    "show_receipt",
    "take_event",
    "take_payment",
]
