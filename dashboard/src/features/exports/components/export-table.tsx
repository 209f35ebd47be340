import { plural, t } from "@lingui/core/macro";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Download, RotateCcw, Trash2 } from "lucide-react";
import { Fragment } from "react";
import { at } from "@/api/below";
import { worded } from "@/api/worded";
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
    { head: t`Export`, cell: (row) => <What row={row} {...names} /> },
    { head: t`Status`, cell: (row) => <State row={row} /> },
    { head: t`Asked for`, cell: (row) => ago(row.created_at), wide: true },
    { head: t`Kept until`, cell: (row) => when(row.expires_at), wide: true },
    { head: t`Actions`, hideHead: true, cell: (row) => <Actions row={row} /> },
  ];
  return (
    <ListCard
      title={t`Your exports`}
      caption={t`Your exports`}
      columns={columns}
      query={exports}
      rowKey={(row) => row.id}
      empty={<Empty title={t`No exports yet`}>{t`Start one above: it is kept here.`}</Empty>}
    />
  );
}

function What({ row, botName }: { row: Export } & Names) {
  const limits = [
    row.bot_id !== null && botName(row.bot_id),
    row.ad_id !== null && <AdName key="ad" id={row.ad_id} />,
    row.broadcast_id !== null && t`broadcast ${row.broadcast_id}`,
    row.from && t`from ${when(row.from)}`,
    row.to && t`to ${when(row.to)}`,
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
  return <>{useQuery(adNameOptions(id)).data ?? t`Ad ${id}`}</>;
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
          aria-label={t`${DATASETS[row.dataset]}, written`}
        />
      )}
    </>
  );
}

function detail({ status, rows_written, rows_total, percent: done, size, reason }: Export): string {
  if (status === "failed")
    return reason ? worded(reason) : t`It failed without a reason. Try it again.`;
  if (status === "waiting") return reason ? worded(reason) : t`A worker begins it soon.`;
  if (status === "finished")
    return t`${plural(rows_written, { one: "# row", other: "# rows" })}, ${bytes(size)}`;
  const rows =
    rows_total === null
      ? plural(rows_written, { one: "# row", other: "# rows" })
      : t`${count(rows_written)} of ${plural(rows_total, { one: "# row", other: "# rows" })}`;
  return done === null ? rows : `${rows}, ${percent(done / 100)}`;
}

function Actions({ row }: { row: Export }) {
  const order = useOrderExport();
  const remove = useDeleteExport();
  const name = DATASETS[row.dataset].toLowerCase();
  const again = () =>
    order.mutate(orderOf(row), {
      onSuccess: () => say(t`The export has begun again`),
      onError: sayProblem,
    });
  return (
    <div className="flex justify-end gap-2">
      {row.download_url && (
        <a
          download
          href={at(row.download_url)}
          title={t`The link is good until ${when(row.download_expires_at)} for everybody who has it`}
          aria-label={t`Download ${name}`}
          className={buttonClass("plain")}
        >
          <Download aria-hidden />
          <span className="hidden sm:inline">{t`Download`}</span>
        </a>
      )}
      {row.status === "failed" && (
        <Button icon={<RotateCcw />} busy={order.isPending} onClick={again}>{t`Try again`}</Button>
      )}
      <Confirm
        title={isMoving(row) ? t`Stop this export?` : t`Delete this export?`}
        action={isMoving(row) ? t`Stop export` : t`Delete export`}
        onConfirm={() => remove.mutate(row.id, { onError: sayProblem })}
        trigger={
          <Button
            look="quiet"
            icon={<Trash2 />}
            busy={remove.isPending}
            aria-label={isMoving(row) ? t`Stop export of ${name}` : t`Delete export of ${name}`}
          />
        }
      >
        {isMoving(row)
          ? t`What is written so far is thrown away.`
          : t`Its file goes with it, and its link is dead. You can start the same export again.`}
      </Confirm>
    </div>
  );
}

function orderOf({ dataset, format, from, to, bot_id, ad_id, broadcast_id }: Export) {
  return { dataset, format, from, to, bot_id, ad_id, broadcast_id };
}
