import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/app";
import { watchErrors } from "./app/error-reports";
import { makeApp } from "./app/router";
import { meOptions } from "./features/auth/api/get-me";
import "./styles.css";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
const app = makeApp();
const report = watchErrors(() => app.queryClient.getQueryData(meOptions.queryKey)?.id);
createRoot(root, { onCaughtError: report }).render(
  <StrictMode>
    <App {...app} />
  </StrictMode>,
);
