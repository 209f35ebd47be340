import type { Body } from "@/api/types";

export type MemberRole = Body<"/api/organisations/{organisation_id}/invitations">["role"];

export const MEMBER_ROLES = [
  "owner",
  "operator",
  "advertiser",
  "viewer",
] as const satisfies MemberRole[];
