import { at } from "@/api/below";

/** The name and its sign: a crier's horn. */
export function Brand() {
  return (
    <span className="flex items-center gap-2 text-lg font-semibold tracking-tight">
      <img src={at("/favicon.svg")} alt="" className="size-7" />
      Crier
    </span>
  );
}
