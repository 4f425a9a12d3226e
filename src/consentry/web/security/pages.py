"""The addresses of the pages here, below the issuer."""

from consentry.web.security import authenticator, email, leaving, overview, password, second_step, shutting_out
from consentry.web.security.entering import PAGE

PAGES = (
    (PAGE, overview.show, "GET"),
    (f"{PAGE}/sessions", overview.end_sessions, "POST"),
    (overview.VERIFY, overview.verify, "POST"),
    (f"{PAGE}/password", password.show, "GET"),
    (f"{PAGE}/password", password.answer, "POST"),
    (f"{PAGE}/email", email.show, "GET"),
    (f"{PAGE}/email", email.answer, "POST"),
    (authenticator.SETUP, authenticator.show, "GET"),
    (authenticator.SETUP, authenticator.answer, "POST"),
    (authenticator.RENEW, authenticator.show_renewal, "GET"),
    (authenticator.RENEW, authenticator.renew, "POST"),
    (authenticator.OFF, authenticator.show_end, "GET"),
    (authenticator.OFF, authenticator.end, "POST"),
    (shutting_out.SHUT_OUT, shutting_out.show, "GET"),
    (shutting_out.SHUT_OUT, shutting_out.answer, "POST"),
    (leaving.EXPORT, leaving.export, "GET"),
    (leaving.DELETE, leaving.show, "GET"),
    (leaving.DELETE, leaving.delete, "POST"),
    ("login/code", second_step.back, "GET"),
    ("login/code", second_step.answer, "POST"),
    (email.KEEP, email.show_link, "GET"),
    (email.KEEP, email.press_link, "POST"),
)
