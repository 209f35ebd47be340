import { useMutation } from "@tanstack/react-query";
import { at } from "@/api/below";
import { api, unwrap } from "@/api/client";

/** Lets this session act in another organisation, and begins anew there. */
export function useActIn() {
  return useMutation({
    mutationFn: (id: number) =>
      unwrap(api.PUT("/api/auth/organisation", { body: { organisation_id: id } })),
    onSuccess: () => location.assign(at("/")),
  });
}
