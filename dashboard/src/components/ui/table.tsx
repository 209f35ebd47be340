import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useRef } from "react";

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
    <section className="relative overflow-x-auto" aria-label={caption} tabIndex={0}>
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
        {rows.length > MANY ? (
          <VirtualBody columns={columns} rows={rows} rowKey={rowKey} />
        ) : (
          <tbody>
            {rows.map((row) => (
              <TableRow key={rowKey(row)} row={row} columns={columns} />
            ))}
          </tbody>
        )}
      </table>
    </section>
  );
}

/** Longer tables hold only the rows that are near what is seen. */
const MANY = 100;
const ROW_PX = 52;
const BEYOND = 20;

function VirtualBody<Row>({ columns, rows, rowKey }: Omit<TableProps<Row>, "caption">) {
  const body = useRef<HTMLTableSectionElement>(null);
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => ROW_PX,
    overscan: BEYOND,
    scrollMargin: body.current ? body.current.getBoundingClientRect().top + window.scrollY : 0,
    getItemKey: (index) => rowKey(rows[index] as Row),
  });
  const shown = virtual.getVirtualItems();
  const margin = virtual.options.scrollMargin;
  return (
    <tbody ref={body}>
      <Space height={(shown[0]?.start ?? margin) - margin} />
      {shown.map(({ index, key }) => (
        <TableRow
          key={String(key)}
          row={rows[index] as Row}
          columns={columns}
          index={index}
          measure={virtual.measureElement}
        />
      ))}
      <Space height={virtual.getTotalSize() - ((shown.at(-1)?.end ?? margin) - margin)} />
    </tbody>
  );
}

/** Stands for the rows that are not there. */
function Space({ height }: { height: number }) {
  return height > 0 ? <tr aria-hidden style={{ height }} /> : null;
}

type RowProps<Row> = {
  row: Row;
  columns: Column<Row>[];
  index?: number;
  measure?: (row: HTMLTableRowElement | null) => void;
};

function TableRow<Row>({ row, columns, index, measure }: RowProps<Row>) {
  return (
    <tr
      ref={measure}
      data-index={index}
      className="border-b border-line/60 last:border-0 hover:bg-raised/40"
    >
      {columns.map((column) => (
        <td key={column.head} className={`${place(column)} py-2.5`}>
          {column.cell(row)}
        </td>
      ))}
    </tr>
  );
}

function place<Row>(column: Column<Row>): string {
  const side = column.number ? "text-right tabular-nums sm:whitespace-nowrap" : "";
  return `${side} ${column.wide ? "hidden sm:table-cell" : ""} px-2 first:pl-4 last:pr-4 sm:px-3`;
}
