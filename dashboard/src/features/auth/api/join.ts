import { useMutation } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { Body } from "@/api/types";

/** Makes the account that an invitation is for; 403 where that is not good. */
export function useJoin() {
  return useMutation({
    mutationFn: (body: Body<"/api/auth/join">) => unwrap(api.POST("/api/auth/join", { body })),
  });
}
