import { infiniteQueryOptions, keepPreviousData } from "@tanstack/react-query";
import { api, nextCursor, PAGE_SIZE, unwrap } from "@/api/client";
import type { Answer } from "@/api/types";

export type SecurityEvent = Answer<"/api/security/events">["items"][number];

export const EVENT_KINDS = [
  "failed_sign_in",
  "new_device",
  "new_key_address",
  "credentials",
  "role",
  "export",
] as const satisfies SecurityEvent["kind"][];

export const EVENT_DAYS = ["1", "7", "30", "365"] as const;

export type EventFilter = {
  kind?: SecurityEvent["kind"];
  /** A username: events by it, or about its account. */
  person?: string;
  days?: (typeof EVENT_DAYS)[number];
};

const DAY_MS = 86_400_000;

/** Events of one's own account; those of all accounts for who may read the audit log. */
export const eventsOptions = ({ kind, person, days }: EventFilter) =>
  infiniteQueryOptions({
    queryKey: ["security", kind, person, days],
    queryFn: ({ pageParam, signal }) => {
      const since = days && new Date(Date.now() - Number(days) * DAY_MS).toISOString();
      const query = { limit: PAGE_SIZE, cursor: pageParam, kind, person, since };
      return unwrap(api.GET("/api/security/events", { params: { query }, signal }));
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: nextCursor,
    placeholderData: keepPreviousData,
  });
