import { cleanup, configure } from "@testing-library/react";
import { afterEach, vi } from "vitest";
import { speak } from "@/lib/language";

// Tests wait for what is to appear; a busy machine is no fault of the dashboard's.
configure({ asyncUtilTimeout: 60_000 });

await speak("en");

// Charts measure their place, which has no size where nothing is laid out.
const place = { x: 0, y: 0, top: 0, left: 0, right: 600, bottom: 200, width: 600, height: 200 };
vi.spyOn(HTMLElement.prototype, "getBoundingClientRect").mockReturnValue({
  ...place,
  toJSON: () => place,
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  sessionStorage.clear();
  for (const pair of document.cookie.split("; ")) setCookie(pair.split("=")[0] ?? "", "");
});

export function setCookie(name: string, value: string): void {
  const age = value ? "" : "; max-age=0";
  // biome-ignore lint/suspicious/noDocumentCookie: the browser's own way, as the platform's cookies come
  document.cookie = `${name}=${value}; path=/${age}`;
}
