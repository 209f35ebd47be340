import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { meOptions } from "@/features/auth/api/get-me";
import { useLogin } from "@/features/auth/api/login";
import { CodeForm } from "@/features/auth/components/code-form";
import { CredentialsForm } from "@/features/auth/components/credentials-form";
import { PasskeyButton } from "@/features/auth/components/passkey-button";
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
        <CodeForm {...half} onBack={login.reset} />
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
