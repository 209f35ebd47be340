import { cleanup } from "@testing-library/react";
import { afterEach, vi } from "vitest";

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  for (const pair of document.cookie.split("; ")) setCookie(pair.split("=")[0] ?? "", "");
});

export function setCookie(name: string, value: string): void {
  const age = value ? "" : "; max-age=0";
  // biome-ignore lint/suspicious/noDocumentCookie: the browser's own way, as the platform's cookies come
  document.cookie = `${name}=${value}; path=/${age}`;
}
