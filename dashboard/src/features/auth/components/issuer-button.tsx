import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { Button } from "@/components/ui/button";
import { ErrorNote } from "@/components/ui/states";
import { useGoToIssuer } from "../api/issuer";
import { methodsOptions } from "../api/methods";

type Props = { next: string; again?: boolean; invitation?: string };

/**
 * Signs in at the issuer of OpenID Connect and comes back to `next`; nothing where there is none.
 * An `invitation` is accepted on the way. `again`: the issuer asks for a proof even of somebody who is signed in there.
 */
export function IssuerButton({ next, again, invitation }: Props) {
  const { data: methods } = useQuery(methodsOptions);
  const go = useGoToIssuer();
  if (!methods?.openid) return null;
  return (
    <div className="flex flex-col gap-3 *:w-full">
      {go.isError && <ErrorNote error={go.error} />}
      <Button
        busy={go.isPending || go.isSuccess}
        className="min-h-10"
        onClick={() => go.mutate({ purpose: "sign in", next, again, invitation })}
      >
        {again ? t`Sign in again with ${methods.openid}` : t`Sign in with ${methods.openid}`}
      </Button>
    </div>
  );
}
