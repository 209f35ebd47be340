import { api, unwrap } from "@/api/client";
import { pagedOptions } from "@/api/pages";

const EVERY_MS = 3_000;

/** What was asked to be erased; read again while something is not done. */
export const erasuresOptions = pagedOptions(
  ["privacy", "erasures"],
  (query, signal) => unwrap(api.GET("/api/erasures", { params: { query }, signal })),
  { every: (rows) => rows.some(({ state }) => state !== "done") && EVERY_MS },
);
