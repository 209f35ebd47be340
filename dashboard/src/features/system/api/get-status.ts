import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";

const EVERY_MS = 5_000;

export const systemStatusOptions = queryOptions({
  queryKey: ["system", "status"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/system/status", { signal })),
  refetchInterval: EVERY_MS,
});
