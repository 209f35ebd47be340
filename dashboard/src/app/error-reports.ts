/**
 * Tells Sentry of errors of the dashboard itself, where the platform names one.
 *
 * Nothing of it is loaded before the first error: then the platform is asked where to, and the
 * SDK comes only if it says so. Answers of the platform (`Problem`) are no errors of the dashboard.
 * An event names the account by its number, the path, and nothing that was typed.
 */
import { api, unwrap } from "@/api/client";
import { Problem } from "@/api/problem";
import { scrubAll } from "@/lib/redact";

type Report = (error: unknown) => void;

/** Of one page's life: an error that comes with each frame is not sent with each frame. */
const MOST = 20;

/** Watches the whole window; gives what errors that React caught are to be handed to. */
export function watchErrors(userId: () => number | undefined): Report {
  let sender: Promise<Report> | undefined;
  let count = 0;
  const report: Report = (error) => {
    if (error instanceof Problem || ++count > MOST) return;
    sender ??= makeSender(userId);
    sender
      .then((send) => send(error))
      .catch(() => {
        sender = undefined; // the platform did not answer: the next error asks again
      });
  };
  addEventListener("error", ({ error }) => report(error));
  addEventListener("unhandledrejection", ({ reason }) => report(reason));
  return report;
}

async function makeSender(userId: () => number | undefined): Promise<Report> {
  const { error_reports: to } = await unwrap(api.GET("/api/config"));
  if (!to) return () => {};
  const sentry = await import("@/lib/sentry");
  sentry.init({
    ...to,
    defaultIntegrations: false,
    integrations: [sentry.dedupeIntegration(), sentry.linkedErrorsIntegration()],
    sendClientReports: false,
    beforeSend: scrubAll,
  });
  return (error) => {
    const id = userId();
    sentry.captureException(error, {
      user: id === undefined ? undefined : { id },
      tags: { program: "dashboard", path: location.pathname },
    });
  };
}
