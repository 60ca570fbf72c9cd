"""What tocsin.toml may say, and that each mistake in it is one clear line."""

import pytest

from crawler.config import Config, Digest, Smtp, load_config
from crawler.errors import DataFileError
from crawler.home import Home

SERVER = '[smtp]\nhost = "mail.example.org"\nfrom = "tocsin@example.org"\n'
TO = '[[digest]]\nname = "a"\nto = ["ann@example.org"]\n'


def load(home: Home, text: str) -> Config:
    (home.root / "tocsin.toml").write_text(text, "utf-8")
    return load_config(home)


def test_a_home_without_settings_has_the_defaults(home: Home) -> None:
    assert load_config(home) == Config()


def test_every_setting_is_read(home: Home) -> None:
    config = load(
        home,
        """
        contact = "ann@example.org"
        timeout_seconds = 20
        publisher = "Example Trust"
        purpose = "A study"
        site_url = "https://tocsin.example/"
        [[digest]]
        name = "west-yorkshire"
        authorities = ["Leeds", "Bradford"]
        themes = ["courts"]
        to = ["ann@example.org", "b.o'b+news@example.org"]
        every_days = 1
        [[digest]]
        name = "all"
        [smtp]
        host = "mail.example.org"
        port = 25
        user = "tocsin"
        password_file = "smtp.password"
        from = "tocsin@example.org"
        starttls = true
        """,
    )
    people = ("ann@example.org", "b.o'b+news@example.org")
    assert config == Config(
        contact="ann@example.org",
        timeout_seconds=20,
        publisher="Example Trust",
        purpose="A study",
        site_url="https://tocsin.example/",
        digest=(
            Digest("west-yorkshire", ("Leeds", "Bradford"), ("courts",), people, 1),
            Digest("all"),
        ),
        smtp=Smtp("mail.example.org", "tocsin@example.org", 25, "tocsin", "smtp.password"),
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("contacts = 1", "contacts: unknown key; use contact, timeout_seconds, publisher, purpose"),
        ("contact = 1", "contact: 1 is not a text"),
        ("timeout_seconds = true", "timeout_seconds: True is not a number"),
        ('site_url = "javascript:x"', "site_url: 'javascript:x' is not an http or https URL"),
        ("digest = 1", "digest: 1 is not a list of [[digest]] tables"),
        ("digest = [1]", "digest: [1] is not a list of [[digest]] tables"),
        ("[digest]", "digest: {} is not a list of [[digest]] tables"),
        ("[[digest]]", "digest 1: name: is missing"),
        ('[[digest]]\nname = "a"\nmail = 1', "digest a: mail: unknown key; use name, authorities"),
        ('[[digest]]\nname = "a"\nthemes = "x"', "digest a: themes: 'x' is not a list of texts"),
        ('[[digest]]\nname = "a"\nto = [1]', "digest a: to: [1] is not a list of texts"),
        ('[[digest]]\nname = "../x"', "digest ../x: name must be lower-case letters, digits and"),
        ('[[digest]]\nname = "a"\nevery_days = -1', "digest a: every_days is below 0"),
        ('[[digest]]\nname = "a"\nevery_days = nan', "digest a: every_days is below 0"),
        ('[[digest]]\nname = "a"\n' * 2, "digest a: this name is taken by another digest"),
        (TO, "digest a: to: mails need an [smtp] table with the server that takes them"),
        (TO.replace("@", " "), "digest a: to: 'ann example.org' is not an e-mail address"),
        (TO.replace("ann", "ann,bob"), "digest a: to: 'ann,bob@example.org' is not an e-mail"),
        (TO.replace(".org", ".org\\nBcc: x@y"), "digest a: to: 'ann@example.org\\nBcc: x@y' is no"),
        ("smtp = 1", "smtp: 1 is not an [smtp] table"),
        ("[smtp]", "smtp: host: is missing"),
        ('[smtp]\nhost = "a"', "smtp: from: is missing"),
        (SERVER.replace("@", ""), "smtp: from: 'tocsinexample.org' is not an e-mail address"),
        (SERVER.replace("from", "sender"), "smtp: sender: unknown key; use host, from, port"),
        (f"{SERVER}port = 0", "smtp: port 0 is none"),
        (f"{SERVER}port = 2.5", "smtp: port: 2.5 is not a whole number"),
        (f"{SERVER}starttls = 1", "smtp: starttls: 1 is not true or false"),
        (f'{SERVER}user = "a"\nstarttls = false', "smtp: user without starttls: the password"),
        ("[[digest]\n", "file: "),
    ],
)
def test_a_mistake_is_one_line_that_says_where(text: str, told: str, home: Home) -> None:
    with pytest.raises(DataFileError) as error:
        load(home, text)
    assert str(error.value).startswith(f"tocsin.toml: {told}")
    assert "\n" not in str(error.value)


def test_a_password_in_the_file_is_refused_and_not_printed(home: Home) -> None:
    with pytest.raises(DataFileError, match="smtp: password: does not belong in this") as error:
        load(home, f'{SERVER}password = "hush-hush"')
    assert "hush" not in str(error.value)


def test_a_user_on_this_machine_needs_no_tls(home: Home) -> None:
    local = SERVER.replace("mail.example.org", "localhost")
    config = load(home, f'{local}user = "a"\nstarttls = false')
    assert config.smtp == Smtp("localhost", "tocsin@example.org", user="a", starttls=False)
