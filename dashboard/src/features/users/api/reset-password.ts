import { useMutation } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";

/** Gives somebody a made-up password; the answer is the only place that shows it. */
export function useResetPassword() {
  return useMutation({
    mutationFn: (id: number) =>
      unwrap(
        api.POST("/api/users/{user_id}/reset-password", { params: { path: { user_id: id } } }),
      ),
  });
}
