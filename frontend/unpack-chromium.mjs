// Unpacks the headless Chromium of the npm package @sparticuz/chromium (linux x64 only) into the
// folder given as argument, for machines without a browser of their own. Node does it because
// Python 3.11 has no brotli; dev.py then opens the .tar files this leaves.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { brotliDecompressSync } from "node:zlib";

const from = new URL("./node_modules/@sparticuz/chromium/bin/", import.meta.url);
const to = process.argv[2];

mkdirSync(to, { recursive: true });
for (const name of readdirSync(from)) {
  const packed = readFileSync(new URL(name, from));
  writeFileSync(`${to}/${name.replace(/\.br$/, "")}`, brotliDecompressSync(packed), { mode: 0o755 });
}
