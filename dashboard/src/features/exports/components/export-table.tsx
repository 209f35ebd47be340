import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Download, RotateCcw, Trash2 } from "lucide-react";
import { Fragment } from "react";
import { adNameOptions } from "@/components/choose/choices";
import { StateBadge } from "@/components/ui/badge";
import { Button, buttonClass } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Empty } from "@/components/ui/states";
import type { Column } from "@/components/ui/table";
import { ListCard } from "@/components/ui/table-card";
import { say, sayProblem } from "@/components/ui/toast";
import { ago, bytes, count, percent, when } from "@/lib/format";
import {
  type Export,
  exportsOptions,
  isMoving,
  useDeleteExport,
  useOrderExport,
} from "../api/exports";
import { DATASETS, FORMATS } from "../datasets";

type Names = { botName: (id: number) => string };

/** Own exports, with how far they are and where their files can be fetched. */
export function ExportTable(names: Names) {
  const exports = useInfiniteQuery(exportsOptions);
  const columns: Column<Export>[] = [
    { head: "Export", cell: (row) => <What row={row} {...names} /> },
    { head: "Status", cell: (row) => <State row={row} /> },
    { head: "Asked for", cell: (row) => ago(row.created_at), wide: true },
    { head: "Kept until", cell: (row) => when(row.expires_at), wide: true },
    { head: "Actions", hideHead: true, cell: (row) => <Actions row={row} /> },
  ];
  return (
    <ListCard
      title="Your exports"
      caption="Your exports"
      columns={columns}
      query={exports}
      rowKey={(row) => row.id}
      empty={<Empty title="No exports yet">Start one above: it is kept here.</Empty>}
    />
  );
}

function What({ row, botName }: { row: Export } & Names) {
  const limits = [
    row.bot_id !== null && botName(row.bot_id),
    row.ad_id !== null && <AdName key="ad" id={row.ad_id} />,
    row.broadcast_id !== null && `broadcast ${row.broadcast_id}`,
    row.from && `from ${when(row.from)}`,
    row.to && `to ${when(row.to)}`,
  ].filter(Boolean);
  return (
    <>
      <span className="font-medium">{DATASETS[row.dataset]}</span>
      <p className="text-muted">
        {FORMATS[row.format]}
        {limits.map((limit, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: they stand in one order
          <Fragment key={index}>, {limit}</Fragment>
        ))}
      </p>
    </>
  );
}

/** Also of an ad that is too old for any list. */
function AdName({ id }: { id: number }) {
  return <>{useQuery(adNameOptions(id)).data ?? `Ad ${id}`}</>;
}

function State({ row }: { row: Export }) {
  return (
    <>
      <StateBadge state={row.status} />
      <p className="mt-1 text-xs text-muted">{detail(row)}</p>
      {row.status === "running" && row.percent !== null && (
        <progress
          className="mt-1 h-1.5 w-32 accent-accent"
          max={100}
          value={row.percent}
          aria-label={`${DATASETS[row.dataset]}, written`}
        />
      )}
    </>
  );
}

function detail({ status, rows_written, rows_total, percent: done, size, reason }: Export): string {
  if (status === "failed") return reason ?? "It failed without a reason. Try it again.";
  if (status === "waiting") return reason ?? "A worker begins it soon.";
  if (status === "finished") return `${count(rows_written)} rows, ${bytes(size)}`;
  const rows = rows_total === null ? "" : ` of ${count(rows_total)}`;
  return `${count(rows_written)}${rows} rows${done === null ? "" : `, ${percent(done / 100)}`}`;
}

function Actions({ row }: { row: Export }) {
  const order = useOrderExport();
  const remove = useDeleteExport();
  const name = DATASETS[row.dataset].toLowerCase();
  const again = () =>
    order.mutate(orderOf(row), {
      onSuccess: () => say("The export has begun again"),
      onError: sayProblem,
    });
  return (
    <div className="flex justify-end gap-2">
      {row.download_url && (
        <a
          download
          href={row.download_url}
          title={`The link is good until ${when(row.download_expires_at)} for everybody who has it`}
          aria-label={`Download ${name}`}
          className={buttonClass("plain")}
        >
          <Download aria-hidden />
          <span className="hidden sm:inline">Download</span>
        </a>
      )}
      {row.status === "failed" && (
        <Button icon={<RotateCcw />} busy={order.isPending} onClick={again}>
          Try again
        </Button>
      )}
      <Confirm
        title={isMoving(row) ? "Stop this export?" : "Delete this export?"}
        action={isMoving(row) ? "Stop export" : "Delete export"}
        onConfirm={() => remove.mutate(row.id, { onError: sayProblem })}
        trigger={
          <Button
            look="quiet"
            icon={<Trash2 />}
            busy={remove.isPending}
            aria-label={`${isMoving(row) ? "Stop" : "Delete"} export of ${name}`}
          />
        }
      >
        {isMoving(row)
          ? "What is written so far is thrown away."
          : "Its file goes with it, and its link is dead. You can start the same export again."}
      </Confirm>
    </div>
  );
}

function orderOf({ dataset, format, from, to, bot_id, ad_id, broadcast_id }: Export) {
  return { dataset, format, from, to, bot_id, ad_id, broadcast_id };
}
