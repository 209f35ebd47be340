import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { Body } from "@/api/types";
import { become } from "./become";

type Credentials = Body<"/api/auth/login">;

/** Signs in; the answer's cookies hold the session, its tokens are for programs. */
export function useLogin() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Credentials) => unwrap(api.POST("/api/auth/login", { body })),
    onSuccess: ({ user }) => become(client, user),
  });
}
