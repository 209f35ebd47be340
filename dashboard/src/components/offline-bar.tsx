import { t } from "@lingui/core/macro";
import { onlineManager } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";

/** Says that the connection is gone, for as long as it is. */
export function OfflineBar() {
  const online = useSyncExternalStore(
    (changed) => onlineManager.subscribe(changed),
    () => onlineManager.isOnline(),
  );
  if (online) return null;
  return (
    <p
      role="status"
      className="bg-blocked/15 px-4 py-2 text-center text-sm"
    >{t`No connection. You see what was read before; what you save is sent once it is back.`}</p>
  );
}
