/**
 * Tells the platform of errors of the dashboard itself, and Sentry where the platform names one.
 *
 * Nothing of it is loaded before the first error: then the platform is asked where to, and the
 * SDK comes only if it says so. Answers of the platform (`Problem`) are no errors of the dashboard.
 * A report names the account by its number, the path, and nothing that was typed. The platform
 * takes reports of those alone who are signed in.
 */
import { api, apiAsIs, unwrap } from "@/api/client";
import { Problem } from "@/api/problem";
import { scrubAll } from "@/lib/redact";

type Report = (error: unknown) => void;

/** Of one page's life: an error that comes with each frame is not sent with each frame. */
const MOST = 20;
/** What the platform takes. */
const LONGEST = { name: 100, message: 2000, stack: 8000, path: 300 };

/** Watches the whole window; gives what errors that React caught are to be handed to. */
export function watchErrors(userId: () => number | undefined): Report {
  let sender: Promise<Report> | undefined;
  let count = 0;
  const told = new WeakSet<object>();
  const report: Report = (error) => {
    if (error instanceof Problem || (isObject(error) && told.has(error)) || ++count > MOST) return;
    if (isObject(error)) told.add(error);
    if (userId() !== undefined) void tellPlatform(error);
    sender ??= makeSender(userId);
    sender
      .then((send) => send(error))
      .catch(() => {
        sender = undefined; // the platform did not answer: the next error asks again
      });
  };
  addEventListener("error", ({ error, message }) => report(error ?? message));
  addEventListener("unhandledrejection", ({ reason }) => report(reason));
  return report;
}

const isObject = (error: unknown): error is object => typeof error === "object" && error !== null;

async function tellPlatform(error: unknown): Promise<void> {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  const body = scrubAll({ name, message, stack, path: location.pathname });
  try {
    await apiAsIs.POST("/api/system/errors", {
      body: {
        name: body.name.slice(0, LONGEST.name),
        message: body.message.slice(0, LONGEST.message),
        stack: body.stack?.slice(0, LONGEST.stack),
        path: body.path.slice(0, LONGEST.path),
      },
    });
  } catch {
    // It does not answer: to fail while telling of a failure helps nobody.
  }
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
