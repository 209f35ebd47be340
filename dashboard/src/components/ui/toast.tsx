import { Toast } from "@base-ui/react/toast";
import { t } from "@lingui/core/macro";
import { X } from "lucide-react";
import { asProblem } from "@/api/problem";
import { explain } from "./states";

const manager = Toast.createToastManager();

/** A short note that something was done. */
export function say(title: string): void {
  manager.add({ title, type: "done" });
}

/** A failed action, with the API's words. Stays until it is closed. */
export function sayProblem(error: unknown): void {
  const problem = asProblem(error);
  const trace =
    problem.status >= 500 && problem.requestId ? t` (request ${problem.requestId})` : "";
  manager.add({
    title: problem.title,
    description: explain(problem) + trace,
    type: "problem",
    priority: "high",
    timeout: 0,
  });
}

export function Toaster() {
  return (
    <Toast.Provider toastManager={manager}>
      <Toast.Portal>
        <Toast.Viewport className="fixed right-4 bottom-4 flex w-[calc(100vw-2rem)] max-w-sm flex-col gap-2">
          <ToastList />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function ToastList() {
  const { toasts } = Toast.useToastManager();
  return toasts.map((toast) => (
    <Toast.Root
      key={toast.id}
      toast={toast}
      className={`flex items-start gap-3 rounded-lg border bg-surface p-3 text-sm shadow-lg transition-opacity data-ending-style:opacity-0 data-limited:hidden data-starting-style:opacity-0 ${toast.type === "problem" ? "border-failed/60" : "border-line"}`}
    >
      <Toast.Content className="min-w-0 flex-1">
        <Toast.Title className="font-medium" />
        <Toast.Description className="break-words text-muted" />
      </Toast.Content>
      <Toast.Close aria-label={t`Dismiss`} className="rounded p-0.5 text-muted hover:text-ink">
        <X aria-hidden className="size-4" />
      </Toast.Close>
    </Toast.Root>
  ));
}
