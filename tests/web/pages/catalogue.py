"""Every page in each of its states, by name, and at which address it stands: what all checks and pictures go over."""

from dataclasses import replace

from consentry.addresses import Addresses
from consentry.web.management import reference
from consentry.web.management.table import OPERATIONS
from consentry.web.pages.views import Chrome, View
from tests.web.pages import examples, forms, panels, people

Pages = dict[str, tuple[View, Chrome]]

ADDRESSES = Addresses("https://mcp.example.com", "https://mcp.example.com/mcp/{slug}")

MANY = replace(
    panels.DEPLOYMENTS,
    note=None,
    here="/dashboard",
    search="note",
    long=True,
    first="/dashboard?search=note",
    more="/dashboard?search=note&after=notes",
    unlisted=7,
)

# As on an ordinary day, when nobody means harm.
PAGES: Pages = {
    **examples.EVERY,
    **forms.EVERY,
    **panels.EVERY,
    **people.EVERY,
    "deployments-many": (MANY, panels.CHROME),
    "api-reference": (reference.view(ADDRESSES, OPERATIONS), panels.CHROME),
}

_ALL_NAMES = "".join(examples.HOSTILE_NAMES)
# As a stranger would like them to look.
HOSTILE: Pages = {
    **{f"hostile-{n}": (examples.hostile(name), examples.SIGNED_IN) for n, name in enumerate(examples.HOSTILE_NAMES)},
    "hostile-account": (examples.hostile_account(_ALL_NAMES), examples.SIGNED_IN),
    **{f"hostile-{name}": (view, panels.CHROME) for name, view in panels.hostile(_ALL_NAMES).items()},
    "hostile-people": (people.hostile(_ALL_NAMES), people.CHROME),
}

# The pages that can stand at each address, whether it was opened or a form was sent there.
# tests/web/pages/test_catalogue.py fails where an address that answers with a page is missing here.
STANDING: dict[str, tuple[str, ...]] = {
    "/": ("home", "home-signed-in"),
    "/authorize": (
        "consent",
        "consent-identity",
        "consent-checked",
        "consent-loopback",
        "consent-private-scheme",
        "stopped",
    ),
    "/device": ("device-code", "device-code-failed", "consent-device", "consent-device-near"),
    "/device/answer": ("device-approved",),
    "/login": ("sign-in", "sign-in-failed"),
    "/login/code": ("sign-in-code", "sign-in-code-failed"),
    "/logout": ("signed-out",),
    "/signup": ("sign-up", "sign-up-failed", "letter-sent"),
    "/verify-email": ("verify-email", "verify-email-failed", "verify-email-there", "use-email", "link-gone"),
    "/reset-password": ("reset-password", "reset-password-link"),
    "/account": ("account", "account-empty"),
    "/account/keep-email": ("keep-email", "use-email", "link-gone"),
    "/account/security": ("security", "security-factor"),
    "/account/security/password": ("change-password", "change-password-failed"),
    "/account/security/email": ("change-email",),
    "/account/security/shut-out": ("shut-out",),
    "/account/security/second-factor": ("second-factor", "recovery-codes"),
    "/account/security/second-factor/codes": ("recovery-codes-new",),
    "/account/security/second-factor/off": ("second-factor-off",),
    "/account/security/delete": ("account-delete", "account-deleted"),
    "/account/activity": ("activity", "activity-none"),
    "/account/keys": ("keys", "keys-one-scope", "keys-none"),
    "/account/tokens": ("tokens", "tokens-none"),
    "/dashboard": ("deployments", "deployments-many", "deployments-none"),
    "/dashboard/new": ("deployment-new", "deployment-new-failed"),
    "/dashboard/people": ("people", "people-invited", "people-none"),
    "/dashboard/waiting": ("waiting", "waiting-none"),
    "/dashboard/deployments/{slug}": ("deployment", "deployment-paused"),
    "/dashboard/deployments/{slug}/edit": ("deployment-edit",),
    "/dashboard/deployments/{slug}/connect": ("set-up", "set-up-failed"),
    "/dashboard/deployments/{slug}/clients/{client_id}": ("client", "client-cursor", "client-secret"),
    "/dashboard/deployments/{slug}/delete": ("deployment-delete",),
    "/dashboard/deployments/{slug}/log": ("log", "log-events", "log-failed"),
    "/dashboard/deployments/{slug}/use": ("use", "use-none"),
    "/api/v1": ("api-reference",),
    "/mcp/{slug}": ("mcp-url",),
}
# What can be opened besides, and is no page.
NO_PAGES = {
    "/healthz": "for whoever watches the process",
    "/readyz": "for whoever watches the process",
    "/metrics": "for whoever measures",
    "/api/v1/openapi.json": "for programs",
    "/client-logo/{digest}": "a picture",
    "/account/security/export": "a file",
    "/dashboard/deployments/{slug}/log/csv": "a file",
    "/dashboard/deployments/{slug}/log/jsonl": "a file",
}
