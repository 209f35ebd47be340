import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { Button } from "@/components/ui/button";
import { meOptions } from "@/features/auth/api/get-me";
import { useLogin } from "@/features/auth/api/login";
import { CredentialsForm } from "@/features/auth/components/credentials-form";
import { PasskeyButton } from "@/features/auth/components/passkey-button";
import { SecondStep } from "@/features/auth/components/second-step";
import { home } from "@/lib/permissions";
import { Doorway } from "../doorway";

const route = getRouteApi("/sign-in");

export function SignInPage() {
  const { next } = route.useSearch();
  const { data: me } = useQuery(meOptions);
  const login = useLogin();
  const { history } = useRouter();
  useEffect(() => {
    if (me) history.replace(next ?? home(me.role));
  }, [me, next, history]);
  const half = login.data?.half;
  return (
    <Doorway title="Sign in">
      {half ? (
        <div className="rounded-2xl border border-line bg-surface p-6 shadow-sm">
          <h1 className="mb-4 text-xl font-semibold">Second step</h1>
          <SecondStep {...half}>
            <Button onClick={login.reset}>Begin anew</Button>
          </SecondStep>
        </div>
      ) : (
        <CredentialsForm
          title="Sign in"
          action="Sign in"
          busy={login.isPending}
          error={login.error}
          onSubmit={(credentials) => login.mutate(credentials)}
          more={<PasskeyButton />}
          footer={
            <>
              No account yet?{" "}
              <Link to="/register" className="text-accent underline">
                Create one
              </Link>
            </>
          }
        />
      )}
    </Doorway>
  );
}
