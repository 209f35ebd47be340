import { t } from "@lingui/core/macro";

/** "Chrome on Linux" of what a browser calls itself; other programs as they call themselves. */
const BROWSERS: [RegExp, string][] = [
  [/Edg\//, "Edge"],
  [/OPR\//, "Opera"],
  [/Firefox\/|FxiOS\//, "Firefox"],
  [/Chrome\/|CriOS\//, "Chrome"],
  [/Safari\//, "Safari"],
];
const SYSTEMS: [RegExp, string][] = [
  [/Android/, "Android"],
  [/iPhone|iPad/, "iOS"],
  [/Windows/, "Windows"],
  [/Mac OS X|Macintosh/, "macOS"],
  [/Linux|X11/, "Linux"],
];

export function deviceName(agent: string | null): string {
  if (!agent) return t`a program without a name`;
  const find = (names: [RegExp, string][]) => names.find(([shape]) => shape.test(agent))?.[1];
  const [browser, system] = [find(BROWSERS), find(SYSTEMS)];
  return browser && system ? t`${browser} on ${system}` : agent;
}
