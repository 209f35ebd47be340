import type { Role } from "@/api/types";

export const ROLES = ["admin", "operator", "advertiser", "viewer"] as const satisfies Role[];
