/** The pages that the console leads to, by whom they are for; `key` is pressed after g. */
import { t } from "@lingui/core/macro";
import {
  Activity,
  Bot,
  ChartNoAxesCombined,
  LayoutDashboard,
  Megaphone,
  Send,
  ShieldAlert,
  ShieldCheck,
  Users,
} from "lucide-react";
import type { ComponentType } from "react";
import type { Permission } from "@/lib/permissions";

export const NAVIGATION = [
  { to: "/", name: t`Home`, icon: LayoutDashboard, permission: "bots.read", key: "h" },
  { to: "/bots", name: t`Bots`, icon: Bot, permission: "bots.read", key: "b" },
  { to: "/ads", name: t`Ads`, icon: Megaphone, permission: "ads.read", key: "a" },
  { to: "/broadcasts", name: t`Broadcasts`, icon: Send, permission: "ads.read", key: "r" },
  {
    to: "/analytics",
    name: t`Analytics`,
    icon: ChartNoAxesCombined,
    permission: "ads.read",
    key: "n",
  },
  { to: "/users", name: t`Users`, icon: Users, permission: "accounts.edit", key: "u" },
  { to: "/privacy", name: t`Privacy`, icon: ShieldCheck, permission: "people.edit", key: "p" },
  { to: "/security", name: t`Security`, icon: ShieldAlert, permission: "account", key: "e" },
  { to: "/system", name: t`System`, icon: Activity, permission: "platform.read", key: "s" },
] as const satisfies {
  to: string;
  name: string;
  icon: ComponentType;
  permission: Permission;
  key: string;
}[];
