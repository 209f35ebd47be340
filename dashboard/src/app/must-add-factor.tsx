import { t } from "@lingui/core/macro";
import { Button } from "@/components/ui/button";
import { sayProblem } from "@/components/ui/toast";
import { useLogout } from "@/features/auth/api/logout";
import { Factors } from "@/features/auth/components/factors";
import { Doorway } from "./doorway";

/** All that somebody may do whose role must have a second factor, until there is one. */
export function MustAddFactor({ role }: { role: string }) {
  const logout = useLogout();
  return (
    <Doorway title={t`Two-step sign-in`}>
      <div className="flex flex-col gap-4 rounded-2xl border border-line bg-surface p-6 shadow-sm">
        <h1 className="text-xl font-semibold">{t`Two-step sign-in`}</h1>
        <p className="text-sm">{t`As ${role} you must add a second step before you go on.`}</p>
        <Factors />
        <Button
          onClick={() => logout.mutate(undefined, { onError: sayProblem })}
        >{t`Sign out`}</Button>
      </div>
    </Doorway>
  );
}
