import { t } from "@lingui/core/macro";
import { useRouter } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useUser } from "@/lib/may";
import { may } from "@/lib/permissions";
import { NAVIGATION } from "./navigation";
import { useShortcuts } from "./shortcuts";
import { MODIFIER, ShortcutsSheet } from "./shortcuts-sheet";
import { useTroubleInTitle } from "./trouble";

const Palette = lazy(() => import("./palette").then(({ Palette }) => ({ default: Palette })));

/** The palette behind its button and Ctrl-K, and the other shortcuts. */
export function CommandCenter() {
  const user = useUser();
  const router = useRouter();
  const [open, setOpen] = useState<"palette" | "sheet" | null>(null);
  const show = (what: "palette" | "sheet") => (wanted: boolean) => setOpen(wanted ? what : null);
  useTroubleInTitle();
  useShortcuts({
    palette: () => setOpen((now) => (now === "palette" ? null : "palette")),
    sheet: () => setOpen("sheet"),
    go: (letter) => {
      const page = NAVIGATION.find(({ key }) => key === letter);
      if (page && may(user, page.permission)) void router.navigate({ to: page.to });
    },
  });
  return (
    <>
      <button
        type="button"
        onClick={() => setOpen("palette")}
        aria-keyshortcuts={`${MODIFIER === "⌘" ? "Meta" : "Control"}+K`}
        className="flex min-h-9 items-center gap-2 rounded-lg border border-line px-3 text-sm text-muted hover:bg-raised hover:text-ink"
      >
        <Search aria-hidden className="size-4" />
        {t`Search`}
        <kbd className="ml-auto hidden font-sans text-xs lg:block">{`${MODIFIER} K`}</kbd>
      </button>
      {open === "palette" && (
        <Suspense>
          <Palette onOpenChange={show("palette")} onShortcuts={() => setOpen("sheet")} />
        </Suspense>
      )}
      <ShortcutsSheet open={open === "sheet"} onOpenChange={show("sheet")} />
    </>
  );
}
