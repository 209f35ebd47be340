"""People, their credentials and the trail of what they did."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Integer, LargeBinary, func, text
from sqlalchemy.dialects.postgresql import INET
from sqlalchemy.orm import Mapped, mapped_column

from crier.domain.permissions import SCOPES
from crier.storage.models.base import Base


class User(Base):
    """An account; `tokens_valid_from` changes whenever its access tokens become void."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    public_id: Mapped[str] = mapped_column(server_default=text("gen_random_uuid()::text"))
    username: Mapped[str]
    password_hash: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    role: Mapped[str]
    is_active: Mapped[bool] = mapped_column(default=True)
    last_login_at: Mapped[datetime | None]
    tokens_valid_from: Mapped[datetime] = mapped_column(server_default=func.now())
    may_review: Mapped[bool] = mapped_column(default=False)
    deleted_at: Mapped[datetime | None]


class Invitation(Base):
    """A link that makes one account, or a member of a team; its token is known to the person who
    got it alone."""

    __tablename__ = "invitations"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    role: Mapped[str]
    may_review: Mapped[bool]
    created_by: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_by: Mapped[int | None]
    revoked_at: Mapped[datetime | None]
    organisation_id: Mapped[int | None]
    member_role: Mapped[str | None]


class AuthSession(Base):
    """One sign-in: a family of refresh tokens of which only `refresh_jti` is good.

    `authenticated_at` is when its person has last proven to be there; a refresh proves nothing.
    `organisation_id` is the one in which it acts; None is the account's own.
    """

    __tablename__ = "auth_sessions"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    user_id: Mapped[int]
    refresh_jti: Mapped[uuid.UUID]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_used_at: Mapped[datetime] = mapped_column(server_default=func.now())
    authenticated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    ip: Mapped[str | None] = mapped_column(INET)
    user_agent: Mapped[str | None]
    organisation_id: Mapped[int | None]


class OneTimeCode(Base):
    """The app that makes one-time codes for an account; a factor once it is confirmed."""

    __tablename__ = "one_time_codes"

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    secret: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)


class RecoveryCode(Base):
    """A code that stands in for a lost second factor, once; `code_hash` is keyed."""

    __tablename__ = "recovery_codes"

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    used_at: Mapped[datetime | None]


class Passkey(Base):
    """A passkey of an account; the private key is known to its device alone."""

    __tablename__ = "passkeys"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    user_id: Mapped[int]
    host: Mapped[str]
    credential_id: Mapped[bytes] = mapped_column(LargeBinary)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_used_at: Mapped[datetime | None]


class OpenIdentity(Base):
    """A person that an issuer of OpenID Connect vouches for, by its own word `subject`."""

    __tablename__ = "identities"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    user_id: Mapped[int]
    issuer: Mapped[str]
    subject: Mapped[str]
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_used_at: Mapped[datetime | None]


class MailAddress(Base):
    """Where an account gets mail, once somebody there has opened a link."""

    __tablename__ = "mail_addresses"

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    address: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    verified_at: Mapped[datetime | None]


class SpentChallenge(Base):
    """A challenge that was answered; kept until nobody could use it anyway."""

    __tablename__ = "spent_challenges"

    challenge: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    until: Mapped[datetime]


class SavedView(Base):
    """What somebody has a list of the console show, under a name."""

    __tablename__ = "saved_views"

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    page: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    search: Mapped[str]
    saved_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ApiKey(Base):
    """A program's credential; the key itself is known to its owner alone.

    One that was rotated names the key that `replaced_by` is, and ends at `expires_at`.
    """

    __tablename__ = "api_keys"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    user_id: Mapped[int]
    name: Mapped[str]
    prefix: Mapped[str]
    key_hash: Mapped[bytes] = mapped_column(LargeBinary)
    role: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_used_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    scopes: Mapped[list[str]] = mapped_column(default=lambda: list(SCOPES))
    last_used_ip: Mapped[str | None] = mapped_column(INET)
    replaced_by: Mapped[int | None]
    networks: Mapped[list[str]] = mapped_column(default=list)
    organisation_id: Mapped[int | None]
    """For which it is; None is its account's own."""


class IdempotencyKey(Base):
    """The sealed first answer to a request that may be repeated."""

    __tablename__ = "idempotency_keys"

    user_id: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    body_hash: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int | None] = mapped_column(Integer)
    response: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class AuditEntry(Base):
    """One line of the append-only trail; `hash` covers the line and `previous_hash`.

    `organisation_id` is the team in which it was done; None is the actor's own organisation.
    `key_id` names the key that made `hash`; None is a line from before there were keys.
    """

    __tablename__ = "audit_log"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime]
    actor_id: Mapped[int | None]
    actor: Mapped[str]
    ip: Mapped[str | None] = mapped_column(INET)
    action: Mapped[str]
    object_type: Mapped[str]
    object_id: Mapped[str | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    previous_hash: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    key_id: Mapped[str | None]
    organisation_id: Mapped[int | None]


class ToldSecurity(Base):
    """Up to which line of the audit log the operator's webhook has been told; one row."""

    __tablename__ = "told_security"

    single: Mapped[bool] = mapped_column(primary_key=True, default=True)
    audit_id: Mapped[int] = mapped_column(BigInteger)


class FailedSignIns(Base):
    """Failed sign-ins for a name from a network, until the audit log has been told of them.

    `username` is empty for names that nobody has; `network` is empty for all beyond the bound.
    """

    __tablename__ = "failed_sign_ins"

    username: Mapped[str] = mapped_column(primary_key=True)
    network: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime] = mapped_column(server_default=func.now())
    last_at: Mapped[datetime] = mapped_column(server_default=func.now())
    count: Mapped[int] = mapped_column(Integer, default=1)
    told: Mapped[int] = mapped_column(Integer, default=0)
