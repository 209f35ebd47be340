import { empty, json, problem, type Routes } from "./http.ts";
import type { FakeState } from "./state.ts";

const NOW = "2026-01-01T00:00:00Z";

/** The linked chat, what comes by which way, and what is decided for the platform. */
export function noticeRoutes(state: FakeState): Routes {
  const bot = () => state.bots.find(({ id }) => id === state.workspace.platform_bot_id);
  const notices = () =>
    json({
      items: Object.entries(state.notices).map(([kind, channel]) => ({
        kind,
        channel,
        chosen: true,
      })),
    });
  const workspace = () => {
    const { id, bot_name, username } = bot() ?? {};
    return json({
      platform_bot: id ? { id, bot_name, username } : null,
      linked_chats: state.chat ? 1 : 0,
      separate_launcher: state.workspace.separate_launcher,
    });
  };
  return {
    "GET /api/auth/chat": () =>
      json({
        bot: bot()?.username ?? null,
        name: state.chat,
        linked_at: state.chat && NOW,
        is_blocked: false,
      }),
    "POST /api/auth/chat/link": () => {
      const name = bot()?.username;
      if (!name) return problem(409, "No bot is chosen for the platform.");
      const url = `https://t.me/${name}?start=mychat_code`;
      return json({ url, expires_at: NOW }, 201);
    },
    "DELETE /api/auth/chat": () => {
      state.chat = null;
      return empty();
    },
    "GET /api/auth/views": () => json({ items: state.views }),
    "PUT /api/auth/views": ({ body }) => {
      const others = state.views.filter(
        (view) => view.page !== body.page || view.name !== body.name,
      );
      state.views = body.search === null ? others : [...others, body as FakeState["views"][number]];
      return json({ items: state.views });
    },
    "GET /api/auth/notices": notices,
    "PATCH /api/auth/notices": ({ body }) => {
      Object.assign(state.notices, body);
      return notices();
    },
    "GET /api/workspace": workspace,
    "PATCH /api/workspace": ({ body }) => {
      Object.assign(state.workspace, body);
      return workspace();
    },
  };
}
