"""The cast and the props of the tests, made through the public verbs.

Each room adds its builders in ``tests/worlds/<room>.py`` as a class that World inherits.
"""

from __future__ import annotations

from pathlib import Path

from app.core.tx import Tx
from tests.worlds.accounts import AccountsBuilders
from tests.worlds.admission import AdmissionBuilders
from tests.worlds.auctions import AuctionBuilders
from tests.worlds.catalogue import CatalogueBuilders
from tests.worlds.demands import DemandsBuilders
from tests.worlds.deposits import DepositBuilders
from tests.worlds.disclosures import DisclosureBuilders
from tests.worlds.editions import EditionBuilders
from tests.worlds.files import FilesBuilders
from tests.worlds.imports import ImportsBuilders
from tests.worlds.payments import PaymentsBuilders


class World(
    AdmissionBuilders,
    DepositBuilders,
    AuctionBuilders,
    PaymentsBuilders,
    AccountsBuilders,
    CatalogueBuilders,
    DemandsBuilders,
    DisclosureBuilders,
    EditionBuilders,
    FilesBuilders,
    ImportsBuilders,
):
    """Everything a test may ask for; ``tx`` decides whether it is rolled back or real."""

    def __init__(self, tx: Tx, files_dir: Path = Path("no-files")) -> None:
        self.tx, self.files_dir = tx, files_dir
