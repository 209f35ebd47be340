import { useMutation } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";

/** Keeps a file for ads; the answer's `url` goes among an ad's media. */
export function useUploadMedia() {
  return useMutation({
    mutationFn: (file: File) =>
      unwrap(
        api.POST("/api/ads/media", {
          body: { file: file as never },
          bodySerializer: () => {
            const form = new FormData();
            form.append("file", file);
            return form;
          },
        }),
      ),
  });
}
