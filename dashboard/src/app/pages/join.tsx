import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useRouterState } from "@tanstack/react-router";
import { at } from "@/api/below";
import type { User } from "@/api/types";
import { Button } from "@/components/ui/button";
import { sayProblem } from "@/components/ui/toast";
import { meOptions } from "@/features/auth/api/get-me";
import { useJoin } from "@/features/auth/api/join";
import { useLogin } from "@/features/auth/api/login";
import { CredentialsForm } from "@/features/auth/components/credentials-form";
import { IssuerButtons } from "@/features/auth/components/issuer-buttons";
import { useActIn, useJoinTeam } from "@/features/team/api/membership";
import { home } from "@/lib/permissions";
import { Doorway } from "../doorway";

/**
 * Makes the account of an invitation, whose token stands behind the "#", signs in with it, and acts in
 * the team where it is for one; whoever is signed in may join the team instead.
 */
export function JoinPage() {
  const invitation = useRouterState({ select: (state) => state.location.hash });
  const join = useJoin();
  const login = useLogin();
  const joinTeam = useJoinTeam();
  const { data: me } = useQuery(meOptions);
  const actIn = useActIn();
  const navigate = useNavigate();
  const begin = (user: User) => {
    const team = user.organisations.find(({ is_team }) => is_team);
    if (team) actIn.mutate(team.id, { onError: sayProblem });
    else void navigate({ to: home(user) });
  };
  return (
    <Doorway title={t`Accept an invitation`}>
      <CredentialsForm
        title={t`Accept an invitation`}
        action={t`Create account`}
        fresh
        busy={join.isPending || login.isPending}
        error={join.error ?? login.error}
        onSubmit={(credentials) =>
          join.mutate(
            { ...credentials, invitation },
            {
              onSuccess: () =>
                login.mutate(credentials, { onSuccess: ({ user }) => user && begin(user) }),
            },
          )
        }
        more={
          <>
            {me && (
              <Button
                busy={joinTeam.isPending}
                onClick={() => joinTeam.mutate(invitation, { onError: sayProblem })}
              >{t`Join the team as ${me.username}`}</Button>
            )}
            <IssuerButtons next={at("/")} invitation={invitation} />
          </>
        }
        footer={
          <Trans>
            You have an account?{" "}
            <Link to="/sign-in" className="text-accent underline">
              Sign in
            </Link>
          </Trans>
        }
      />
    </Doorway>
  );
}
