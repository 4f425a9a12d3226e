"""Pages as they look on an ordinary day, and as a stranger would like them to look."""

from dataclasses import replace

from markupsafe import Markup

from consentry.web.pages import account_words, words
from consentry.web.pages.form import NEW_PASSWORD, Field, FormPage, email_field
from consentry.web.pages.security import RecoveryCodes, SecondFactorLine, SecondFactorSetup, Security, SessionLine
from consentry.web.pages.views import (
    Account,
    Application,
    ByDevice,
    ByRedirect,
    Chrome,
    ConnectionLine,
    Consent,
    DeviceCode,
    Home,
    Place,
    ScopeLine,
    SignIn,
    ToolLine,
    View,
)

CHROME = Chrome(
    prefix="",
    request_id="req_4Qm2xV9dKfB7wLhT0sNcRa",
    support_url="https://example.com/support",
    signed_in_as=None,
    csrf="csrf-of-the-session",
)
PLACES = (
    Place("Deployments", "/dashboard"),
    Place("Applications", "/account", current=True),
    Place("API keys", "/account/keys"),
    Place("Access tokens", "/account/tokens"),
    Place("Activity", "/account/activity"),
    Place("Account", "/account/security"),
)
SIGNED_IN = replace(CHROME, signed_in_as="ada@example.com", navigation=PLACES)

SIGN_IN = SignIn(
    action="/login",
    next="/authorize?client_id=cl_1&state=a%26b",
    csrf="csrf-of-the-session",
    email="",
    error=None,
    note=None,
    client_name="Claude",
)
SIGN_IN_FAILED = replace(
    SIGN_IN,
    links=(("Forgot your password?", "/reset-password"), ("Make an account", "/signup?next=%2F")),
    email="ada@example.com",
    error=words.SIGN_IN_FAILED,
    note=words.SESSION_ENDED,
)

TOOLS = (
    ToolLine("list_reminders", "List reminders", "Every open reminder, the soonest first.", "reads"),
    ToolLine("plan_week", "Plan the week", "Proposes a plan from what is due; saves nothing.", "reads"),
    ToolLine("add_reminder", "Add a reminder", "A new reminder, with a time if you name one.", "changes"),
    ToolLine("complete_reminder", "Complete a reminder", "Marks one reminder as done.", "changes"),
    ToolLine("delete_reminder", "Delete a reminder", "Removes one reminder for good.", "destroys"),
)
BY_REDIRECT = ByRedirect("claude.ai", "https://claude.ai/api/mcp/auth_callback", loopback=False, private_scheme=False)
CONSENT = Consent(
    action="/authorize",
    csrf="csrf-of-the-request",
    request="response_type=code&client_id=cl_1&state=a%26b%22%3E&scope=mcp",
    shown="proof-of-what-is-shown",
    client_name="Claude",
    client_host=None,
    client_uri="https://claude.ai",
    way=BY_REDIRECT,
    deployment_name="Reminders",
    mcp_url="https://mcp.example.com/mcp/reminders",
    scopes=(ScopeLine("mcp", "Use every tool, resource and prompt of Reminders, in your name"),),
    tools=TOOLS,
    tools_note=None,
    account_email="ada@example.com",
    account_name="Ada Lovelace",
    sign_out_action="/logout",
    expires_words="90 days",
)
CONSENT_IDENTITY = replace(
    CONSENT,
    scopes=(
        ScopeLine("email", "See your email address"),
        ScopeLine("openid", "Know that it is you each time, by a name that stays the same"),
    ),
    tools=(),
    uses_server=False,
)
CONSENT_CHECKED = replace(CONSENT, client_host="claude.ai", client_logo="/static/mark.svg")
CONSENT_LOOPBACK = replace(
    CONSENT,
    client_name="Visual Studio Code",
    client_host=None,
    client_uri=None,
    way=ByRedirect("127.0.0.1:33418", "http://127.0.0.1:33418/", loopback=True, private_scheme=False),
    tools=None,
    tools_note=words.TOOLS_UNREACHABLE,
)
CONSENT_PRIVATE_SCHEME = replace(
    CONSENT,
    client_name="Cursor",
    client_host=None,
    way=ByRedirect(
        "cursor://anysphere.cursor-mcp",
        "cursor://anysphere.cursor-mcp/oauth/callback",
        loopback=False,
        private_scheme=True,
    ),
    tools=(),
)
CONSENT_DEVICE = replace(
    CONSENT,
    action="/device/answer",
    request="user_code=BCDFGHJK",
    client_name="MCP CLI",
    client_uri=None,
    way=ByDevice("BCDF-GHJK", "203.0.113.9", near=False, asked_words="2 minutes ago"),
)
CONSENT_DEVICE_NEAR = replace(
    CONSENT_DEVICE, way=ByDevice("BCDF-GHJK", "2001:db8::1", near=True, asked_words="9 seconds ago")
)
DEVICE_CODE = DeviceCode(
    action="/device",
    csrf="csrf-of-the-session",
    user_code="",
    error=None,
    account_email="ada@example.com",
    sign_out_action="/logout?next=%2Fdevice",
)
FORM = FormPage(
    title="Make your account",
    lead="Your address is proven. Choose a password, and you are in.",
    action="/verify-email",
    csrf="csrf-of-the-form",
    hidden=(("token", "cy_ln_1"),),
    fields=(
        email_field("ada@example.com", readonly=True),
        Field("name", "Name (if you like)", autocomplete="name", required=False),
        NEW_PASSWORD,
    ),
    submit="Make the account",
    links=(("I have an account", "/login"),),
)
FORM_FAILED = replace(FORM, error="The password is too short: use at least 12 characters.", wrong="password")
DEVICE_CODE_FAILED = replace(DEVICE_CODE, user_code="BCDF-GHJK", error=words.USER_CODE_UNKNOWN)

HOSTILE_NAMES = (
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    '"><form action=https://evil.example><button>Approve</button>',
    "\u202eedualC\u202c \u2067(verified)\u2066 \u200f",
    "W" * 500,
    "\u0634\u0631\u0643\u0629 " * 100,
    "👩‍👩‍👧‍👦🏳️‍🌈🧿" * 60,
    "Z\u0351\u036b\u0343\u032a\u0302\u0319\u0319a\u0351\u036b\u0343\u032a\u0302\u0319\u0319" * 30,
    "\ufdfd" * 40,
    "\u200b\u3164\u2800\u00ad",
    "{{ 7 * 7 }}{% include 'page.html' %}",
    "two\r\nlines\x00\x1b[31m",
)


def hostile(name: str) -> Consent:
    """A consent page on which every stranger's field holds `name`."""
    long = "https://" + "very-long-label." * 12 + "example/" + "p" * 200
    return replace(
        CONSENT,
        client_name=name,
        client_host="a-" * 28 + "host.example",
        client_uri=long,
        way=ByRedirect("sub." * 30 + "example.com", long, loopback=False, private_scheme=False),
        deployment_name=name,
        mcp_url=long,
        scopes=(ScopeLine(name, name),),
        tools=tuple(ToolLine(name, name, name * 3, effect) for effect in ("reads", "changes", "destroys")),
        account_email="a" * 60 + "@" + "b" * 60 + ".example",
        account_name=name,
    )


CONNECTION = ConnectionLine(
    grant_id="gr_1",
    deployment_name="Reminders",
    scope_words="Use every tool, resource and prompt of Reminders, in your name",
    since=1_794_474_000,
    until=1_803_000_000,
    last_used_words="4 minutes ago",
    network="203.0.113.9",
    browser="Firefox on macOS",
    redirect_host="claude.ai",
)
APPLICATIONS = (
    Application("Claude", (CONNECTION, replace(CONNECTION, grant_id="gr_4", deployment_name="Text kit"))),
    Application("MCP CLI", (replace(CONNECTION, grant_id="gr_3", redirect_host=None, until=None),)),
    Application(
        "Visual Studio Code",
        (replace(CONNECTION, grant_id="gr_2", redirect_host="127.0.0.1:33418", key_label="An application of yours"),),
    ),
)
ACCOUNT = Account(
    disconnect_action="/account/disconnect",
    applications=APPLICATIONS,
    mcp_urls=(("Reminders", "https://mcp.example.com/mcp/reminders"),),
    note="Disconnected. The access ended at once.",
)
ACCOUNT_EMPTY = replace(ACCOUNT, applications=(), note=None)


def hostile_account(name: str) -> Account:
    """The same with `name` wherever a stranger's text stands."""
    line = replace(CONNECTION, deployment_name=name, scope_words=name, redirect_host="sub." * 30 + "x", key_label=name)
    urls = ((name, "https://" + "very-long-label." * 12 + "example/mcp"),)
    return replace(ACCOUNT, applications=(Application(name, (line, line)),), mcp_urls=urls)


STOPPED = words.notice(
    words.UNKNOWN_REDIRECT_URI,
    chrome=CHROME,
    detail=(("Redirect URI", "https://claude.ai/api/mcp/auth_callbakc"), ("MCP server", "reminders")),
)
SIGNED_OUT = words.notice(words.SIGNED_OUT, chrome=CHROME, link=("Sign in", "/login"))
DEVICE_APPROVED = words.notice(
    words.DEVICE_APPROVED,
    chrome=CHROME,
    detail=(("Application", "MCP CLI"), ("MCP server", "Reminders")),
    link=("Your connected applications", "/account"),
)
SECURITY = Security(
    email="ada@example.com",
    email_action="/account/security/email",
    verify_action="/account/security/verify",
    password_action="/account/security/password",
    sessions_action="/account/security/sessions",
    sessions=(
        SessionLine("01", "Firefox on Linux", "203.0.113.9", 1_800_000_000, 1_800_043_200, this=True),
        SessionLine("02", "A browser that gives no name", None, 1_799_990_000, 1_800_033_200, this=False),
    ),
    second_factor=SecondFactorLine(
        since=None,
        required=False,
        codes_left=0,
        setup_action="/account/security/second-factor",
        renew_action="/account/security/second-factor/codes",
        off_action="/account/security/second-factor/off",
    ),
    shut_out_action="/account/security/shut-out",
    export_action="/account/security/export",
    delete_action="/account/security/delete",
    note=account_words.DONE["sessions"],
)
SECURITY_FACTOR = replace(SECURITY, second_factor=replace(SECURITY.second_factor, since=1_799_000_000, codes_left=9))
SETUP = SecondFactorSetup(
    form=replace(
        FORM,
        title="Set up an authenticator",
        lead=None,
        action="/account/security/second-factor",
        hidden=(("draft", "00"),),
        fields=(
            email_field("ada@example.com", readonly=True),
            Field("password", "Your password", "password", "current-password"),
            Field("code", "Code", autocomplete="one-time-code", hint="Six digits that it shows now.", code=True),
        ),
        submit="Use this authenticator",
        error=account_words.CODE_WRONG,
    ),
    qr=Markup('<svg class="qr" viewBox="0 0 45 45"><path fill="#fff" d="M0 0h45v45h-45z"/></svg>'),
    key="JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP",
    uri="otpauth://totp/h.example:ada%40example.com?secret=JBSWY3DP",
)
RECOVERY_CODES = RecoveryCodes(("abcd-efgh-jkmn-pqrs",) * 10, ("I have written them down", "/account/security"))
HOME = Home(host="mcp.example.com", sign_in_url="/login", account_url="/account")

EVERY: dict[str, tuple[View, Chrome]] = {
    "sign-in": (SIGN_IN, CHROME),
    "sign-in-failed": (SIGN_IN_FAILED, CHROME),
    "consent": (CONSENT, SIGNED_IN),
    "consent-identity": (CONSENT_IDENTITY, SIGNED_IN),
    "consent-checked": (CONSENT_CHECKED, SIGNED_IN),
    "consent-loopback": (CONSENT_LOOPBACK, SIGNED_IN),
    "consent-private-scheme": (CONSENT_PRIVATE_SCHEME, SIGNED_IN),
    "consent-device": (CONSENT_DEVICE, SIGNED_IN),
    "consent-device-near": (CONSENT_DEVICE_NEAR, SIGNED_IN),
    "device-code": (DEVICE_CODE, SIGNED_IN),
    "device-code-failed": (DEVICE_CODE_FAILED, SIGNED_IN),
    "device-approved": (DEVICE_APPROVED, CHROME),
    "stopped": (STOPPED, CHROME),
    "signed-out": (SIGNED_OUT, CHROME),
    "account": (ACCOUNT, SIGNED_IN),
    "account-empty": (ACCOUNT_EMPTY, SIGNED_IN),
    "security": (SECURITY, SIGNED_IN),
    "security-factor": (SECURITY_FACTOR, SIGNED_IN),
    "second-factor": (SETUP, SIGNED_IN),
    "recovery-codes": (RECOVERY_CODES, SIGNED_IN),
    "home": (HOME, CHROME),
    "home-signed-in": (HOME, SIGNED_IN),
}
