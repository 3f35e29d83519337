"""Metering's questions, by topic."""

from services.metering.views.consumption import consumption
from services.metering.views.downloads import download, meter_data
from services.metering.views.guests import guest_queue
from services.metering.views.intervals import interval_days
from services.metering.views.meters import account_meters, check_meter_proof, overview, passport
from services.metering.views.personal_data import personal_data
from services.metering.views.readings import history, meter_readings, quantities, quantities_of

__all__ = [
    "account_meters",
    "check_meter_proof",
    "consumption",
    "download",
    "guest_queue",
    "history",
    "interval_days",
    "meter_data",
    "meter_readings",
    "overview",
    "passport",
    "personal_data",
    "quantities",
    "quantities_of",
]
