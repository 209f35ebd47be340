/** What each role may do in the dashboard: the table of API.md. The API decides; this only hides. */
import type { Role } from "@/api/types";

const WHO = {
  "overview.read": ["admin", "operator", "viewer"],
  "bots.read": ["admin", "operator", "viewer"],
  "bots.change": ["admin", "operator"],
  "ads.read": ["admin", "operator", "advertiser", "viewer"],
  "ads.write": ["admin", "operator", "advertiser"],
  "ads.launch": ["admin", "operator"],
  "ads.recipients": ["admin", "operator", "viewer"],
  "exports.write": ["admin", "operator", "viewer"],
  "system.read": ["admin", "viewer"],
  "people.erase": ["admin", "operator"],
  "users.change": ["admin"],
} as const satisfies Record<string, readonly Role[]>;

export type Permission = keyof typeof WHO;

export function may(role: Role, permission: Permission): boolean {
  return (WHO[permission] as readonly Role[]).includes(role);
}

/** Where a role starts after signing in. */
export function home(role: Role): "/" | "/ads" {
  return may(role, "overview.read") ? "/" : "/ads";
}
