import { CSPProvider } from "@base-ui/react/csp-provider";
import { i18n } from "@lingui/core";
import { I18nProvider } from "@lingui/react";
import { type QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { Toaster } from "@/components/ui/toast";
import type { makeApp } from "./router";

type Props = { queryClient: QueryClient; router: ReturnType<typeof makeApp>["router"] };

/** The whole dashboard. No part of it may add a style element: the page's policy forbids them. */
export function App({ queryClient, router }: Props) {
  return (
    <CSPProvider disableStyleElements>
      <I18nProvider i18n={i18n}>
        <QueryClientProvider client={queryClient}>
          <RouterProvider router={router} />
          <Toaster />
        </QueryClientProvider>
      </I18nProvider>
    </CSPProvider>
  );
}
