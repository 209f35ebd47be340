import { t } from "@lingui/core/macro";
import { Link } from "@tanstack/react-router";
import { Check, Copy, Pencil, Trash2, Undo2 } from "lucide-react";
import { useState } from "react";
import type { Ad } from "@/api/types";
import { Button, buttonClass } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { areaClass } from "@/components/ui/field";
import { say, sayProblem } from "@/components/ui/toast";
import { May, useMay, useUser } from "@/lib/may";
import { useDeleteAd } from "../api/delete-ad";
import { type ReviewStep, useReviewAd } from "../api/review-ad";
import { LaunchDialog } from "./launch-dialog";
import { TestDialog } from "./test-dialog";

type Props = {
  ad: Ad;
  botName: (id: number) => string;
  onDeleted: () => void;
  onLaunched: (broadcastId: number) => void;
};

const BEFORE_BROADCAST = new Set<Ad["status"]>(["draft", "pending_review", "approved", "rejected"]);
const LAUNCHABLE = new Set<Ad["status"]>(["draft", "approved", "completed", "cancelled", "failed"]);

/** What can be done with an ad in the state that it is in, by the one who looks. */
export function AdActions({ ad, botName, onDeleted, onLaunched }: Props) {
  return (
    <>
      {BEFORE_BROADCAST.has(ad.status) && <EditButtons ad={ad} onDeleted={onDeleted} />}
      <CopyLink ad={ad} />
      <ReviewButtons ad={ad} onGone={onDeleted} />
      <May to="ads.launch">
        <TestDialog ad={ad} />
        {LAUNCHABLE.has(ad.status) && (
          <LaunchDialog ad={ad} botName={botName} onLaunched={onLaunched} />
        )}
      </May>
    </>
  );
}

/** A reviewer sees ads of others, and decides on them; to work on them is their owners' business. */
function useIsOwn(ad: Ad): boolean {
  const { organisation, role } = useUser();
  return ad.user_id === organisation.id || role === "admin";
}

/** A new ad that begins as this one. */
function CopyLink({ ad }: { ad: Ad }) {
  if (!useIsOwn(ad)) return null;
  return (
    <May to="ads.edit">
      <Link to="/ads/new" search={{ from: ad.id }} className={buttonClass()}>
        <Copy aria-hidden />
        {t`Copy`}
      </Link>
    </May>
  );
}

function EditButtons({ ad, onDeleted }: Pick<Props, "ad" | "onDeleted">) {
  const remove = useDeleteAd(ad.id);
  if (!useIsOwn(ad)) return null;
  return (
    <May to="ads.edit">
      <Confirm
        title={t`Delete this ad?`}
        action={t`Delete ad`}
        onConfirm={() => remove.mutate(undefined, { onSuccess: onDeleted, onError: sayProblem })}
        trigger={
          <Button look="danger" icon={<Trash2 />} busy={remove.isPending}>{t`Delete`}</Button>
        }
      >{t`It was never sent to anybody, and cannot be brought back.`}</Confirm>
      <Link to="/ads/$adId/edit" params={{ adId: String(ad.id) }} className={buttonClass()}>
        <Pencil aria-hidden />
        {t`Edit`}
      </Link>
    </May>
  );
}

/** Hands an ad in, or decides on it, by the one who looks. */
export function ReviewButtons({ ad, onGone }: { ad: Ad; onGone: () => void }) {
  const { organisation, role } = useUser();
  const review = useReviewAd(ad.id);
  const launcher = useMay("ads.launch");
  const writer = useMay("ads.edit");
  const go = (move: ReviewStep, done: string) =>
    review.mutate(move, {
      onSuccess: () => {
        say(done);
        // What a reviewer rejected is its author's alone again: it would look like a failure.
        if (move.step === "reject" && role !== "admin" && ad.user_id !== organisation.id) onGone();
      },
      onError: sayProblem,
    });
  // A role that may launch needs no review of an own draft.
  if (ad.status === "draft" && writer && !launcher)
    return (
      <Button
        look="primary"
        busy={review.isPending}
        onClick={() => go({ step: "submit" }, t`Handed in for review`)}
      >{t`Submit for review`}</Button>
    );
  if (ad.status !== "pending_review" || !launcher) return null;
  return (
    <>
      <RejectButton onReject={(note) => go({ step: "reject", note }, t`Rejected`)} />
      <Button
        look="primary"
        icon={<Check />}
        busy={review.isPending}
        onClick={() => go({ step: "approve" }, t`Approved`)}
      >{t`Approve`}</Button>
    </>
  );
}

function RejectButton({ onReject }: { onReject: (note: string) => void }) {
  const [note, setNote] = useState("");
  return (
    <Confirm
      title={t`Reject this ad?`}
      action={t`Reject`}
      onConfirm={() => onReject(note)}
      trigger={<Button look="danger" icon={<Undo2 />}>{t`Reject`}</Button>}
    >
      <label className="flex flex-col gap-1">
        {t`What should its owner change?`}
        <textarea
          className={areaClass}
          rows={3}
          value={note}
          onChange={(event) => setNote(event.target.value)}
        />
      </label>
    </Confirm>
  );
}
