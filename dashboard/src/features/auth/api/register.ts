import { useMutation } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { Body } from "@/api/types";

type Credentials = Body<"/api/auth/register">;

/** Makes an account; 403 where registration is closed. */
export function useRegister() {
  return useMutation({
    mutationFn: (body: Credentials) => unwrap(api.POST("/api/auth/register", { body })),
  });
}
