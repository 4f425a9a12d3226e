from pathlib import Path

import pytest

from consentry import limiting
from consentry.limits.quota import Plan
from consentry.settings import Settings, SettingsError, load

KEY = "k" * 32


def refused(file: Path | None = None, environment: dict[str, str] | None = None, **overrides: object) -> str:
    with pytest.raises(SettingsError) as caught:
        load(file, environment or {}, **overrides)
    return str(caught.value)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "consentry.toml"


def test_without_a_word_it_is_an_installation_on_this_machine() -> None:
    settings = load(None, {})
    assert settings.public_url == "http://127.0.0.1:8000"
    assert settings.mcp_template == "http://127.0.0.1:8000/mcp/{slug}"
    assert settings.database_path == settings.folder / "consentry.db"
    assert "~" not in str(settings.folder)
    assert (settings.access_token_ttl, settings.refresh_token_ttl) == (3600, 7_776_000)
    assert (settings.code_ttl, settings.refresh_grace) == (600, 60)
    assert settings.sqlite_synchronous == "FULL"


def test_the_environment_stands_over_the_file_and_the_command_line_over_both(file: Path) -> None:
    file.write_text("code_ttl = 100\nrefresh_grace = 10\naccess_token_ttl = 1000\n")
    environment = {"CONSENTRY_REFRESH_GRACE": "20", "CONSENTRY_ACCESS_TOKEN_TTL": "2000", "OTHER": "x"}
    settings = load(file, environment, access_token_ttl=3000, data_dir=None)
    assert (settings.code_ttl, settings.refresh_grace, settings.access_token_ttl) == (100, 20, 3000)


def test_every_setting_can_be_set_in_file_and_environment(file: Path, tmp_path: Path) -> None:
    said = {
        "public_url": "https://h.example/auth",
        "mcp_url": "https://h.example/mcp-router/{slug}",
        "data_dir": str(tmp_path),
        "database_url": "sqlite:///elsewhere/x.db",
        "support_url": "https://h.example/help",
        "secret_key": f"{KEY}, {KEY}2",
        "trusted_proxies": "127.0.0.1,10.0.0.0/8",
        "auto_migrate": "false",
    }
    from_environment = load(None, {f"CONSENTRY_{name.upper()}": value for name, value in said.items()})
    file.write_text("\n".join(f'{name} = "{value}"' for name, value in said.items()))
    assert load(file, {}) == from_environment
    assert from_environment.secret_key == (KEY, f"{KEY}2")
    assert from_environment.trusted_proxies == ("127.0.0.1", "10.0.0.0/8")
    assert from_environment.database_path == Path("elsewhere/x.db")
    assert from_environment.auto_migrate is False


@pytest.mark.parametrize("text", ["a,b", " a , b ", "a b", "a,b,", ",a\nb"])
def test_a_list_is_words_with_commas_between_them(text: str) -> None:
    assert load(None, {"CONSENTRY_PRIVATE_REDIRECT_SCHEMES": text}).private_redirect_schemes == ("a", "b")


@pytest.mark.parametrize("text", ["", " ", ","])
def test_an_empty_list_is_empty(text: str) -> None:
    environment = {"CONSENTRY_PRIVATE_REDIRECT_SCHEMES": text, "CONSENTRY_SECRET_KEY": text}
    assert load(None, environment).private_redirect_schemes == ()
    assert load(None, environment).secret_key == ()


def test_a_list_in_the_file_is_a_list(file: Path) -> None:
    file.write_text(f'secret_key = ["{KEY}", "{KEY}2"]')
    assert load(file, {}).secret_key == (KEY, f"{KEY}2")


def test_an_unknown_setting_is_refused_and_the_nearest_is_named(file: Path) -> None:
    file.write_text("public_ulr = 'x'")
    for said in (refused(file), refused(None, {"CONSENTRY_PUBLIC_ULR": "x"})):
        unknown = "public_ulr is no setting (in the environment: CONSENTRY_PUBLIC_ULR)."
        assert said == f"{unknown} Did you mean public_url?"
    assert refused(None, {"CONSENTRY_COLOUR": "x"}).endswith("docs/settings.md lists them all.")


def test_the_page_of_errors_is_an_address_that_each_of_them_can_extend() -> None:
    for url in ("http://docs.example/", "https://docs.example/#errors", 'https://docs.example/"', "troubleshooting"):
        assert refused(None, {"CONSENTRY_TROUBLESHOOTING_URL": url}).startswith("troubleshooting_url: ")


def test_every_fault_is_told_at_once() -> None:
    said = refused(None, {"CONSENTRY_CODE_TTL": "601", "CONSENTRY_REFRESH_GRACE": "x", "CONSENTRY_X": ""})
    assert [line.split(" ")[0] for line in said.splitlines()] == ["code_ttl", "refresh_grace", "x"]


@pytest.mark.parametrize(
    ("setting", "value", "wanted"),
    [
        ("code_ttl", "601", "at most 600"),
        ("code_ttl", "0", "at least 1"),
        ("access_token_ttl", "0", "at least 1"),
        ("access_token_ttl", "1h", "a whole number"),
        ("access_token_ttl", "1.5", "a whole number"),
        ("access_token_ttl", "", "a whole number"),
        ("refresh_token_ttl", "-1", "at least 1"),
        ("refresh_grace", "301", "at most 300"),
        ("sqlite_synchronous", "OFF", "one of FULL, NORMAL"),
        ("log_level", "loud", "one of debug, info, warning, error"),
        ("auto_migrate", "perhaps", "true or false"),
    ],
)
def test_a_value_that_will_not_do_is_told_with_what_would(setting: str, value: str, wanted: str) -> None:
    assert refused(None, {f"CONSENTRY_{setting.upper()}": value}) == f"{setting} must be {wanted}."


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("code_ttl = []", "code_ttl must be a whole number."),
        ("code_ttl = inf", "code_ttl must be a whole number."),
        ("auto_migrate = 7", "auto_migrate must be true or false."),
        ("public_url = 7", "public_url must be text."),
        ("data_dir = 7", "data_dir must be the path of a folder."),
        ("secret_key = 7", "secret_key must be a list of words."),
        ("secret_key = [7]", "secret_key must be text."),
        ("log_level = 7", "log_level must be one of debug, info, warning, error."),
    ],
)
def test_a_value_of_another_kind_is_told_in_our_own_words(file: Path, line: str, sentence: str) -> None:
    file.write_text(line)
    assert refused(file) == sentence


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("database_url", "mysql://localhost/x"),
        ("database_url", "sqlite:///"),
        ("trusted_proxies", "proxy.example"),
        ("trusted_proxies", "*"),
        ("trusted_proxies", "10.0.0.1/8"),
        ("trusted_proxies", "127.0.0.1 10.0.0"),
        ("support_url", "javascript:alert(1)"),
        ("support_url", "h.example/help"),
        ("support_url", "https://"),
        ("support_url", "mailto:"),
        ("support_url", ""),
        ("troubleshooting_url", "http://h.example/help"),
        ("troubleshooting_url", "mailto:help@h.example"),
        ("private_redirect_schemes", "https"),
        ("private_redirect_schemes", "javascript"),
        ("private_redirect_schemes", "Cursor"),
        ("private_redirect_schemes", "cursor://"),
        ("secret_key", "short"),
        ("secret_key", f"{KEY} short"),
    ],
)
def test_a_value_that_will_not_do_is_told_by_its_name(setting: str, value: str) -> None:
    said = refused(None, {f"CONSENTRY_{setting.upper()}": value})
    assert said.startswith((f"{setting}: ", f"{setting} must be "))
    assert said.endswith(".")


@pytest.mark.parametrize("url", ["https://h.example/help", "http://intranet/help", "mailto:help@h.example"])
def test_help_is_found_on_the_web_or_by_mail(url: str) -> None:
    assert load(None, {"CONSENTRY_SUPPORT_URL": url}).support_url == url


def test_what_kubernetes_says_of_a_service_called_consentry_is_no_setting() -> None:
    environment = {
        "CONSENTRY_PORT": "tcp://10.0.171.239:8000",
        "CONSENTRY_PORT_8000_TCP": "tcp://10.0.171.239:8000",
        "CONSENTRY_PORT_8000_TCP_PROTO": "tcp",
        "CONSENTRY_PORT_8000_TCP_PORT": "8000",
        "CONSENTRY_PORT_8000_TCP_ADDR": "10.0.171.239",
        "CONSENTRY_SERVICE_HOST": "10.0.171.239",
        "CONSENTRY_SERVICE_PORT": "8000",
        "CONSENTRY_SERVICE_PORT_HTTP": "8000",
    }
    assert load(None, environment) == load(None, {})


@pytest.mark.parametrize("name", ["PORT", "PORT_8000", "PORTS", "SERVICE", "SERVICE_NAME", "MCP_SERVICE_HOST"])
def test_whatever_else_is_unknown_is_refused(name: str) -> None:
    assert f"{name.lower()} is no setting" in refused(None, {f"CONSENTRY_{name}": "8080"})


@pytest.mark.proves("E13")
def test_a_key_is_shown_neither_by_an_error_nor_by_the_settings() -> None:
    assert "hushhush" not in refused(None, {"CONSENTRY_SECRET_KEY": "hushhush"})
    assert KEY not in repr(load(None, {"CONSENTRY_SECRET_KEY": KEY}))


def test_a_file_that_is_missing_or_no_toml_is_told(file: Path) -> None:
    assert "Name a file that can be read, or leave --config out" in refused(file)
    file.write_text("public_url = ")
    assert f"{file} is not TOML" in refused(file)
    file.write_bytes(b"\xff\xfe")
    assert f"{file} is not TOML" in refused(file)


def test_every_setting_has_its_reason() -> None:
    for name, described in Settings.model_fields.items():
        assert described.description, name
        assert described.description.endswith("."), name


def test_networks_that_many_people_come_from_are_a_table_or_pairs_of_words(file: Path) -> None:
    file.write_text('[trusted_egress]\n"198.51.100.0/24" = 10\n"2001:db8::/32" = 2\n')
    factors = {"198.51.100.0/24": 10, "2001:db8::/32": 2}
    assert load(file, {}).trusted_egress == factors
    words = "198.51.100.0/24=10, 2001:db8::/32=2"
    assert load(None, {"CONSENTRY_TRUSTED_EGRESS": words}).trusted_egress == factors
    assert load(None, {"CONSENTRY_TRUSTED_EGRESS": ""}).trusted_egress == {}


@pytest.mark.parametrize("text", ["198.51.100.0/24", "198.51.100.0/24=0", "198.51.100.0/24=x", "x=2", "10.0.0.1/8=2"])
def test_a_factor_that_is_none_is_refused(text: str) -> None:
    assert refused(None, {"CONSENTRY_TRUSTED_EGRESS": text}).startswith("trusted_egress")


@pytest.mark.parametrize("name", ["register_per_hour", "authorize_per_hour", "token_per_minute"])
def test_a_limit_is_one_at_least(name: str) -> None:
    assert refused(None, {f"CONSENTRY_{name.upper()}": "0"}) == f"{name} must be at least 1."


def test_a_network_that_is_not_limited_is_a_network() -> None:
    assert load(None, {"CONSENTRY_UNLIMITED_NETWORKS": "127.0.0.0/8, ::1"}).unlimited_networks == ("127.0.0.0/8", "::1")
    assert "loopback is no address or network" in refused(None, {"CONSENTRY_UNLIMITED_NETWORKS": "loopback"})


@pytest.mark.parametrize(
    "url", ["redis://127.0.0.1:6379/1", "rediss://user:secret@redis.example", "unix:///run/redis.sock"]
)
def test_a_redis_is_named_by_its_url_and_not_shown(url: str) -> None:
    settings = load(None, {"CONSENTRY_REDIS_URL": url})
    assert settings.redis_url == url
    assert "secret" not in repr(settings)


@pytest.mark.parametrize(
    "url", ["127.0.0.1:6379", "http://h.example", "redis://", "redis:///1", "unix://run/redis.sock"]
)
def test_what_names_no_redis_is_told_how_to(url: str) -> None:
    assert refused(None, {"CONSENTRY_REDIS_URL": url}).startswith("redis_url: write it as redis://HOST/NUMBER")


def test_plans_are_added_to_those_there_are() -> None:
    chosen = load(None, {"CONSENTRY_PLANS": "free=50/hour 2000/month, team=500/hour", "CONSENTRY_DEFAULT_PLAN": "team"})
    assert chosen.plans == {
        "unlimited": "unlimited",
        "free": "50/hour 2000/month",
        "pro": "1000/hour 50000/month",
        "team": "500/hour",
    }
    assert limiting.plans_of(chosen)[None] == Plan("team", 500, None)
    assert limiting.plans_of(chosen)["free"] == Plan("free", 50, 2000)
    assert not limiting.plans_of(chosen)["unlimited"].limited


@pytest.mark.parametrize(
    "plan", ["free", "free=", "free=many", "free=0/hour", "free=5", "free=5/day", "Free=5/hour", "=5/hour"]
)
def test_a_plan_that_makes_no_sense_is_told(plan: str) -> None:
    assert "write" in refused(environment={"CONSENTRY_PLANS": plan})


def test_the_default_plan_has_to_be_one() -> None:
    assert refused(environment={"CONSENTRY_DEFAULT_PLAN": "gold"}) == (
        "default_plan: there is no plan gold; there are unlimited, free, pro."
    )
