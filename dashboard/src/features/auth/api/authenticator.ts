/** The browser's side of passkeys: options from the API in, the credential for the API out. */
import { t } from "@lingui/core/macro";
import { Problem } from "@/api/problem";

type Json = Record<string, unknown>;

/** Whether this browser can make and use passkeys on this page; `at` is where the platform can. */
export function passkeysWork(at: string | null | undefined): boolean {
  const able = typeof globalThis.PublicKeyCredential?.parseCreationOptionsFromJSON === "function";
  return able && at === location.origin;
}

export async function makePasskey(options: Json): Promise<Json> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options as never);
  return given(() => navigator.credentials.create({ publicKey }));
}

export async function takePasskey(options: Json): Promise<Json> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options as never);
  return given(() => navigator.credentials.get({ publicKey }));
}

async function given(ask: () => Promise<Credential | null>): Promise<Json> {
  try {
    const credential = await ask();
    if (credential) return (credential as PublicKeyCredential).toJSON() as unknown as Json;
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    if (error.name === "InvalidStateError")
      throw new Problem(
        0,
        t`Known already`,
        t`This device has a passkey for your account already.`,
      );
  }
  throw new Problem(0, t`No passkey`, t`The browser gave none. Try again, or take another way.`);
}
