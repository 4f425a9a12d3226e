"""The addresses of the pages here, below the issuer."""

from consentry.web.security import email, overview, password
from consentry.web.security.entering import PAGE

PAGES = (
    (PAGE, overview.show, "GET"),
    (f"{PAGE}/sessions", overview.end_sessions, "POST"),
    (f"{PAGE}/password", password.show, "GET"),
    (f"{PAGE}/password", password.answer, "POST"),
    (f"{PAGE}/email", email.show, "GET"),
    (f"{PAGE}/email", email.answer, "POST"),
    (email.KEEP, email.show_link, "GET"),
    (email.KEEP, email.press_link, "POST"),
)
