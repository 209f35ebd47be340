import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { Answer, Body } from "@/api/types";
import { leave } from "@/lib/leave";

/** What this tab remembers while its browser is at the issuer; another site cannot put it there. */
export type Trip = {
  challenge: string;
  purpose: "sign in" | "link";
  next: string;
  /** The token of an invitation that is to be accepted. */
  invitation?: string | null;
};

const KEY = "crier.issuer";

export type Issuer = Answer<"/api/auth/methods">["issuers"][number];

type Going = Pick<Trip, "purpose" | "next" | "invitation"> & { issuer: Issuer; again?: boolean };

/** Goes to an issuer of OpenID Connect, which sends the browser back to `/sign-in/callback`. */
export function useGoToIssuer() {
  return useMutation({
    mutationFn: async ({ issuer, purpose, next, again = false, invitation = null }: Going) => {
      const asked = await (purpose === "link"
        ? unwrap(api.POST("/api/auth/identities/begin", { body: { issuer: issuer.id } }))
        : unwrap(api.POST("/api/auth/login/openid/begin", { body: { issuer: issuer.id, again } })));
      const trip: Trip = { challenge: asked.challenge, purpose, next, invitation };
      sessionStorage.setItem(KEY, JSON.stringify(trip));
      leave(asked.url);
    },
  });
}

/** Takes what this tab remembers, once. */
export function takeTrip(): Trip | null {
  const text = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  return text ? (JSON.parse(text) as Trip) : null;
}

export const identitiesOptions = queryOptions({
  queryKey: ["identities"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/auth/identities", { signal })),
});

/** Links the identity that the issuer has sent back. */
export function useLinkIdentity() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Body<"/api/auth/identities">) =>
      unwrap(api.POST("/api/auth/identities", { body })),
    onSuccess: () => client.invalidateQueries(identitiesOptions),
  });
}

export function useUnlinkIdentity() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) =>
      unwrap(
        api.DELETE("/api/auth/identities/{identity_id}", {
          params: { path: { identity_id: id } },
        }),
      ),
    onSuccess: () => client.invalidateQueries(identitiesOptions),
  });
}
