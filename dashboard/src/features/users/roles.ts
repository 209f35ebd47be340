import type { Role } from "@/api/types";

export const ROLES: Role[] = ["admin", "operator", "advertiser", "viewer"];
