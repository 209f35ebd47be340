import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "./client";

/** The Telegram chat that is linked to one's account. */
export const chatOptions = queryOptions({
  queryKey: ["linked chat"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/auth/chat", { signal })),
});
