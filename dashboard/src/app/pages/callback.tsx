import { t } from "@lingui/core/macro";
import { Link, useRouter, useRouterState } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { at } from "@/api/below";
import { Button } from "@/components/ui/button";
import { ErrorNote } from "@/components/ui/states";
import { say } from "@/components/ui/toast";
import { takeTrip, useLinkIdentity } from "@/features/auth/api/issuer";
import { useLoginIssuer } from "@/features/auth/api/login";
import { SecondStep } from "@/features/auth/components/second-step";
import { Doorway } from "../doorway";

/** Where the issuer of OpenID Connect sends the browser back to: signs in, or links. */
export function CallbackPage() {
  const search = useRouterState({ select: (state) => state.location.searchStr });
  const { history } = useRouter();
  const [told] = useState(() => new URLSearchParams(search));
  const [trip] = useState(takeTrip);
  const login = useLoginIssuer();
  const link = useLinkIdentity();
  const begun = useRef(false);
  const next = trip?.next ?? at("/");
  const code = told.get("code");
  useEffect(() => {
    if (begun.current || !trip || !code) return;
    begun.current = true;
    const body = { challenge: trip.challenge, code, state: told.get("state") ?? "" };
    if (trip.purpose === "sign in")
      login.mutate(
        { ...body, invitation: trip.invitation ?? null },
        { onSuccess: ({ user }) => user && history.replace(next) },
      );
    else
      link.mutate(body, {
        onSuccess: ({ name }) => {
          say(t`${name} is linked`);
          history.replace(next);
        },
      });
  });
  const error = login.error ?? link.error;
  const half = login.data?.half;
  return (
    <Doorway title={t`Sign in`}>
      <div className="flex flex-col gap-4 rounded-2xl border border-line bg-surface p-6 shadow-sm">
        <h1 className="text-xl font-semibold">{half ? t`Second step` : t`Sign in`}</h1>
        {half && (
          <SecondStep {...half} onDone={() => history.replace(next)}>
            {null}
          </SecondStep>
        )}
        {error && <ErrorNote error={error} />}
        {!(trip && code) && <p>{why(told.get("error"))}</p>}
        {(error || half || !(trip && code)) && <Back link={trip?.purpose === "link"} next={next} />}
        {!error && !half && trip && code && <p className="text-muted">{t`One moment…`}</p>}
      </div>
    </Doorway>
  );
}

function why(error: string | null): string {
  if (error === "access_denied") return t`You were not signed in there: it was refused.`;
  if (error) return t`You were not signed in there (${error.slice(0, 60)}).`;
  return t`This sign-in was begun in another tab, or is over. Begin anew.`;
}

function Back({ link, next }: { link: boolean; next: string }) {
  const { history } = useRouter();
  if (link) return <Button onClick={() => history.replace(next)}>{t`Go back`}</Button>;
  return (
    <Link to="/sign-in" className="text-center text-accent underline">
      {t`Begin anew`}
    </Link>
  );
}
