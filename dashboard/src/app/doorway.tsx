import { t } from "@lingui/core/macro";
import type { ReactNode } from "react";
import { useTitle } from "@/components/ui/title";
import { Brand } from "./brand";

/** What stands around the pages for those who are not signed in. */
export function Doorway({ title, children }: { title: string; children: ReactNode }) {
  useTitle(title);
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-sm flex-col justify-center gap-6 p-4">
      <div className="flex flex-col items-center gap-1 text-center">
        <Brand />
        <p className="text-sm text-muted">{t`Every message accounted for.`}</p>
      </div>
      {children}
    </main>
  );
}
