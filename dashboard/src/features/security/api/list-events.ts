import { api, unwrap } from "@/api/client";
import { pagedOptions } from "@/api/pages";
import type { Answer } from "@/api/types";
import { daysAgo, type SinceDays } from "@/lib/spans";

export type SecurityEvent = Answer<"/api/security/events">["items"][number];

export const EVENT_KINDS = [
  "failed_sign_in",
  "new_device",
  "new_key_address",
  "credentials",
  "role",
  "export",
] as const satisfies SecurityEvent["kind"][];

export type EventFilter = {
  kind?: SecurityEvent["kind"];
  /** A username: events by it, or about its account. */
  person?: string;
  days?: SinceDays;
};

/** Events of one's own account; those of all accounts for who may read the audit log. */
export const eventsOptions = ({ kind, person, days }: EventFilter) =>
  pagedOptions(
    ["security", kind, person, days],
    (page, signal) => {
      const query = { ...page, kind, person, since: days && daysAgo(Number(days)) };
      return unwrap(api.GET("/api/security/events", { params: { query }, signal }));
    },
    { keep: true },
  );
