"""What every command has in common: --json, --config, --help, and one sentence for whatever is wrong."""

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from consentry import __version__
from consentry.cli import app
from consentry.cli.later import Deferred
from tests.cli.commands import EMAIL, Commands
from tests.cli.process import running

SERVERS = {"demo", "serve"}


def every_command() -> dict[tuple[str, ...], set[str]]:
    """Each command's words and options."""
    root = get_command(app)
    assert isinstance(root, TyperGroup)
    return dict(_within(root, ()))


def _within(group: TyperGroup, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], set[str]]]:
    for name, listed in group.commands.items():
        command = listed.command if isinstance(listed, Deferred) else listed
        if isinstance(command, TyperGroup):
            yield from _within(command, (*words, name))
        else:
            yield (*words, name), {option for each in command.params for option in each.opts}


@pytest.mark.parametrize(("words", "options"), every_command().items())
def test_every_administrative_command_takes_json_and_config(words: tuple[str, ...], options: set[str]) -> None:
    assert ("--json" in options) == (words[0] not in SERVERS)
    assert ("--config" in options) == (words != ("demo",))


@pytest.mark.parametrize("words", every_command())
def test_every_command_explains_itself(commands: Commands, words: tuple[str, ...]) -> None:
    said = commands.says(*words, "--help")
    usage, _, about = said.splitlines()[:3]
    assert usage.startswith("Usage: ")
    assert about.strip()


@pytest.mark.parametrize("words", every_command())
def test_a_command_is_shown_as_it_is_typed(commands: Commands, words: tuple[str, ...]) -> None:
    said = commands.says(*words, "--help")
    assert not re.search(r"<str>|<list|<int|[{}]|\[\[", said)
    usage, arguments = said.splitlines()[0], re.findall(r"^Arguments:\n((?:  .*\n)+)", said, re.MULTILINE)
    for line in "".join(arguments).splitlines():
        word, about = line.split(maxsplit=1)
        assert word in usage.replace("[", " ").replace("]", " ").split()
        assert about


def test_an_argument_that_may_be_left_out_or_be_several_is_shown_so(commands: Commands) -> None:
    assert "account token list [OPTIONS] [EMAIL]\n" in commands.says("account", "token", "list", "--help")
    assert "deployment invite [OPTIONS] SLUG EMAIL...\n" in commands.says("deployment", "invite", "--help")


@pytest.mark.parametrize("words", [(), *{(words[0],) for words in every_command() if len(words) > 1}])
def test_a_list_of_commands_says_what_each_is_for_in_a_whole_sentence(
    commands: Commands, words: tuple[str, ...]
) -> None:
    _, _, listed = commands.says(*words, "--help").partition("Commands:\n")
    assert listed
    assert "..." not in listed


def test_only_what_is_built_is_offered(commands: Commands) -> None:
    assert {words[0] for words in every_command()} == {
        *SERVERS,
        "init",
        "sweep",
        "log",
        "account",
        "deployment",
        "client",
        "cimd",
        "registration-token",
        "api-key",
        "grant",
        "key",
    }
    assert "No such command 'backup'" in commands.misused("backup")


@pytest.mark.parametrize(
    "words",
    [
        ("account", "list"),
        ("account", "create", EMAIL, "--password-stdin"),
        ("deployment", "list"),
        ("client", "list"),
        ("grant", "list"),
        ("key", "rotate"),
        ("sweep",),
    ],
)
def test_without_a_database_a_command_says_how_to_make_one_and_makes_none(
    commands: Commands, words: tuple[str, ...]
) -> None:
    sentence = commands.fails(*words)
    expected = f"There is no database at {commands.database} yet: run `consentry init` (or `consentry serve`)."
    assert sentence == expected
    assert not commands.folder.exists()


def test_a_database_of_an_older_version_has_to_be_migrated_first(commands: Commands) -> None:
    commands.folder.mkdir()
    sqlite3.connect(commands.database).close()
    commands.database.touch()
    sentence = commands.fails("account", "list")
    assert sentence.startswith(f"{commands.database} is not up to date (0001_")
    assert sentence.endswith("run `consentry init`.")


@pytest.mark.parametrize("words", [("account", "list"), ("init",)])
def test_a_file_that_is_no_database_is_said_to_be_none(commands: Commands, words: tuple[str, ...]) -> None:
    commands.folder.mkdir()
    commands.database.write_text("a letter to somebody\n" * 100)
    expected = f"{commands.database} is not a SQLite database: name another file in database_url."
    assert commands.fails(*words) == expected


def test_a_data_folder_that_cannot_be_made_is_said_so(
    commands: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CONSENTRY_DATA_DIR", str(tmp_path / "file" / "data"))
    sentence = commands.fails("init")
    assert sentence == f"{tmp_path}/file/data cannot be made (Not a directory): set data_dir to one that can."


def test_a_key_file_without_a_key_is_said_so(commands: Commands) -> None:
    commands.init()
    (commands.folder / "secret_key").write_text("short\n")
    assert "secret_key holds no key" in commands.fails("account", "list")


def test_the_settings_file_is_read_and_the_environment_wins(
    commands: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "consentry.toml"
    file.write_text(f'public_url = "https://a.example/auth"\ndata_dir = "{tmp_path}/elsewhere"\n')
    monkeypatch.delenv("CONSENTRY_DATA_DIR")
    made = commands.answers("init", "--config", str(file))
    assert made["database"] == f"{tmp_path}/elsewhere/consentry.db"
    client = ("client", "create", "--preset", "chatgpt", "--config", str(file))
    assert commands.answers(*client)["client_name"] == "ChatGPT"
    monkeypatch.setenv("CONSENTRY_DATA_DIR", str(commands.folder))
    assert f"There is no database at {commands.database}" in commands.fails("client", "list", "--config", str(file))


def test_a_settings_file_that_cannot_be_read_is_named(commands: Commands, tmp_path: Path) -> None:
    missing = tmp_path / "missing.toml"
    assert commands.fails("init", "--config", str(missing)).startswith(f"{missing}: No such file or directory.")
    missing.write_text("public_url: no")
    assert commands.fails("init", "--config", str(missing)).startswith(f"{missing} is not TOML: ")


@pytest.mark.parametrize("words", [("init",), ("serve", "--port", "0"), ("demo", "--port", "0"), ("account", "list")])
def test_an_unknown_setting_is_refused_by_every_command(
    commands: Commands, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("CONSENTRY_PUBLIC_ULR", "https://a.example")
    sentence = commands.fails(*words)
    assert sentence == "public_ulr is no setting (in the environment: CONSENTRY_PUBLIC_ULR). Did you mean public_url?"


def test_plain_http_is_for_this_machine_alone(commands: Commands) -> None:
    sentence = commands.fails("serve", "--host", "0.0.0.0")  # noqa: S104 - it is refused
    assert "set public_url to the https address" in sentence


def test_an_address_of_another_machine_cannot_be_listened_on(
    commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONSENTRY_PUBLIC_URL", "https://a.example")
    sentence = commands.fails("serve", "--host", "192.0.2.1", "--port", "0")
    assert sentence.startswith("192.0.2.1 is no address of this machine")


def test_it_says_which_version_it_is(commands: Commands) -> None:
    assert commands.says("--version") == f"consentry {__version__}\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("serve", "--port", "x"), "Invalid value for '--port': must be a whole number."),
        (("serve", "--port", "65536"), "Invalid value for '--port': must be at most 65535."),
        (("serve", "--workers", "0"), "Invalid value for '--workers': must be at least 1."),
    ],
)
def test_an_option_that_will_not_do_is_told_in_our_own_words(
    commands: Commands, words: tuple[str, ...], said: str
) -> None:
    assert commands.misused(*words).rstrip().endswith(said)


def test_with_json_an_error_is_a_sentence_all_the_same(commands: Commands) -> None:
    sentence = commands.init().fails("deployment", "show", "nowhere", "--json")
    assert sentence.startswith("There is no deployment nowhere")


def test_a_database_without_its_key_is_not_opened(commands: Commands) -> None:
    commands.init()
    (commands.folder / "secret_key").unlink()
    for words in (("account", "list"), ("init",)):
        assert "put the key back (or give it as secret_key)" in commands.fails(*words)
    assert not (commands.folder / "secret_key").exists()


@pytest.mark.slow
def test_words_that_are_no_text_are_wrong_usage() -> None:
    with running("account", "verify", "ada\udcff@example.com", afresh=True) as command:
        assert command.wait() == 2
    assert command.stderr == ["The command line is not UTF-8: write it in that encoding."]
