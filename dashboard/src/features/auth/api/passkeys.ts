import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { makePasskey, takePasskey } from "./authenticator";
import { factorsOptions } from "./factors";

/** Makes a passkey on this device; with a first factor the answer shows recovery codes, once. */
export function useAddPasskey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (name: string) => {
      const asked = await unwrap(api.POST("/api/auth/factors/passkeys/options"));
      const credential = await makePasskey(asked.options);
      const body = { name, challenge: asked.challenge, credential };
      return unwrap(api.POST("/api/auth/factors/passkeys", { body }));
    },
    // Codes are to be seen before anything else is shown.
    onSuccess: ({ recovery_codes }) =>
      recovery_codes.length ? undefined : client.invalidateQueries(factorsOptions),
  });
}

type Rename = { id: number; name: string };

export function useRenamePasskey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, name }: Rename) =>
      unwrap(
        api.PATCH("/api/auth/factors/passkeys/{passkey_id}", {
          params: { path: { passkey_id: id } },
          body: { name },
        }),
      ),
    onSuccess: () => client.invalidateQueries(factorsOptions),
  });
}

export function useRemovePasskey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) =>
      unwrap(
        api.DELETE("/api/auth/factors/passkeys/{passkey_id}", {
          params: { path: { passkey_id: id } },
        }),
      ),
    onSuccess: () => client.invalidateQueries(factorsOptions),
  });
}

/** Proves by a passkey to be there, in the place of the password. */
export function useProveByPasskey() {
  return useMutation({
    mutationFn: async () => {
      const asked = await unwrap(api.POST("/api/auth/reauthenticate/passkey"));
      const passkey = {
        challenge: asked.challenge,
        credential: await takePasskey(asked.options),
      };
      return unwrap(api.POST("/api/auth/reauthenticate", { body: { passkey } }));
    },
  });
}
