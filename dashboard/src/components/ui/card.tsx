import type { ReactNode } from "react";

type CardProps = {
  title?: ReactNode;
  /** Stands at the right of the title. */
  aside?: ReactNode;
  children: ReactNode;
  /** No padding: for tables that reach the border. */
  flush?: boolean;
};

export function Card({ title, aside, children, flush }: CardProps) {
  return (
    <section className="overflow-hidden rounded-xl border border-line bg-surface">
      {title && (
        <header className="flex flex-wrap items-center justify-between gap-2 border-b border-line px-4 py-3">
          <h2 className="font-semibold">{title}</h2>
          {aside}
        </header>
      )}
      <div className={flush ? "" : "p-4"}>{children}</div>
    </section>
  );
}

export function Stat(props: { label: string; value: ReactNode; hint?: ReactNode }) {
  return (
    <div className="rounded-xl border border-line bg-surface px-4 py-3">
      <dt className="text-sm text-muted">{props.label}</dt>
      <dd className="text-2xl font-semibold tracking-tight tabular-nums">{props.value}</dd>
      {props.hint && <dd className="text-sm text-muted">{props.hint}</dd>}
    </div>
  );
}

export function Stats({ children }: { children: ReactNode }) {
  return <dl className="grid grid-cols-2 gap-3 lg:grid-cols-4">{children}</dl>;
}

/** Facts in two columns: a name and what it is. */
export function Facts({ items }: { items: [string, ReactNode][] }) {
  return (
    <dl className="grid gap-x-8 gap-y-2 sm:grid-cols-2">
      {items.map(([name, value]) => (
        <div key={name} className="flex justify-between gap-4 border-b border-line/60 py-1">
          <dt className="text-sm text-muted">{name}</dt>
          <dd className="min-w-0 text-right text-sm break-words">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
