import { screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { problem } from "@/testing/fake-backend/http";
import { renderApp } from "@/testing/render-app";

const KIND = "urn:crier:problem:reauthentication-required";
const PASSWORD = "correct horse battery";
const asks = () => problem(403, "Confirm that it is you.", { type: KIND });

async function addBerta() {
  const app = renderApp("/users", { as: "admin" });
  app.backend.override("POST /api/users", asks, 1);
  await app.user.click(await screen.findByRole("button", { name: "Add account" }));
  const form = within(await screen.findByRole("dialog", { name: "Add an account" }));
  await app.user.type(form.getByLabelText("Username"), "berta");
  await app.user.click(form.getByRole("button", { name: "Add account" }));
  return { ...app, form, proof: within(await screen.findByRole("dialog", { name: /it is you/ })) };
}

test("what needs a proof asks in place, and goes on by itself with what was typed", async () => {
  const { user, backend, form, proof } = await addBerta();
  await user.type(proof.getByLabelText("Your password"), "wrong");
  await user.click(proof.getByRole("button", { name: "Go on" }));
  expect(await proof.findByText("is wrong")).toBeTruthy();
  await user.clear(proof.getByLabelText("Your password"));
  await user.type(proof.getByLabelText("Your password"), PASSWORD);
  await user.click(proof.getByRole("button", { name: "Go on" }));
  expect(await form.findByLabelText("Password of berta")).toBeTruthy();
  const tries = backend.asked.flatMap((asked, at) => (asked === "POST /api/users" ? [at] : []));
  expect(tries.length).toBe(2);
});

test("without a proof nothing is done, and the form keeps what was typed", async () => {
  const { user, backend, form } = await addBerta();
  await user.keyboard("{Escape}");
  expect(await form.findByText("Confirm that it is you.")).toBeTruthy();
  expect(form.getByLabelText<HTMLInputElement>("Username").value).toBe("berta");
  expect(backend.state.users.some(({ username }) => username === "berta")).toBe(false);
});
