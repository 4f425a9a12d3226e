"""What a person sees of how they sign in, and where."""

from dataclasses import dataclass

from consentry.web.pages.form import FormPage


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A browser that is signed in; `reference` names it in a form, times are epoch seconds."""

    reference: str
    browser: str
    network: str | None
    since: int
    until: int
    this: bool


@dataclass(frozen=True, slots=True)
class SecondFactorSetup:
    """A key to be put into an authenticator: `qr` is markup of ours, `uri` what is in it."""

    form: FormPage
    qr: str
    key: str
    uri: str


@dataclass(frozen=True, slots=True)
class RecoveryCodes:
    """Shown this once; `link` is (words, address) of the way on."""

    codes: tuple[str, ...]
    link: tuple[str, str]


@dataclass(frozen=True, slots=True)
class SecondFactorLine:
    """Whether there is one (`since` in epoch seconds), whether there must be, and where each is done."""

    since: int | None
    required: bool
    codes_left: int
    setup_action: str
    renew_action: str
    off_action: str


@dataclass(frozen=True, slots=True)
class Security:
    """`email_action` is None where no mail is sent: an address cannot be proven then. With a `verify_action` it
    is not verified yet."""

    email: str
    email_action: str | None
    verify_action: str | None
    password_action: str
    sessions_action: str
    sessions: tuple[SessionLine, ...]
    second_factor: SecondFactorLine
    shut_out_action: str
    export_action: str
    delete_action: str
    note: str | None = None


SecurityView = Security | SecondFactorSetup | RecoveryCodes
