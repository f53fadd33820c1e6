// Builds what browsers load: the chat widget in its two files and the agents' console.
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
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

const widget = {
  ...shared,
  plugins: [stylesAsText],
  define: { BUILD: JSON.stringify(await sourcesHash()) },
  banner: { js: "/*! Switchboard widget, MIT. Icons: Lucide, ISC. */" },
};
await build({
  ...widget,
  entryPoints: ["bots/web/widget/main.ts"],
  outfile: "bots/web/static/widget.js",
  format: "iife",
});
await build({
  ...widget,
  entryPoints: ["bots/web/widget/more/main.ts"],
  outfile: "bots/web/static/widget-more.js",
  format: "esm",
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

// The widget's second file works with a first one of the same sources alone; both carry this.
async function sourcesHash() {
  const hash = createHash("sha256");
  const paths = await readdir(import.meta.dirname, { recursive: true });
  for (const path of paths.filter((one) => /\.(ts|css)$/.test(one)).sort()) {
    hash.update(await readFile(resolve(import.meta.dirname, path)));
  }
  return hash.digest("hex").slice(0, 8);
}
