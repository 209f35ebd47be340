/** The time zone in which every time and every day is shown; another choice begins the page anew. */

const STORED = "crier-zone";

/** The viewer's choice, or the browser's zone: "Europe/Berlin". */
export function zoneName(): string {
  return chosenZone() ?? browserZone();
}

/** The zone of the browser and its machine. */
export function browserZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** The zone that the viewer chose instead of the browser's. */
export function chosenZone(): string | null {
  try {
    const zone = localStorage.getItem(STORED);
    return zone && isZone(zone) ? zone : null;
  } catch {
    return null; // Storage is blocked: the browser's zone holds.
  }
}

/** Keeps the choice in this browser, null being the browser's zone, and begins the page anew. */
export function chooseZone(zone: string | null): void {
  try {
    if (zone) localStorage.setItem(STORED, zone);
    else localStorage.removeItem(STORED);
  } catch {
    return; // Storage is blocked: the choice cannot be kept.
  }
  location.reload();
}

/** All zones that the browser knows, and UTC. */
export function allZones(): string[] {
  return ["UTC", ...Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC")];
}

function isZone(name: string): boolean {
  try {
    Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
