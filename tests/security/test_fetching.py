"""SSRF, and being sent out at will: what a stranger may have us fetch, and how often."""

from pathlib import Path

import pytest

from tests.signing import TYPE, claims, signed
from tests.web.documented import PATH, URL, documented
from tests.web.world import REDIRECT_URI

pytestmark = pytest.mark.anyio

ENDPOINTS = ("token", "revoke", "introspect")
ASKED = {"grant_type": "refresh_token", "refresh_token": "x", "token": "x"}


@pytest.mark.parametrize("endpoint", ENDPOINTS)
async def test_whoever_has_proven_nothing_sends_us_nowhere(tmp_path: Path, endpoint: str) -> None:
    async with documented(tmp_path) as there:
        for number in range(5):
            asked = {**ASKED, "client_id": f"{URL}?{number}"}
            refused = await there.here.client.post(f"/{endpoint}", data=asked)
            assert refused.status_code in {400, 401}
        assert there.web.asked == []
        assert there.web.resolved == []


@pytest.mark.parametrize("endpoint", ["par", "device_authorization"])
async def test_where_a_client_may_come_for_the_first_time_it_is_counted_before_we_go_out(
    tmp_path: Path, endpoint: str
) -> None:
    async with documented(tmp_path, rate_limits=True) as there:
        answers = []
        for number in range(22):
            asked = {**ASKED, "client_id": f"{URL}?{number}", "redirect_uri": REDIRECT_URI}
            answers.append((await there.here.client.post(f"/{endpoint}", data=asked)).status_code)
        assert answers == [401] * 20 + [429] * 2
        assert len(there.web.asked) == 20


async def test_a_client_that_is_known_is_asked_for_nowhere_it_goes_on(tmp_path: Path) -> None:
    async with documented(tmp_path) as there:
        tokens = (await there.here.exchange(URL, await there.here.approve(URL))).json()
        there.here.clock.now += 30 * 86_400
        assert (await there.here.refresh(URL, tokens["refresh_token"])).status_code == 200
        assert there.fetches == 1


async def test_keys_on_a_private_address_are_asked_for_by_nobody(tmp_path: Path) -> None:
    async with documented(tmp_path) as there:
        there.web.names["internal.example"] = [("10.0.0.1",)]
        there.web.names["both.example"] = [("93.184.215.14", "127.0.0.1")]
        for host in ("internal.example", "both.example", "127.0.0.1", "[::1]", "169.254.169.254", "0x7f.1"):
            there.web.names.setdefault(host.strip("[]"), [("127.0.0.1",)])
            made = await there.here.register(
                token_endpoint_auth_method="private_key_jwt",
                jwks_uri=f"https://{host}/jwks.json",
                software_version=host,
            )
            assertion = signed(claims(made["client_id"], now=there.here.clock.now))
            asked = {"client_assertion_type": TYPE, "client_assertion": assertion, "token": "x"}
            refused = await there.here.client.post("/revoke", data=asked)
            assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
            assert "10.0.0.1" not in refused.text
        assert there.web.dialled == []


async def test_a_logo_on_a_private_address_is_asked_for_by_nobody(tmp_path: Path) -> None:
    async with documented(tmp_path) as there:
        there.web.names["internal.example"] = [("169.254.169.254",)]
        there.publish(logo_uri="https://internal.example/latest/meta-data")
        await there.here.sign_in()
        assert (await there.ask()).status_code == 200
        assert there.web.dialled == ["93.184.215.14"]  # for the document
        assert there.web.paths() == [PATH]
