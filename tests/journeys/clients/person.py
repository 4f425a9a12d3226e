"""The person at the client: asked to authorize, signs in and decides in a browser, or is not there at all."""

from tests.journeys.clients.browser import Browser


class AuthorizationNeededError(Exception):
    """The client wants a person, and there is none (`--no-browser`)."""


class Person:
    """`authorizations` counts how often the browser was used; `missed` is set once it was needed in vain."""

    def __init__(self, email: str, password: str, decision: str, *, present: bool) -> None:
        self.authorizations = 0
        self.missed = False
        self._email = email
        self._password = password
        self._decision = decision
        self._present = present
        self._browser = Browser()

    def authorize(self, authorization_url: str) -> str:
        """Answer the authorization request; returns the callback URL that the client was sent to."""
        if not self._present:
            self.missed = True
            raise AuthorizationNeededError("authorization needed")
        self.authorizations += 1
        return self._browser.approve(authorization_url, self._email, self._password, self._decision)
