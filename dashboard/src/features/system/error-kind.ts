/** How a kind of error is read: its class or event first, then where it came up. */
type Kind = { name: string; place: string };

/** What follows a page of the dashboard is its message, which stands beside the kind anyway.
 *
 * "sqlalchemy.exc.DataError in crier.jobs.tasks.launch" is a DataError in crier.jobs.tasks.launch.
 */
export function readKind(kind: string): Kind {
  const [, name = kind, place = ""] = kind.match(/^(\S+) (in .*|on [^:]*)/s) ?? [];
  return { name: place ? (name.split(".").at(-1) ?? name) : name, place };
}
