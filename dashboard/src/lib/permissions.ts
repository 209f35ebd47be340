/**
 * The roles that hold what the dashboard asks for, of the platform's one table
 * (`src/crier/domain/permissions.py`, which a test holds this to). The API decides; this only hides.
 */
import type { Role } from "@/api/types";

const WHO = {
  account: ["admin", "operator", "advertiser", "viewer"],
  "bots.read": ["admin", "operator", "viewer"],
  "bots.edit": ["admin", "operator"],
  "ads.read": ["admin", "operator", "advertiser", "viewer"],
  "ads.edit": ["admin", "operator", "advertiser"],
  "ads.launch": ["admin", "operator"],
  "people.read": ["admin", "operator", "viewer"],
  "people.edit": ["admin", "operator"],
  exports: ["admin", "operator", "viewer"],
  "platform.read": ["admin", "viewer"],
  "platform.run": ["admin"],
  "audit.read": ["admin", "viewer"],
  "accounts.edit": ["admin"],
} as const satisfies Record<string, readonly Role[]>;

export type Permission = keyof typeof WHO;

export function may(role: Role, permission: Permission): boolean {
  return (WHO[permission] as readonly Role[]).includes(role);
}

/** Where a role starts after signing in. */
export function home(role: Role): "/" | "/ads" {
  return may(role, "bots.read") ? "/" : "/ads";
}
