"""The pages that ask for something in one form, as they stand at their addresses."""

from dataclasses import replace

from consentry.accounts.model import NO_EMAIL
from consentry.web.pages import account_words, words
from consentry.web.pages.form import NEW_PASSWORD, Field, FormPage, email_field
from consentry.web.pages.views import Chrome, View
from tests.web.pages.examples import CHROME, FORM, FORM_FAILED, SIGNED_IN

EMAIL = "ada@example.com"
WHO = email_field(EMAIL, readonly=True)
PASSWORD = Field("password", "Your password", "password", "current-password")
CODE = Field(
    "code",
    "Code",
    autocomplete="one-time-code",
    hint="Six digits of your authenticator, or one of your recovery codes.",
    code=True,
)
CSRF = "csrf-of-the-form"
TOKEN = (("token", "cy_ln_1"),)
BACK = (("Back", "/account/security"),)

SIGN_UP = FormPage(
    title="Make an account",
    lead="A link goes to your address, so that we know it is yours. There you choose a password.",
    action="/signup",
    csrf=CSRF,
    hidden=(("next", "/account"),),
    fields=(email_field(),),
    submit="Send me the link",
    links=(("I have an account", "/login"),),
)
SIGN_UP_FAILED = replace(SIGN_UP, fields=(email_field("ada"),), error=NO_EMAIL, wrong="email")
VERIFY = FormPage("Verify your address", "/verify-email", CSRF, "This address is mine", (WHO,), hidden=TOKEN)
RESET_ASK = replace(
    SIGN_UP,
    title="Set a new password",
    lead="A link goes to your address, with which you set a new one.",
    action="/reset-password",
    hidden=(),
    links=(("Sign in", "/login"),),
)
RESET_SET = FormPage(
    title="Set a new password",
    lead="You are then signed out in every browser. Connected applications stay connected.",
    action="/reset-password",
    csrf=CSRF,
    hidden=TOKEN,
    fields=(WHO, NEW_PASSWORD),
    submit="Set the password",
)
SIGN_IN_CODE = FormPage(
    title="Enter a code",
    action="/login/code",
    csrf=CSRF,
    hidden=(*TOKEN, ("next", "/account")),
    fields=(CODE,),
    submit="Sign in",
    links=(("Sign in as somebody else", "/login"),),
)
CHANGE_PASSWORD = FormPage(
    title="Change your password",
    lead="Every other browser is signed out. Connected applications stay connected.",
    action="/account/security/password",
    csrf=CSRF,
    fields=(WHO, PASSWORD, Field("new_password", "New password", "password", "new-password", hint=NEW_PASSWORD.hint)),
    submit="Change the password",
    links=BACK,
)
CHANGE_EMAIL = FormPage(
    title="Change your email",
    lead="A link goes to the new address; the change is made when you open it. The old address is told.",
    action="/account/security/email",
    csrf=CSRF,
    fields=(WHO, Field("new_email", "New email", "email", "email"), PASSWORD),
    submit="Send me the link",
    links=BACK,
)
USE_EMAIL = replace(VERIFY, title="Use this address", action="/account/keep-email", submit="Use this address")
KEEP_EMAIL = replace(
    USE_EMAIL,
    title="Keep your address",
    lead=account_words.KEEPING,
    first=("end", "everything", "Keep it, and shut everybody out"),
    submit="Only keep this address",
)
SHUT_OUT = FormPage(
    title="Shut everybody else out?",
    lead=account_words.what_shutting_out_ends(2, 1, 4),
    action="/account/security/shut-out",
    csrf=CSRF,
    fields=(WHO, PASSWORD),
    submit="End all of it",
    danger=True,
    links=BACK,
)
NEW_CODES = FormPage(
    title="New recovery codes",
    lead="The old ones are good no longer.",
    action="/account/security/second-factor/codes",
    csrf=CSRF,
    fields=(WHO, PASSWORD, CODE),
    submit="Show me new codes",
    links=BACK,
)
FACTOR_OFF = replace(
    NEW_CODES,
    title="Switch the second factor off",
    lead="Your password alone will then open your account.",
    action="/account/security/second-factor/off",
    submit="Switch it off",
    danger=True,
)
DELETE = FormPage(
    title="Delete your account?",
    lead=account_words.what_deleting_ends(3, ("Reminders", "Text kit"), 2),
    note=account_words.DELETING_KEEPS,
    action="/account/security/delete",
    csrf=CSRF,
    fields=(WHO, PASSWORD),
    submit="Delete it for good",
    danger=True,
    links=(("Keep it", "/account/security"),),
)

EVERY: dict[str, tuple[View, Chrome]] = {
    "sign-up": (SIGN_UP, CHROME),
    "sign-up-failed": (SIGN_UP_FAILED, CHROME),
    "verify-email": (FORM, CHROME),
    "verify-email-failed": (FORM_FAILED, CHROME),
    "verify-email-there": (VERIFY, CHROME),
    "reset-password": (RESET_ASK, CHROME),
    "reset-password-link": (RESET_SET, CHROME),
    "sign-in-code": (SIGN_IN_CODE, CHROME),
    "sign-in-code-failed": (replace(SIGN_IN_CODE, error=account_words.CODE_WRONG, wrong="code"), CHROME),
    "change-password": (CHANGE_PASSWORD, SIGNED_IN),
    "change-password-failed": (
        replace(CHANGE_PASSWORD, error=account_words.PASSWORD_WRONG, wrong="password"),
        SIGNED_IN,
    ),
    "change-email": (CHANGE_EMAIL, SIGNED_IN),
    "use-email": (USE_EMAIL, SIGNED_IN),
    "keep-email": (KEEP_EMAIL, CHROME),
    "shut-out": (SHUT_OUT, SIGNED_IN),
    "recovery-codes-new": (NEW_CODES, SIGNED_IN),
    "second-factor-off": (FACTOR_OFF, SIGNED_IN),
    "account-delete": (DELETE, SIGNED_IN),
    "letter-sent": (words.notice(words.LETTER_SENT, chrome=CHROME, detail=(("Address", EMAIL),)), CHROME),
    "link-gone": (words.notice(words.LINK_GONE, chrome=CHROME, link=("Sign in", "/login")), CHROME),
    "account-deleted": (words.notice(words.ACCOUNT_DELETED, chrome=CHROME, link=("Front page", "/")), CHROME),
    "mcp-url": (
        words.notice(
            words.MCP_URL_IN_A_BROWSER,
            chrome=CHROME,
            detail=(("MCP URL", "https://mcp.example.com/mcp/reminders"),),
            link=("Your connected applications", "/account"),
        ),
        CHROME,
    ),
}
