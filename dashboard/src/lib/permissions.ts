/** What the signed-in person may do, as the platform says. The API decides; this only hides. */
import type { User } from "@/api/types";

export type Permission = User["permissions"][number];

export function may(user: Pick<User, "permissions">, permission: Permission): boolean {
  return user.permissions.includes(permission);
}

/** Where somebody starts after signing in. */
export function home(user: Pick<User, "permissions">): "/" | "/ads" {
  return may(user, "bots.read") ? "/" : "/ads";
}
