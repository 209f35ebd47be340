/** Role-aware rendering: the signed-in user, and parts that only some roles see. */
import { createContext, type ReactNode, useContext } from "react";
import type { User } from "@/api/types";
import { may, type Permission } from "./permissions";

const UserContext = createContext<User | null>(null);
export const UserProvider = UserContext.Provider;

export function useUser(): User {
  const user = useContext(UserContext);
  if (!user) throw new Error("useUser needs a signed-in page around it");
  return user;
}

export function useMay(permission: Permission): boolean {
  return may(useUser(), permission);
}

export function May(props: { to: Permission; children: ReactNode }) {
  return useMay(props.to) ? props.children : null;
}
