/** What each security event means, in plain words, and what to do about it. */
import { deviceName } from "@/lib/device";
import { count, when } from "@/lib/format";
import type { SecurityEvent } from "./api/list-events";

export const KIND_NAMES: Record<SecurityEvent["kind"], string> = {
  failed_sign_in: "failed sign-ins",
  new_device: "new devices",
  new_key_address: "API keys at new addresses",
  credentials: "passwords, factors and keys",
  role: "roles and accounts",
  export: "exports",
};

export const KIND_HEADINGS: Record<SecurityEvent["kind"], string> = {
  failed_sign_in: "Failed sign-in",
  new_device: "New device",
  new_key_address: "API key",
  credentials: "Credentials",
  role: "Account",
  export: "Export",
};

const NOT_YOU = "If that was not you, end the other sessions and change your password.";
const ASK = "If nobody asked for it, look at what else that account did.";

type Meaning = { said: (event: SecurityEvent) => string; next: string };

const MEANINGS: Record<string, Meaning> = {
  "user.sign_in_failed": {
    said: (event) => {
      const times = Number(event.details.failures ?? 1);
      const name = text(event, "username") ?? "a name that nobody has";
      const last = text(event, "last_at");
      return `${count(times)} wrong ${times === 1 ? "password" : "passwords"} for ${name}${last ? `, the last on ${when(last)}` : ""}`;
    },
    next: "Nobody got in. Two-step sign-in keeps it so even where a password is guessed.",
  },
  "user.refresh_reused": {
    said: () => "A sign-in that was already renewed was used again, and was ended",
    next: "Somebody may have copied it. Sign in again, and change the password.",
  },
  "user.second_step_failed": {
    said: () => "The password was right and the second step was wrong",
    next: "If that was not you, somebody knows the password: change it now.",
  },
  "user.passkey_copied": {
    said: () => "A passkey answered that another device has used since: it may have been copied",
    next: "Nobody got in. Remove the passkey under Ways to sign in, and add a new one.",
  },
  "user.new_device": {
    said: (event) => `Signed in from ${deviceName(text(event, "user_agent"))}`,
    next: NOT_YOU,
  },
  "key.new_network": {
    said: (event) =>
      `Key “${text(event, "name")}” was used from ${text(event, "network")} for the first time`,
    next: "If no program of yours runs there, revoke the key under API keys.",
  },
  "user.change_password": { said: () => "The password was changed", next: NOT_YOU },
  "user.reset_password": {
    said: (event) => `${event.actor ?? "An admin"} set a new password for the account`,
    next: ASK,
  },
  "user.add_factor": { said: () => "A second step was added to the sign-in", next: NOT_YOU },
  "user.remove_factor": { said: () => "A second step was taken away", next: NOT_YOU },
  "user.remove_factors": {
    said: (event) => `${event.actor ?? "An admin"} took all second steps away`,
    next: ASK,
  },
  "user.renew_recovery_codes": { said: () => "New recovery codes were made", next: NOT_YOU },
  "user.set_mail": {
    said: (event) => `A link was sent to ${text(event, "address")}, to get mail there`,
    next: NOT_YOU,
  },
  "user.confirm_mail": {
    said: (event) => `${text(event, "address")} was confirmed: mail goes there`,
    next: NOT_YOU,
  },
  "user.remove_mail": { said: () => "No mail goes out for the account any more", next: NOT_YOU },
  "user.link_identity": {
    said: (event) => `${text(event, "name")} at ${text(event, "issuer")} was linked`,
    next: "If that was not you, unlink it under Ways to sign in, and change your password.",
  },
  "user.unlink_identity": {
    said: (event) => `${text(event, "name")} at ${text(event, "issuer")} was unlinked`,
    next: NOT_YOU,
  },
  "user.unlink_identities": {
    said: (event) => `${event.actor ?? "An admin"} unlinked all identities`,
    next: ASK,
  },
  "key.create": {
    said: (event) => `API key “${text(event, "name")}” was made`,
    next: "If you did not make it, revoke it under API keys.",
  },
  "key.rotate": {
    said: (event) => `API key “${text(event, "name")}” was replaced by a new one`,
    next: "If you did not do that, revoke both under API keys.",
  },
  "key.revoke": { said: (event) => `API key “${text(event, "name")}” was revoked`, next: "" },
  "user.update": { said: changed, next: "If that was not meant, an admin can take it back." },
};

const EXPORTED: Meaning = {
  said: (event) => {
    const what = text(event, "dataset") ?? event.object_type;
    return event.action === "person.export"
      ? "All that is kept of one person was handed out"
      : `${what ?? "Data"} left the platform as a file`;
  },
  next: ASK,
};

/** A sentence that says what happened, and what to do where it was not meant; maybe nothing. */
export function meaningOf(event: SecurityEvent): { said: string; next: string } {
  const { said, next } = MEANINGS[event.action] ?? EXPORTED;
  return { said: said(event), next };
}

/** The address that it came from, or the network of several tries. */
export function placeOf(event: SecurityEvent): string {
  return event.ip ?? text(event, "network") ?? "–";
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
    before.role !== after.role && `is ${after.role} now, was ${before.role}`,
    before.is_active !== after.is_active && `was switched ${after.is_active ? "on" : "off"}`,
    before.may_review !== after.may_review &&
      `may ${after.may_review ? "review ads now" : "review ads no more"}`,
  ];
  return `${after.username ?? "The account"} ${parts.filter(Boolean).join(" and ")}`;
}
