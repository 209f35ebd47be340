import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { Body } from "@/api/types";

/** Where one gets mail. */
export const mailOptions = queryOptions({
  queryKey: ["mail"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/auth/mail", { signal })),
});

/** Sets where one gets mail; a link that is sent there confirms it. */
export function useSetMail() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (address: string) => unwrap(api.PUT("/api/auth/mail", { body: { address } })),
    onSuccess: () => client.invalidateQueries(mailOptions),
  });
}

export function useRemoveMail() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.DELETE("/api/auth/mail")),
    onSuccess: () => client.invalidateQueries(mailOptions),
  });
}

export function useConfirmMail() {
  return useMutation({
    mutationFn: (token: string) => unwrap(api.POST("/api/auth/mail/confirm", { body: { token } })),
  });
}

/** Asks for a link for a new password; the answer is the same whoever asks. */
export function useForgotPassword() {
  return useMutation({
    mutationFn: (username: string) =>
      unwrap(api.POST("/api/auth/forgot-password", { body: { username } })),
  });
}

/** Takes a new password by such a link. */
export function useNewPassword() {
  return useMutation({
    mutationFn: (body: Body<"/api/auth/reset-password">) =>
      unwrap(api.POST("/api/auth/reset-password", { body })),
  });
}
