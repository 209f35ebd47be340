import { api, unwrap } from "@/api/client";
import { pagedOptions } from "@/api/pages";
import type { Answer, Role } from "@/api/types";

export type UserFilter = { q?: string; role?: Role; status?: "active" | "inactive" };
export type UserRow = Answer<"/api/users">["items"][number];

export const usersOptions = (filter: UserFilter) =>
  pagedOptions(
    ["users", "list", filter],
    (page, signal) =>
      unwrap(api.GET("/api/users", { params: { query: { ...page, ...filter } }, signal })),
    { keep: true },
  );
