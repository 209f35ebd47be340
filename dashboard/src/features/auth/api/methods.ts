import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";

/** By what people sign in here. */
export const methodsOptions = queryOptions({
  queryKey: ["auth", "methods"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/auth/methods", { signal })),
});
