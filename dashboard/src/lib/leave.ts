/** Leaves the dashboard for another site. */
export function leave(url: string): void {
  location.assign(url);
}
