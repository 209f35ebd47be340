/** What each security event means, in plain words, and what to do about it. */
import { plural, t } from "@lingui/core/macro";
import { deviceName } from "@/lib/device";
import { when } from "@/lib/format";
import { words } from "@/lib/words";
import type { SecurityEvent } from "./api/list-events";

export const KIND_NAMES: Record<SecurityEvent["kind"], string> = {
  failed_sign_in: t`failed sign-ins`,
  new_device: t`new devices`,
  new_key_address: t`API keys at new addresses`,
  credentials: t`passwords, factors and keys`,
  role: t`roles and accounts`,
  export: t`exports`,
};

export const KIND_HEADINGS: Record<SecurityEvent["kind"], string> = {
  failed_sign_in: t`Failed sign-in`,
  new_device: t`New device`,
  new_key_address: t`API key`,
  credentials: t`Credentials`,
  role: t`Account`,
  export: t`Export`,
};

const NOT_YOU = t`If that was not you, end the other sessions and change your password.`;
const ASK = t`If nobody asked for it, look at what else that account did.`;

type Meaning = { said: (event: SecurityEvent) => string; next: string };

const MEANINGS: Record<string, Meaning> = {
  "user.sign_in_failed": {
    said: (event) => {
      const times = Number(event.details.failures ?? 1);
      const name = text(event, "username") ?? t`a name that nobody has`;
      const last = text(event, "last_at");
      const wrong = t`${plural(times, { one: "# wrong password", other: "# wrong passwords" })} for ${name}`;
      return last ? t`${wrong}, the last on ${when(last)}` : wrong;
    },
    next: t`Nobody got in. Two-step sign-in keeps it so even where a password is guessed.`,
  },
  "user.refresh_reused": {
    said: () => t`A sign-in that was already renewed was used again, and was ended`,
    next: t`Somebody may have copied it. Sign in again, and change the password.`,
  },
  "user.second_step_failed": {
    said: () => t`The password was right and the second step was wrong`,
    next: t`If that was not you, somebody knows the password: change it now.`,
  },
  "user.passkey_copied": {
    said: () => t`A passkey answered that another device has used since: it may have been copied`,
    next: t`Nobody got in. Remove the passkey under Ways to sign in, and add a new one.`,
  },
  "user.new_device": {
    said: (event) => t`Signed in from ${deviceName(text(event, "user_agent"))}`,
    next: NOT_YOU,
  },
  "key.new_network": {
    said: (event) =>
      t`Key “${called(event, "name")}” was used from ${called(event, "network")} for the first time`,
    next: t`If no program of yours runs there, revoke the key under API keys.`,
  },
  "user.change_password": { said: () => t`The password was changed`, next: NOT_YOU },
  "user.reset_password": {
    said: (event) => t`${event.actor ?? t`An admin`} set a new password for the account`,
    next: ASK,
  },
  "user.add_factor": { said: () => t`A second step was added to the sign-in`, next: NOT_YOU },
  "user.remove_factor": { said: () => t`A second step was taken away`, next: NOT_YOU },
  "user.remove_factors": {
    said: (event) => t`${event.actor ?? t`An admin`} took all second steps away`,
    next: ASK,
  },
  "user.renew_recovery_codes": { said: () => t`New recovery codes were made`, next: NOT_YOU },
  "user.set_mail": {
    said: (event) => t`A link was sent to ${called(event, "address")}, to get mail there`,
    next: NOT_YOU,
  },
  "user.confirm_mail": {
    said: (event) => t`${called(event, "address")} was confirmed: mail goes there`,
    next: NOT_YOU,
  },
  "user.remove_mail": { said: () => t`No mail goes out for the account any more`, next: NOT_YOU },
  "user.link_chat": {
    said: () => t`A Telegram chat was linked: notices and links for a new password go there`,
    next: t`If that was not you, unlink it under Notices, and change your password.`,
  },
  "user.unlink_chat": { said: () => t`The Telegram chat was unlinked`, next: NOT_YOU },
  "workspace.change": {
    said: () => t`The platform's bot, or the rule of two people, was changed`,
    next: ASK,
  },
  "user.link_identity": {
    said: (event) => t`${called(event, "name")} at ${called(event, "issuer")} was linked`,
    next: t`If that was not you, unlink it under Ways to sign in, and change your password.`,
  },
  "user.unlink_identity": {
    said: (event) => t`${called(event, "name")} at ${called(event, "issuer")} was unlinked`,
    next: NOT_YOU,
  },
  "user.unlink_identities": {
    said: (event) => t`${event.actor ?? t`An admin`} unlinked all identities`,
    next: ASK,
  },
  "key.create": {
    said: (event) => t`API key “${called(event, "name")}” was made`,
    next: t`If you did not make it, revoke it under API keys.`,
  },
  "key.rotate": {
    said: (event) => t`API key “${called(event, "name")}” was replaced by a new one`,
    next: t`If you did not do that, revoke both under API keys.`,
  },
  "key.revoke": { said: (event) => t`API key “${called(event, "name")}” was revoked`, next: "" },
  "user.update": { said: changed, next: t`If that was not meant, an admin can take it back.` },
};

const EXPORTED: Meaning = {
  said: (event) => {
    const what = text(event, "dataset") ?? event.object_type;
    return event.action === "person.export"
      ? t`All that is kept of one person was handed out`
      : t`${what ? words(what) : t`Data`} left the platform as a file`;
  },
  next: ASK,
};

const OF_TEAM: Meaning = {
  said: () => t`A team or its members were changed`,
  next: ASK,
};

/** A sentence that says what happened, and what to do where it was not meant; maybe nothing. */
export function meaningOf(event: SecurityEvent): { said: string; next: string } {
  const team = event.action.startsWith("organisation.") ? OF_TEAM : EXPORTED;
  const { said, next } = MEANINGS[event.action] ?? team;
  return { said: said(event), next };
}

/** The address that it came from, or the network of several tries. */
export function placeOf(event: SecurityEvent): string {
  return event.ip ?? text(event, "network") ?? "–";
}

function called(event: SecurityEvent, name: string): string {
  return text(event, name) ?? "–";
}

function text(event: SecurityEvent, name: string): string | null {
  const value = event.details[name];
  return typeof value === "string" ? value : null;
}

type Facts = { username?: string; role?: string; is_active?: boolean; may_review?: boolean };

function changed({ details }: SecurityEvent): string {
  const before = (details.before ?? {}) as Facts;
  const after = (details.after ?? {}) as Facts;
  const parts = [
    before.role !== after.role &&
      t`is ${words(after.role ?? "–")} now, was ${words(before.role ?? "–")}`,
    before.is_active !== after.is_active &&
      (after.is_active ? t`was switched on` : t`was switched off`),
    before.may_review !== after.may_review &&
      (after.may_review ? t`may review ads now` : t`may review ads no more`),
  ];
  return `${after.username ?? t`The account`} ${parts.filter(Boolean).join(t` and `)}`;
}
