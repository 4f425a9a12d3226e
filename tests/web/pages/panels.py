"""Pages of the dashboard as they look on an ordinary day, and as a stranger would like them to look."""

from dataclasses import replace

from consentry.web.pages import words
from consentry.web.pages.deployment_views import (
    ClientLine,
    DeletePage,
    DeploymentForm,
    DeploymentLine,
    DeploymentPage,
    Deployments,
    Finding,
    Health,
)
from consentry.web.pages.views import Chrome, Place, View
from tests.web.pages.examples import SIGNED_IN

CHROME = replace(
    SIGNED_IN,
    navigation=(Place("Deployments", "/dashboard", current=True), Place("Applications", "/account")),
)

WELL = Health("well", "Answers, 5 tools", "Reminders (2026-07-28) answered, with 5 tools.", "2 minutes ago")
DOWN = Health("down", "Does not answer", "Nothing answers at http://127.0.0.1:9000/mcp. Is it running?", "1 day ago")
PAUSED = Health("paused", "Paused", "Calls are refused until somebody resumes it.")
TOOLS = ("list_reminders", "plan_week", "add_reminder", "complete_reminder", "delete_reminder")
LINE = DeploymentLine("Reminders", "reminders", "/dashboard/deployments/reminders", WELL, 3, "4 minutes ago")
DEPLOYMENTS = Deployments(
    managed=(
        LINE,
        replace(LINE, name="Notes", slug="notes", health=DOWN, connections=0, last_call_words="not yet"),
        replace(LINE, name="Text kit", slug="textkit", health=PAUSED, owner_email="grace@example.com"),
    ),
    usable=(("Weather", "https://mcp.example.com/mcp/weather"),),
    new_url="/dashboard/new",
    note="The deployment is deleted. What was connected to it ended at once.",
)
FORM = DeploymentForm(
    action="/dashboard/new",
    back="/dashboard",
    values={
        "name": "Notes",
        "slug": "notes",
        "place": "upstream",
        "upstream": "http://127.0.0.1:9000/mcp",
        "mcp_url": "",
        "access": "owner",
        "domain": "",
        "token_format": "api_key",
        "key_prefix": "rmt_",
        "key_life": "90d",
    },
    deployment_name=None,
    places=True,
    mcp_url="https://mcp.example.com/mcp/SLUG",
    policies=tuple(words.ACCESS.items()),
    finding=Finding(None, "notes", "2026-07-28", TOOLS),
)
FORM_FAILED = replace(
    FORM,
    error="A slug is 1 to 63 small letters, digits and hyphens, with no hyphen at either end.",
    finding=Finding("Nothing answers at http://127.0.0.1:9000/mcp. Is it running?", "", "", ()),
)
EDIT = replace(FORM, deployment_name="Notes", finding=None, action="/dashboard/deployments/notes/edit")
DEPLOYMENT = DeploymentPage(
    name="Reminders",
    slug="reminders",
    here="/dashboard/deployments/reminders",
    back="/dashboard",
    mcp_url="https://mcp.example.com/mcp/reminders",
    upstream_url="http://127.0.0.1:9000/mcp",
    owner_email="ada@example.com",
    access_words="Its owner alone",
    format_words="Opaque text, which only this server can read",
    health=WELL,
    tools=TOOLS,
    connections=3,
    last_call_words="4 minutes ago",
    created_at=1_794_474_000,
    paused=False,
    clients=(ClientLine("Claude", "client_1", "/dashboard/deployments/reminders/clients/client_1", False),),
    invites=True,
    invited=("grace@example.com", "alan@example.com"),
    note="The connection was tested just now; below it says what was found.",
)
DELETE = DeletePage("Reminders", "reminders", "/dashboard/deployments/reminders/delete", "/dashboard", 3, 1, 2)

EVERY: dict[str, tuple[View, Chrome]] = {
    "deployments": (DEPLOYMENTS, CHROME),
    "deployments-none": (Deployments((), (), "/dashboard/new"), CHROME),
    "deployment-new": (FORM, CHROME),
    "deployment-new-failed": (FORM_FAILED, CHROME),
    "deployment-edit": (EDIT, CHROME),
    "deployment": (DEPLOYMENT, CHROME),
    "deployment-paused": (replace(DEPLOYMENT, paused=True, health=PAUSED), CHROME),
    "deployment-delete": (replace(DELETE, error="Type the slug of the deployment."), CHROME),
}


def hostile(name: str) -> dict[str, View]:
    """Each page with `name` in every place where a stranger's text is shown."""
    long = "https://" + "very-long-label." * 12 + "example/" + "p" * 200
    health = replace(WELL, sentence=name, words="Answers, 5 tools")
    finding = Finding(None, name, name, (name,) * 50)
    email = "a" * 60 + "@" + "b" * 60 + ".example"
    return {
        "deployments": replace(
            DEPLOYMENTS,
            managed=(replace(LINE, name=name, slug="s" * 63, health=health, owner_email=email),),
            usable=((name, long),),
        ),
        "deployment-new": replace(
            FORM, values=dict.fromkeys(FORM.values, name) | {"place": "upstream"}, finding=finding, error=name
        ),
        "deployment-edit": replace(EDIT, deployment_name=name, finding=replace(finding, fault=name)),
        "deployment": replace(
            DEPLOYMENT,
            name=name,
            slug="s" * 63,
            mcp_url=long,
            upstream_url=long,
            owner_email=email,
            health=health,
            tools=(name,) * 50,
            invited=(email,),
            clients=(ClientLine(name, "client_1", "/dashboard", True),),
        ),
        "deployment-delete": replace(DELETE, name=name, slug="s" * 63),
    }
