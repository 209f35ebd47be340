/**
 * The roles that hold what the dashboard asks for, of the platform's one table
 * (`src/crier/domain/permissions.py`, which a test holds this to).
 */
import type { Role } from "@/api/types";
import type { Permission } from "@/lib/permissions";

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
  "members.edit": ["admin"],
} as const satisfies Record<string, readonly Role[]>;

export function permissionsOf(role: Role): Permission[] {
  const all = Object.keys(WHO) as (keyof typeof WHO)[];
  return all.filter((permission) => (WHO[permission] as readonly Role[]).includes(role));
}
