import { Menu } from "@base-ui/react/menu";
import { i18n } from "@lingui/core";
import { t } from "@lingui/core/macro";
import { useNavigate } from "@tanstack/react-router";
import {
  Bell,
  Bot,
  Building2,
  Clock,
  KeyRound,
  Languages,
  LogOut,
  MonitorSmartphone,
  Moon,
  ShieldCheck,
  Sun,
  UserRound,
  Users,
} from "lucide-react";
import { type ComponentType, useState } from "react";
import { buttonClass } from "@/components/ui/button";
import { sayProblem } from "@/components/ui/toast";
import { useLogout } from "@/features/auth/api/logout";
import { FactorsDialog } from "@/features/auth/components/factors-dialog";
import { PasswordDialog } from "@/features/auth/components/password-dialog";
import { SessionsDialog } from "@/features/auth/components/sessions-dialog";
import { KeysDialog } from "@/features/keys/components/keys-dialog";
import { NoticesDialog } from "@/features/notices/components/notices-dialog";
import { useActIn } from "@/features/team/api/membership";
import { chooseLanguage, LANGUAGES } from "@/lib/language";
import { useUser } from "@/lib/may";
import { useTheme } from "@/lib/theme";
import { words } from "@/lib/words";
import { zoneName } from "@/lib/zone";
import { ZoneDialog } from "./zone-dialog";

export function UserMenu() {
  const user = useUser();
  const logout = useLogout();
  const actIn = useActIn();
  const navigate = useNavigate();
  const [theme, setTheme] = useTheme();
  const [changing, setChanging] = useState(false);
  const [listing, setListing] = useState(false);
  const [keys, setKeys] = useState(false);
  const [adding, setAdding] = useState(false);
  const [zoning, setZoning] = useState(false);
  const [choosing, setChoosing] = useState(false);
  const other = theme === "dark" ? "light" : "dark";
  return (
    <>
      <Menu.Root>
        <Menu.Trigger className={buttonClass("quiet", "max-w-full lg:w-full lg:justify-start!")}>
          <UserRound aria-hidden />
          <span className="truncate">{user.username}</span>
          <span className="truncate text-xs font-normal text-muted">
            {user.organisation.is_team ? user.organisation.name : words(user.role)}
          </span>
        </Menu.Trigger>
        <Menu.Portal>
          <Menu.Positioner sideOffset={6} align="end" className="z-10">
            <Menu.Popup className="min-w-48 rounded-lg border border-line bg-surface p-1 shadow-lg outline-none">
              {user.organisations
                .filter(({ id }) => id !== user.organisation.id)
                .map(({ id, name }) => (
                  <Item
                    key={id}
                    icon={Building2}
                    name={t`Switch to ${name}`}
                    onClick={() => actIn.mutate(id, { onError: sayProblem })}
                  />
                ))}
              {user.organisation.is_team && (
                <Item
                  icon={Users}
                  name={t`Members`}
                  onClick={() => void navigate({ to: "/members" })}
                />
              )}
              <Item
                icon={other === "dark" ? Moon : Sun}
                name={other === "dark" ? t`Dark colours` : t`Light colours`}
                onClick={() => setTheme(other)}
              />
              {LANGUAGES.filter(({ code }) => code !== i18n.locale).map(({ code, name }) => (
                <Item
                  key={code}
                  icon={Languages}
                  name={name}
                  onClick={() => chooseLanguage(code)}
                />
              ))}
              <Item icon={Clock} name={t`Times of ${zoneName()}`} onClick={() => setZoning(true)} />
              <Item icon={KeyRound} name={t`Change password`} onClick={() => setChanging(true)} />
              <Item icon={ShieldCheck} name={t`Ways to sign in`} onClick={() => setAdding(true)} />
              <Item icon={Bell} name={t`Notices`} onClick={() => setChoosing(true)} />
              <Item icon={MonitorSmartphone} name={t`Sessions`} onClick={() => setListing(true)} />
              <Item icon={Bot} name={t`API keys`} onClick={() => setKeys(true)} />
              <Item
                icon={LogOut}
                name={t`Sign out`}
                onClick={() => logout.mutate(undefined, { onError: sayProblem })}
              />
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
      <PasswordDialog open={changing} onOpenChange={setChanging} />
      <FactorsDialog open={adding} onOpenChange={setAdding} />
      <NoticesDialog open={choosing} onOpenChange={setChoosing} />
      <SessionsDialog open={listing} onOpenChange={setListing} />
      <ZoneDialog open={zoning} onOpenChange={setZoning} />
      <KeysDialog open={keys} onOpenChange={setKeys} />
    </>
  );
}

type ItemProps = { icon: ComponentType<{ className?: string }>; name: string; onClick: () => void };

function Item({ icon: Icon, name, onClick }: ItemProps) {
  return (
    <Menu.Item
      onClick={onClick}
      className="flex cursor-pointer items-center gap-2 rounded-md px-3 py-2 text-sm outline-none data-highlighted:bg-raised"
    >
      <Icon className="size-4 text-muted" />
      {name}
    </Menu.Item>
  );
}
