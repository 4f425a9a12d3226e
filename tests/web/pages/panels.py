"""Pages of the dashboard as they look on an ordinary day, and as a stranger would like them to look."""

from dataclasses import replace

from consentry.accounts.personal_tokens import WORDS
from consentry.audit import Event
from consentry.calls import Names
from consentry.web.pages import chart, event_words, words
from consentry.web.pages.connect_views import ClientPage, KeyLine, Keys, PresetLine, SetUp, Waiting, WaitingLine
from consentry.web.pages.deployment_views import (
    ApplicationLine,
    ClientLine,
    DeletePage,
    DeploymentForm,
    DeploymentLine,
    DeploymentPage,
    Deployments,
    Finding,
    Health,
)
from consentry.web.pages.log_views import ActivityPage, CallLine, EventLine, LogPage
from consentry.web.pages.setup_words import OFFERED, snippet, steps
from consentry.web.pages.token_views import PersonalTokenLine, PersonalTokens
from consentry.web.pages.views import Chrome, View
from tests.web.pages.examples import PLACES, SIGNED_IN
from tests.web.pages.use import UNUSED, USE, USED

CHROME = replace(
    SIGNED_IN,
    navigation=tuple(replace(place, current=place.href == "/dashboard") for place in PLACES),
)
KEYS_CHROME = replace(
    CHROME, navigation=tuple(replace(place, current=place.href == "/account/keys") for place in PLACES)
)

WELL = Health("well", "Answers, 5 tools", "Reminders (2026-07-28) answered, with 5 tools.", "2 minutes ago")
DOWN = Health("down", "Does not answer", "Nothing answers at http://127.0.0.1:9000/mcp. Is it running?", "1 day ago")
PAUSED = Health("paused", "Paused", "Calls are refused until somebody resumes it.")
TOOLS = ("list_reminders", "plan_week", "add_reminder", "complete_reminder", "delete_reminder")
DAY = [chart.Bar(hour * 7 % 23, hour % 5 // 4) for hour in range(24)]
LINE = DeploymentLine(
    "Reminders",
    "reminders",
    "/dashboard/deployments/reminders",
    WELL,
    3,
    "4 minutes ago",
    calls=1241,
    errors=3,
    drawn=chart.bars(DAY, "Calls by the hour"),
)
DEPLOYMENTS = Deployments(
    managed=(
        LINE,
        replace(
            LINE,
            name="Notes",
            slug="notes",
            health=DOWN,
            connections=0,
            last_call_words="not yet",
            calls=0,
            errors=0,
            drawn="",
        ),
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
        "scopes": "read=@read",
        "hide_tools": "1",
        "headers": "",
        "identity": "1",
        "auth": "oauth,jwt",
        "jwt_issuer": "https://idp.example",
        "jwt_audience": "",
        "jwt_jwks_url": "https://idp.example/jwks.json",
        "sunset": "2027-03-31",
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
EDIT = replace(
    FORM,
    deployment_name="Notes",
    header_names=("authorization", "x-team"),
    finding=None,
    action="/dashboard/deployments/notes/edit",
)
DEPLOYMENT = DeploymentPage(
    name="Reminders",
    slug="reminders",
    here="/dashboard/deployments/reminders",
    back="/dashboard",
    mcp_url="https://mcp.example.com/mcp/reminders",
    upstream_url="http://127.0.0.1:9000/mcp",
    owner_email="ada@example.com",
    access_words="Its owner alone",
    auth_words="Access tokens of this server",
    format_words="Opaque text, which only this server can read",
    scopes=(("read", "@read, search_*"), ("mcp", "*")),
    guarded=True,
    health=WELL,
    tools=TOOLS,
    connections=3,
    last_call_words="4 minutes ago",
    created_at=1_794_474_000,
    paused=False,
    clients=(ClientLine("Claude", "client_1", "/dashboard/deployments/reminders/clients/client_1", False),),
    applications=(
        ApplicationLine("Claude", "claude.ai", 2, "last used 4 minutes ago"),
        ApplicationLine("Visual Studio Code", "on a person's own computer", 1, "not used yet"),
    ),
    keys=1,
    invites=True,
    invited=("grace@example.com", "alan@example.com"),
    tested=True,
)
DELETE = DeletePage("Reminders", "reminders", "/dashboard/deployments/reminders/delete", "/dashboard", 3, 1, 2)

SET_UP = SetUp(
    deployment_name="Reminders",
    action="/dashboard/deployments/reminders/connect",
    back="/dashboard/deployments/reminders",
    presets=tuple(
        PresetLine(preset, said, preset == "vscode", "Needs a public https address" if preset != "vscode" else "")
        for preset, said in OFFERED
    ),
    values={"preset": "claude-both", "name": "", "redirect_uris": "", "older": "1", "confidential": ""},
    unreachable="Claude and ChatGPT call from their makers' machines, and 127.0.0.1 is not reachable from there.",
)
CLIENT = ClientPage(
    name="Claude",
    client_id="client_4Qm2xV9dKfB7wLhT0sNcRa",
    deployment_name="Reminders",
    mcp_url="https://mcp.example.com/mcp/reminders",
    authorization_url="https://mcp.example.com/authorize",
    token_url="https://mcp.example.com/token",
    redirect_uris=("https://claude.ai/api/mcp/auth_callback", "https://claude.com/api/mcp/auth_callback"),
    steps=steps("claude-both", confidential=False),
    reachable=True,
    reach_words="",
    confidential=False,
    here="/dashboard/deployments/reminders/clients/client_1",
    back="/dashboard/deployments/reminders",
    note="The client is there. Give its values to the application.",
)
CLIENT_WITH_SECRET = replace(
    CLIENT,
    reachable=False,
    reach_words="Claude calls from its maker's machines, and 127.0.0.1 is not reachable from there.",
    confidential=True,
    secret="cy_cs_" + "s" * 49,
    older_until=1_794_560_400,
    connections=1,
    note=None,
)
KEY = KeyLine("gr_1", "Nightly backup", "Reminders", "Use every tool", 1_794_474_000, None, "4 minutes ago")
KEYS = Keys(
    keys=(KEY, replace(KEY, grant_id="gr_2", label="claude.ai", until=1_803_000_000, application="Claude")),
    deployments=(("reminders", "Reminders"), ("textkit", "Text kit")),
    action="/account/keys",
    revoke_action="/account/keys/revoke",
    values={"deployment": "", "label": "", "scope": "", "life": "90d"},
    fresh=("Nightly backup", "cy_ak_" + "k" * 49),
    scopes=(("Reminders", ("read", "write")),),
)

WAITING = Waiting(
    clients=(
        WaitingLine("client_4Qm2xV9dKfB7wLhT0sNcRa", "Claude", ("claude.ai", "claude.com"), 1_794_474_000, False),
        WaitingLine("client_5Qm2xV9dKfB7wLhT0sNcRa", "", ("127.0.0.1:33418",), 1_794_474_000, True),
    ),
    approve_action="/dashboard/waiting/approve",
    refuse_action="/dashboard/waiting/refuse",
    note="The application is approved. Whoever tried to connect it can do so now.",
)
TOKENS = PersonalTokens(
    tokens=(
        PersonalTokenLine("pat_1", "Inventory", ("deployments:read",), 1_794_474_000, None, False, "4 minutes ago"),
        PersonalTokenLine("pat_2", "Old", tuple(WORDS), 1_794_474_000, 1_794_560_400, True, "not yet"),
    ),
    scopes=tuple(WORDS.items()),
    action="/account/tokens",
    revoke_action="/account/tokens/revoke",
    reference_url="/api/v1",
    email="ada@example.com",
    values={"label": "", "life": "90d"},
    ticked=frozenset({"deployments:read"}),
    fresh=("Inventory", "cy_pt_" + "t" * 49),
)
CALL = CallLine(
    1_794_560_400, "add_reminder", "ada@example.com", "Claude", 200, 34, 120, 4321, "req_5Yk2mX9dKfB7wLhT0sNcRa"
)
NAMES = Names("Reminders", "ada@example.com", "Claude")


def happened(event: Event, names: Names = NAMES) -> EventLine:
    """An event as its account reads it."""
    return EventLine(
        event.at,
        event.name,
        event_words.sentence(event, names, "account_1"),
        event.suspicious,
        event_words.next_step(event, "account_1"),
        event.network,
    )


HAPPENED = tuple(
    happened(Event(name, 1_794_560_400 + number, "203.0.113.9", "account_1"))
    for number, name in enumerate(sorted(event_words.SENTENCES))
)
LOG = LogPage(
    deployment_name="Reminders",
    back="/dashboard/deployments/reminders",
    here="/dashboard/deployments/reminders/log",
    kind="calls",
    kinds=(("calls", "Calls", "/log"), ("events", "OAuth events", "/log?kind=events")),
    values={"from": "", "to": "", "client": "", "tool": "add_reminder", "status": "", "failed": ""},
    clients=(("client_1", "Claude"), ("client_2", "Visual Studio Code")),
    calls=(CALL, replace(CALL, status=403, what="delete_reminder"), replace(CALL, status=0, what="tools/list")),
    events=(),
    exports=(("CSV", "/log/csv"), ("JSON lines", "/log/jsonl")),
    newest=None,
    older="/log?before=1.1",
)
LOG_EVENTS = replace(LOG, kind="events", calls=(), events=HAPPENED, newest="/log?kind=events")
ACTIVITY = ActivityPage(
    choices=(
        ("What matters", "/account/activity", True),
        ("Suspicious", "/account/activity?show=suspicious", False),
        ("Everything", "/account/activity?show=all", False),
    ),
    events=HAPPENED,
    newest="/account/activity",
    older="/account/activity?before=1",
)
ACTIVITY_CHROME = replace(
    CHROME, navigation=tuple(replace(place, current=place.href == "/account/activity") for place in PLACES)
)

EVERY: dict[str, tuple[View, Chrome]] = {
    "deployments": (DEPLOYMENTS, CHROME),
    "deployments-none": (Deployments((), (), "/dashboard/new"), CHROME),
    "deployment-new": (FORM, CHROME),
    "deployment-new-failed": (FORM_FAILED, CHROME),
    "deployment-edit": (EDIT, CHROME),
    "deployment": (DEPLOYMENT, CHROME),
    "deployment-paused": (replace(DEPLOYMENT, paused=True, health=PAUSED), CHROME),
    "deployment-delete": (replace(DELETE, error="Type the slug of the deployment."), CHROME),
    "set-up": (SET_UP, CHROME),
    "set-up-failed": (replace(SET_UP, error="Say where the application takes people back to."), CHROME),
    "client": (CLIENT, CHROME),
    "client-cursor": (
        replace(CLIENT, snippet=snippet("cursor", "reminders", CLIENT.mcp_url, CLIENT.client_id, confidential=False)),
        CHROME,
    ),
    "client-secret": (CLIENT_WITH_SECRET, CHROME),
    "log": (LOG, CHROME),
    "log-events": (LOG_EVENTS, CHROME),
    "activity": (ACTIVITY, ACTIVITY_CHROME),
    "activity-none": (replace(ACTIVITY, events=(), older=None), ACTIVITY_CHROME),
    "log-failed": (replace(LOG, calls=(), error="That is no time.", exports=(), older=None), CHROME),
    "use": (USE, CHROME),
    "use-none": (UNUSED, CHROME),
    "keys": (KEYS, KEYS_CHROME),
    "waiting": (WAITING, CHROME),
    "waiting-none": (Waiting((), "/dashboard/waiting/approve", "/dashboard/waiting/refuse"), CHROME),
    "tokens": (TOKENS, CHROME),
    "tokens-none": (replace(TOKENS, tokens=(), fresh=None, error="Choose what the token may do."), CHROME),
    "keys-one-scope": (replace(KEYS, fresh=None, scopes=()), KEYS_CHROME),
    "keys-none": (Keys((), (), "/account/keys", "/account/keys/revoke", {}, error="Choose."), CHROME),
}


def hostile(name: str) -> dict[str, View]:
    """Each page with `name` in every place where a stranger's text is shown."""
    long = "https://" + "very-long-label." * 12 + "example/" + "p" * 200
    # What a person types stands in the fields as it is; in those of lines only what prints can have been kept.
    lines = name if name.isprintable() else ""
    typed = dict.fromkeys(FORM.values, name) | {"place": "upstream", "sunset": "", "scopes": lines, "headers": lines}
    health = replace(WELL, sentence=name, words="Answers, 5 tools")
    finding = Finding(None, name, name, (name,) * 50)
    email = "a" * 60 + "@" + "b" * 60 + ".example"
    return {
        "deployments": replace(
            DEPLOYMENTS,
            managed=(replace(LINE, name=name, slug="s" * 63, health=health, owner_email=email),),
            usable=((name, long),),
            long=True,
            search=name,
        ),
        "deployment-new": replace(FORM, values=typed, finding=finding, error=name),
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
            scopes=((name, name),),
            auth_words=name,
            applications=(ApplicationLine(name, name, 2, "not yet"),),
            invited=(email,),
            clients=(ClientLine(name, "client_1", "/dashboard", True),),
        ),
        "deployment-delete": replace(DELETE, name=name, slug="s" * 63),
        "set-up": replace(SET_UP, deployment_name=name, error=name),
        "client": replace(
            CLIENT_WITH_SECRET,
            name=name,
            deployment_name=name,
            mcp_url=long,
            redirect_uris=(long,) * 10,
            reach_words="sub." * 60,
        ),
        "waiting": replace(
            WAITING, clients=(WaitingLine("client_1", name, ("sub." * 30 + "example.com",), 1_794_474_000, True),)
        ),
        "log": replace(
            LOG,
            deployment_name=name,
            values=dict.fromkeys(LOG.values, name) | {"client": "client_1", "from": "", "to": ""},
            clients=(("client_1", name),),
            calls=(replace(CALL, what=name, account=email, client=name),),
        ),
        "activity": replace(
            ACTIVITY,
            events=(happened(Event("grant:token:shared", 1_794_560_400), Names(name, email, name)),),
        ),
        "use": replace(
            USE,
            deployment_name=name,
            plan=name,
            tools=(replace(USED, name=name),),
            clients=(replace(USED, name=name),),
        ),
        "log-events": replace(
            LOG_EVENTS,
            events=tuple(
                happened(Event(event, 1_794_560_400), Names(name, email, name)) for event in event_words.SENTENCES
            ),
        ),
        "keys": replace(
            KEYS,
            keys=(replace(KEY, label=name, deployment_name=name, scope_words=name, application=name),),
            deployments=(("s" * 63, name),),
            fresh=(name, KEYS.fresh[1] if KEYS.fresh else ""),
            error=name,
        ),
        "tokens": replace(
            TOKENS,
            tokens=(replace(TOKENS.tokens[0], label=name),),
            email=email,
            values={"label": name, "life": "90d"},
            fresh=(name, "cy_pt_" + "t" * 49),
            error=name,
        ),
    }
