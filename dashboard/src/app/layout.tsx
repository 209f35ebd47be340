import { t } from "@lingui/core/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useMatches, useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { follow } from "@/api/live";
import { Problem } from "@/api/problem";
import { OfflineBar } from "@/components/offline-bar";
import { ErrorNote } from "@/components/ui/states";
import { meOptions } from "@/features/auth/api/get-me";
import { ProofDialog } from "@/features/auth/components/proof-dialog";
import { SignInAgain } from "@/features/auth/components/sign-in-again";
import { May, UserProvider, useUser } from "@/lib/may";
import { may } from "@/lib/permissions";
import { words } from "@/lib/words";
import { zoneName } from "@/lib/zone";
import { Brand } from "./brand";
import { CommandCenter } from "./command-center";
import { MustAddFactor } from "./must-add-factor";
import { NAVIGATION } from "./navigation";
import { RunningPill } from "./running-pill";
import { UserMenu } from "./user-menu";

/** What every page of someone who is signed in stands in. */
export function Layout() {
  return (
    <>
      <OfflineBar />
      <Around />
      <ProofDialog />
    </>
  );
}

function Around() {
  const { data: user } = useQuery(meOptions);
  const router = useRouter();
  const client = useQueryClient();
  const gone = !user;
  const settled = user && !user.must_add_factor;
  useEffect(() => {
    // The guard of these pages runs again, and leads to the sign-in page.
    if (gone) void router.invalidate();
  }, [gone, router]);
  useEffect(() => (settled ? follow(client) : undefined), [settled, client]);
  if (gone) return null;
  if (user.must_add_factor) return <MustAddFactor role={user.role} />;
  return (
    <UserProvider value={user}>
      <SignInAgain user={user} />
      <a
        href="#content"
        className="fixed top-2 left-2 z-10 -translate-y-20 rounded-lg bg-accent px-3 py-2 text-accent-ink focus:translate-y-0"
      >{t`Skip to content`}</a>
      <div className="min-h-dvh lg:grid lg:grid-cols-[14rem_minmax(0,1fr)]">
        <header className="flex flex-col gap-2 border-b border-line bg-surface px-4 py-3 lg:sticky lg:top-0 lg:h-dvh lg:border-r lg:border-b-0 lg:py-5">
          <div className="flex items-center justify-between lg:mb-4">
            <Brand />
            <div className="lg:hidden">
              <UserMenu />
            </div>
          </div>
          <div className="flex flex-wrap items-center gap-2 lg:mb-2 lg:flex-col lg:items-stretch">
            <CommandCenter />
            <RunningPill />
          </div>
          <Navigation />
          <div className="mt-auto hidden lg:block">
            <p className="mb-1 px-3 text-xs text-muted">{t`Times of ${zoneName()}`}</p>
            <UserMenu />
          </div>
        </header>
        <main
          id="content"
          tabIndex={-1}
          className="mx-auto w-full max-w-6xl p-4 outline-none sm:p-6 lg:p-8"
        >
          <Allowed />
        </main>
      </div>
    </UserProvider>
  );
}

/** The page, unless the API would refuse this role everything on it. */
function Allowed() {
  const user = useUser();
  const needs = useMatches({ select: (matches) => matches.at(-1)?.staticData.needs });
  if (!needs || may(user, needs)) return <Outlet />;
  return (
    <ErrorNote
      error={
        new Problem(
          403,
          t`Not for your role`,
          t`As ${words(user.organisation.role)} you cannot open this page.`,
        )
      }
    />
  );
}

function Navigation() {
  return (
    <nav aria-label={t`Main`}>
      <ul className="-mx-2 flex gap-1 overflow-x-auto px-2 lg:flex-col">
        {NAVIGATION.map(({ to, name, icon: Icon, permission }) => (
          <May key={to} to={permission}>
            <li>
              <Link
                to={to}
                activeOptions={{ exact: to === "/", includeSearch: false }}
                className="flex items-center gap-2 rounded-lg px-2.5 py-2 text-sm font-medium text-muted sm:px-3 hover:bg-raised hover:text-ink aria-[current=page]:bg-accent-soft aria-[current=page]:text-accent"
              >
                <Icon aria-hidden className="hidden size-4 shrink-0 sm:block" />
                {name}
              </Link>
            </li>
          </May>
        ))}
      </ul>
    </nav>
  );
}
