import type { Answer, Body } from "@/api/types";

export type MemberRole = Body<"/api/organisations/{organisation_id}/invitations">["role"];

type Withheld = Answer<"/api/organisations/{organisation_id}/members">["items"][number]["withheld"];

/** What may be withheld of each role; an owner has everything. */
export const PARTS: Record<MemberRole, Withheld> = {
  owner: [],
  operator: ["ads", "launch", "bots", "people", "money"],
  advertiser: ["ads", "money"],
  viewer: ["people", "money"],
};

export const MEMBER_ROLES = [
  "owner",
  "operator",
  "advertiser",
  "viewer",
] as const satisfies MemberRole[];
