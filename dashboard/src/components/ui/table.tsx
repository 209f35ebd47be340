import type { ReactNode } from "react";

export type Column<Row> = {
  head: string;
  cell: (row: Row) => ReactNode;
  /** Numbers stand at the right, in digits of one width. */
  number?: boolean;
  /** The head is only for screen readers. */
  hideHead?: boolean;
  /** Left out on a narrow screen. */
  wide?: boolean;
};

export type TableProps<Row> = {
  /** For screen readers: what the table lists. */
  caption: string;
  columns: Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string | number;
};

export function Table<Row>({ caption, columns, rows, rowKey }: TableProps<Row>) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="overflow-x-auto" aria-label={caption} tabIndex={0}>
      <table className="w-full text-sm">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr className="border-b border-line text-left text-muted">
            {columns.map((column) => (
              <th key={column.head} scope="col" className={`${place(column)} py-2 font-medium`}>
                {column.hideHead ? <span className="sr-only">{column.head}</span> : column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr
              key={rowKey(row)}
              className="border-b border-line/60 last:border-0 hover:bg-raised/40"
            >
              {columns.map((column) => (
                <td key={column.head} className={`${place(column)} py-2.5`}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function place<Row>(column: Column<Row>): string {
  const side = column.number ? "text-right tabular-nums sm:whitespace-nowrap" : "";
  return `${side} ${column.wide ? "hidden sm:table-cell" : ""} px-2 first:pl-4 last:pr-4 sm:px-3`;
}
