import { t } from "@lingui/core/macro";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, apiAsIs, unwrap } from "@/api/client";
import { asProblem, Problem } from "@/api/problem";
import type { Answer, Body, User } from "@/api/types";
import { takePasskey } from "./authenticator";
import { become } from "./become";

type Credentials = Body<"/api/auth/login">;
type Pair = Answer<"/api/auth/login/code", "post">;
export type Half = { challenge: string; factors: ("app" | "passkey")[] };
/** Signed in, or half way: then the challenge goes with the second step. */
type Step = { user: User; half: null } | { user: null; half: Half };

/** Takes the first step; the answer's cookies hold the session, its tokens are for programs. */
export function useLogin() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (body: Credentials) =>
      stepOf(await unwrap(api.POST("/api/auth/login", { body }))),
    onSuccess: ({ user }) => user && become(client, user),
  });
}

/** Takes the first step by what the issuer of OpenID Connect has sent the browser back with. */
export function useLoginIssuer() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (body: Body<"/api/auth/login/openid">) =>
      stepOf(await unwrap(api.POST("/api/auth/login/openid", { body }))),
    onSuccess: ({ user }) => user && become(client, user),
  });
}

async function stepOf(answer: Pair | Half): Promise<Step> {
  if ("challenge" in answer) return { user: null, half: answer };
  return { user: await checkCookies(answer), half: null };
}

/** Takes the second step, by a code of the app or a recovery code. */
export function useLoginCode() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (body: Body<"/api/auth/login/code">) =>
      checkCookies(await unwrap(api.POST("/api/auth/login/code", { body }))),
    onSuccess: (user) => become(client, user),
  });
}

/** Signs in by a passkey; `first_step` is the challenge of a password's step, or null. */
export function useLoginPasskey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (first_step: string | null) => {
      const question = { body: { first_step } };
      const asked = await unwrap(api.POST("/api/auth/login/passkey/options", question));
      const credential = await takePasskey(asked.options);
      const body = { challenge: asked.challenge, credential, first_step };
      return checkCookies(await unwrap(api.POST("/api/auth/login/passkey", { body })));
    },
    onSuccess: (user) => become(client, user),
  });
}

/** A browser drops the session's cookies without a word, as secure ones on a page of plain http. */
async function checkCookies({ public_url }: Pair): Promise<User> {
  try {
    return await unwrap(apiAsIs.GET("/api/auth/me"));
  } catch (error) {
    if (asProblem(error).status === 401) throw cookiesLost(public_url);
    throw error;
  }
}

function cookiesLost(publicUrl: string | null): Problem {
  const plain = publicUrl?.startsWith("https:") && location.protocol === "http:";
  return new Problem(
    0,
    t`Your browser did not keep the session`,
    plain
      ? t`You are who you say, but this page was opened by http, and sign-ins work by https only. Open ${publicUrl ?? ""} instead.`
      : t`You are who you say, but the browser keeps no cookies of this page. Allow them, and sign in again.`,
  );
}
