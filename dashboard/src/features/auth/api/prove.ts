import { useMutation } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { Body } from "@/api/types";

/** Proves again to be there; what cannot be undone is then open for a while. */
export function useProve() {
  return useMutation({
    mutationFn: (body: Body<"/api/auth/reauthenticate">) =>
      unwrap(api.POST("/api/auth/reauthenticate", { body })),
  });
}
