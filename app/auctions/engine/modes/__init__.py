"""Every mode by its name. TENDER has none: it is a procedure of its own (招标投标法)."""

from collections.abc import Mapping
from typing import Final

from app.auctions.engine.mode import Mode
from app.auctions.engine.modes.auction import Auction
from app.auctions.engine.modes.buy_now import BuyNow
from app.auctions.engine.modes.dutch import Dutch
from app.auctions.engine.modes.dynamic import Dynamic
from app.auctions.engine.modes.multi import Multi
from app.auctions.engine.modes.once import Once
from app.auctions.engine.modes.weighted import Weighted
from app.auctions.engine.types import BidMode

_ALL: Final[tuple[Mode, ...]] = (
    Dynamic(),
    Multi(),
    Once(),
    BuyNow(),
    Weighted(),
    Dutch(),
    Auction(),
)
MODES: Final[Mapping[BidMode, Mode]] = {mode.mode: mode for mode in _ALL}
