/** The fake backend's idea of HTTP: answers, problems, and matching a path. */

export type Asked = {
  method: string;
  path: string;
  query: URLSearchParams;
  body: Record<string, unknown>;
  /** The number in the path, the last one of several. */
  id: number;
};

export type Handler = (asked: Asked) => Response;
export type Routes = Record<string, Handler>;

export function json(body: unknown, status = 200, headers: HeadersInit = {}): Response {
  return Response.json(body, { status, headers });
}

export function empty(headers: HeadersInit = {}): Response {
  return new Response(null, { status: 204, headers });
}

type FieldErrors = { field: string; message: string }[];

export function problem(
  status: number,
  detail: string,
  more: { type?: string; errors?: FieldErrors; headers?: HeadersInit } = {},
): Response {
  const title = { 401: "Not signed in", 403: "Not allowed", 404: "Not found", 409: "Conflict" };
  const body = {
    type: more.type ?? "about:blank",
    title: title[status as 401] ?? "Refused",
    status,
    detail,
    request_id: "req-7f3a",
    errors: more.errors,
  };
  const type = { "Content-Type": "application/problem+json", ...more.headers };
  return new Response(JSON.stringify(body), { status, headers: type });
}

export function list(items: unknown[]): Response {
  return json({ items, next_cursor: null });
}

/** `"GET /api/bots/#/status"` matches a number, the last of which is the id; the most exact route wins by standing first. */
export function find(routes: Routes, method: string, path: string): [Handler, number] | null {
  const pattern = `${method} ${path.replace(/\/\d+(?=\/|$)/g, "/#")}`;
  const handler = routes[pattern];
  if (!handler) return null;
  return [handler, Number(path.match(/.*\/(\d+)(?=\/|$)/)?.[1] ?? 0)];
}
