import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { at } from "@/api/below";
import { Button } from "@/components/ui/button";
import { meOptions } from "@/features/auth/api/get-me";
import { useLogin } from "@/features/auth/api/login";
import { methodsOptions } from "@/features/auth/api/methods";
import { CredentialsForm } from "@/features/auth/components/credentials-form";
import { IssuerButtons } from "@/features/auth/components/issuer-buttons";
import { PasskeyButton } from "@/features/auth/components/passkey-button";
import { SecondStep } from "@/features/auth/components/second-step";
import { home } from "@/lib/permissions";
import { Doorway } from "../doorway";

const route = getRouteApi("/sign-in");

export function SignInPage() {
  const { next } = route.useSearch();
  const { data: me } = useQuery(meOptions);
  const { data: methods } = useQuery(methodsOptions);
  const login = useLogin();
  const { history } = useRouter();
  useEffect(() => {
    if (me) history.replace(next ?? at(home(me)));
  }, [me, next, history]);
  const half = login.data?.half;
  const others = (
    <div className="flex flex-col gap-3">
      <IssuerButtons next={next ?? at("/")} />
      <PasskeyButton />
    </div>
  );
  const form = (
    <CredentialsForm
      title={methods?.password === false ? t`By password` : t`Sign in`}
      action={t`Sign in`}
      busy={login.isPending}
      error={login.error}
      onSubmit={(credentials) => login.mutate(credentials)}
      more={methods?.password !== false && others}
      footer={
        <>
          <Trans>
            No account yet?{" "}
            <Link to="/register" className="text-accent underline">
              Create one
            </Link>
          </Trans>
          {methods?.reset && (
            <>
              {" · "}
              <Link to="/forgot-password" className="text-accent underline">
                {t`Forgotten your password?`}
              </Link>
            </>
          )}
        </>
      }
    />
  );
  if (half)
    return (
      <Doorway title={t`Sign in`}>
        <div className="rounded-2xl border border-line bg-surface p-6 shadow-sm">
          <h1 className="mb-4 text-xl font-semibold">{t`Second step`}</h1>
          <SecondStep {...half}>
            <Button onClick={login.reset}>{t`Begin anew`}</Button>
          </SecondStep>
        </div>
      </Doorway>
    );
  return (
    <Doorway title={t`Sign in`}>
      {methods?.password === false ? (
        <>
          <div className="rounded-2xl border border-line bg-surface p-6 shadow-sm *:*:w-full">
            <h1 className="mb-4 text-xl font-semibold">{t`Sign in`}</h1>
            {others}
          </div>
          <details>
            <summary className="cursor-pointer text-center text-sm text-muted">
              {t`You are an admin and have no other way?`}
            </summary>
            <div className="mt-4">{form}</div>
          </details>
        </>
      ) : (
        form
      )}
    </Doorway>
  );
}
