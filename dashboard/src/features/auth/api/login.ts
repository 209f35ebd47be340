import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { asProblem, Problem } from "@/api/problem";
import type { Body } from "@/api/types";
import { become } from "./become";

type Credentials = Body<"/api/auth/login">;

/** Signs in; the answer's cookies hold the session, its tokens are for programs. */
export function useLogin() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (body: Credentials) => {
      const answer = await unwrap(api.POST("/api/auth/login", { body }));
      await checkCookies(answer.public_url);
      return answer;
    },
    onSuccess: ({ user }) => become(client, user),
  });
}

/** A browser drops the session's cookies without a word, as secure ones on a page of plain http. */
async function checkCookies(publicUrl: string | null): Promise<void> {
  try {
    await unwrap(api.GET("/api/auth/me"));
  } catch (error) {
    if (asProblem(error).status === 401) throw cookiesLost(publicUrl);
    throw error;
  }
}

function cookiesLost(publicUrl: string | null): Problem {
  const plain = publicUrl?.startsWith("https:") && location.protocol === "http:";
  return new Problem(
    0,
    "Your browser did not keep the session",
    plain
      ? `The password is right, but this page was opened by http, and sign-ins work by https only. Open ${publicUrl} instead.`
      : "The password is right, but the browser keeps no cookies of this page. Allow them, and sign in again.",
  );
}
