/** Vite with the fake backend behind /api, and the headers that the platform sends. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Connect, Plugin } from "vite";
import { type FakeBackend, fakeBackend } from "./fake-backend/index.ts";
import { demoState } from "./fake-backend/state.ts";

export const strictHeaders = {
  "Content-Security-Policy":
    "default-src 'self'; style-src 'self'; img-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
};

export function fakeApi(): Plugin {
  const backend = fakeBackend(demoState());
  const middleware: Connect.NextHandleFunction = (request, response, next) => {
    if (!request.url?.startsWith("/api/")) return next();
    serve(backend, request, response).catch(next);
  };
  return {
    name: "crier-fake-api",
    configureServer: (server) => void server.middlewares.use(middleware),
    configurePreviewServer: (server) => void server.middlewares.use(middleware),
  };
}

async function serve(backend: FakeBackend, request: IncomingMessage, response: ServerResponse) {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const { method = "GET", url = "/" } = request;
  // Another browser, without the cookie, is not signed in.
  if (!request.headers.cookie?.includes("crier_csrf=")) backend.state.signedIn = null;
  const asked = new Request(new URL(url, "http://fake"), {
    method,
    headers: { "X-CSRF-TOKEN": String(request.headers["x-csrf-token"] ?? "") },
    body: chunks.length > 0 ? Buffer.concat(chunks) : undefined,
  });
  const answer = await backend.answer(asked);
  response.statusCode = answer.status;
  response.setHeader("Content-Type", answer.headers.get("Content-Type") ?? "text/plain");
  const cookies = answer.headers.get("X-Fake-Cookies");
  if (cookies)
    response.setHeader(
      "Set-Cookie",
      cookies.split(", ").map((pair) => `${pair}; Path=/`),
    );
  response.end(await answer.text());
}
