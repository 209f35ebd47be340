/** A card that is one table: of rows that are there, or of a list that comes in pages. */
import type { ReactNode } from "react";
import { rowsOf } from "@/api/pages";
import { Card } from "./card";
import { LoadMore, type Pages } from "./load-more";
import { type Query, QueryView } from "./query-view";
import { Table, type TableProps } from "./table";

type Around = {
  title?: ReactNode;
  aside?: ReactNode;
  /** Shown where there are no rows. */
  empty: ReactNode;
};

export function TableCard<Row>({ title, aside, empty, ...table }: TableProps<Row> & Around) {
  return (
    <Card title={title} aside={aside} flush>
      {table.rows.length > 0 ? <Table {...table} /> : empty}
    </Card>
  );
}

type ListProps<Row> = Omit<TableProps<Row>, "rows"> &
  Around & {
    query: Query<{
      pages: { items: Row[]; next_cursor?: string | null }[];
      pageParams: unknown[];
    }> &
      Pages;
    /** Stands above the rows. */
    above?: ReactNode;
  };

/** The caption also names what is loading. */
export function ListCard<Row>({ title, aside, above, empty, query, ...table }: ListProps<Row>) {
  return (
    <Card title={title} aside={aside} flush>
      {above}
      <QueryView query={query} what={table.caption.toLowerCase()}>
        {(data) => {
          const rows = rowsOf(data);
          return rows.length > 0 ? <Table {...table} rows={rows} /> : empty;
        }}
      </QueryView>
      <LoadMore query={query} />
    </Card>
  );
}
