/** The path of the host that the platform is below, as `/crier`; nothing where it has the host. */
export const BELOW = (
  document.querySelector<HTMLMetaElement>('meta[name="crier-root"]')?.content ?? "/"
).replace(/\/$/, "");

/** Where a path of the platform is on its host. */
export const at = (path: string): string => `${BELOW}${path}`;
