import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";

/** One's own sign-ins that are not over: the newest hundred. */
export const sessionsOptions = queryOptions({
  queryKey: ["sessions"],
  queryFn: ({ signal }) =>
    unwrap(api.GET("/api/auth/sessions", { params: { query: { limit: 100 } }, signal })),
});

/** Ends the sign-in of that id, or every other one. */
export function useEndSession() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string | "others") =>
      id === "others"
        ? unwrap(api.DELETE("/api/auth/sessions"))
        : unwrap(
            api.DELETE("/api/auth/sessions/{session_id}", {
              params: { path: { session_id: id } },
            }),
          ),
    onSettled: () => client.invalidateQueries(sessionsOptions),
  });
}
