/** The viewer's time zone, in which every time and every day is shown: "Europe/Berlin". */
export function zoneName(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
