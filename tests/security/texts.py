"""What an attacker types: texts that some parser somewhere has stumbled over. `⟦name⟧` stands for a good value."""

import re
from urllib.parse import quote_from_bytes

from hypothesis import strategies as st

# Stands in every piece of markup here, so that a page can be searched for it.
MARK = "q9x"


def words(text: str) -> frozenset[str]:
    return frozenset(re.findall("[^ ]+", text))


GOOD = words(
    "client other_client secret_client secret code refresh access id_token verifier challenge redirect resource csrf"
    " other_resource request_uri login_csrf query grant registration_token session email password issuer"
)

MARKUP = (
    f"<{MARK}>",
    f"\"><{MARK} onload='1'>",
    f"'><script>{MARK}</script>",
    f'" {MARK}=1 x="',
    f"javascript:{MARK}",
    f"data:text/html,<{MARK}>",
    f"{{{{{MARK}}}}}",
    f"&lt;{MARK}&gt;",
    f"</title><{MARK}>",
)
PLACES = (
    "//evil.example",
    "https://evil.example/",
    "/\\evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "///evil.example",
    "/authorize//evil.example",
    "/authorize?@evil.example",
    "https://consentry.example@evil.example/",
    "https://consentry.example.evil.example/",
    "http://[",
    "https://[::1",
    "https://evil.example:99999999/",
    "https://evil.example:٣/",
    "https://ⓔvil.example/",
    "http://127.0.0.1:70000/callback",
    "https://client.example/callback#f",
    "https://client.example/callback/../x",
    "https://client.example/callback?a=b",
    "urn:ietf:params:oauth:request_uri:x",
    "https://client.example/document.json",
    "https://%00.example/d",
    "HTTPS://CLIENT.EXAMPLE/D",
)
BROKEN = (
    "",
    " ",
    "\0",
    "a\0b",
    "\r\nX-Evil: 1",
    "a\nSet-Cookie: x=y",
    "\t",
    "\x7f",
    "\x85",
    "\u2028",
    "\u202eevil",
    "é",
    "😀",
    "\ufffd",
    "ﬃ",
    "-1",
    "0",
    "9" * 400,
    "1e999",
    "nan",
    "null",
    "[]",
    "{}",
    "%",
    "%zz",
    "%00",
    "%ff",
    "%25%30%30",
    "+",
    "a" * 5000,
    "cy_at_",
    "cy_rt_" + "0" * 49,
    "cy_ac_" + "é" * 49,
    "eyJ.eyJ.e",
    "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.",
    "a.b.c",
    "' OR 1=1 --",
    "$1",
    "../../etc/passwd",
    "none login",
    "S256",
    "plain",
    "openid email profile offline_access mcp",
    "S256\0",
)
WORDS = (
    "authorization_code",
    "refresh_token",
    "client_credentials",
    "urn:ietf:params:oauth:grant-type:device_code",
    "password",
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    "code",
    "token",
    "query",
    "fragment",
    "login",
    "none",
    "approve",
    "deny",
)

HOSTILE = (*MARKUP, *PLACES, *BROKEN)
# Those that tell most, one of each kind: for whoever runs the tests often.
TELLING = (*MARKUP[:3], *PLACES[:6], PLACES[11], "", "\0", "\r\nX-Evil: 1", "é", "9" * 400, "%ff", "a" * 5000)
good = st.sampled_from([f"⟦{name}⟧" for name in sorted(GOOD)])
nasty = st.sampled_from(HOSTILE)
text = st.one_of(nasty, good, st.sampled_from(WORDS), st.text(max_size=20))
# In a form or a query: encoded as it should be, or any bytes with escapes of which some are none.
octets = st.binary(max_size=12).map(lambda raw: quote_from_bytes(raw, safe="%&=;+"))

# What JSON can say, and no text, no number of a database and no other JSON can hold.
UNSPEAKABLE: tuple[object, ...] = ("\ud800", "\udfff\ud800", "a\0b", 10**400, float("inf"), float("nan"))
_unspeakable = st.sampled_from(UNSPEAKABLE)
_leaves = st.one_of(text, _unspeakable, st.none(), st.booleans(), st.integers(), st.floats())
json = st.one_of(
    _unspeakable,
    _leaves,
    st.recursive(
        _leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3), st.dictionaries(st.one_of(text, st.just("\ud800")), inner, max_size=3)
        ),
        max_leaves=6,
    ),
)
