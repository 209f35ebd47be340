/** What is used of Sentry's SDK and nothing else of it, as one file that is loaded when needed. */
export {
  captureException,
  dedupeIntegration,
  init,
  linkedErrorsIntegration,
} from "@sentry/browser";
