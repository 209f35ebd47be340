import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { makeAd, makeBot } from "@/testing/fake-backend/makers";
import { renderApp } from "@/testing/render-app";

test("the palette leads an advertiser to an own ad, and to no page of another role", async () => {
  const ad = makeAd({ title: "Autumn fair" });
  const { user, router } = renderApp("/ads", { as: "advertiser", ads: [ad] });
  await screen.findByRole("heading", { level: 1 });
  await user.keyboard("{Control>}k{/Control}");
  const palette = within(await screen.findByRole("dialog"));
  expect(palette.getByRole("option", { name: /^Ads/ })).toBeTruthy();
  expect(palette.queryByRole("option", { name: /^(Bots|Users|System|Add bot)/ })).toBeNull();
  await user.type(palette.getByRole("combobox"), "autumn");
  await user.click(await palette.findByRole("option", { name: "Autumn fair" }));
  await waitFor(() => expect(router.state.location.pathname).toBe(`/ads/${ad.id}`));
});

test("the tab's title says that a bot is in error, for as long as it is", async () => {
  const bot = makeBot({ status: "error", desired_status: "running" });
  renderApp("/bots", { as: "operator", bots: [bot] });
  await waitFor(() => expect(document.title).toBe("1 bot in error · Bots · Crier"));
});
