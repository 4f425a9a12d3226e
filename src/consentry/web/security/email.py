"""/account/security/email: another address. The new one is proven by a link, the old one can keep what it was."""

from starlette.requests import Request
from starlette.responses import Response

from consentry.accounts import addressing, reset
from consentry.accounts.addressing import Change, Outcome
from consentry.accounts.model import email_key
from consentry.grants import eviction
from consentry.tokens import Kind, Secret, recognise
from consentry.web import browser as browsers
from consentry.web import reading, showing
from consentry.web.browser import SESSION_FORM, Browser
from consentry.web.membership.asking import again, fault, form_of
from consentry.web.pages import account_words, words
from consentry.web.pages.form import Field, FormPage, email_field
from consentry.web.returning import sign_in_path
from consentry.web.security.entering import PAGE, PASSWORD, act, prove, sender, visitor
from consentry.web.site import Site, Transaction

NEW = Field("new_email", "New email", "email", "email")
LINK_FORM = "email-link"
KEEP = "account/keep-email"
LOCK = ("end", "everything", "Keep it, and shut everybody out")


async def show(site: Site, request: Request) -> Response:
    """GET /account/security/email."""
    entered = await visitor(site, request)
    if isinstance(entered, Response):
        return entered
    browser, account = entered
    return showing.show(request, site, _asking(site, browser, account.email), browser)


async def answer(site: Site, request: Request) -> Response:
    """POST /account/security/email."""
    entered = await sender(site, request)
    if isinstance(entered, Response):
        return entered
    browser, account = entered.browser, entered.account
    new = (entered.given.get("new_email") or "").strip()
    if not site.accounts.mail:
        return showing.stop(
            request, site, account_words.EMAIL_WITHOUT_MAIL, link=("Your account", site.addresses.path(PAGE))
        )
    if email_key(new) == email_key(account.email):
        view = _asking(site, browser, account.email, new, account_words.EMAIL_THE_SAME, NEW.name)
        return again(request, site, view, browser, 400)
    if unproven := await prove(site, request, entered):
        view = _asking(site, browser, account.email, new, unproven.sentence, PASSWORD.name)
        return again(request, site, view, browser, unproven.status, unproven.wait)
    if wrong := await fault(site, request, new):
        sentence, status, wait = wrong
        return again(
            request, site, _asking(site, browser, account.email, new, sentence, NEW.name), browser, status, wait
        )

    async def work(tx: Transaction) -> None:
        await addressing.ask(tx, account, new, site.accounts, site.clock())

    if ended := await act(site, entered, work):
        return ended
    site.call_postman()
    detail = (("New address", new), ("Until then", account.email))
    return showing.stop(
        request, site, account_words.EMAIL_ASKED, detail=detail, link=("Your account", site.addresses.path(PAGE))
    )


async def change_of(site: Site, token: str | None) -> tuple[Secret, Change] | None:
    """What a link in a mail would do to an address."""
    secret = recognise(token or "", Kind.LINK)
    if secret is None:
        return None

    async def work(tx: Transaction) -> Change | None:
        return await addressing.find(tx, secret, site.accounts, site.clock())

    change = await site.store.read(work)
    return (secret, change) if change is not None else None


async def show_link(site: Site, request: Request) -> Response:
    """GET /account/keep-email?token=…, and /verify-email where the link is for another address."""
    found = await change_of(site, request.query_params.get("token"))
    if found is None:
        return gone(site, request)
    browser = await browsers.of(request, site)
    if not _may_press(browser, found[1]):
        return _not_theirs(site, request)
    return showing.show(request, site, _pressing(site, browser, *found), browser)


async def press_link(site: Site, request: Request) -> Response:
    """POST /account/keep-email: what either link does."""
    sent = await form_of(site, request, LINK_FORM, site.addresses.path("login"))
    if isinstance(sent, Response):
        return sent
    browser, given = sent
    found = await change_of(site, given.get("token"))
    if found is None:
        return gone(site, request)
    change, network = found[1], reading.network(request)
    if not _may_press(browser, change):
        return _not_theirs(site, request)

    locks = change.keeps and given.get(LOCK[0]) == LOCK[1]

    async def work(tx: Transaction) -> Outcome:
        now = site.clock()
        outcome = await addressing.finish(tx, change, site.accounts, network, now)
        if outcome == "kept" and locks:
            await eviction.evict(tx, change.account, None, network, now)
            await reset.demand(tx, change.account, change.email, site.accounts, now)
        return outcome

    outcome = await site.store.write(work)
    site.call_postman()
    account, afresh = ("Your account", site.addresses.path(PAGE)), site.addresses.path("reset-password")
    match outcome:
        case "changed":
            return showing.stop(
                request, site, account_words.EMAIL_CHANGED, detail=(("Address", change.email),), link=account
            )
        case "kept":
            said = account_words.EMAIL_KEPT_AND_LOCKED if locks else account_words.EMAIL_KEPT
            link = None if locks else ("Set a new password", afresh)
            return showing.stop(request, site, said, detail=(("Address", change.email),), link=link)
        case "taken":
            return showing.stop(request, site, words.EMAIL_TAKEN, link=account)
        case "gone":
            return gone(site, request)


def gone(site: Site, request: Request) -> Response:
    """The link is good no longer."""
    return showing.stop(request, site, words.LINK_GONE, link=("Your account", site.addresses.path(PAGE)))


def _may_press(browser: Browser, change: Change) -> bool:
    """A new address is taken by whoever holds both it and the account: otherwise its owner's click would put it on the
    account of a stranger, who is then let in as them. The old one is kept by its mail alone."""
    return change.keeps or (browser.signed_in is not None and browser.signed_in.account.id == change.account.id)


def _not_theirs(site: Site, request: Request) -> Response:
    link = ("Sign in", sign_in_path(site, site.addresses.path(PAGE)))
    return showing.stop(request, site, account_words.EMAIL_OF_ANOTHER, link=link)


def _asking(
    site: Site, browser: Browser, email: str, new: str = "", error: str | None = None, wrong: str | None = None
) -> FormPage:
    return FormPage(
        title="Change your email",
        lead="A link goes to the new address; the change is made when you open it. The old address is told.",
        action=site.addresses.path(f"{PAGE}/email"),
        csrf=browsers.csrf(browser, site, SESSION_FORM),
        fields=(
            email_field(email, readonly=True),
            Field(NEW.name, NEW.label, NEW.kind, NEW.autocomplete, new),
            PASSWORD,
        ),
        submit="Send me the link",
        error=error,
        wrong=wrong,
        links=(("Back", site.addresses.path(PAGE)),),
    )


def _pressing(site: Site, browser: Browser, secret: Secret, change: Change) -> FormPage:
    keeps = change.keeps
    return FormPage(
        title="Keep your address" if keeps else "Use this address",
        lead=account_words.KEEPING if keeps else None,
        action=site.addresses.path(KEEP),
        csrf=browsers.csrf(browser, site, LINK_FORM),
        hidden=(("token", secret.reveal()),),
        fields=(email_field(change.email, readonly=True),),
        first=LOCK if keeps else None,
        submit="Only keep this address" if keeps else "Use this address",
    )
