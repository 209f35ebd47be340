import { api, unwrap } from "@/api/client";
import { pagedOptions } from "@/api/pages";
import { daysAgo, type SinceDays } from "@/lib/spans";

export const AUDIT_KINDS = [
  "ad",
  "bot",
  "user",
  "invitation",
  "key",
  "person",
  "export",
  "media",
  "worker",
  "error",
] as const;
export type AuditFilter = {
  actor?: string;
  /** The kind of thing that was changed. */
  object?: (typeof AUDIT_KINDS)[number];
  days?: SinceDays;
};

/** Changes and their actors, newest first. */
export const auditOptions = ({ actor, object, days }: AuditFilter) =>
  pagedOptions(
    ["system", "audit", actor, object, days],
    (page, signal) => {
      const query = { ...page, actor, object, since: days && daysAgo(Number(days)) };
      return unwrap(api.GET("/api/audit", { params: { query }, signal }));
    },
    { keep: true },
  );
