"""Imports every table, for Alembic and the tests."""

import app.accounts.models
import app.accounts.standing_models
import app.auctions.admission_models
import app.auctions.deposit_models
import app.auctions.models
import app.audit.models
import app.catalogue.confidential_models
import app.catalogue.consent_models
import app.catalogue.edition_models
import app.catalogue.interest_models
import app.catalogue.models
import app.catalogue.offer_models
import app.catalogue.version_models
import app.clearances.models
import app.core.calendar
import app.core.clock
import app.core.facts
import app.core.numbers
import app.core.signs
import app.deals.models
import app.demands.models
import app.disclosures.models
import app.files.models
import app.imports.models
import app.imports.upload_models
import app.inbox.models
import app.inquiries.models
import app.ledger.models
import app.payments.models
import app.searches.models  # noqa: F401 - imported for its tables
import search.models  # noqa: F401 - imported for its table
from app.core.db import metadata

__all__ = ["metadata"]
