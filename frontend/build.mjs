// Builds src/ into static/dist/ with content hashes in the names, and writes manifest.json:
// {"app.css": "app-XXXX.css", "app.js": "app-XXXX.js", "room.js": "room-XXXX.js"}. What only some
// pages need has an entry of its own.
// `--watch` rebuilds on change, unminified.
import { build, context } from "esbuild";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { basename, relative } from "node:path";

const watch = process.argv.includes("--watch");
const outdir = "static/dist";

// An entry is known by the name templates ask for; esbuild tells which hashed file it became.
const manifest = {
  name: "manifest",
  setup(plugin) {
    plugin.onEnd(async (result) => {
      if (result.errors.length || !result.metafile) return;
      const names = {};
      for (const [file, output] of Object.entries(result.metafile.outputs)) {
        if (output.entryPoint) {
          names[basename(output.entryPoint).replace(/\.ts$/, ".js")] = relative(outdir, file);
        }
      }
      await mkdir(outdir, { recursive: true });
      await writeFile(
        `${outdir}/manifest.json`,
        `${JSON.stringify(names, Object.keys(names).sort(), 2)}\n`,
      );
    });
  },
};

const options = {
  entryPoints: ["src/app.css", "src/search.css", "src/pages/compare.css", "src/app.ts", "src/room.ts", "src/imports.ts", "src/search.ts"],
  bundle: true,
  splitting: true,
  format: "esm",
  outdir,
  entryNames: "[name]-[hash]",
  chunkNames: "chunk-[hash]",
  assetNames: "[name]-[hash]",
  minify: !watch,
  sourcemap: watch ? "inline" : false,
  metafile: true,
  legalComments: "none",
  charset: "utf8",
  // Chromium 86 is what intranets still run. esbuild lowers nesting and new syntax for it, but
  // neither @layer (99) nor color-mix(), :has() or oklch(): the sources must not need them.
  target: ["chrome86", "firefox91", "safari15"],
  loader: { ".woff2": "file", ".svg": "file" },
  logLevel: "warning",
  plugins: [manifest],
};

await rm(outdir, { recursive: true, force: true });
if (watch) await (await context(options)).watch();
else await build(options);
