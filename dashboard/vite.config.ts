import { lingui } from "@lingui/vite-plugin";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { macros } from "./macros.ts";
import { fakeApi, strictHeaders } from "./src/testing/vite-fake-api.ts";

const PLATFORM = process.env.CRIER_URL ?? "http://127.0.0.1:8080";

/** `--mode fake` answers /api from the fake backend of the tests instead of a running platform. */
export default defineConfig(({ mode }) => ({
  plugins: [macros(), react(), lingui(), tailwindcss(), ...(mode === "fake" ? [fakeApi()] : [])],
  resolve: { alias: { "@": `${import.meta.dirname}/src` } },
  server: mode === "fake" ? {} : { proxy: { "/api": PLATFORM, "/r": PLATFORM } },
  // Where the platform is below a path of its host, it says so in index.html alone.
  experimental: {
    renderBuiltUrl: (_, { hostType }) => (hostType === "html" ? undefined : { relative: true }),
  },
  // The same policy that the platform sends, so that a violation shows here first.
  preview: { headers: strictHeaders },
  // No asset is inlined: the policy allows no data: URL for scripts, styles or fonts.
  build: {
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    outDir: "../src/crier/dashboard", // the wheel takes it from there, and so does a repository
    emptyOutDir: true,
  },
  test: {
    environment: "happy-dom",
    setupFiles: ["src/testing/setup.ts"],
    testTimeout: 300_000,
    maxWorkers: "100%", // one of two cores would rest
  },
}));
