// Builds what browsers load: the chat widget and the agents' console.
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { build, transform } from "esbuild";

const root = resolve(import.meta.dirname, "../../..");
const shared = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  target: ["chrome111", "firefox114", "safari16.4"],
  charset: "utf8",
  legalComments: "none",
  logLevel: "info",
};

// The widget puts its styles into a constructed stylesheet, so that it needs no <link> and no inline style.
const stylesAsText = {
  name: "styles-as-text",
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, "utf8"), {
        loader: "css",
        minify: true,
        target: shared.target,
        charset: "utf8",
      });
      return { contents: code.replace(/(--[\w-]+): /g, "$1:"), loader: "text" };
    });
  },
};

await build({
  ...shared,
  entryPoints: ["bots/web/widget/main.ts"],
  outfile: "bots/web/static/widget.js",
  format: "iife",
  plugins: [stylesAsText],
  banner: { js: "/*! Switchboard widget, MIT. Icons: Lucide, ISC. */" },
});

const consoleEntry = "handoff/console/app/main.tsx";
await build({
  ...shared,
  entryPoints: [consoleEntry],
  outfile: "handoff/console/static/app.js",
  format: "iife",
  jsx: "automatic",
  jsxImportSource: "preact",
});
