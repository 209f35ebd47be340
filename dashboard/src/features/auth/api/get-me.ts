import { queryOptions } from "@tanstack/react-query";
import { stillActAs } from "@/api/acting";
import { api, unwrap } from "@/api/client";
import { asProblem } from "@/api/problem";
import type { User } from "@/api/types";

/** The account that is signed in; null for none. */
export const meOptions = queryOptions({
  queryKey: ["auth", "me"],
  queryFn: async ({ signal }): Promise<User | null> => {
    try {
      const user = await unwrap(api.GET("/api/auth/me", { signal }));
      stillActAs(user);
      return user;
    } catch (error) {
      if (asProblem(error).status === 401) return null;
      throw error;
    }
  },
  // Not for ever: an admin may change the role meanwhile.
  staleTime: 60_000,
});
