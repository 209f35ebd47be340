import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { unlessTold } from "@/api/live";

const EVERY_MS = 5_000;
const TOLD_MS = 15_000;

export const systemStatusOptions = queryOptions({
  queryKey: ["system", "status"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/system/status", { signal })),
  // Parts that fail by themselves are told of by nobody.
  refetchInterval: () => unlessTold(EVERY_MS, TOLD_MS),
});
