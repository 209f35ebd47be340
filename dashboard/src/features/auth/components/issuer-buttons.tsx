import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { Button } from "@/components/ui/button";
import { ErrorNote } from "@/components/ui/states";
import { type Issuer, useGoToIssuer } from "../api/issuer";
import { methodsOptions } from "../api/methods";

type Props = { next: string; again?: boolean; invitation?: string };

/**
 * Signs in at an issuer of OpenID Connect and comes back to `next`: a button each, nothing where there is none.
 * An `invitation` is accepted on the way. `again`: the issuer asks for a proof even of somebody who is signed in there.
 */
export function IssuerButtons(props: Props) {
  const { data: methods } = useQuery(methodsOptions);
  return methods?.issuers.map((issuer) => (
    <IssuerButton key={issuer.id} issuer={issuer} {...props} />
  ));
}

function IssuerButton({ issuer, next, again, invitation }: Props & { issuer: Issuer }) {
  const go = useGoToIssuer();
  return (
    <div className="flex flex-col gap-3 *:w-full">
      {go.isError && <ErrorNote error={go.error} />}
      <Button
        busy={go.isPending || go.isSuccess}
        className="min-h-10"
        onClick={() => go.mutate({ issuer, purpose: "sign in", next, again, invitation })}
      >
        {again ? t`Sign in again with ${issuer.name}` : t`Sign in with ${issuer.name}`}
      </Button>
    </div>
  );
}
