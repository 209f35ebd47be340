"""Settings come from the environment, checked all at once, and keep secrets to themselves."""

from pathlib import Path

import pytest

from crier import setting_values
from crier.errors import SettingsError
from crier.settings import Settings, run_dir


def problems(**environment: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment(environment)
    return caught.value.problems


def test_an_empty_environment_gives_the_documented_defaults() -> None:
    settings = Settings.from_environment({})
    assert (settings.http_host, settings.http_port) == ("127.0.0.1", 8080)
    assert settings.data_dir == Path.cwd() / "var"
    assert settings.telegram_api_url == "https://api.telegram.org"
    assert settings.embedded_database
    assert settings.embedded_redis
    assert (settings.workers, settings.send_rate, settings.send_timeout_s) == (2, 30, 20)
    assert settings.registration_open
    assert settings.api_limits
    assert settings.demo


def test_every_problem_is_reported_at_once_and_by_name() -> None:
    found = problems(
        CRIER_HTTP_BIND="here", CRIER_WORKERS="many", CRIER_SEND_RATE="-1", DEMO="perhaps"
    )
    names = [line.split()[0] for line in found]
    assert names == ["CRIER_HTTP_BIND", "CRIER_WORKERS", "CRIER_SEND_RATE", "DEMO"]


@pytest.mark.parametrize("bind", ["8080", "host:", ":80", "h:0", "h:65536", "h:٣", "h:-1"])
def test_a_bind_address_that_names_no_host_and_port_is_refused(bind: str) -> None:
    assert "host:port" in problems(CRIER_HTTP_BIND=bind)[0]


def test_an_ipv6_bind_address_makes_a_url_in_brackets() -> None:
    assert Settings.from_environment({"CRIER_HTTP_BIND": "[::1]:81"}).http_url == "http://[::1]:81"


def test_binding_to_every_address_is_shown_as_loopback() -> None:
    settings = Settings.from_environment({"CRIER_HTTP_BIND": "0.0.0.0:81"})
    assert settings.http_url == "http://127.0.0.1:81"


@pytest.mark.parametrize("url", ["http://127.0.0.1:81", "http://localhost:81/", "http://[::1]:81"])
def test_plain_http_to_telegram_is_fine_on_loopback(url: str) -> None:
    settings = Settings.from_environment({"CRIER_TELEGRAM_API_URL": url})
    assert settings.telegram_api_url == url.rstrip("/")
    assert settings.telegram_api_url_given


@pytest.mark.parametrize(
    ("name", "field"),
    [("CRIER_PUBLIC_URL", "public_url"), ("CRIER_TELEGRAM_API_URL", "telegram_api_url")],
)
def test_a_host_of_an_address_is_read_as_browsers_read_it(name: str, field: str) -> None:
    settings = Settings.from_environment({name: "https://Faß.example:8443/"})
    assert getattr(settings, field) == "https://xn--fa-hia.example:8443"
    assert "host" in problems(**{name: "https://xn--a.example"})[0]
    bucket = Settings.from_environment(S3 | {"CRIER_S3_URL": "https://s3.faß.example"}).s3
    assert bucket is not None
    assert bucket.url == "https://s3.xn--fa-hia.example"


@pytest.mark.parametrize("url", ["http://example.com", "http://10.0.0.1", "http://127.0.0.1.x.com"])
def test_plain_http_to_telegram_is_refused_elsewhere(url: str) -> None:
    assert "https" in problems(CRIER_TELEGRAM_API_URL=url)[0]


@pytest.mark.parametrize("rate", ["nan", "inf", "-0.1", "thirty", "\u0663\u0660", "3_0"])
def test_a_rate_is_a_finite_number_that_is_not_negative(rate: str) -> None:
    assert "CRIER_SEND_RATE" in problems(CRIER_SEND_RATE=rate)[0]


def test_a_secret_may_come_from_a_file_and_never_shows_in_the_repr(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("correct horse battery\n")
    settings = Settings.from_environment(
        {
            "CRIER_ADMIN_PASSWORD_FILE": str(secret),
            "CRIER_DATABASE_URL": "postgresql://u:hunter22@db/crier",
            "CRIER_TOKEN_KEYS": "one:AAAA,two:BBBB",
        }
    )
    assert settings.admin_password == "correct horse battery"
    assert settings.token_keys == ("one:AAAA", "two:BBBB")
    for hidden in ("horse", "hunter22", "AAAA"):
        assert hidden not in repr(settings)


def test_a_wrong_secret_is_not_repeated_in_the_message() -> None:
    found = problems(
        CRIER_DATABASE_URL="mysql://u:hunter22@db/crier", CRIER_ADMIN_PASSWORD="hunter22"
    )
    assert len(found) == 2
    assert "hunter22" not in " ".join(found)


def test_a_missing_secret_file_and_a_secret_given_twice_are_problems(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing")
    assert "cannot be read" in problems(CRIER_JWT_KEYS_FILE=missing)[0]
    assert "both set" in problems(CRIER_JWT_KEYS="a", CRIER_JWT_KEYS_FILE=missing)[0]


def test_sockets_of_a_deep_data_folder_move_to_a_short_path() -> None:
    deep = Path("/tmp") / ("d" * 100)
    assert run_dir(Path("/srv/crier")) == Path("/srv/crier/run")
    assert len(str(run_dir(deep))) < 60
    assert run_dir(deep) != run_dir(deep / "other")


def test_every_account_finds_the_same_sockets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("d" * 100)
    before = run_dir(deep)
    deep.mkdir()
    assert run_dir(deep) == before
    monkeypatch.setattr("os.geteuid", lambda: 12345)
    assert run_dir(deep) == before


def test_an_entry_of_the_fetch_list_that_is_no_network_is_named() -> None:
    assert Settings.from_environment({"CRIER_FETCH_ALLOW": "a.example, 10.0.0.0/8"}).fetch_allow
    assert "'10.0.0.0/99'" in problems(CRIER_FETCH_ALLOW="10.0.0.0/99")[0]


S3 = {
    "CRIER_S3_BUCKET": "uploads",
    "CRIER_S3_ACCESS_KEY": "AKIA",
    "CRIER_S3_SECRET_KEY": "seven wet otters",
}


def test_a_bucket_is_used_where_one_is_named_and_its_secret_never_shows() -> None:
    assert Settings.from_environment({}).s3 is None
    settings = Settings.from_environment(S3)
    assert settings.s3 is not None
    assert (settings.s3.url, settings.s3.region) == (None, "us-east-1")
    assert "otters" not in repr(settings) + repr(settings.s3)


def test_half_of_the_settings_of_a_bucket_is_a_problem_for_each_that_is_missing() -> None:
    assert problems(CRIER_S3_URL="https://s3.example.com") == [
        "CRIER_S3_BUCKET is missing: uploads to S3 need it",
        "CRIER_S3_ACCESS_KEY is missing: uploads to S3 need it",
        "CRIER_S3_SECRET_KEY is missing: uploads to S3 need it",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CRIER_S3_URL", "minio:9000"),
        ("CRIER_S3_URL", "https://key:otters@s3.example.com"),
        ("CRIER_S3_BUCKET", "up/loads"),
        ("CRIER_S3_REGION", "eu central"),
    ],
)
def test_a_bucket_or_an_address_that_cannot_be_is_named(name: str, value: str) -> None:
    (problem,) = problems(**S3 | {name: value})
    assert problem.startswith(f"{name} ")
    assert "otters" not in problem


@pytest.mark.parametrize("form", ["\ufeff{}\r\n", "\ufeff{}", "{}\r\n\r\n", "\n  {}\n"])
@pytest.mark.parametrize("name", ["CRIER_ADMIN_PASSWORD", "CRIER_DATABASE_URL", "CRIER_JWT_KEYS"])
def test_what_an_editor_puts_around_a_secret_is_no_part_of_it(
    tmp_path: Path, form: str, name: str
) -> None:
    secret = "postgresql://u:correct-horse-battery@db/crier"
    file = tmp_path / "secret"
    file.write_bytes(form.format(secret).encode())
    settings = Settings.from_environment({f"{name}_FILE": str(file)})
    found = getattr(settings, name.removeprefix("CRIER_").lower())
    assert found in (secret, (secret,))


def test_a_secret_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    for encoding in ("utf-16", "latin-1"):
        file = tmp_path / encoding
        file.write_bytes("pässwörter zum Merken".encode(encoding))
        assert "no UTF-8 text" in problems(CRIER_ADMIN_PASSWORD_FILE=str(file))[0]


@pytest.mark.parametrize(
    "url",
    [
        "https://crier.example.com/?a=b",
        "https://crier.example.com/#top",
        "https://crier.example.com/cr%2Fier",
        "https://crier.example.com/a//b",
        "https://crier.example.com/../x",
        "https://user@crier.example.com",
        "https://crier.example.com/a b",
        'https://crier.example.com"',
        "https://",
        "crier.example.com",
    ],
)
def test_a_public_url_that_links_could_not_be_made_from_is_refused(url: str) -> None:
    assert problems(CRIER_PUBLIC_URL=url)[0].startswith("CRIER_PUBLIC_URL ")


@pytest.mark.parametrize("url", ["https://t.example.com?x", "https://t.example.com/#y"])
def test_an_address_of_telegram_that_methods_could_not_be_added_to_is_refused(url: str) -> None:
    assert problems(CRIER_TELEGRAM_API_URL=url)[0].startswith("CRIER_TELEGRAM_API_URL ")


def test_a_public_url_may_end_in_a_slash_and_name_a_port() -> None:
    settings = Settings.from_environment({"CRIER_PUBLIC_URL": "https://crier.example.com:8443/"})
    assert settings.public_url == "https://crier.example.com:8443"
    assert setting_values.below(settings.public_url) == ""


def test_a_public_url_may_be_below_a_path() -> None:
    settings = Settings.from_environment({"CRIER_PUBLIC_URL": "https://example.com/ads/crier/"})
    assert settings.public_url == "https://example.com/ads/crier"
    assert setting_values.below(settings.public_url) == "/ads/crier"


@pytest.mark.parametrize("folder", ["/srv/a\nb", "/srv/a\x1b[0m", "/srv/\udcff", "~nobody-here/x"])
def test_a_data_folder_that_cannot_be_written_down_is_refused(folder: str) -> None:
    assert problems(CRIER_DATA_DIR=folder)[0].startswith("CRIER_DATA_DIR ")


@pytest.mark.parametrize("folder", ["/srv/a,b", '/srv/a"b', "/srv/it's"])
def test_sockets_never_lie_where_postgresql_would_split_their_path(folder: str) -> None:
    assert run_dir(Path(folder)).parent == Path("/tmp")


def test_what_is_kept_for_how_long_is_said_in_days_or_for_ever() -> None:
    assert Settings.from_environment({}).keep_days == {
        "messages": None,
        "texts": 180,
        "clicks": 400,
        "logs": 365,
        "analytics": None,
    }
    given = {"CRIER_KEEP_MESSAGES": "400", "CRIER_KEEP_LOGS": "forever"}
    kept = Settings.from_environment(given).keep_days
    assert (kept["messages"], kept["logs"]) == (400, None)
    assert Settings.from_environment({"CRIER_KEEP_TEXTS": "1"}).keep_days["texts"] == 1


@pytest.mark.parametrize("days", ["30", "0", "-1", "36501", "1e3", "a year", "٤٠", "9" * 5000])
def test_a_time_of_keeping_that_is_too_short_or_no_number_is_refused(days: str) -> None:
    with pytest.raises(SettingsError, match=r"CRIER_KEEP_CLICKS is .*a number of days from 31"):
        Settings.from_environment({"CRIER_KEEP_CLICKS": days})


def test_an_issuer_and_its_groups_are_read() -> None:
    more = {
        "CRIER_OPENID_ISSUER": "https://sso.example.com/realms/staff/",
        "CRIER_OPENID_CLIENT_ID": "crier",
        "CRIER_OPENID_CLIENT_SECRET": "hush",
        "CRIER_OPENID_ROLES": "cn=ops,dc=x=operator",
        "CRIER_OPENID_DOMAINS": "@Example.com",
    }
    (problem,) = problems(**more)
    assert problem.startswith("CRIER_OPENID_ROLES holds 'cn=ops': write group=role")
    (openid,) = Settings.from_environment({**more, "CRIER_OPENID_ROLES": "a=b=operator"}).issuers
    assert openid.issuer == "https://sso.example.com/realms/staff"
    assert openid.name == "sso.example.com"
    assert openid.roles == {"a=b": "operator"}
    assert openid.domains == {"example.com"}
    assert "hush" not in repr(openid)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("CRIER_OPENID_ISSUER", "http://sso.example.com", "must be https"),
        ("CRIER_OPENID_ISSUER", "https://sso.example.com", "CLIENT_ID is missing"),
        ("CRIER_OPENID_CLIENT_ID", "crier", "ISSUER is missing"),
        ("CRIER_OPENID_DOMAINS", "nora@example.com", "no domain"),
        ("CRIER_OPENID_ROLES", "staff=king", "staff=operator"),
        ("CRIER_OPENID_NAME", "x" * 41, "40 characters"),
        ("CRIER_TELEGRAM_LOGIN_CLIENT_ID", "7000000001", "CLIENT_SECRET is missing"),
        ("CRIER_TELEGRAM_LOGIN_CLIENT_SECRET", "hush", "CLIENT_ID is missing"),
    ],
)
def test_an_issuer_that_is_half_set_is_refused(name: str, value: str, reason: str) -> None:
    (problem,) = problems(**{name: value})
    assert reason in problem


@pytest.mark.parametrize(
    ("url", "host", "port", "tls"),
    [
        ("smtp://mail.example.com", "mail.example.com", 587, False),
        ("smtps://mail.example.com", "mail.example.com", 465, True),
        ("smtp://nora:a%3Ab@[::1]:25/", "::1", 25, False),
    ],
)
def test_a_mail_server_is_read(url: str, host: str, port: int, tls: bool) -> None:
    given = {"CRIER_SMTP_URL": url, "CRIER_MAIL_FROM": "Crier <crier@example.com>"}
    mail = Settings.from_environment(given).mail
    assert mail is not None
    assert (mail.server.host, mail.server.port, mail.server.tls) == (host, port, tls)
    assert mail.server.password in (None, "a:b")
    assert "a:b" not in repr(mail)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"CRIER_SMTP_URL": "smtp://mail.example.com"}, "need each other"),
        ({"CRIER_MAIL_FROM": "crier@example.com"}, "need each other"),
        ({"CRIER_SMTP_URL": "http://mail.example.com"}, "begins with smtp://"),
        ({"CRIER_SMTP_URL": "smtp://nora@mail.example.com"}, "a user with its password"),
        ({"CRIER_MAIL_FROM": "crier"}, "no mail address"),
    ],
)
def test_mail_that_is_half_set_is_refused(given: dict[str, str], reason: str) -> None:
    (problem,) = problems(**given)
    assert reason in problem


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"CRIER_SECURITY_WEBHOOK": "https://alerts.example.com"}, "need each other"),
        ({"CRIER_SECURITY_WEBHOOK_SECRET": "whsec_" + "A" * 44}, "need each other"),
        ({"CRIER_SECURITY_WEBHOOK_SECRET": "hush"}, "openssl rand"),
        ({"CRIER_SECURITY_WEBHOOK_SECRET": "whsec_short"}, "openssl rand"),
    ],
)
def test_a_webhook_without_a_good_secret_is_refused(given: dict[str, str], reason: str) -> None:
    (problem,) = problems(**given)
    assert reason in problem
    assert "hush" not in problem
