import { t } from "@lingui/core/macro";
import { Dialog } from "@/components/ui/dialog";
import { useUser } from "@/lib/may";
import { may } from "@/lib/permissions";
import { NAVIGATION } from "./navigation";
import { useSingleKeys } from "./shortcuts";

type Props = { open: boolean; onOpenChange: (open: boolean) => void };

/** What the keys do, and the switch for single ones. */
export function ShortcutsSheet({ open, onOpenChange }: Props) {
  const user = useUser();
  const [on, setOn] = useSingleKeys();
  const pages = NAVIGATION.filter(({ permission }) => may(user, permission));
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t`Keyboard shortcuts`}>
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] items-center gap-x-6 gap-y-2 text-sm">
        <Row keys={[[MODIFIER, "K"]]} name={t`Search and commands`} />
        <Row keys={[["?"]]} name={t`These shortcuts`} />
        {pages.map(({ key, name }) => (
          <Row key={key} keys={[["G"], [key.toUpperCase()]]} name={name} />
        ))}
        {may(user, "ads.launch") && (
          <Row keys={[["J"], ["K"]]} name={t`Next and previous in the review queue`} />
        )}
      </dl>
      <label className="mt-5 flex items-center gap-2 text-sm">
        <input
          type="checkbox"
          className="size-4 accent-(--color-accent)"
          checked={on}
          onChange={(event) => setOn(event.target.checked)}
        />
        {t`Use shortcuts of single keys`}
      </label>
    </Dialog>
  );
}

export const MODIFIER = /Mac|iP(hone|ad)/.test(navigator.platform) ? "⌘" : "Ctrl";

/** Keys that are pressed together, one group after the other. */
function Row({ keys, name }: { keys: string[][]; name: string }) {
  return (
    <>
      <dt className="flex gap-2">
        {keys.map((together) => (
          <span key={together.join()} className="flex gap-1">
            {together.map((key) => (
              <kbd
                key={key}
                className="rounded-md border border-line bg-raised px-1.5 py-0.5 font-sans text-xs"
              >
                {key}
              </kbd>
            ))}
          </span>
        ))}
      </dt>
      <dd>{name}</dd>
    </>
  );
}
