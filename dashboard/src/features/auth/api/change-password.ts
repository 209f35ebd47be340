import { useMutation } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { Body } from "@/api/types";

/** Changes the own password; every other session of the user ends. */
export function useChangePassword() {
  return useMutation({
    mutationFn: (body: Body<"/api/auth/change-password">) =>
      unwrap(api.POST("/api/auth/change-password", { body })),
  });
}
