import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Link, useNavigate } from "@tanstack/react-router";
import { useLogin } from "@/features/auth/api/login";
import { useRegister } from "@/features/auth/api/register";
import { CredentialsForm } from "@/features/auth/components/credentials-form";
import { home } from "@/lib/permissions";
import { Doorway } from "../doorway";

type Credentials = { username: string; password: string };

/** Makes an account and signs in with it. */
export function RegisterPage() {
  const register = useRegister();
  const login = useLogin();
  const navigate = useNavigate();
  const signIn = (credentials: Credentials) =>
    login.mutate(credentials, {
      onSuccess: ({ user }) => user && navigate({ to: home(user) }),
    });
  return (
    <Doorway title={t`Create an account`}>
      <CredentialsForm
        title={t`Create an account`}
        action={t`Create account`}
        fresh
        busy={register.isPending || login.isPending}
        error={register.error ?? login.error}
        onSubmit={(credentials) =>
          register.mutate(credentials, { onSuccess: () => signIn(credentials) })
        }
        footer={
          <Trans>
            You have one?{" "}
            <Link to="/sign-in" className="text-accent underline">
              Sign in
            </Link>
          </Trans>
        }
      />
    </Doorway>
  );
}
