/** The editor is large: it comes when the first text is edited. */
import { t } from "@lingui/core/macro";
import { type ComponentProps, lazy, Suspense } from "react";
import { Loading } from "@/components/ui/states";

const Editor = lazy(() => import("./editor/text-editor"));

export function TextEditor(props: ComponentProps<typeof Editor>) {
  return (
    <Suspense fallback={<Loading what={t`editor`} rows={4} />}>
      <Editor {...props} />
    </Suspense>
  );
}
