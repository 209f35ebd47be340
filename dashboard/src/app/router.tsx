/**
 * Every page and its address. What a page shows can be linked: filters and tabs live in the
 * address, and what somebody typed there by hand is checked on the way in.
 */
import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  type RouterHistory,
  redirect,
} from "@tanstack/react-router";
import { at } from "@/api/below";
import { become } from "@/features/auth/api/become";
import { meOptions } from "@/features/auth/api/get-me";
import { home, type Permission } from "@/lib/permissions";
import { makeQueryClient } from "@/lib/query-client";
import { Layout } from "./layout";
import { PageError, PageNotFound, PagePending } from "./page-states";
import * as search from "./search";

const root = createRootRouteWithContext<{ queryClient: QueryClient }>()({ component: Outlet });

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: search.signIn,
  component: lazyRouteComponent(() => import("./pages/sign-in"), "SignInPage"),
});

const callback = createRoute({
  getParentRoute: () => root,
  path: "/sign-in/callback",
  component: lazyRouteComponent(() => import("./pages/callback"), "CallbackPage"),
});

const forgotPassword = createRoute({
  getParentRoute: () => root,
  path: "/forgot-password",
  component: lazyRouteComponent(() => import("./pages/by-mail"), "ForgotPasswordPage"),
});

const resetPassword = createRoute({
  getParentRoute: () => root,
  path: "/reset-password",
  component: lazyRouteComponent(() => import("./pages/by-mail"), "ResetPasswordPage"),
});

const confirmMail = createRoute({
  getParentRoute: () => root,
  path: "/confirm-mail",
  component: lazyRouteComponent(() => import("./pages/by-mail"), "ConfirmMailPage"),
});

const byMail = [forgotPassword, resetPassword, confirmMail];

const register = createRoute({
  getParentRoute: () => root,
  path: "/register",
  component: lazyRouteComponent(() => import("./pages/register"), "RegisterPage"),
});

const join = createRoute({
  getParentRoute: () => root,
  path: "/join",
  component: lazyRouteComponent(() => import("./pages/join"), "JoinPage"),
});

const app = createRoute({
  getParentRoute: () => root,
  id: "app",
  component: Layout,
  beforeLoad: async ({ context, location }) => {
    const user = await context.queryClient.ensureQueryData(meOptions);
    if (!user) throw redirect({ to: "/sign-in", search: { next: location.publicHref } });
    return { user };
  },
});

const overview = createRoute({
  getParentRoute: () => app,
  path: "/",
  validateSearch: search.overview,
  beforeLoad: ({ context: { user } }) => {
    if (home(user) !== "/") throw redirect({ to: home(user) });
  },
  component: lazyRouteComponent(() => import("./pages/overview"), "OverviewPage"),
});

const bots = createRoute({
  getParentRoute: () => app,
  path: "/bots",
  validateSearch: search.bots,
  staticData: { needs: "bots.read" },
  component: lazyRouteComponent(() => import("./pages/bots"), "BotsPage"),
});

const bot = createRoute({
  getParentRoute: () => app,
  path: "/bots/$botId",
  validateSearch: search.bot,
  staticData: { needs: "bots.read" },
  component: lazyRouteComponent(() => import("./pages/bot"), "BotPage"),
});

const ads = createRoute({
  getParentRoute: () => app,
  path: "/ads",
  validateSearch: search.ads,
  component: lazyRouteComponent(() => import("./pages/ads"), "AdsPage"),
});

const newAd = createRoute({
  getParentRoute: () => app,
  path: "/ads/new",
  validateSearch: search.newAd,
  staticData: { needs: "ads.edit" },
  component: lazyRouteComponent(() => import("./pages/new-ad"), "NewAdPage"),
});

const reviews = createRoute({
  getParentRoute: () => app,
  path: "/ads/reviews",
  staticData: { needs: "ads.launch" },
  component: lazyRouteComponent(() => import("./pages/reviews"), "ReviewsPage"),
});

const ad = createRoute({
  getParentRoute: () => app,
  path: "/ads/$adId",
  component: lazyRouteComponent(() => import("./pages/ad"), "AdPage"),
});

const editAd = createRoute({
  getParentRoute: () => app,
  path: "/ads/$adId/edit",
  staticData: { needs: "ads.edit" },
  component: lazyRouteComponent(() => import("./pages/edit-ad"), "EditAdPage"),
});

const broadcast = createRoute({
  getParentRoute: () => app,
  path: "/ads/$adId/broadcast",
  validateSearch: search.broadcast,
  component: lazyRouteComponent(() => import("./pages/broadcast"), "BroadcastPage"),
});

const broadcasts = createRoute({
  getParentRoute: () => app,
  path: "/broadcasts",
  validateSearch: search.broadcasts,
  component: lazyRouteComponent(() => import("./pages/broadcasts"), "BroadcastsPage"),
});

const analytics = createRoute({
  getParentRoute: () => app,
  path: "/analytics",
  validateSearch: search.analytics,
  component: lazyRouteComponent(() => import("./pages/analytics"), "AnalyticsPage"),
});

const users = createRoute({
  getParentRoute: () => app,
  path: "/users",
  validateSearch: search.users,
  staticData: { needs: "accounts.edit" },
  component: lazyRouteComponent(() => import("./pages/users"), "UsersPage"),
});

const members = createRoute({
  getParentRoute: () => app,
  path: "/members",
  component: lazyRouteComponent(() => import("./pages/members"), "MembersPage"),
});

const privacy = createRoute({
  getParentRoute: () => app,
  path: "/privacy",
  staticData: { needs: "people.edit" },
  component: lazyRouteComponent(() => import("./pages/privacy"), "PrivacyPage"),
});

const security = createRoute({
  getParentRoute: () => app,
  path: "/security",
  validateSearch: search.security,
  component: lazyRouteComponent(() => import("./pages/security"), "SecurityPage"),
});

const system = createRoute({
  getParentRoute: () => app,
  path: "/system",
  validateSearch: search.system,
  staticData: { needs: "platform.read" },
  component: lazyRouteComponent(() => import("./pages/system"), "SystemPage"),
});

const pages = [
  overview,
  bots,
  bot,
  ads,
  newAd,
  reviews,
  ad,
  editAd,
  broadcast,
  broadcasts,
  analytics,
  users,
  members,
  privacy,
  security,
  system,
];
const routeTree = root.addChildren([
  signIn,
  callback,
  ...byMail,
  register,
  join,
  app.addChildren(pages),
]);

/** A fresh cache and router; tests pass a history of their own. */
export function makeApp(history?: RouterHistory) {
  const queryClient = makeQueryClient((client) => become(client, null));
  const router = createRouter({
    routeTree,
    history,
    basepath: at("/"),
    context: { queryClient },
    defaultErrorComponent: PageError,
    defaultNotFoundComponent: PageNotFound,
    defaultPendingComponent: PagePending,
    defaultPreload: "intent",
    scrollRestoration: true,
  });
  return { queryClient, router };
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeApp>["router"];
  }
  interface StaticDataRouteOption {
    /** Without it the layout says so, and the page is not shown. */
    needs?: Permission;
  }
}
