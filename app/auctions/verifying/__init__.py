"""The proof of a finished sale: its two files, and whether what they tell can have happened.

Pure and offline: no database, no clock, no settings; anybody may run it on a file he was given.

Words
    record 竞价记录: the public file · openings 开启文件: the secrets behind its commitments, for a
    supervisor · fault: the first place where a part of the proof does not hold.

Promises
    1. An untouched record has no fault; a fault is a sentence and the number of its event.
    2. What is public is enough to check order, hashes, arithmetic, ends, extensions, suspensions
       and the winner; with the openings every maximum, sealed bid and reserve is used, so every
       automatic bid and every result is computed anew by the engine that ran the sale.
    3. The winner's maximum and a reserve that was not met are in no public file.

Decided in  docs/adr/0019-the-record-of-a-sale.md
"""

from app.auctions.verifying.building import (
    chain_events,
    first_hash,
    open_sale,
    show_codes,
    show_outages,
    show_result,
)
from app.auctions.verifying.checking import verify_sale
from app.auctions.verifying.faults import Fault
from app.auctions.verifying.files import Openings, SaleFile, read_openings, read_sale, write

__all__ = [
    "Fault",
    "Openings",
    "SaleFile",
    "chain_events",
    "first_hash",
    "open_sale",
    "read_openings",
    "read_sale",
    "show_codes",
    "show_outages",
    "show_result",
    "verify_sale",
    "write",
]
