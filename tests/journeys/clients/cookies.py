"""A cookie jar that keeps each origin to itself: RFC 6265 §5.3-§5.4; prefixes per RFC 6265bis §4.1.3."""

from collections.abc import Iterable
from email.utils import parsedate_to_datetime
from http.cookies import Morsel, SimpleCookie
from urllib.parse import urlsplit


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


class CookieJar:
    def __init__(self) -> None:
        self._kept: dict[str, dict[tuple[str, str], str]] = {}

    def header(self, url: str) -> str:
        """The Cookie header for `url`, empty where there is none to send."""
        path = urlsplit(url).path or "/"
        kept = self._kept.get(origin_of(url), {})
        return "; ".join(f"{name}={value}" for (name, under), value in kept.items() if _covers(under, path))

    def keep(self, url: str, lines: Iterable[str]) -> None:
        """Take in the Set-Cookie lines that came from `url`."""
        kept = self._kept.setdefault(origin_of(url), {})
        for line in lines:
            parsed = SimpleCookie(line)
            if not parsed:
                raise ValueError(f"{url} sent a Set-Cookie line that cannot be read: {line.partition('=')[0]}=…")
            for name, morsel in parsed.items():
                path = morsel["path"] or urlsplit(url).path.rpartition("/")[0] or "/"
                if not _is_welcome(name, morsel, path, url):
                    continue
                if _is_over(morsel["max-age"], morsel["expires"]):
                    kept.pop((name, path), None)
                else:
                    kept[name, path] = morsel.coded_value


def _is_welcome(name: str, morsel: Morsel[str], path: str, url: str) -> bool:
    """Secure over https only; `__Host-` with Secure, without Domain, and for the whole host."""
    if morsel["secure"] and urlsplit(url).scheme != "https":
        return False
    if name.startswith("__Host-"):
        return bool(morsel["secure"]) and path == "/" and not morsel["domain"]
    return bool(morsel["secure"]) or not name.startswith("__Secure-")


def _covers(under: str, path: str) -> bool:
    """RFC 6265 §5.1.4: path-match."""
    return path == under or path.startswith(under if under.endswith("/") else under + "/")


def _is_over(max_age: str, expires: str) -> bool:
    # Only deletion matters to a browser that lives for seconds: the epoch, or an age of none.
    if max_age:
        return int(max_age) <= 0
    return bool(expires) and parsedate_to_datetime(expires).year <= 1970
