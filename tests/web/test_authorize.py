"""The authorization endpoint: what is put to a person, what goes back to the client, what stops here."""

from html import escape
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest

from tests.web.acting import made
from tests.web.world import CHALLENGE, ISSUER, OTHER_EMAIL, REDIRECT_URI, World, answered

pytestmark = pytest.mark.anyio


async def client_of(here: World) -> str:
    client_id: str = (await here.register())["client_id"]
    return client_id


async def test_a_browser_that_is_not_signed_in_is_sent_to_sign_in_and_back(here: World) -> None:
    client_id = await client_of(here)
    asked = await here.ask(client_id)
    assert asked.status_code == 303
    then = parse_qs(urlsplit(asked.headers["location"]).query)["next"][0]
    assert then == f"/authorize?{urlencode(here.request(client_id))}"
    signed_in = await here.sign_in(next=then)
    assert (signed_in.status_code, signed_in.headers["location"]) == (303, then)
    assert "Approve" in (await here.browser.get(then)).text


@pytest.mark.proves("C3", "C2")
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"client_id": "client_unknown"}, "not known"),
        ({"client_id": None}, "which application"),
        ({"client_id": ""}, "which application"),
        ({"redirect_uri": "https://evil.example/cb"}, "wrong address"),
        ({"redirect_uri": f"{REDIRECT_URI}/"}, "wrong address"),
        ({"redirect_uri": f"{REDIRECT_URI}?x=1"}, "wrong address"),
        ({"redirect_uri": REDIRECT_URI.replace("https", "http")}, "wrong address"),
        ({"redirect_uri": REDIRECT_URI.upper()}, "wrong address"),
        ({"redirect_uri": "https://client.example:444/callback"}, "wrong address"),
        ({"redirect_uri": "https://client.example@evil.example/callback"}, "wrong address"),
    ],
)
async def test_a_request_that_cannot_be_trusted_stops_on_a_page(
    here: World, changes: dict[str, str | None], words: str
) -> None:
    query = urlencode({k: v for k, v in (here.request(await client_of(here)) | changes).items() if v is not None})
    response = await here.browser.get(f"/authorize?{query}")
    assert response.status_code == 400
    assert "location" not in response.headers
    assert words in response.text
    if "redirect_uri" in changes:
        assert escape(changes["redirect_uri"] or "") in response.text


async def test_a_request_without_a_redirect_uri_says_so_and_not_that_it_is_another(here: World) -> None:
    client_id = (await here.register(redirect_uris=["http://127.0.0.1:1/cb"]))["client_id"]
    asked = here.request(client_id)
    del asked["redirect_uri"]
    response = await here.browser.get(f"/authorize?{urlencode(asked)}")
    assert response.status_code == 400
    assert "does not say where to answer it" in response.text
    assert "register the redirect URI shown below" not in response.text


@pytest.mark.parametrize(("path", "status"), [("/", 405), ("/dashboard", 405), ("/mcp", 404), ("/sse", 404)])
async def test_a_client_that_was_given_another_address_is_told_which_one_it_takes(
    here: World, path: str, status: int
) -> None:
    response = await here.client.post(
        path, json={"jsonrpc": "2.0", "id": 1}, headers={"Accept": "application/json, text/event-stream"}
    )
    assert response.status_code == status
    assert "An MCP client is given the MCP URL of a deployment" in response.json()["error_description"]
    assert response.json()["request_id"] == response.headers["x-request-id"]


@pytest.mark.proves("C2")
@pytest.mark.parametrize(
    ("registered", "asked", "fine"),
    [
        ("http://127.0.0.1:33418/", "http://127.0.0.1:50000/", True),
        ("http://127.0.0.1/cb", "http://127.0.0.1:9/cb", True),
        ("http://localhost/callback", "http://localhost:3118/callback", True),
        ("http://[::1]:1/cb", "http://[::1]:2/cb", True),
        ("http://127.0.0.1/cb", "http://localhost/cb", False),
        ("http://127.0.0.1/cb", "http://127.0.0.1:9/other", False),
        ("http://127.0.0.1/cb", "http://127.0.0.1:9/cb?x", False),
        ("http://127.0.0.1/cb", "http://127.0.0.1.evil.example/cb", False),
        ("http://127.0.0.1/cb", "http://u@127.0.0.1/cb", False),
        ("http://127.0.0.1/cb", "https://127.0.0.1/cb", False),
    ],
)
async def test_only_a_loopback_port_may_vary(here: World, registered: str, asked: str, fine: bool) -> None:
    client_id = (await here.register(redirect_uris=[registered]))["client_id"]
    response = await here.ask(client_id, redirect_uri=asked)
    assert response.status_code == (303 if fine else 400)


@pytest.mark.proves("C1", "C4", "C5", "C7", "C24", "D4")
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"resource": "https://elsewhere.example/mcp"}, "invalid_target"),
        ({"resource": None}, "invalid_target"),
        ({"resource": f"{ISSUER}/"}, "invalid_target"),
        ({"scope": 'bad"scope'}, "invalid_scope"),
        ({"request": "a.b.c"}, "request_not_supported"),
        ({"request_uri": "urn:x"}, "request_uri_not_supported"),
        ({"prompt": "none login"}, "invalid_request"),
    ],
)
async def test_other_faults_go_back_to_the_client_with_state_and_issuer(
    here: World, changes: dict[str, str | None], error: str
) -> None:
    client_id = await client_of(here)
    await here.sign_in()
    response = await here.ask(client_id, state='b%te "for" byte&=', **changes)
    assert response.status_code == 303
    assert response.headers["location"].startswith(f"{REDIRECT_URI}?")
    told = answered(response)
    assert (told["error"], told["state"], told["iss"]) == (error, 'b%te "for" byte&=', ISSUER)
    assert told["error_description"]


@pytest.mark.proves("C26")
@pytest.mark.parametrize("changes", [{"response_type": "x"}, {"prompt": "none"}, {"code_challenge": None}])
async def test_a_strangers_client_is_no_way_to_send_people_on_from_here(
    here: World, changes: dict[str, str | None]
) -> None:
    here.browser.headers["Sec-Fetch-Dest"] = "document"
    page = await here.ask(await client_of(here), **changes)
    assert (page.status_code, "location" in page.headers) == (400, False)
    assert f'href="{REDIRECT_URI}?error=' in page.text
    assert "Go back to client.example" in page.text


async def test_an_application_on_this_computer_is_told_at_once(here: World) -> None:
    uri = "http://127.0.0.1:4711/cb"
    client_id = (await here.register(redirect_uris=[uri]))["client_id"]
    told = answered(await here.ask(client_id, redirect_uri=uri, response_type="x"))
    assert told["error"] == "unsupported_response_type"


@pytest.mark.proves("C6")
async def test_a_repeated_parameter_is_refused_an_unknown_one_ignored_an_empty_one_absent(here: World) -> None:
    query = urlencode(here.request(await client_of(here)))
    repeated = await here.browser.get(f"/authorize?{query}&scope=mcp")
    assert (repeated.status_code, "given twice" in repeated.text) == (400, True)
    assert (await here.browser.get(f"/authorize?{query}&unheard=of&prompt=")).status_code == 303


@pytest.mark.proves("C7")
async def test_two_resources_are_too_many(here: World) -> None:
    await here.sign_in()
    query = urlencode(here.request(await client_of(here))) + f"&resource={quote(here.other_resource)}"
    assert answered(await here.browser.get(f"/authorize?{query}"))["error"] == "invalid_target"


@pytest.mark.proves("C7", "G20")
@pytest.mark.parametrize(
    "spelling",
    [
        f"{ISSUER}/mcp/reminders/",
        "https://CONSENTRY.example/mcp/reminders",
        "https://consentry.example:443/mcp/reminders",
    ],
)
async def test_other_spellings_of_a_resource_are_understood(here: World, spelling: str) -> None:
    client_id = await client_of(here)
    code = await here.approve(client_id, resource=spelling)
    response = await here.exchange(client_id, code, resource=spelling)
    assert response.status_code == 200
    assert (await here.call(response.json()["access_token"])).status_code == 502


async def test_a_client_that_is_for_one_server_may_name_nothing_but_its_host(here: World) -> None:
    grants = ("authorization_code", "refresh_token")
    client = await made(here, redirect_uris=(REDIRECT_URI,), grant_types=grants)
    code = await here.approve(client.id, resource=f"{ISSUER}/")
    response = await here.exchange(code=code, resource=ISSUER, **client.proof)
    assert (await here.call(response.json()["access_token"])).status_code == 502
    assert (await here.call(response.json()["access_token"], "textkit")).status_code == 401
    old = response.json()["refresh_token"]
    refused = await here.refresh(refresh_token=old, resource=here.other_resource, **client.proof)
    assert refused.json()["error"] == "invalid_target"


@pytest.mark.proves("C18")
async def test_a_posted_request_means_the_same(here: World) -> None:
    client_id = await client_of(here)
    await here.sign_in()
    response = await here.browser.post("/authorize", data=here.request(client_id))
    assert response.status_code == 303
    assert "Approve" in (await here.browser.get(response.headers["location"])).text


@pytest.mark.proves("C9")
async def test_no_script_of_another_origin_may_read_it(here: World) -> None:
    response = await here.browser.get("/authorize", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.proves("C19")
async def test_a_login_hint_fills_the_form(here: World) -> None:
    sent = await here.ask(await client_of(here), login_hint="eve@example.com")
    page = await here.browser.get(sent.headers["location"])
    assert 'value="eve@example.com"' in page.text


async def test_an_account_that_the_deployment_does_not_let_in_is_told_so(here: World) -> None:
    client_id = await client_of(here)
    await here.sign_in(OTHER_EMAIL)
    refused = await here.ask(client_id)
    assert (refused.status_code, "owner alone" in refused.text) == (403, True)
    allowed = await here.ask(client_id, resource=here.other_resource)
    assert allowed.status_code == 200


async def test_the_query_of_a_redirect_uri_stays(here: World) -> None:
    await here.sign_in()
    uri = "https://client.example/callback?tenant=7"
    client_id = (await here.register(redirect_uris=[uri]))["client_id"]
    told = answered(await here.ask(client_id, redirect_uri=uri, code_challenge=None))
    assert told["tenant"] == "7"


@pytest.mark.proves("C2")
async def test_a_redirect_uri_is_followed_character_for_character(here: World) -> None:
    await here.sign_in()
    uri = "https://client.example/a;b/c%2Fd?e=f;g&h=%7Ei"
    client_id = (await here.register(redirect_uris=[uri]))["client_id"]
    response = await here.ask(client_id, redirect_uri=uri, code_challenge=None)
    assert response.headers["location"].startswith(f"{uri}&error=")


@pytest.mark.parametrize("body", ["a=b c", "a=\r\nSet-Cookie:x", "ä=1", "a" * 20_000])
async def test_a_posted_request_that_fits_in_no_address_stops_here(here: World, body: str) -> None:
    response = await here.browser.post("/authorize", content=body.encode())
    assert response.status_code == 400


async def test_a_sole_redirect_uri_may_be_left_out(here: World) -> None:
    assert (await here.ask(await client_of(here), redirect_uri=None)).status_code == 303
    two = (await here.register(redirect_uris=[REDIRECT_URI, "https://other.example/"]))["client_id"]
    assert (await here.ask(two, redirect_uri=None)).status_code == 400


@pytest.mark.proves("C26")
@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "javascript:alert(1)"])
async def test_nothing_of_the_request_becomes_markup_or_a_link(here: World, text: str) -> None:
    client_id = (await here.register(**{"client_name": text, "client_name#de": text, "contacts": [text]}))["client_id"]
    await here.sign_in()
    pages = [
        await here.ask(client_id),
        await here.browser.get(f"/authorize?{urlencode({'client_id': text})}"),
        await here.browser.get(f"/authorize?{urlencode({'client_id': client_id, 'redirect_uri': text})}"),
        await here.browser.get(f"/login?{urlencode({'next': text})}"),
    ]
    for page in pages:
        assert "<script" not in page.text
        assert "<img src=x" not in page.text
        assert 'href="javascript' not in page.text


@pytest.mark.proves("C26")
@pytest.mark.parametrize(
    "then",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "/authorize", "/authorize?a\r\nSet-Cookie: x"],
)
async def test_signing_in_leads_nowhere_but_here(here: World, then: str) -> None:
    response = await here.sign_in(next=then)
    assert (response.status_code, response.headers["location"]) == (303, "/account")


def test_the_challenge_of_these_tests_is_one() -> None:
    assert len(CHALLENGE) == 43
