"""The verbs of a transaction, one file a room, in SQL that every database of ours reads alike."""

from consentry.store.driver import Driver
from consentry.store.sql.accounts import AccountVerbs
from consentry.store.sql.assertions import AssertionVerbs
from consentry.store.sql.calls import CallVerbs
from consentry.store.sql.clients import ClientVerbs
from consentry.store.sql.counts import CountVerbs
from consentry.store.sql.deployments import DeploymentVerbs
from consentry.store.sql.devices import DeviceVerbs
from consentry.store.sql.documents import DocumentVerbs
from consentry.store.sql.events import EventVerbs
from consentry.store.sql.grants import GrantVerbs
from consentry.store.sql.health import HealthVerbs
from consentry.store.sql.keys import KeyVerbs
from consentry.store.sql.links import LinkVerbs
from consentry.store.sql.personal_tokens import PersonalTokenVerbs
from consentry.store.sql.pushed import PushedVerbs
from consentry.store.sql.registrations import RegistrationVerbs
from consentry.store.sql.second_factors import SecondFactorVerbs
from consentry.store.sql.sweep import SweepVerbs
from consentry.store.sql.tokens import TokenVerbs
from consentry.store.sql.usage import UsageVerbs

__all__ = ["Transaction"]


class Transaction(
    AccountVerbs,
    AssertionVerbs,
    CallVerbs,
    CountVerbs,
    ClientVerbs,
    DeploymentVerbs,
    DeviceVerbs,
    DocumentVerbs,
    EventVerbs,
    GrantVerbs,
    HealthVerbs,
    KeyVerbs,
    LinkVerbs,
    PersonalTokenVerbs,
    PushedVerbs,
    RegistrationVerbs,
    SecondFactorVerbs,
    SweepVerbs,
    TokenVerbs,
    UsageVerbs,
):
    """Every verb that the rooms ask for."""

    def __init__(self, db: Driver) -> None:
        self.db = db
