"""The page about people as it looks on an ordinary day, and as a stranger would like it to look."""

from dataclasses import replace

from consentry.accounts.inviting import CLOSED
from consentry.web.dashboard.people import NOTES, OWN
from consentry.web.pages.people_views import InvitationLine, People, PersonLine
from consentry.web.pages.views import Chrome, Place, View
from tests.web.pages.examples import PLACES, SIGNED_IN

CHROME = replace(SIGNED_IN, navigation=(*PLACES, Place("People", "/dashboard/people", current=True)))
OLGA = PersonLine(
    "account_3", "olga@example.com", "Olga", ("operator", "verified"), "unlimited", 1_794_474_000, False, own=True
)
ADA = replace(OLGA, account_id="account_1", email="ada@example.com", name="Ada Lovelace", own=False)
PEOPLE = People(
    people=(
        replace(ADA, state=("verified", "second factor")),
        replace(ADA, email="bob@example.com", name="", state=("not verified",), plan="free"),
        replace(ADA, email="grace@example.com", name="Grace", state=("verified", "disabled"), disabled=True),
        OLGA,
    ),
    invitations=(
        InvitationLine("01", "alan@example.com", 1_794_474_000, 1_795_078_800),
        InvitationLine("02", "kurt@example.com", 1_794_474_000, 1_795_078_800),
    ),
    here="/dashboard/people",
    search="",
    mail=True,
    values={"email": "", "way": "mail"},
    note=NOTES["disabled"],
    older="/dashboard/people?after=1794474000.account_3",
)

EVERY: dict[str, tuple[View, Chrome]] = {
    "people": (PEOPLE, CHROME),
    "people-invited": (
        replace(
            PEOPLE,
            mail=False,
            note=None,
            fresh=("alan@example.com", "https://mcp.example.com/verify-email?token=cy_ln_" + "l" * 49),
        ),
        CHROME,
    ),
    "people-none": (
        replace(
            PEOPLE,
            people=(),
            invitations=(),
            search="nobody",
            newest="/dashboard/people",
            older=None,
            note=None,
            closed=CLOSED,
            error=OWN,
        ),
        CHROME,
    ),
}


def hostile(name: str) -> View:
    """With `name` wherever a person's own words stand; an address has no such letters, but may be long."""
    email = "a" * 60 + "@" + "b" * 60 + ".example"
    return replace(
        PEOPLE,
        people=(replace(ADA, name=name, email=email),),
        invitations=(replace(PEOPLE.invitations[0], email=email),),
        search=name,
        error=name,
        fresh=(email, "https://" + "very-long-label." * 12 + "example/" + "p" * 200),
    )
