import { transformAsync } from "@babel/core";
import type { Plugin } from "vite";

const MACROS = /from "@lingui\/(core|react)\/macro"/;

/** Turns the texts of the source into messages with an id, before any other plugin reads it. */
export function macros(): Plugin {
  return {
    name: "crier:macros",
    enforce: "pre",
    async transform(code, id) {
      if (!MACROS.test(code)) return null;
      const done = await transformAsync(code, {
        filename: id,
        babelrc: false,
        configFile: false,
        sourceMaps: true,
        parserOpts: { plugins: ["typescript", "jsx"] },
        plugins: ["@lingui/babel-plugin-lingui-macro"],
      });
      return done?.code == null ? null : { code: done.code, map: done.map ?? null };
    },
  };
}
