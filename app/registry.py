"""Imports every table, for Alembic and the tests."""

import app.audit.models
import app.catalogue.models
import app.catalogue.offer_models
import app.core.calendar
import app.core.facts
import app.core.numbers
import app.ledger.models  # noqa: F401 - imported for its tables
from app.core.db import metadata

__all__ = ["metadata"]
