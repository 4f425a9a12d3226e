"""The list of pictures: every page that a person can see, in each state that matters, in the order of a reader."""

from typing import NamedTuple

WIDTHS = (320, 768, 1024)
SCHEMES = ("light", "dark")


class Picture(NamedTuple):
    """A page in one state: the picture's name, its address, and what is to be seen there."""

    name: str
    route: str
    words: str


class Chapter(NamedTuple):
    title: str
    pictures: tuple[Picture, ...]


_ONE = "/dashboard/deployments/{slug}"
_CLIENT = f"{_ONE}/clients/{{client_id}}"
_SECURITY = "/account/security"

ALBUM: tuple[Chapter, ...] = (
    Chapter(
        "Coming in",
        (
            Picture("home", "/", "The front page"),
            Picture("sign-in", "/login", "Signing in"),
            Picture("sign-in-to-connect", "/login", "Signing in on the way to connecting an application"),
            Picture("sign-in-failed", "/login", "A wrong password"),
            Picture("second-step", "/login", "The second step, where an authenticator is set up"),
            Picture("second-step-failed", "/login/code", "A wrong code"),
            Picture("sign-up", "/signup", "Making an account"),
            Picture("letter-sent", "/signup", "A letter is on its way"),
            Picture("make-account", "/verify-email", "The link in the letter"),
            Picture("sign-up-closed", "/signup", "Where accounts are by invitation"),
            Picture("reset-password", "/reset-password", "A forgotten password"),
            Picture("new-password", "/reset-password", "A new one, by the link in the letter"),
            Picture("link-gone", "/verify-email", "A link that was used"),
            Picture("signed-out", "/logout", "Signed out"),
        ),
    ),
    Chapter(
        "Letting an application in",
        (
            Picture("consent", "/authorize", "An application whose address was checked"),
            Picture("consent-tools", "/authorize", "What it could do, tool by tool"),
            Picture("consent-unchecked", "/authorize", "An application that only says its name"),
            Picture("consent-loopback", "/authorize", "An application on this computer"),
            Picture("consent-private-scheme", "/authorize", "An application that the device opens"),
            Picture("consent-no-answer", "/authorize", "The MCP server does not answer just now"),
            Picture("consent-identity", "/authorize", "An application that wants to know the person alone"),
            Picture("device-code", "/device", "Entering the code of a device"),
            Picture("device-code-failed", "/device", "A code that is none"),
            Picture("consent-device", "/device", "A device that asks"),
            Picture("device-approved", "/device/answer", "Approved"),
            Picture("device-denied", "/device/answer", "Denied"),
        ),
    ),
    Chapter(
        "When it cannot go on",
        (
            Picture("unknown-client", "/authorize", "A client ID that nobody knows"),
            Picture("unknown-redirect-uri", "/authorize", "A redirect URI that was not registered"),
            Picture("faulty-request", "/authorize", "A request with a fault"),
            Picture("pending-client", "/authorize", "An application that waits for the operator"),
            Picture("not-allowed", "/authorize", "An account that may not use this MCP server"),
            Picture("form-expired", "/consent", "A form of another session"),
            Picture("mcp-url-in-a-browser", "/mcp/{slug}", "An MCP URL in a browser"),
            Picture("not-found", "/nothing/here", "No page"),
            Picture("server-error", "/login", "A fault of the server"),
        ),
    ),
    Chapter(
        "Deployments",
        (
            Picture("deployments", "/dashboard", "The MCP servers that one manages"),
            Picture("deployments-none", "/dashboard", "None yet"),
            Picture("deployment-new", "/dashboard/new", "A new one"),
            Picture("deployment-new-tried", "/dashboard/new", "The connection is tested before anything is made"),
            Picture("deployment-new-down", "/dashboard/new", "Nothing answers there"),
            Picture("deployment-new-failed", "/dashboard/new", "Something that cannot be"),
            Picture("deployment", _ONE, "One of them, after testing the connection"),
            Picture("deployment-down", _ONE, "One that does not answer"),
            Picture("deployment-paused", _ONE, "One that is paused"),
            Picture("deployment-edit", f"{_ONE}/edit", "Editing"),
            Picture("deployment-delete", f"{_ONE}/delete", "Deleting says first what ends"),
        ),
    ),
    Chapter(
        "Set up OAuth",
        (
            Picture("set-up", f"{_ONE}/connect", "Choosing the application"),
            Picture("set-up-failed", f"{_ONE}/connect", "Another application needs its redirect URIs"),
            Picture("client-claude", _CLIENT, "Claude, on the web and Desktop"),
            Picture("client-claude-web", _CLIENT, "Claude on the web"),
            Picture("client-claude-desktop", _CLIENT, "Claude Desktop"),
            Picture("client-chatgpt", _CLIENT, "ChatGPT"),
            Picture("client-vscode", _CLIENT, "Visual Studio Code"),
            Picture("client-cursor", _CLIENT, "Cursor"),
            Picture("client-inspector", _CLIENT, "MCP Inspector"),
            Picture("client-secret", f"{_ONE}/connect", "An application with a secret, which is shown once"),
            Picture("people", "/dashboard/people", "Who is here, for operators"),
            Picture("person-invited", "/dashboard/people", "An invitation to hand over"),
            Picture("waiting", "/dashboard/waiting", "Applications that wait for an operator"),
            Picture("waiting-none", "/dashboard/waiting", "None waits"),
        ),
    ),
    Chapter(
        "Seeing what happens",
        (
            Picture("log", f"{_ONE}/log", "Calls"),
            Picture("log-events", f"{_ONE}/log", "OAuth events"),
            Picture("log-none", f"{_ONE}/log", "Nothing yet"),
            Picture("use", f"{_ONE}/use", "Use: charts, tools, applications, the plan"),
            Picture("use-none", f"{_ONE}/use", "No use yet"),
            Picture("activity", "/account/activity", "What happened to an account"),
            Picture("activity-suspicious", "/account/activity", "The suspicious, each with what to do"),
        ),
    ),
    Chapter(
        "One's own account",
        (
            Picture("account", "/account", "Connected applications"),
            Picture("account-none", "/account", "None yet"),
            Picture("keys", "/account/keys", "API keys"),
            Picture("key-made", "/account/keys", "A key that was just made"),
            Picture("keys-none", "/account/keys", "No key yet"),
            Picture("tokens", "/account/tokens", "Access tokens for the management API"),
            Picture("token-made", "/account/tokens", "A token that was just made"),
            Picture("tokens-none", "/account/tokens", "No token yet"),
            Picture("api-reference", "/api/v1", "The management API"),
            Picture("security", _SECURITY, "How one signs in, and where"),
            Picture("security-factor", _SECURITY, "With an authenticator"),
            Picture("email", f"{_SECURITY}/email", "Another address"),
            Picture("email-asked", f"{_SECURITY}/email", "The letter is on its way"),
            Picture("keep-email", "/account/keep-email", "The link that the old address gets"),
            Picture("password", f"{_SECURITY}/password", "Another password"),
            Picture("authenticator", f"{_SECURITY}/second-factor", "Setting up an authenticator"),
            Picture("recovery-codes", f"{_SECURITY}/second-factor", "Recovery codes, shown once"),
            Picture("new-codes", f"{_SECURITY}/second-factor/codes", "New recovery codes"),
            Picture("factor-off", f"{_SECURITY}/second-factor/off", "Switching the second factor off"),
            Picture("shut-out", f"{_SECURITY}/shut-out", "Somebody else was in: ending whatever opens the account"),
            Picture("delete-account", f"{_SECURITY}/delete", "Deleting the account says first what ends"),
            Picture("account-deleted", f"{_SECURITY}/delete", "Deleted"),
        ),
    ),
)
PICTURES = tuple(picture for chapter in ALBUM for picture in chapter.pictures)


def file_name(name: str, width: int, scheme: str) -> str:
    """Of one picture, in docs/images."""
    return f"{name}-{width}{'-dark' if scheme == 'dark' else ''}.png"
