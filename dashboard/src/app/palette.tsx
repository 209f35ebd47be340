import { Dialog } from "@base-ui/react/dialog";
import { i18n } from "@lingui/core";
import { t } from "@lingui/core/macro";
import { type NavigateOptions, useRouter } from "@tanstack/react-router";
import { Command } from "cmdk";
import {
  Bot,
  Keyboard,
  Languages,
  LogOut,
  Megaphone,
  Moon,
  Plus,
  Search,
  Send,
  Sun,
  UserRound,
} from "lucide-react";
import { type ComponentType, type ReactNode, useEffect, useState } from "react";
import { sayProblem } from "@/components/ui/toast";
import { useLogout } from "@/features/auth/api/logout";
import { when } from "@/lib/format";
import { chooseLanguage, LANGUAGES } from "@/lib/language";
import { useUser } from "@/lib/may";
import { may, type Permission } from "@/lib/permissions";
import { useTheme } from "@/lib/theme";
import { words } from "@/lib/words";
import { NAVIGATION } from "./navigation";
import { useFinds } from "./palette-finds";

const PAUSE_MS = 200;

type Props = { onOpenChange: (open: boolean) => void; onShortcuts: () => void };

/** Leads to any page, bot, ad, broadcast and person by a few letters, and does what is often done. */
export function Palette({ onOpenChange, onShortcuts }: Props) {
  const [text, setText] = useState("");
  const q = useSettled(text.trim());
  const router = useRouter();
  const finds = useFinds(q);
  const done = (work: () => void) => () => {
    onOpenChange(false);
    work();
  };
  const go = (options: NavigateOptions) => done(() => void router.navigate(options));
  return (
    <Dialog.Root open onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-20 bg-black/50" />
        <Dialog.Popup className="fixed inset-x-4 top-4 z-20 mx-auto max-w-xl overflow-hidden rounded-xl border border-line bg-surface shadow-xl outline-none sm:top-[12vh]">
          <Dialog.Title className="sr-only">{t`Search and commands`}</Dialog.Title>
          <Command shouldFilter={false} loop label={t`Search and commands`}>
            <div className="flex items-center gap-2 border-b border-line px-4">
              <Search aria-hidden className="size-4 shrink-0 text-muted" />
              <Command.Input
                value={text}
                onValueChange={setText}
                placeholder={t`Find a page, bot, ad, broadcast or person`}
                className="h-12 w-full bg-transparent text-base outline-none"
              />
            </div>
            <Command.List className="max-h-[60vh] overflow-y-auto p-2">
              <Pages text={text} go={go} />
              <Commands text={text} go={go} done={done} onShortcuts={onShortcuts} />
              <Finds finds={finds} go={go} />
              <Command.Empty className="px-3 py-6 text-center text-sm text-muted">
                {finds.isBusy || q !== text.trim() ? t`Searching…` : t`Nothing fits`}
              </Command.Empty>
            </Command.List>
          </Command>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Finds({ finds, go }: { finds: ReturnType<typeof useFinds>; go: Go }) {
  return (
    <>
      <Group heading={t`Bots`}>
        {finds.bots.map(({ id, name }) => (
          <Item
            key={id}
            value={`bot ${id}`}
            icon={Bot}
            name={name}
            onSelect={go({ to: "/bots/$botId", params: { botId: String(id) } })}
          />
        ))}
      </Group>
      <Group heading={t`Ads`}>
        {finds.ads.map(({ id, name }) => (
          <Item
            key={id}
            value={`ad ${id}`}
            icon={Megaphone}
            name={name}
            onSelect={go({ to: "/ads/$adId", params: { adId: String(id) } })}
          />
        ))}
      </Group>
      <Group heading={t`Broadcasts`}>
        {finds.broadcasts.map((row) => (
          <Item
            key={row.broadcast_id}
            value={`broadcast ${row.broadcast_id}`}
            icon={Send}
            name={row.ad_title ?? t`Ad ${row.ad_id}`}
            note={`${words(row.status)} · ${when(row.started_at ?? row.created_at)}`}
            onSelect={go({
              to: "/ads/$adId/broadcast",
              params: { adId: String(row.ad_id) },
              search: { broadcast_id: row.broadcast_id },
            })}
          />
        ))}
      </Group>
      <Group heading={t`Users`}>
        {finds.people.map(({ id, name, note }) => (
          <Item
            key={id}
            value={`user ${id}`}
            icon={UserRound}
            name={name}
            note={note}
            onSelect={go({ to: "/users", search: { q: name } })}
          />
        ))}
      </Group>
    </>
  );
}

/** The text, once nobody has typed for a moment. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

type Go = (options: NavigateOptions) => () => void;

function Pages({ text, go }: { text: string; go: Go }) {
  const user = useUser();
  const pages = NAVIGATION.filter(
    ({ name, permission }) => may(user, permission) && fits(name, text),
  );
  return (
    <Group heading={t`Pages`}>
      {pages.map(({ to, name, icon, key }) => (
        <Item
          key={to}
          value={`page ${to}`}
          icon={icon}
          name={name}
          note={`G ${key.toUpperCase()}`}
          onSelect={go({ to })}
        />
      ))}
    </Group>
  );
}

type CommandsProps = {
  text: string;
  go: Go;
  done: (work: () => void) => () => void;
  onShortcuts: () => void;
};

type Known = {
  name: string;
  icon: ComponentType<{ className?: string }>;
  permission?: Permission;
  run: () => void;
};

function Commands({ text, go, done, onShortcuts }: CommandsProps) {
  const user = useUser();
  const logout = useLogout();
  const [theme, setTheme] = useTheme();
  const dark = theme === "dark";
  const known: Known[] = [
    { name: t`New ad`, icon: Plus, permission: "ads.edit", run: go({ to: "/ads/new" }) },
    {
      name: t`Add bot`,
      icon: Plus,
      permission: "bots.edit",
      run: go({ to: "/bots", search: { add: true } }),
    },
    {
      name: dark ? t`Light colours` : t`Dark colours`,
      icon: dark ? Sun : Moon,
      run: done(() => setTheme(dark ? "light" : "dark")),
    },
    ...LANGUAGES.filter(({ code }) => code !== i18n.locale).map(({ code, name }) => ({
      name,
      icon: Languages,
      run: done(() => chooseLanguage(code)),
    })),
    { name: t`Keyboard shortcuts`, icon: Keyboard, run: onShortcuts },
    {
      name: t`Sign out`,
      icon: LogOut,
      run: done(() => logout.mutate(undefined, { onError: sayProblem })),
    },
  ];
  return (
    <Group heading={t`Commands`}>
      {known
        .filter(
          ({ name, permission }) => (!permission || may(user, permission)) && fits(name, text),
        )
        .map(({ name, icon, run }) => (
          <Item key={name} value={`command ${name}`} icon={icon} name={name} onSelect={run} />
        ))}
    </Group>
  );
}

function fits(name: string, text: string): boolean {
  return name.toLocaleLowerCase().includes(text.trim().toLocaleLowerCase());
}

/** Nothing where it has no items. */
function Group({ heading, children }: { heading: string; children: ReactNode[] }) {
  if (children.length === 0) return null;
  return (
    <Command.Group
      heading={heading}
      className="[&_[cmdk-group-heading]]:px-3 [&_[cmdk-group-heading]]:py-1.5 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-muted"
    >
      {children}
    </Command.Group>
  );
}

type ItemProps = {
  value: string;
  icon: ComponentType<{ className?: string }>;
  name: string;
  note?: string;
  onSelect: () => void;
};

function Item({ value, icon: Icon, name, note, onSelect }: ItemProps) {
  return (
    <Command.Item
      value={value}
      onSelect={onSelect}
      className="flex min-h-10 cursor-pointer items-center gap-2.5 rounded-lg px-3 py-2 text-sm aria-selected:bg-raised"
    >
      <Icon className="size-4 shrink-0 text-muted" />
      <span className="truncate">{name}</span>
      {note && <span className="ml-auto shrink-0 text-xs text-muted">{note}</span>}
    </Command.Item>
  );
}
